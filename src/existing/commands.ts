import { baseName, type ExistingFile, extensionOf, lineAt } from "./file.ts";

/** A command line that starts a program, as a file of the project writes it. */
export interface Command {
  path: string;
  line: number;
  /** Words as a shell splits them, from the program's name on. */
  words: string[];
  /** Of a Makefile, what is made. */
  target?: string;
}

/** Where commands are written, the likeliest to be typed first. */
const PLACES: readonly [kind: RegExp, rank: number][] = [
  [/(?:^|\/)(?:makefile|justfile)$/i, 0],
  [/\.(?:sh|bash|slurm|sbatch)$/i, 1],
  [/(?:^|\/)[\w.-]*dockerfile[\w.-]*$/i, 2],
  [/(?:^|\/)readme(?:\.\w+)?$/i, 3],
];
const rankOf = (path: string): number | undefined => PLACES.find(([kind]) => kind.test(path))?.[1];

/** A program that starts training, an interpreter of one, or a script that is given one. What stands before it on its line is its environment. */
const PROGRAM =
  /(?:^|[\s;&|])((?:[\w./~-]*\/)?python[\d.]*|accelerate\s+launch|torchrun|deepspeed|axolotl\s+train|llamafactory-cli\s+train|tune\s+run|composer|litgpt\s+finetune\w*|[\w./~-]+\.(?:sh|bash)(?=\s+[\w./-]+\.py(?:\s|$)))(?=\s)/;

/** What only tries whether things work is never the run that is meant. */
const TRIAL = /(?:^|[\s/_.=-])(?:smoke|debug|dry|test|tiny|sanity|toy)(?=[\s/_.-]|$)/i;

export const isTrial = (name: string): boolean => TRIAL.test(name);

/**
 * Every start of a program that the project's files write down in the order of `PLACES`, a target or script called
 * after training before the others of its kind.
 */
export function commandsOf(files: readonly ExistingFile[]): Command[] {
  const rank = ({ path, target }: Command): number =>
    (rankOf(path) ?? 0) * 10 + (/train|fine_?tun|sft/i.test(target ?? baseName(path)) ? 0 : 1);
  return files
    .flatMap((file) => (rankOf(file.path) === undefined ? [] : linesOf(file)))
    .sort((a, b) => rank(a) - rank(b));
}

function linesOf(file: ExistingFile): Command[] {
  const variables = variablesOf(file);
  // A line that ends in a backslash goes on; JSON lists of a Dockerfile are words with commas between.
  const joined = file.text.replace(/\\\r?\n/g, (broken) => " ".repeat(broken.length - 1).concat("\u0000"));
  const out: Command[] = [];
  let offset = 0;
  let target: string | undefined;
  for (const written of joined.split("\n")) {
    const line = lineAt(file.text, offset);
    offset += written.length + 1;
    if (rankOf(file.path) === 0) target = /^([\w.-]+)[^:=\n]*:(?!=)/.exec(written)?.[1] ?? target;
    const plain = written.replaceAll("\u0000", " ").replace(/^\s*#.*/, "");
    const spaced = dockerWords(plain) ?? withoutEnvironment(plain);
    const started = PROGRAM.exec(` ${withoutEnvironment(substituted(spaced, variables))}`);
    if (!started) continue;
    const rest = started.input
      .slice(started.index)
      .trim()
      .split(/\s(?:&&|\|\||[;|>]|2>|1>)/)[0]!;
    out.push({
      path: file.path,
      line,
      words: shellWords(rest.replace(/^[;&|]\s*/, "")),
      ...(target === undefined ? {} : { target }),
    });
  }
  return out;
}

/** `A=1 B=2 python train.py` without what is set for it alone. */
const withoutEnvironment = (line: string): string => line.replace(/(?<=\s|^)[A-Z_][A-Z0-9_]*=\S*\s(?=.*\S)/g, "");

/** `CMD ["python", "train.py"]` as one line of words. */
function dockerWords(line: string): string | undefined {
  const list = /^\s*(?:CMD|ENTRYPOINT)\s+\[(.*)\]\s*$/i.exec(line)?.[1];
  return list === undefined
    ? undefined
    : [...list.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => (/\s/.test(m[1]!) ? `"${m[1]}"` : m[1]!)).join(" ");
}

/** `CONFIG=a.yaml`, `CONFIG=${1:-a.yaml}`; in a Makefile `CONFIG ?= --config a.yaml`, to the end of the line. */
function variablesOf({ path, text }: ExistingFile): Map<string, string> {
  const out = new Map<string, string>();
  const assignment =
    rankOf(path) === 0
      ? /^([A-Za-z_]\w*)[ \t]*[?:]?=[ \t]*([^#\n]+)/gm
      : /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=["']?([^\s"'#]+)/gm;
  for (const m of text.matchAll(assignment)) if (!out.has(m[1]!)) out.set(m[1]!, m[2]!.trim());
  return out;
}

function substituted(line: string, variables: ReadonlyMap<string, string>, deep = 0): string {
  const next = line.replace(/\$\{(\w+)(?::?-([^}]*))?\}|\$\((\w+)\)|\$(\w+)/g, (whole, ...groups) => {
    const [braced, fallback, made, bare] = groups as (string | undefined)[];
    return variables.get((braced ?? made ?? bare)!) ?? fallback ?? whole;
  });
  return deep < 3 && next !== line ? substituted(next, variables, deep + 1) : next;
}

const shellWords = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|((?:[^\s"'\\]|\\.|["'][^"']*["'])+)/g)]
    .map((m) => m[1] ?? m[2] ?? m[3]!.replace(/["']/g, ""))
    .slice(0, 200);

/** The options of a command: `--config x`, `--config=x`, `config=x` (Hydra), `-c x`; a switch alone is "true". */
export function optionsOf({ words }: Command): Map<string, string> {
  const out = new Map<string, string>();
  for (const [at, word] of words.entries()) {
    const assigned = /^(--?|\+{0,2})([A-Za-z][\w./-]*)=(.*)$/.exec(word);
    const flag = /^(--?)([A-Za-z][\w-]*)$/.exec(word);
    const next = words[at + 1];
    if (assigned) out.set(nameOf(assigned[2]!), assigned[3]!);
    else if (flag) out.set(nameOf(flag[2]!), next === undefined || /^-{1,2}[A-Za-z]/.test(next) ? "true" : next);
  }
  return out;
}

/** Options are written with hyphens or underscores. */
export const nameOf = (option: string): string => option.replace(/^-+/, "").replaceAll("-", "_");

/** The file of the project that a command runs: `train.py`, or `-m package.module`. */
export function programOf({ words }: Command, files: ReadonlyMap<string, ExistingFile>): string | undefined {
  const module = words[words.indexOf("-m") + 1];
  if (words.includes("-m") && module !== undefined) {
    const path = `${module.replaceAll(".", "/")}.py`;
    const main = path.replace(/\.py$/, "/__main__.py");
    return [path, `src/${path}`, main, `src/${main}`].find((p) => files.has(p));
  }
  return words
    .filter((word) => extensionOf(word) === "py")
    .map((word) => word.replace(/^\.\//, ""))
    .flatMap((word) => [word, ...[...files.keys()].filter((path) => baseName(path) === baseName(word))])
    .find((path) => files.has(path));
}
