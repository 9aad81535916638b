import type { Message } from "../wire/message.ts";
import type { Failure } from "./failure.ts";

/** How a kernel differs from what Jupyter's protocol says, and what it cannot do. */
export interface Dialect {
  name: "tslab" | "deno" | "generic";
  /** A SIGINT to its process, or a message on its control channel. */
  interrupt: "signal" | "message";
  /**
   * A cell that an interrupt has not ended by then never ends: a JavaScript loop hears nothing, and Deno's interrupted
   * `await` neither. Its kernel is started again. Absent where the kernel's own patience counts.
   */
  stuckMs?: number;
  /** The next cell waits this long after an error. */
  holdAfterErrorMs: number;
  /** What a cell printed may follow its idle, and be taken for the next cell's: print a mark and wait for it. */
  printsLate: boolean;
  /** Answers history requests itself. */
  keepsHistory: boolean;
  /** A reply as Jupyter wants it. */
  reply(message: Message): Message;
  /** The failure of a cell whose kernel said nothing but text on stderr. */
  failureFrom(stderr: string): Failure;
  /** Code that prints `marker` and the value of an expression as JSON; undefined where that is unknown. */
  evaluate(expression: string, marker: string, language: string): string | undefined;
  /** Code that binds a variable to a JSON value. */
  assign(name: string, json: string, language: string): string | undefined;
}

const unknownFailure = (stderr: string): Failure => ({
  ename: "Error",
  evalue: stderr.trim().split("\n").at(-1) ?? "",
  traceback: stderr.trim() === "" ? [] : [stderr.trim()],
});

/** Without @types/node even `console` is a type error, so nothing here is typed. */
const typescript: Pick<Dialect, "evaluate" | "assign"> = {
  evaluate: (expression, marker) =>
    `(globalThis as any).console.log(${JSON.stringify(marker)} + JSON.stringify({ value: (\n${expression}\n) }));`,
  assign: (name, json) => `var ${name}: any = JSON.parse(${JSON.stringify(json)});`,
};

const LANGUAGES: Record<string, Pick<Dialect, "evaluate" | "assign">> = {
  typescript,
  javascript: {
    evaluate: (expression, marker) =>
      `console.log(${JSON.stringify(marker)} + JSON.stringify({ value: (\n${expression}\n) }));`,
    assign: (name, json) => `var ${name} = JSON.parse(${JSON.stringify(json)});`,
  },
  python: {
    evaluate: (expression, marker) =>
      `print(${JSON.stringify(marker)} + __import__("json").dumps({"value": (\n${expression}\n)}, default=str))`,
    assign: (name, json) => `${name} = __import__("json").loads(${JSON.stringify(json)})`,
  },
};

const tslab: Dialect = {
  name: "tslab",
  interrupt: "signal",
  stuckMs: 3000,
  // After an error it aborts what it is given within 200 ms.
  holdAfterErrorMs: 250,
  printsLate: false,
  keepsHistory: false,
  reply({ header, content, ...rest }) {
    // It answers comm_info_request as complete_reply.
    const type = "comms" in content ? "comm_info_reply" : header.msg_type;
    return {
      ...rest,
      header: { ...header, msg_type: type },
      content: { ...content, status: content.status === "abort" ? "aborted" : (content.status ?? "ok") },
    };
  },
  failureFrom(stderr) {
    // A thrown error is printed with its stack, a type error as "LINE:COLUMN - message".
    const thrown = /^(?:Uncaught )?([A-Z]\w*(?:Error|Exception)?): (.*)$/m.exec(stderr);
    const typed = /^\d+:\d+ - (.*)$/m.exec(stderr);
    const [ename, evalue] = typed ? ["TypeScriptError", typed[1]!] : thrown ? [thrown[1]!, thrown[2]!] : ["Error", ""];
    // Its own text stands above already: the traceback is the one line that names it.
    return { ename, evalue, traceback: [evalue === "" ? ename : `${ename}: ${evalue}`] };
  },
  ...typescript,
};

const deno: Dialect = {
  name: "deno",
  interrupt: "message",
  stuckMs: 3000,
  holdAfterErrorMs: 0,
  printsLate: true,
  keepsHistory: false,
  reply: (message) => message,
  failureFrom: unknownFailure,
  ...typescript,
};

const generic: Dialect = {
  name: "generic",
  interrupt: "signal",
  holdAfterErrorMs: 0,
  printsLate: false,
  keepsHistory: true,
  reply: (message) => message,
  failureFrom: unknownFailure,
  evaluate: (expression, marker, language) => LANGUAGES[language]?.evaluate(expression, marker, language),
  assign: (name, json, language) => LANGUAGES[language]?.assign(name, json, language),
};

export const DIALECTS: Record<Dialect["name"], Dialect> = { tslab, deno, generic };
