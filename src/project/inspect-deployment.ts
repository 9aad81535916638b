import { parse } from "yaml";
import type { Finding } from "./checklist.ts";
import { check, open } from "./finding.ts";
import type { PlanFacts, ProjectSnapshot } from "./inspect.ts";

const INSTEAD =
  "`make serve` runs the project's own server with the same requests; handoff/deployment-engineer.md has the numbers.";

/** Where the files of each way to serve lie. */
const DEPLOYMENTS: Readonly<Record<string, string>> = {
  "fastapi-docker": "inference/docker",
  vllm: "inference/vllm",
  "hf-inference-endpoints": "inference/endpoints",
  "modal-functions": "inference/modal",
};

/** That the way to serve which the plan chose is the one that the project can go. */
export function chosenDeployment({ files }: ProjectSnapshot, plan: PlanFacts | undefined): Finding[] {
  const choice = plan?.decisions.find((d) => d.name === "deployment")?.choice;
  if (choice === undefined) return [];
  const folder = DEPLOYMENTS[choice];
  if (folder === undefined)
    return [open("deployment", `no version of this project has files for ${choice} yet`, INSTEAD)];
  const own = [...files].filter(([path]) => path.startsWith(`${folder}/`));
  if (own.length === 0)
    return [open("deployment", `${folder}/ is not there: the project has no files for ${choice}`, INSTEAD)];
  const broken = own.filter(([path, text]) => /\.ya?ml$/.test(path) && !parses(text)).map(([path]) => path);
  return [
    check(
      "deployment",
      own.some(([path]) => path === `${folder}/README.md`),
      `${choice}: ${own.length} files in ${folder}/, with instructions`,
      `${folder}/ has no README.md for ${choice}, which the plan chose`,
    ),
    check("deployment", broken.length === 0, `${choice}: its settings parse`, `not valid YAML: ${broken.join(", ")}`),
  ];
}

function parses(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
