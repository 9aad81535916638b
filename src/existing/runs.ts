import { type Command, commandsOf, isTrial, nameOf, optionsOf, programOf } from "./commands.ts";
import { baseName, type ExistingFile, extensionOf, lineAt } from "./file.ts";

/** One way in which the project's training is started, and the files that it reads its settings from. */
export interface Run {
  /** What starts it: "Makefile:3", or the script itself where no command is written down. */
  place: string;
  /** Options on its command line: they stand over every file. */
  options: ReadonlyMap<string, string>;
  script?: string;
  /** The script and what it imports of the project. */
  programs: string[];
  /** Configurations it loads, the strongest first. */
  configurations: string[];
}

const CONFIGURATION = /\.(?:ya?ml|json)$/i;
/** Programs beside the training: their settings are not its settings. */
const BESIDE =
  /(?:^|[/_-])(?:eval\w*|infer\w*|serv\w*|predict\w*|tests?|deploy\w*|app|api|export|merge\w*|prepar\w*|preprocess\w*|download\w*|convert\w*|benchmark\w*|bench|setup|conftest|demo|plot\w*)(?=[_.-]|$)/i;
const TRAINS =
  /\b(?:\w*Trainer|TrainingArguments|Accelerator)\(|\.backward\(|\btrainer\.train\(|\bsteps?_per_epoch\b|\.fit\(|@hydra\.main/;
/** Commands that train without a script of the project. */
const TRAINER = /^(?:axolotl|llamafactory-cli|tune|litgpt)$/;

type Files = ReadonlyMap<string, ExistingFile>;

/** Every way in which training is started, the likeliest first: commands that are written down, then scripts by name. */
export function runsOf(all: readonly ExistingFile[]): Run[] {
  const files: Files = new Map(all.map((file) => [file.path, file]));
  const started = commandsOf(all).flatMap((command): { run: Run; trial: boolean }[] => {
    const script = programOf(command, files);
    const trains =
      script === undefined
        ? TRAINER.test(command.words[0]!) || command.words.some((word) => /^axolotl\b/.test(word))
        : trainsIn(files.get(script)!);
    const trial = isTrial(command.words.join(" ")) || isTrial(command.target ?? "");
    return trains ? [{ run: runOf(files, command, script), trial }] : [];
  });
  const meant = started.filter(({ trial }) => !trial);
  if (started.length > 0) return (meant.length > 0 ? meant : started).map(({ run }) => run);
  const named = (path: string): number => (/train|fine_?tun|sft/i.test(baseName(path)) ? 0 : 1);
  return all
    .filter((file) => extensionOf(file.path) === "py" && TRAINS.test(file.text) && trainsIn(file))
    .sort((a, b) => named(a.path) - named(b.path))
    .map((file) => runOf(files, undefined, file.path));
}

const trainsIn = (file: ExistingFile): boolean =>
  !isBeside(file) && (TRAINS.test(file.text) || /train|fine_?tun|sft|run|main/i.test(nameOfProgram(file.path)));

/** A package that is run is called after its folder. */
const nameOfProgram = (path: string): string => baseName(path.replace(/\/__main__\.py$/, ".py"));

/** Programs that test, evaluate or serve. */
export const isBeside = ({ path }: ExistingFile): boolean =>
  BESIDE.test(nameOfProgram(path)) || /(?:^|\/)(?:tests?|inference|serving|evaluation|examples|docs)\//i.test(path);

function runOf(files: Files, command: Command | undefined, script: string | undefined): Run {
  const options = command ? optionsOf(command) : new Map<string, string>();
  const loaded: string[] = [];
  const add = (path: string | undefined): void => {
    if (path === undefined || loaded.includes(path) || loaded.length >= 50) return;
    loaded.push(path);
    for (const named of namedIn(files, path, options)) add(named);
  };
  for (const word of command?.words ?? []) add(resolved(files, word.replace(/^[^=]*=/, ""), ""));
  const programs = script === undefined ? [] : modulesOf(files, script);
  if (script !== undefined) for (const path of hydraFiles(files, script, options)) add(path);
  for (const path of programs)
    for (const named of writtenIn(files.get(path)!, options)) add(resolved(files, named, path));
  return {
    place: command ? `${command.path}:${command.line}` : script!,
    options,
    ...(script === undefined ? {} : { script }),
    programs,
    configurations: loaded,
  };
}

/** A path as somebody writes it: from the project's root, from the file that names it, or by its last names alone. */
function resolved(files: Files, written: string, from: string): string | undefined {
  if (!CONFIGURATION.test(written)) return undefined;
  const plain = normalised(written);
  const beside = normalised(`${from.split("/").slice(0, -1).join("/")}/${written}`);
  const exact = [plain, beside].find((path) => files.has(path));
  if (exact !== undefined) return exact;
  const ends = [...files.keys()].filter(
    (path) => !path.startsWith(".") && path.endsWith(`/${plain.replace(/^(?:\.\.\/)+/, "")}`),
  );
  return ends.length === 1 ? ends[0] : undefined;
}

function normalised(path: string): string {
  const out: string[] = [];
  for (const part of path.split("/"))
    if (part === ".." && out.length > 0 && out.at(-1) !== "..") out.pop();
    else if (part !== "." && part !== "") out.push(part);
  return out.join("/");
}

/** A script and the modules of the project that it imports, directly or not. */
function modulesOf(files: Files, script: string): string[] {
  const reached = [script];
  for (const path of reached) {
    const text = files.get(path)!.text;
    for (const m of text.matchAll(/^[ \t]*(?:from[ \t]+(\.*[\w.]+)[ \t]+import|import[ \t]+([\w.]+))/gm)) {
      const name = `${(m[1] ?? m[2])!.replace(/^\.+/, "").replaceAll(".", "/")}.py`;
      const folder = path.split("/").slice(0, -1).join("/");
      const found = [normalised(`${folder}/${name}`), name, `src/${name}`].find((p) => files.has(p));
      if (found !== undefined && !reached.includes(found) && reached.length < 50) reached.push(found);
    }
  }
  return reached;
}

/** `add_argument("--config", default="…")`, also of click and typer. */
const DEFAULT =
  /(?:add_argument|option|Option|argument)\(\s*["']-{0,2}([\w-]+)["'](?:[^()]|\([^()]*\)){0,300}?\bdefault\s*=\s*(?:Path\()?["']([^"'\n]+)["']/g;
/** `config: str = "…"`, `config="…"`: a parameter or field that an option of its name replaces. */
const PARAMETER = /\b(\w+)\s*(?::\s*[\w.[\]| ]+)?=\s*(?:Path\()?["']([^"'\n]+\.(?:ya?ml|json))["']/g;
const LITERAL = /["']([^"'\n]{1,200}\.(?:ya?ml|json))["']/g;

/** Configurations that a program names, less those that an option on its command line replaces. */
function writtenIn({ text, path }: ExistingFile, options: ReadonlyMap<string, string>): string[] {
  if (extensionOf(path) !== "py") return [];
  const replaced = new Set<number>();
  for (const pattern of [DEFAULT, PARAMETER])
    for (const m of text.matchAll(pattern))
      if (options.has(nameOf(m[1]!))) replaced.add(m.index + m[0].lastIndexOf(m[2]!));
  const given = [...options.values()].some((value) => CONFIGURATION.test(value));
  return (
    [...text.matchAll(LITERAL)]
      .filter((m) => !replaced.has(m.index + 1))
      // `sys.argv[1] if len(sys.argv) > 1 else "…"` stands aside for a file on the command line.
      .filter((m) => !(given && /argv/.test(lineOf(text, m.index))))
      // What is written is made, not read: `open("metrics.json", "w")`, `save_json(…)`.
      .filter((m) => !/^["']\s*,\s*["'][wax]b?["']/.test(text.slice(m.index + m[0].length - 1)))
      .map((m) => joinedPath(text, m))
  );
}

const lineOf = (text: string, at: number): string => text.split("\n")[lineAt(text, at) - 1] ?? "";

/** `os.path.join("configs", "a.yaml")` and `Path("configs") / "a.yaml"` as one path. */
function joinedPath(text: string, match: RegExpMatchArray): string {
  const before = /((?:["'][\w.-]+["']\s*\)?\s*[,/]\s*)+)$/.exec(
    text.slice(Math.max(0, match.index! - 200), match.index),
  );
  const folders = [...(before?.[1] ?? "").matchAll(/["']([\w.-]+)["']/g)].map((m) => m[1]!);
  // Files beside each other in a list are no path.
  if (folders.some((name) => CONFIGURATION.test(name))) return match[1]!;
  return [...folders, match[1]!].join("/");
}

/** `@hydra.main(config_path="conf", config_name="config")`, as its own options may change it. */
function hydraFiles(files: Files, script: string, options: ReadonlyMap<string, string>): string[] {
  const text = files.get(script)!.text;
  const main = /@hydra\.main\(([^)]*)\)/.exec(text)?.[1];
  if (main === undefined) return [];
  const argument = (name: string): string | undefined =>
    new RegExp(`\\b${name}\\s*=\\s*["']([^"']+)["']`).exec(main)?.[1];
  const folder = options.get("config_path") ?? options.get("cp") ?? argument("config_path") ?? "";
  const name = (options.get("config_name") ?? options.get("cn") ?? argument("config_name") ?? "config").replace(
    /\.yaml$/,
    "",
  );
  const beside = script.split("/").slice(0, -1).join("/");
  const found = [`${beside}/${folder}/${name}.yaml`, `${folder}/${name}.yaml`]
    .map(normalised)
    .find((path) => files.has(path));
  return found === undefined ? [] : [found];
}

/** Files that a configuration names: a DeepSpeed file, a base, Hydra's defaults list (later entries stand over earlier). */
function namedIn(files: Files, path: string, options: ReadonlyMap<string, string>): string[] {
  const { text } = files.get(path)!;
  const folder = path.split("/").slice(0, -1).join("/");
  const listed = /^defaults:[ \t]*\n((?:[ \t]*-[^\n]*(?:\n|$)|[ \t]*(?:#[^\n]*)?\n)+)/m.exec(text)?.[1] ?? "";
  const groups = [...listed.matchAll(/^[ \t]*-[ \t]*(?:override[ \t]+)?([\w/@-]+)(?:[ \t]*:[ \t]*([\w.-]+))?/gm)]
    .filter((m) => m[1] !== "_self_")
    .map((m) => (m[2] === undefined ? m[1]! : `${m[1]}/${options.get(nameOf(m[1]!)) ?? m[2]}`))
    .map((name) => normalised(`${folder}/${name.replace(/^\//, "").replace(/\.yaml$/, "")}.yaml`))
    .filter((named) => files.has(named))
    .reverse();
  const paths = [...text.matchAll(/[:=-]\s*["']?([\w./-]+\.(?:ya?ml|json))["']?\s*(?:[,}#\n]|$)/g)].flatMap(
    (m) => resolved(files, m[1]!, path) ?? [],
  );
  return [...paths, ...groups];
}
