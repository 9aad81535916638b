import { AdvisorError } from "../../src/index.ts";

/** What a failed cell says: Jupyter's own shape. */
export interface Failure {
  ename: string;
  evalue: string;
  traceback: string[];
}

export const INTERRUPTED: Failure = {
  ename: "KernelInterrupted",
  evalue: "the cell was interrupted",
  traceback: ["KernelInterrupted: the cell was interrupted"],
};

const LOST = "the cell could not be interrupted; its kernel was started again, and its variables are gone";
export const STATE_LOST: Failure = { ename: "KernelRestarted", evalue: LOST, traceback: [`KernelRestarted: ${LOST}`] };

export function failureOf(error: unknown): Failure {
  if (error instanceof AdvisorError) {
    const text = `${error.message.replace(/\.?$/, ".")} ${error.hint}`.trim();
    return { ename: "MlArchitect", evalue: text, traceback: [text] };
  }
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { ename: name, evalue: message, traceback: (stack ?? message).split("\n") };
}

/** What a person saw: the traceback, and what stderr said where the kernel gives no more. */
export function textOf({ ename, evalue, traceback }: Failure, stderr: string): string {
  const told = traceback.length > 1 ? traceback.join("\n") : `${ename}: ${evalue}`;
  return `${stderr.trim()}\n${told}`.replace(/\x1b\[[\d;]*m/g, "").trim();
}
