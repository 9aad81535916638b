#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { failureOf, failureText } from "./failure.ts";
import { watchReader } from "./output.ts";
import { screenOf } from "./paint.ts";
import { buildProgram } from "./program.ts";
import { commanderRefusal } from "./refusal.ts";
import { routed } from "./route.ts";

function version(): string {
  const file = new URL(import.meta.resolve("ml-architect/package.json"));
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Runs one command. The one place where anything thrown becomes two lines on stderr and an exit code. */
async function main(args: readonly string[]): Promise<void> {
  const program = buildProgram(version());
  try {
    const command = routed(args);
    await program.parseAsync(command, { from: "user" });
  } catch (error) {
    // Help and version were printed; commander reports them the way it reports a refusal.
    if (error instanceof CommanderError && error.exitCode === 0) return;
    refuse(error instanceof CommanderError ? commanderRefusal(error, program, args) : error);
    // A pipe that nobody closes must not keep us: what was wrong has been said.
    process.stdin.unref?.();
  }
}

/** Tells a person what went wrong, and a script by the exit code. */
function refuse(error: unknown): void {
  if (process.env.ML_ARCHITECT_DEBUG) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  const failure = failureOf(error);
  process.stderr.write(failureText(failure, screenOf(process.stderr)));
  process.exitCode = failure.exitCode;
}

watchReader(refuse);
// Not awaited: parts that are loaded later import what they share with this file, which would then wait for them.
void main(process.argv.slice(2));
