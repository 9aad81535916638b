import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Twice the size on paper: sharp on the screens that most people have. */
const SCALE = 2;

/** Inter, under the SIL Open Font Licence: pictures look the same where no font is installed. */
const FONTS = [
  import.meta.resolve("@fontsource/inter/files/inter-latin-400-normal.woff2"),
  import.meta.resolve("@fontsource/inter/files/inter-latin-700-normal.woff2"),
];

const bytesOf = (address: string): Promise<Buffer> => readFile(fileURLToPath(address));

/** What draws, made once: the library refuses to be started twice, and starting it costs 60 ms. */
let drawing: Promise<{ fonts: Buffer[]; Resvg: typeof import("@resvg/resvg-wasm").Resvg }> | undefined;

async function start() {
  const [{ initWasm, Resvg }, module, ...fonts] = await Promise.all([
    import("@resvg/resvg-wasm"),
    bytesOf(import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm")),
    ...FONTS.map(bytesOf),
  ]);
  await initWasm(module);
  return { fonts, Resvg };
}

/** A picture of lines as one of points, with fonts of its own. Loaded only when a picture is wanted. */
export async function pngOf(svg: string): Promise<Buffer> {
  drawing ??= start();
  const { fonts, Resvg } = await drawing;
  const resvg = new Resvg(svg, {
    fitTo: { mode: "zoom", value: SCALE },
    font: { fontBuffers: fonts, defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
  });
  // Memory of WebAssembly is not collected by itself, and the drawn picture has its own.
  try {
    const drawn = resvg.render();
    try {
      return Buffer.from(drawn.asPng());
    } finally {
      drawn.free();
    }
  } finally {
    resvg.free();
  }
}
