import { expect, test } from "vitest";
import { readRepository } from "../../../slack/github/read.ts";
import { catalog } from "../../../src/index.ts";
import { connect, startGithub } from "./githubs.ts";

const TRAIN = `model_name_or_path: meta-llama/Llama-3.1-8B
per_device_train_batch_size: 4
num_train_epochs: 2
`;
const KEY = `hf_${"aB3dE5gH7jK9".repeat(3)}`;
const ROWS = Array.from({ length: 40 }, (_, i) => JSON.stringify({ prompt: `question ${i}`, completion: "an answer" }));

async function read(files: Record<string, string | Buffer>, isPrivate = true) {
  const github = await startGithub();
  await github.addRepository("acme/tickets", { files, isPrivate });
  const token = github.token(["acme/tickets"], { contents: "read" });
  const bot = connect(github, { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: token });
  const found = await readRepository(bot, "acme/tickets", "C1", catalog, AbortSignal.timeout(120_000));
  return { github, found };
}

test("an allowed repository is read as a folder would be: settings, data and packages become fields", async () => {
  const { found } = await read({
    "configs/train.yaml": TRAIN,
    "data/train.jsonl": `${ROWS.join("\n")}\n`,
    "requirements.txt": "torch==2.4.0\ntransformers==4.44.0\n",
    "node_modules/x/train.yaml": "num_train_epochs: 99\n",
  });
  expect(found.fields).toMatchObject({
    model: "meta-llama/Llama-3.1-8B",
    microBatchSize: 4,
    epochs: 2,
    exampleCount: 40,
    dataStatus: "have",
  });
});

test("what is told of a private repository holds none of its text and none of its files' names", async () => {
  const { found } = await read({
    "configs/train.yaml": TRAIN,
    "configs/secret-plan/train.yaml": "num_train_epochs: 7\n",
    "configs/keys.yaml": `token: ${KEY}\n`,
  });
  expect(found.notices).toEqual([
    "acme/tickets holds what looks like a secret (Hugging Face token): revoke it, and take it out.",
    "1 settings stand twice and differently in acme/tickets; the outermost file counts.",
  ]);
  expect(JSON.stringify(found)).not.toMatch(/yaml|secret-plan|aB3dE5/);
});

test("keys in .env are never asked for", async () => {
  const { github } = await read({ "configs/train.yaml": TRAIN, ".env": `HF_TOKEN=${KEY}\n`, "logo.png": "x" });
  expect(github.called.filter((name) => name === "git.getBlob")).toHaveLength(1);
});

test("data that git LFS keeps is as large as its note says", async () => {
  const size = 3 * 2 ** 30;
  const note = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize ${size}\n`;
  const { found } = await read({ "data/train.jsonl": note, "configs/train.yaml": TRAIN });
  // 3 GiB: the note's own 130 bytes would have been no data set at all.
  expect(found.fields.dataSizeGib).toBe(3);
  expect(found.fields.exampleCount).toBeUndefined();
});

test("a large repository is read from outside in, up to a limit that is told", async () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`deep/er/file${i}.py`, `x = ${i}\n`]));
  const { github, found } = await read({ ...many, "train.yaml": TRAIN });
  expect(found.fields).toMatchObject({ epochs: 2 });
  expect(github.called.filter((name) => name === "git.getBlob")).toHaveLength(120);
  expect(found.notices).toEqual(["acme/tickets is large: 120 of its files were looked at, the outermost first."]);
});

test("a repository that says nothing of training is said to say nothing", async () => {
  await expect(read({ "index.html": "<p>hello</p>" })).rejects.toMatchObject({
    message: "Nothing in acme/tickets says what is trained or served",
  });
});
