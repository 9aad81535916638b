import { findSecrets } from "../secrets.ts";
import type { Finding } from "./checklist.ts";
import { check, open } from "./finding.ts";
import type { PlanFacts, ProjectSnapshot } from "./inspect.ts";
import { projectTargets } from "./makefile.ts";

type Files = ReadonlyMap<string, string>;

export function environment(files: Files): Finding[] {
  const text = files.get("README.md") ?? "";
  const python = files.get(".python-version")?.trim();
  const words = [/\bpython\b\s*[~=<>]*\s*3\.\d+/i, /\bcuda\b/i, /\bdriver\b/i];
  const unsaid = ["the Python version", "CUDA", "the driver"].filter((_, at) => words[at]?.test(text) === false);
  const line = text.split("\n").find((each) => /\bdriver\b/i.test(each));
  const found = [...files].flatMap(([path, content]) => findSecrets(content).map((s) => `${path} (${s.kind})`));
  return [
    check(
      "environment",
      unsaid.length === 0,
      `README.md says which Python, CUDA and driver: "${(line ?? "").replace(/^[-*\s]+/, "").slice(0, 120)}"`,
      `README.md does not name ${unsaid.join(", ")}`,
    ),
    check(
      "environment",
      python !== undefined && python !== "" && text.includes(python),
      `.python-version is ${python}, as README.md says`,
      python ? `.python-version is ${python}, which README.md does not name` : ".python-version is missing",
    ),
    check("environment", files.has(".env.example"), ".env.example is there", ".env.example is missing"),
    check(
      "environment",
      /^\.env(\*|\.\*)?$/m.test(files.get(".gitignore") ?? ""),
      ".gitignore names .env",
      ".gitignore does not name .env*",
    ),
    check(
      "environment",
      found.length === 0,
      `no key or password in ${files.size} text files`,
      `looks like a secret: ${found.slice(0, 3).join(", ")}`,
    ),
  ];
}

/** The rows of COSTS.md that a plan must have: what it trains, and what it serves. */
export function costs(files: Files, plan: PlanFacts | undefined): Finding[] {
  const text = files.get("COSTS.md") ?? "";
  const date = /\b20\d\d-\d\d-\d\d\b/.exec(text)?.[0];
  const figure = (what: string): Finding => {
    const row = text.split("\n").find((line) => line.startsWith(`| ${what}`) && /\$\s?\d/.test(line));
    return check(
      "costs",
      row !== undefined,
      `COSTS.md: ${row?.replace(/^\|\s*|\s*\|$/g, "").replace(/\s*\|\s*/g, ": ")}`,
      `COSTS.md is missing, or has no figure for ${what.toLowerCase()}`,
    );
  };
  const wanted = [...(plan === undefined || plan.training ? ["Training"] : []), ...(plan?.serving ? ["Serving"] : [])];
  return [
    ...wanted.map(figure),
    check("costs", date !== undefined, `COSTS.md was computed on ${date}`, "COSTS.md has no date"),
    check(
      "costs",
      /not included/i.test(text),
      "COSTS.md says what is not included",
      "COSTS.md does not say what is not included",
    ),
  ];
}

export function deployment({ files, folders }: ProjectSnapshot, plan: PlanFacts | undefined): Finding[] {
  const engine = plan?.serving?.engine;
  const steps = sectionOf(files, /deploy/i);
  return [
    check(
      "deployment",
      steps !== undefined && commandsIn(steps).length > 0,
      `README.md, Deployment: ${commandsIn(steps ?? "")
        .slice(0, 4)
        .join(", ")}`,
      steps === undefined ? "README.md has no deployment section" : "README.md, Deployment: no command says how",
    ),
    check("deployment", folders.has("inference"), "inference/ is there", "inference/ is missing"),
    ...chosenWay(files, plan?.decisions.find(({ name }) => name === "deployment")?.choice),
    ...(engine === undefined || engine === "transformers"
      ? []
      : [
          open(
            "deployment",
            `${engine} itself was not started: it needs its GPU, and the checks run a small server with the same request schema`,
            "`make load-test` against the deployed server shows measured beside predicted.",
          ),
        ]),
  ];
}

/** Where the files of each way to serve lie. */
const WAYS: Readonly<Record<string, string>> = {
  "fastapi-docker": "inference/docker",
  vllm: "inference/vllm",
  "hf-inference-endpoints": "inference/endpoints",
  "modal-functions": "inference/modal",
};

/** That the way to serve which the plan chose is the one that the project can go. */
function chosenWay(files: Files, choice: string | undefined): Finding[] {
  const folder = choice === undefined ? undefined : WAYS[choice];
  if (choice === undefined) return [];
  if (folder === undefined)
    return [
      open(
        "deployment",
        `no version of this project has files for ${choice} yet`,
        "`make serve` serves with the project's own server meanwhile.",
      ),
    ];
  const own = [...files.keys()].filter((path) => path.startsWith(`${folder}/`));
  return [
    check(
      "deployment",
      own.includes(`${folder}/README.md`),
      `${choice}: ${own.length} files in ${folder}/, with instructions`,
      `${folder}/ has no README.md for ${choice}, which the plan chose`,
    ),
  ];
}

export function readme(files: Files): Finding[] {
  const text = files.get("README.md") ?? "";
  const quick = sectionOf(files, /quick ?start/i);
  const trouble = sectionOf(files, /troubleshoot/i);
  const targets = projectTargets(files);
  const commands = commandsIn(text);
  const unknown = [
    ...commands.flatMap((line) => /^make ([\w-]+)/.exec(line)?.[1] ?? []).filter((name) => !targets.has(name)),
    ...commands
      .flatMap((line) => /\bscripts\/[\w./-]+\.(?:py|sh)\b/.exec(line)?.[0] ?? [])
      .filter((p) => !files.has(p)),
  ];
  return [
    check(
      "readme",
      quick !== undefined && commandsIn(quick).length > 0,
      `README.md, Quickstart: ${commandsIn(quick ?? "")
        .slice(0, 4)
        .join(", ")}`,
      quick === undefined ? "README.md has no quickstart" : "README.md, Quickstart: no command in it",
    ),
    check(
      "readme",
      trouble !== undefined && /out of memory/i.test(trouble),
      "README.md has troubleshooting, running out of memory among it",
      trouble === undefined
        ? "README.md has no troubleshooting"
        : "troubleshooting says nothing on running out of memory",
    ),
    check(
      "readme",
      unknown.length === 0,
      `the ${commands.length} commands in README.md name targets and scripts that exist`,
      `README.md names what does not exist: ${[...new Set(unknown)].slice(0, 5).join(", ")}`,
    ),
  ];
}

/** The text of the first section with such a heading, up to the next heading of its level. */
function sectionOf(files: Files, heading: RegExp): string | undefined {
  const lines = (files.get("README.md") ?? "").split("\n");
  const level = (line: string): number => /^(#{1,3}) /.exec(line)?.[1]?.length ?? 0;
  const start = lines.findIndex((line) => level(line) > 0 && heading.test(line));
  if (start < 0) return undefined;
  const length = lines
    .slice(start + 1)
    .findIndex((line) => level(line) > 0 && level(line) <= level(lines[start] ?? ""));
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join("\n");
}

/** What stands as code and starts with a program's name: lines of blocks, and words between backticks. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/```\w*\n([\s\S]*?)```/g)].flatMap(([, block]) => (block ?? "").split("\n"));
  const spans = [...text.replace(/```[\s\S]*?```/g, "").matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? "");
  return [...blocks, ...spans]
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => /^(make|python|docker|ml-architect|modal|sky|aws|curl|scripts\/)(\s|\S*\.sh)/.test(line));
}
