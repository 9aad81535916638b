import type { Colors } from "./paint.ts";
import { shortened, withoutControls } from "./width.ts";

interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  /** Says what is being done now. */
  step(text: string): void;
  /** A passing detail, such as one file of many: only on a terminal, where the next one replaces it. */
  detail(text: string): void;
  /** Removes the line, so that what follows starts clean. */
  done(): void;
}

/** Progress on stderr: one line that is rewritten on a terminal, plain lines elsewhere; never on stdout. */
export function startProgress(stream: ProgressStream, colors: Colors): Progress {
  if (stream.isTTY !== true) {
    let last = "";
    return {
      step(text) {
        const line = withoutControls(text);
        if (line !== last) stream.write(`${line}\n`);
        last = line;
      },
      detail() {},
      done() {},
    };
  }
  let drawn = false;
  const clear = "\r\x1b[2K";
  const draw = (text: string) => {
    const line = shortened(withoutControls(text).replaceAll("\n", " "), (stream.columns || 80) - 2);
    stream.write(`${clear}${colors.dim(line)}`);
    drawn = true;
  };
  return {
    step: draw,
    detail: draw,
    done() {
      if (drawn) stream.write(clear);
      drawn = false;
    },
  };
}
