import { z } from "zod";
import { AdvisorError } from "../error.ts";
import { manifestFault, partKind, TemplateManifest, type TemplatePart } from "./template.ts";

/**
 * `template.json` as it is stored. A template may stand on another folder's files (`extends`): what several templates
 * share is written once. A layer without tasks is only stood on.
 */
export const TemplateLayer = TemplateManifest.partial().extend({
  id: TemplateManifest.shape.id,
  /** The layers whose files and parts this one adds to. */
  extends: z
    .union([TemplateManifest.shape.id.transform((id) => [id]), z.array(TemplateManifest.shape.id).min(1)])
    .optional(),
});
export type TemplateLayer = z.infer<typeof TemplateLayer>;

/** Checks a stored manifest; `where` names it in the error. */
export function parseLayer(value: unknown, where: string): TemplateLayer {
  const result = TemplateLayer.safeParse(value);
  if (result.success) return result.data;
  throw manifestFault(where, z.prettifyError(result.error));
}

/** One layer upon another: parts of the same choice are united, single values are the upper one's. */
export function joinManifests(base: TemplateLayer, over: TemplateLayer): TemplateLayer {
  const { extends: _base, ...below } = base;
  const { extends: _over, ...mine } = over;
  return {
    ...below,
    ...mine,
    parts: joinParts(base.parts ?? [], over.parts ?? []),
    planFiles: [...new Set([...(base.planFiles ?? []), ...(over.planFiles ?? [])])],
    rename: { ...base.rename, ...over.rename },
    never: [...new Set([...(base.never ?? []), ...(over.never ?? [])])],
  };
}

function joinParts(base: readonly TemplatePart[], over: readonly TemplatePart[]): TemplatePart[] {
  const same = (a: TemplatePart, b: TemplatePart): boolean => partKind(a) === partKind(b) && a.id === b.id;
  const joined = base.map((part) => {
    const more = over.find((other) => same(part, other));
    return more === undefined ? part : { ...part, ...more, paths: [...new Set([...part.paths, ...more.paths])] };
  });
  return [...joined, ...over.filter((part) => !base.some((other) => same(part, other)))];
}

/** The files of both layers. A path has one owner: two are a fault of the templates. */
export function joinFiles(
  base: ReadonlyMap<string, string>,
  over: ReadonlyMap<string, string>,
  where: string,
): Map<string, string> {
  const twice = [...over.keys()].find((path) => base.has(path));
  if (twice !== undefined)
    throw new AdvisorError(
      "invalid-fact",
      `The template ${where} has ${JSON.stringify(twice)}, which the layer it stands on has too`,
      "This is a fault in the installed package: leave the file in one of them.",
    );
  return new Map([...base, ...over].sort(([a], [b]) => (a < b ? -1 : 1)));
}
