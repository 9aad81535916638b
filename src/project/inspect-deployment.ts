import { parse } from "yaml";
import type { Finding } from "./checklist.ts";
import { check, open } from "./finding.ts";
import type { PlanFacts } from "./inspect.ts";

/** Where the files of each way to serve lie. */
const DEPLOYMENTS: Readonly<Record<string, string>> = {
  "fastapi-docker": "inference/docker",
  vllm: "inference/vllm",
  "hf-inference-endpoints": "inference/endpoints",
  "modal-functions": "inference/modal",
};

/** That the way to serve which the plan chose is one that the project can go. */
export function chosenDeployment(files: ReadonlyMap<string, string>, plan: PlanFacts | undefined): Finding[] {
  const choice = plan?.decisions.find((d) => d.name === "deployment")?.choice;
  if (choice === undefined) return [];
  const folder = DEPLOYMENTS[choice];
  const own = [...files].filter(([path]) => folder !== undefined && path.startsWith(`${folder}/`));
  if (own.length === 0)
    return [
      open(
        "deployment",
        `the project has no files for ${choice}, which the plan chose`,
        "`make serve` runs its own server with the same requests; handoff/deployment-engineer.md has the numbers.",
      ),
    ];
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
