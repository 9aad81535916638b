import fc from "fast-check";
import { expect, test } from "vitest";
import { checkPath, checkProjectName, projectNameFrom } from "../../src/project/path.ts";

test.each([
  ["support-assistant", "support-assistant"],
  ["Support Assistant", "support-assistant"],
  ["support_assistant.v2", "support-assistant-v2"],
  ["7b-chat", "ml-7b-chat"],
  [" _x_ ", "x"],
])("a folder called %j makes the project %j", (directory, name) => {
  expect(projectNameFrom(directory)).toBe(name);
});

test.each(["", "..", "$(rm -rf ~)", "a;b", "проект", "---", "a\nb", "con"])(
  "no project is called after the folder %j",
  (directory) => {
    expect(() => projectNameFrom(directory)).toThrowError(/Cannot call a project/);
  },
);

test("whatever a folder is called, the name is safe or refused", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (directory) => {
      let name: string;
      try {
        name = projectNameFrom(directory);
      } catch {
        return;
      }
      expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(checkProjectName(name)).toBe(name);
    }),
  );
});

test("a path that is accepted stays inside its folder", () => {
  const parts = fc.array(
    fc.oneof(fc.constantFrom("..", ".", "", "a", "b.txt", "C:", "\\", "~"), fc.string({ maxLength: 5 })),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(parts, (segments) => {
      const path = segments.join("/");
      try {
        checkPath(path);
      } catch {
        return;
      }
      const resolved = new URL(encodeURI(path), "file:///root/project/").pathname;
      expect(resolved.startsWith("/root/project/")).toBe(true);
      expect(path).not.toMatch(/\\|^\/|\0/);
    }),
  );
});
