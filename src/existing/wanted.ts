/** Folders that hold other people's code, built things or history. */
const PASSED = new Set(
  ".git .hg .svn node_modules .venv venv env __pycache__ .mypy_cache .ruff_cache .pytest_cache .ipynb_checkpoints .tox dist build .eggs wandb mlruns runs outputs checkpoints site-packages .cache".split(
    " ",
  ),
);
/** Files that are read as text. `.env` and keys never are: nothing in them is ours to know. */
const TEXT =
  /(?:^|\/)(?:[\w.-]*dockerfile[\w.-]*|makefile|justfile|pipfile)$|\.(?:py|sh|bash|slurm|sbatch|ya?ml|json|toml|cfg|txt|in|ipynb)$/i;
const DATA = /\.(?:csv|tsv|jsonl|ndjson|parquet|arrow)$/i;
const MEDIA = /\.(?:jpe?g|png|webp|bmp|tiff?|dcm|wav|mp3|flac|ogg|m4a|mp4|mov|avi|webm)$/i;

/** Fewer media files in one folder are pictures of a README, not data. */
export const FEWEST_MEDIA = 20;
/** Folders below this hold no settings of a project. */
export const DEEPEST = 8;
/** What is read of one file: settings stand at its head. */
export const HEAD_BYTES = 256 * 1024;

/** What a file is to whoever reads a project: whole texts, data by its head and size, media by number; else nothing. */
export function wanted(name: string): "text" | "data" | "media" | undefined {
  if (/(?:^|\/)\.env[^/]*$/.test(name)) return undefined;
  if (MEDIA.test(name)) return "media";
  if (DATA.test(name)) return "data";
  return TEXT.test(name) ? "text" : undefined;
}

/** Whether data is binary: its head says nothing, its size does. */
export const isBinaryData = (name: string): boolean => /\.(?:parquet|arrow)$/i.test(name);

/** Whether a folder of this name is gone into. */
export const isEntered = (folder: string): boolean => !PASSED.has(folder) && !folder.endsWith(".egg-info");
