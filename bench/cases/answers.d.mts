/** What the answer to one case says, beside what is known to have happened. */
export interface CaseAnswer {
  id: string;
  text: string;
  /** The person says that it died. */
  told: boolean;
  /** The estimate says so too. */
  foreseen: boolean;
  agreement: "agrees" | "repaired" | "warned" | "led" | "false no" | "unsafe";
  why: string;
}
export function answers(path: string, core: object): CaseAnswer[];
