import { Command } from "commander";
import { AdvisorError, type Catalog, catalog, nearestNames } from "../src/index.ts";
import { CATALOG_KINDS, type CatalogKind, columnsOfKind } from "./catalog-columns.ts";
import { cell } from "./cell.ts";
import { teach } from "./help.ts";
import { answer, answerJson } from "./output.ts";
import { screenOf } from "./paint.ts";
import { shown } from "./terminal.ts";

export function catalogCommand(): Command {
  const command = new Command("catalog")
    .description("Show the facts that plans are made from, each with its source and date")
    .option("--json", "print as one JSON document")
    .allowExcessArguments()
    .action((options: { json?: boolean }, self: Command) => {
      const [word] = self.args;
      if (word !== undefined) throw unknownSubcommand(word);
      return list(options);
    });
  command
    .command("show")
    .description(`Show the facts of one kind: ${CATALOG_KINDS.join(", ")}`)
    .argument("<kind>", "which facts")
    .argument("[filter...]", "only those whose text holds all these words")
    .option("--json", "print as one JSON document")
    // `--json` is also an option of `catalog`, which then takes it first.
    .action((kind: string, filter: string[], options: { json?: boolean }, self: Command) =>
      show(kind, filter, { json: options.json === true || self.parent?.opts().json === true }),
    );
  command
    .command("refresh", { hidden: true })
    .allowUnknownOption()
    .argument("[anything...]")
    .action(() => {
      throw new AdvisorError(
        "not-available",
        '"catalog refresh" is not in this version',
        "Today: `ml-architect catalog show prices` shows the bundled prices with their dates.",
      );
    });
  command.helpCommand(false);
  return teach(command, {
    examples: [
      { does: "What is known, and how much of it", command: "ml-architect catalog" },
      { does: "One accelerator", command: "ml-architect catalog show accelerators 4090" },
      { does: "Prices of one platform", command: "ml-architect catalog show prices lambda h100" },
      { does: "For a script", command: "ml-architect catalog show models --json" },
    ],
    exits: { 1: null },
    more: "README.md; every row names where its numbers were read and when.",
  });
}

function unknownSubcommand(word: string): AdvisorError {
  const kind = nearestNames(word, CATALOG_KINDS, 1)[0];
  const near = kind === undefined ? "catalog show KIND" : `catalog show ${kind}`;
  return new AdvisorError("unknown-name", `There is no "catalog ${word}"`, `Did you mean "ml-architect ${near}"?`);
}

const kindOf = (catalogOfFacts: Catalog, kind: CatalogKind) =>
  catalogOfFacts[kind] as readonly { source: string; asOf: string }[];

async function list({ json }: { json?: boolean }): Promise<void> {
  const kinds = CATALOG_KINDS.map((kind) => {
    const facts = kindOf(catalog, kind);
    const dates = facts.map(({ asOf }) => asOf).sort();
    return { kind, count: facts.length, oldest: dates[0] ?? "", newest: dates.at(-1) ?? "" };
  });
  if (json) return answerJson({ digest: catalog.digest, kinds });
  const rows = kinds.map(({ kind, count, oldest, newest }) => `| ${kind} | ${count} | ${oldest} | ${newest} |`);
  const table = ["| kind | facts | oldest | newest |", "| --- | ---: | --- | --- |", ...rows].join("\n");
  await answer(
    shown(
      `# Catalog\n\n${table}\n\nSee one kind: \`ml-architect catalog show KIND [FILTER]\`\n`,
      screenOf(process.stdout),
    ),
  );
}

async function show(named: string, filter: string[], { json }: { json: boolean }): Promise<void> {
  const kind = CATALOG_KINDS.find(
    (each) => each === named.toLowerCase() || each.replace(/s$/, "") === named.toLowerCase(),
  );
  if (kind === undefined) {
    const near = nearestNames(named, CATALOG_KINDS, 1)[0];
    throw new AdvisorError(
      "unknown-name",
      `There is no kind of fact called "${named}"`,
      `${near ? `Did you mean "${near}"? ` : ""}Kinds: ${CATALOG_KINDS.join(", ")}.`,
    );
  }
  const words = filter.join(" ").toLowerCase().split(/\s+/).filter(Boolean);
  const facts = kindOf(catalog, kind).filter((fact) => {
    const text = searched(fact);
    return words.every((word) => text.includes(word));
  });
  if (facts.length === 0 && words.length > 0) {
    const names = kindOf(catalog, kind).map((fact) =>
      String((fact as { id?: string; instanceType?: string }).id ?? (fact as { instanceType?: string }).instanceType),
    );
    const near = nearestNames(filter.join(" "), [...new Set(names)], 3);
    throw new AdvisorError(
      "unknown-name",
      `No ${kind} match "${filter.join(" ")}"`,
      near.length > 0 ? `Nearest: ${near.join(", ")}.` : `See all: ml-architect catalog show ${kind}`,
    );
  }
  if (json) return answerJson(facts);
  await answer(shown(factTable(kind, facts), screenOf(process.stdout)));
}

/** What a filter looks at: the fact, not the names and commits of the places it was read in. */
function searched(fact: object): string {
  const { source: _, notes: __, ...own } = fact as { source?: unknown; notes?: unknown };
  return JSON.stringify(own).toLowerCase();
}

/** The facts as a table. Sources are long and shared by many facts, so they are numbered and listed once. */
function factTable(kind: CatalogKind, facts: readonly { source: string; asOf: string }[]): string {
  const columns = columnsOfKind(kind);
  const sources = [...new Set(facts.map(({ source }) => source))];
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  const rows = facts.map((fact) =>
    line([
      ...columns.map(({ of }) => of(fact as unknown as Record<string, unknown>)),
      fact.asOf,
      String(sources.indexOf(fact.source) + 1),
    ]),
  );
  return [
    line([...columns.map(({ head }) => head), "as of", "source"]),
    line([...columns.map(({ number }) => (number ? "---:" : "---")), "---", "---:"]),
    ...rows,
    "",
    "## Sources",
    "",
    ...sources.map((source, index) => `${index + 1}. ${cell(source)}`),
    "",
  ].join("\n");
}
