// npm run notebook: JupyterLab with %architect kernels. Takes the Jupyter on the path or the prepared one; the kernels lie
// in a folder of their own, so that nothing of the person's Jupyter is changed. Words after `--` are Jupyter's.
import { spawn, spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { preparedPython, ROOT } from "./python-environment.mjs";

const prepared = preparedPython("jupyter");
const lab = [
  ["jupyter", "lab"],
  ["python3", "-m", "jupyterlab"],
  ...(prepared ? [[prepared, "-m", "jupyterlab"]] : []),
].find(([program, ...args]) => spawnSync(program, [...args, "--version"]).status === 0);
if (!lab) {
  console.error(
    "error: JupyterLab was not found on the path\nhint: python3 -m pip install jupyterlab, or npm run setup:full -- jupyter, then run this again; VS Code needs neither: npx ml-architect notebook install",
  );
  process.exit(3);
}

const prefix = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "ml-architect", "notebook");
const main = join(ROOT, "dist", "cli", "main.js");
const installed = ["tslab", "deno"].filter((kernel) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [main, "notebook", "install", "--kernel", kernel, "--prefix", prefix],
    { encoding: "utf8" },
  );
  if (status !== 0) process.stderr.write(stderr);
  return status === 0;
});
if (installed.length === 0) process.exit(3);

const [program, ...args] = lab;
console.error(`Opening JupyterLab (${lab.join(" ")}) with %architect on ${installed.join(" and ")}`);
const path = [join(prefix, "share", "jupyter"), process.env.JUPYTER_PATH].filter(Boolean).join(delimiter);
const jupyter = spawn(program, [...args, ...process.argv.slice(2)], {
  stdio: "inherit",
  // npm runs scripts in the package's folder; the person's notebooks lie where they are.
  cwd: process.env.INIT_CWD ?? process.cwd(),
  env: { ...process.env, JUPYTER_PATH: path },
});
// Ctrl-C reaches Jupyter too, which asks and ends by itself.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => jupyter.kill("SIGTERM"));
jupyter.on("exit", (code) => process.exit(code ?? 3));
