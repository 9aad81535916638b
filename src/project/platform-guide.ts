import { choiceOf, command, type ProjectContext } from "./context.ts";
import { code, list } from "./markdown.ts";

/** The script of the platform's part that starts the run there; undefined for this machine. */
function launcherOf(context: ProjectContext): string | undefined {
  const paths = choiceOf(context, "platform")?.used?.paths ?? [];
  return paths.find((path) => /^scripts\/launch_\w+\.(sh|py)$/.test(path) && path !== "scripts/launch_local.sh");
}

/** The command that trains where the plan put it. */
export function startCommand(context: ProjectContext): string {
  const launcher = launcherOf(context);
  return launcher === undefined
    ? command(context, ["train"], "python scripts/train.py")
    : command(context, ["launch"], launcher);
}

/** For the training guide: where the plan put the run, and on a machine of one's own. */
export function startCommands(context: ProjectContext): string {
  const here = command(context, ["train"], "python scripts/train.py");
  const there = startCommand(context);
  return there === here ? code(here) : `${code(there)}, or ${code(here)} on this machine`;
}

/** How the platform's part starts the run, and what is still to be done by a person. */
export function launching(context: ProjectContext): string | undefined {
  const paths = choiceOf(context, "platform")?.used?.paths.filter((path) => path.startsWith("platforms/")) ?? [];
  const launcher = launcherOf(context);
  if (launcher === undefined) return paths.length === 0 ? undefined : `See ${paths.map(code).join(", ")}.`;
  const { offer } = context.hardware ?? {};
  const { launch } = context.plan;
  return list([
    `Start it: ${code(startCommand(context))} (${code(launcher)}). What it needs first, its other commands and what it costs to forget: ${code(`${paths[0]}README.md`)}.`,
    ...(offer && launch?.name === undefined
      ? [
          `**Choose the machine**: no dated fact says what this platform calls ${code(offer.instanceType)}. The launcher stops until the name stands in ${code(paths[0] ?? "")}, and says where to find it.`,
        ]
      : []),
    ...(launch?.skypilot?.mountsBuckets === false
      ? [
          "No bucket can be mounted there: an interrupted run starts from the beginning, so on-demand machines only; fetch the results before the machine ends itself.",
        ]
      : []),
    "On any other Linux machine with the driver: `scripts/launch_local.sh`.",
  ]);
}
