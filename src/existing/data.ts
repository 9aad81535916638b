import { GIB } from "../units.ts";
import { baseName, type ExistingFile, extensionOf, type Finding } from "./file.ts";

/** English text has about four characters a token (OpenAI, "What are tokens", 2024): other languages more tokens. */
const CHARACTERS_PER_TOKEN = 4;
const TABULAR = new Set(["csv", "tsv"]);
const LINES = new Set(["jsonl", "ndjson", "txt"]);
const BINARY = new Set(["parquet", "arrow"]);
const DATA_PLACE = /(?:^|\/)(?:data|datasets?|corpus|raw|processed|train(?:ing)?)(?:\/|$)|(?:^|\/)train[\w.-]*$/i;
const HELD_OUT =
  /(?:^|[/_.-])(?:test|val|valid|validation|eval|dev|holdout|sample|example|golden|smoke|fixture)s?(?=[/_.-]|$)/i;

/** Files that hold training data: by ending and place, not what was held out for evaluation. */
function isTrainingData({ path }: ExistingFile): boolean {
  const extension = extensionOf(path);
  const known = TABULAR.has(extension) || extension === "jsonl" || extension === "ndjson" || BINARY.has(extension);
  const fits = known || (extension === "txt" && DATA_PLACE.test(path) && !/requirements/i.test(path));
  return fits && !HELD_OUT.test(path);
}

/** Rows: as a footer counts them, or lines less the header of a table. */
function rowsOf(file: ExistingFile): number | undefined {
  if (file.rows !== undefined) return file.rows;
  const extension = extensionOf(file.path);
  if (!TABULAR.has(extension) && !LINES.has(extension)) return undefined;
  const whole = file.bytes === undefined || file.bytes <= file.text.length;
  const lines = file.lines ?? (whole ? file.text.split("\n").filter((l) => l.trim() !== "").length : undefined);
  return lines === undefined ? undefined : Math.max(0, lines - (TABULAR.has(extension) ? 1 : 0));
}

/** What the data on disk says: that there is some, how many examples, how long, how large. */
export function readDataFiles(files: readonly ExistingFile[]): Finding[] {
  const folders = files.filter((f) => f.files !== undefined && f.path.endsWith("/") && !HELD_OUT.test(f.path));
  const data = files.filter((f) => f.files === undefined && isTrainingData(f));
  const largest = [...data].sort((a, b) => size(b) - size(a) || (a.path < b.path ? -1 : 1))[0];
  const media = [...folders].sort((a, b) => (b.files ?? 0) - (a.files ?? 0) || (a.path < b.path ? -1 : 1))[0];
  const main = largest ?? media;
  if (main === undefined) return [];
  const found: Finding[] = [
    { field: "dataStatus", value: "have", path: main.path, words: baseName(main.path) || main.path },
  ];
  const total = [...data, ...folders].reduce((sum, f) => sum + size(f), 0);
  // Less than a mebibyte is a sample, not a data set whose place on disk matters.
  if (total >= 2 ** 20)
    found.push({
      field: "dataSizeGib",
      value: Number((total / GIB).toPrecision(3)),
      path: main.path,
      words: `${data.length + folders.length} data files and folders`,
    });
  const parts = largest ? data.filter((f) => seriesOf(f) === seriesOf(largest)) : folders;
  const rows = parts.reduce((sum, f) => sum + ((largest ? rowsOf(f) : f.files) ?? 0), 0);
  const counted = `${rows} ${largest ? "rows" : "files"}${parts.length > 1 ? ` in ${parts.length} ${largest ? "parts" : "folders"}` : ""}`;
  if (rows > 0) found.push({ field: "exampleCount", value: rows, path: main.path, words: counted });
  const own = largest && rowsOf(largest);
  const tokens = largest && own ? tokensPerRow(largest, own) : undefined;
  if (largest && own && tokens)
    found.push({
      field: "averageTokens",
      value: tokens,
      path: largest.path,
      words: `${Math.round((largest.textBytes ?? size(largest)) / own)} bytes a row at ${CHARACTERS_PER_TOKEN} characters a token`,
    });
  return found;
}

/** `train-00003-of-00008.parquet` is a part of what lies beside it under other numbers. */
const seriesOf = ({ path }: ExistingFile): string => path.replace(/\d+/g, "#");

const size = (file: ExistingFile): number => file.bytes ?? file.text.length;

/** Keys, quotes and braces of JSON are not trained on: the share of the head's bytes that stands in values counts. */
function tokensPerRow(file: ExistingFile, rows: number): number | undefined {
  if (file.textBytes !== undefined)
    return file.textBytes > 0 ? Math.max(1, Math.round(file.textBytes / rows / CHARACTERS_PER_TOKEN)) : undefined;
  if (extensionOf(file.path) === "txt" || TABULAR.has(extensionOf(file.path))) {
    const longText = file.text.length / Math.max(1, file.text.split("\n").length) > 60;
    if (!longText) return undefined; // numbers in columns are no text
  }
  const values = [...file.text.matchAll(/:\s*"((?:[^"\\]|\\.)*)"/g)].reduce((sum, m) => sum + (m[1]?.length ?? 0), 0);
  const share = values > 0 ? values / file.text.length : 1;
  return Math.max(1, Math.round((size(file) * share) / rows / CHARACTERS_PER_TOKEN));
}
