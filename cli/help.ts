import type { Command } from "commander";

interface Lesson {
  examples: { command: string; does: string }[];
  /** What exit codes mean here, where it is more than the usual; null where one is not used. */
  exits?: Partial<Record<0 | 1 | 2 | 3, string | null>>;
  more: string;
}

const USUAL = {
  0: "done",
  1: 'the answer is "no": nothing fits, or a check failed',
  2: "the input is wrong",
  3: "something outside failed: a disk, a program, the network",
} as const;

/** Ends a command's help with examples, its exit codes and where to read on. */
export function teach(command: Command, lesson: Lesson): Command {
  const examples = lesson.examples.map(({ command: line, does }) => `  ${does}\n    $ ${line}`).join("\n");
  const exits = Object.entries({ ...USUAL, ...lesson.exits })
    .filter(([, text]) => text !== null)
    .map(([code, text]) => `  ${code}  ${text}`)
    .join("\n");
  return command.addHelpText(
    "after",
    `\nExamples:\n${examples}\n\nExit codes:\n${exits}\n\nLearn more: ${lesson.more}`,
  );
}
