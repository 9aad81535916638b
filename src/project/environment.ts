import { AdvisorError } from "../error.ts";
import type { ProjectContext } from "./context.ts";
import { type Credential, credentialsOf } from "./credentials.ts";

/** .env.example (for development), and one example for each environment where there are others. Path → text. */
export function environmentExamples(context: ProjectContext): Map<string, string> {
  const files = new Map([[".env.example", example(context, undefined)]]);
  const named = new Set(context.workload.environments);
  if (named.size === 1) named.delete("dev");
  for (const name of named) files.set(`.env.${name}.example`, example(context, name));
  return files;
}

function example(context: ProjectContext, environment: string | undefined): string {
  const target = environment === undefined ? ".env" : `.env.${environment}`;
  const head = [
    `# Copy to ${target} and put the real values there: ${target} is ignored by git, this file is not.`,
    `#   cp ${target}.example ${target} && chmod 600 ${target}`,
    `#   set -a; . ./${target}; set +a`,
    "# Delete the lines of keys that you have none for: a tool would send the placeholder.",
    "# A key that was ever committed or pasted into a chat is burnt: SECURITY.md says what to do.",
  ];
  const credentials = credentialsOf(context);
  const known = new Set<string>(credentials.flatMap((s) => s.variables.map((v) => v.name)));
  const blocks = credentials.map((credential) => block(context, credential, environment));
  const others = templateVariables(context).filter((v) => !known.has(v.name));
  if (others.length > 0) blocks.push(["# Settings", ...others.map((v) => v.line)].join("\n"));
  return `${[head.join("\n"), ...blocks].join("\n\n")}\n`;
}

function block(context: ProjectContext, credential: Credential, environment: string | undefined): string {
  const lines = [`# ${credential.title}: ${credential.obtain}`];
  for (const variable of credential.variables) {
    if (variable.note !== undefined) lines.push(`# ${variable.note}`);
    const open = variable.name === "AWS_DEFAULT_REGION" ? awsRegion(context) : undefined;
    const value = variable.secret
      ? placeholder(context.projectName, environment ?? "dev")
      : (open ?? variable.example ?? "");
    lines.push(`${variable.name}=${value}`);
  }
  return lines.join("\n");
}

/** Where the plan's machines are: the tools' default must not be another. */
const awsRegion = ({ hardware, plan }: ProjectContext): string | undefined =>
  [hardware?.offer, plan.serving?.offer].find((offer) => offer?.platform === "aws" || offer?.platform === "sagemaker")
    ?.region;

/** What stands where a key would: the project's code takes it for no key at all. */
export const placeholder = (projectName: string, environment: string): string =>
  `${projectName}_${environment}_your_key_here`;

/** Variables of the template's own example that no credential explains; keys and addresses of services not used stay out. */
function templateVariables(context: ProjectContext): { name: string; line: string }[] {
  const text = context.template.files.get(".env.example") ?? "";
  return text.split("\n").flatMap((line) => {
    const name = /^([A-Z][A-Z0-9_]*)=/.exec(line)?.[1];
    return name === undefined || /KEY|TOKEN|SECRET|PASSWORD|^MLFLOW_|^WANDB_|^AWS_/.test(name) ? [] : [{ name, line }];
  });
}

/** pyproject.toml with the project's name: one line of the [project] table, the rest as the template has it. */
export function namedPyproject(text: string, projectName: string): string {
  const start = text.search(/^\[project\]\s*$/m);
  const rest = start < 0 ? "" : text.slice(start + 1);
  const length = rest.search(/^\[/m);
  const table = length < 0 ? rest : rest.slice(0, length);
  const named = table.replace(/^name\s*=\s*"[^"\n]*"/m, `name = ${JSON.stringify(projectName)}`);
  if (start < 0 || named === table) {
    if (new RegExp(`^name\\s*=\\s*"${projectName}"`, "m").test(table)) return text;
    throw new AdvisorError(
      "invalid-fact",
      "The template's pyproject.toml has no name in [project]",
      "Correct the template.",
    );
  }
  return text.slice(0, start + 1) + named + (length < 0 ? "" : rest.slice(length));
}

/** environment.yml (conda) with the project's name, in its comments too. The name is a checked slug: plain text everywhere. */
export function namedCondaEnvironment(text: string, projectName: string): string {
  const old = /^name:\s*([A-Za-z0-9][\w-]*)\s*$/m.exec(text)?.[1];
  if (old === undefined) {
    throw new AdvisorError("invalid-fact", "The template's environment.yml has no name", "Correct the template.");
  }
  return text.replace(new RegExp(`(?<![\\w-])${old}(?![\\w-])`, "g"), projectName);
}

/**
 * A distribution must not be called as one it depends on: pip would then see the project in place of the library.
 * The names come from the template's own requirements.
 */
export function checkNotADependency(projectName: string, requirements: string): void {
  const normal = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, "-");
  const taken = requirements.split("\n").map((line) => normal(/^[A-Za-z0-9][\w.-]*/.exec(line.trim())?.[0] ?? ""));
  if (![...taken, "pipeline"].includes(normal(projectName))) return;
  throw new AdvisorError(
    "invalid-input",
    `Cannot call a project "${projectName}": it depends on a package of that name`,
    `Choose another name, such as "${projectName}-project".`,
  );
}
