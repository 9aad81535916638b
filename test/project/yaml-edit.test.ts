import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { editYaml, yamlScalar } from "../../src/project/yaml-edit.ts";

const TEXT = "# head\na:\n  x: 1      # one\n  list: [1, 2] # list\nb:\n  x: null\n";

test("an edit changes one value and nothing else", () => {
  expect(editYaml("f", TEXT, [{ path: ["a", "x"], value: 100 }])).toBe(
    TEXT.replace("x: 1      # one", "x: 100    # one"),
  );
  expect(editYaml("f", TEXT, [{ path: ["a", "list"], value: "all-linear" }])).toBe(
    TEXT.replace("[1, 2] # list", "all-linear # list"),
  );
});

test("any text that a person may say comes back as the same text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (value) => {
      const edited = editYaml("f", TEXT, [{ path: ["b", "x"], value }]);
      expect(parse(edited).b).toEqual({ x: value });
      expect(parse(edited).a).toEqual({ x: 1, list: [1, 2] });
    }),
  );
});

test("small learning rates are numbers to PyYAML, which wants a dot before the exponent", () => {
  expect(yamlScalar(1e-7)).toBe("1.0e-7");
  expect(yamlScalar(2e-4)).toBe("0.0002");
});

test.each(["no", "on", "~", "null", "1e5", "0x10", "12:30", "2026-01-01", "=", "<<", "- a", "a: b", "#", ""])(
  "the text %j is quoted, since YAML 1.1 would read something else",
  (value) => {
    expect(yamlScalar(value)).toMatch(/^".*"$/);
  },
);

test("a key that is not there is an error that names it", () => {
  expect(() => editYaml("configs/x.yaml", TEXT, [{ path: ["a", "z"], value: 1 }])).toThrowError(
    "The template's configs/x.yaml has no key a.z",
  );
});
