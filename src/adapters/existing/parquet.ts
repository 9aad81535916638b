import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";

/** More than the footer of any sane file; a stranger's file may claim any length. */
const LONGEST_FOOTER_BYTES = 16 * 2 ** 20;

/** What a Parquet file's footer says of the whole: nothing else of it is read. */
export async function parquetFooter(path: string): Promise<{ rows: number; textBytes: number } | undefined> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const { parquetMetadataAsync } = await import("hyparquet");
    const { num_rows, schema, row_groups } = await parquetMetadataAsync({
      byteLength: size,
      slice: (start, end = size) => bytesOf(handle, start, end),
    });
    // A column of a row group stands where its leaf stands in the schema.
    const leaves = schema.filter(({ type }) => type !== undefined);
    const isText = leaves.map(
      ({ type, converted_type, logical_type }) =>
        type === "BYTE_ARRAY" &&
        (converted_type === "UTF8" || converted_type === "JSON" || logical_type?.type === "STRING"),
    );
    let textBytes = 0;
    for (const { columns } of row_groups)
      for (const [at, { meta_data }] of columns.entries())
        if (isText[at] && meta_data)
          // Not every writer counts the bytes before encoding; pages of long texts are hardly shorter.
          textBytes += Number(
            meta_data.size_statistics?.unencoded_byte_array_data_bytes ?? meta_data.total_uncompressed_size,
          );
    return { rows: Number(num_rows), textBytes };
  } catch {
    return undefined; // cut off, encrypted, or something else under this name: its size is all that it says
  } finally {
    await handle.close();
  }
}

async function bytesOf(handle: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  if (end - start > LONGEST_FOOTER_BYTES) throw new RangeError("the footer is longer than any table's");
  const bytes = new Uint8Array(end - start);
  await handle.read(bytes, 0, bytes.length, start);
  return bytes.buffer;
}
