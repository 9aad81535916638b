import type { Command, CommanderError } from "commander";
import { AdvisorError, isSlip, nearestNames } from "../src/index.ts";

/** Says in our words what the argument parser refused, with the nearest flag that exists. */
export function commanderRefusal(error: CommanderError, program: Command, args: readonly string[]): AdvisorError {
  const command =
    program.commands.find((each) => each.name() === args[0]) ??
    program.commands.find((each) => each.name() === "plan") ??
    program;
  const help = `See: ml-architect ${command.name()} --help`;
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  const refuse = (code: "invalid-input" | "unknown-name", message: string, hint: string) =>
    new AdvisorError(code, message, hint, error);
  switch (error.code) {
    case "commander.unknownOption": {
      const flags = command.options.map((option) => option.long ?? option.short ?? "");
      const known = [...flags, "--help"];
      const near = known.find((flag) => isSlip(quoted, flag)) ?? nearestNames(quoted, known, 1)[0];
      return refuse(
        "unknown-name",
        `There is no option "${quoted}"`,
        `${near ? `Did you mean "${near}"? ` : ""}A text that begins with a dash goes after \`--\`. ${help}`,
      );
    }
    case "commander.optionMissingArgument":
      return refuse("invalid-input", `The option "${quoted}" needs a value`, help);
    case "commander.missingArgument":
      return refuse("invalid-input", `Something is missing: ${command.name()} needs <${quoted}>`, help);
    case "commander.excessArguments":
      return refuse("invalid-input", `${command.name()} takes fewer words than were given`, help);
    default:
      return refuse("invalid-input", error.message.replace(/^error: /, ""), help);
  }
}
