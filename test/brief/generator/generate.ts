import type { Labelled } from "../scoring.ts";
import { type Draw, type Filled, SLOTS, type SlotName } from "./slots.ts";

/**
 * A sentence with slots, and what it means beside them. In `says`:
 * `{cards}` is filled and meant · `{~cards}` is somebody else's and must not be read · `{?cards}` may be read ·
 * `{1.cards}` belongs to the first set-up that is compared, `{2.cards}` to the second.
 */
export interface Template {
  says: string;
  means?: Record<string, unknown>;
  mayMean?: Record<string, unknown>;
  /** Fields that must stay empty. */
  never?: string[];
  /** Set-ups compared, each beside what its slots say. */
  compares?: Record<string, unknown>[];
  conflict?: true;
}

export interface Generated extends Labelled {
  phenomenon: string;
  half: "open" | "unseen";
}

/** Lehmer's generator: the same seed gives the same briefs on every machine. */
const seeded = (seed: number): Draw => {
  let state = (seed % 2147483646) + 1;
  return (options) => {
    state = (state * 48271) % 2147483647;
    return options[state % options.length] as (typeof options)[number];
  };
};

const hash = (text: string): number => {
  let h = 2166136261;
  for (const c of text) h = Math.imul(h ^ (c.codePointAt(0) as number), 16777619) >>> 0;
  return h;
};

/** A template lies wholly in one half, whatever fills its slots. */
const halfOf = (template: Template): Generated["half"] => (hash(template.says) % 2 === 0 ? "open" : "unseen");

/** Fills the slots of one template, from its own seed. */
export function generate(phenomenon: string, template: Template, round: number): Generated {
  const draw = seeded(hash(`${template.says}#${round}`));
  const expected: Record<string, unknown> = { ...template.means };
  const optional: Record<string, unknown> = { ...template.mayMean };
  const never = new Set(template.never ?? []);
  const compared: Record<string, unknown>[] = (template.compares ?? []).map((c) => ({ ...c }));
  const taken = new Set<string>();
  const text = template.says.replace(/\{([~?]|\d\.)?(\w+)\}/g, (_, mark: string | undefined, name: SlotName) => {
    const filled = another(name, draw, taken);
    if (mark === "~") for (const field of Object.keys(filled.means)) never.add(field);
    else if (mark === "?") Object.assign(optional, Object.fromEntries(Object.keys(filled.means).map((f) => [f, "*"])));
    else if (mark) compared[Number(mark[0]) - 1] = { ...compared[Number(mark[0]) - 1], ...filled.means };
    else {
      Object.assign(expected, filled.means);
      Object.assign(optional, filled.mayMean);
    }
    return filled.text;
  });
  if (compared.length > 0) expected.alternatives = compared;
  return {
    id: `${phenomenon}/${hash(template.says).toString(36)}/${round}`,
    phenomenon,
    half: halfOf(template),
    split: halfOf(template) === "open" ? "tuning" : "held-out",
    text,
    expected,
    // A field meant once is not forbidden because somebody else's value of it stands in the same text.
    must_not: [...never].filter((f) => !(f in expected) && !(f in optional)),
    optional,
    ...(template.conflict ? { conflict: true } : {}),
  };
}

/** A filling whose values stand nowhere else in this brief: two equal cards would compare nothing. */
function another(name: SlotName, draw: Draw, taken: Set<string>): Filled {
  for (let attempt = 0; ; attempt++) {
    const filled = SLOTS[name](draw);
    const key = JSON.stringify(Object.entries(filled.means)[0]);
    if (!taken.has(key) || attempt > 20) {
      taken.add(key);
      return filled;
    }
  }
}
