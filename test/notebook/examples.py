"""Executes a notebook from a file, by nbclient or papermill; prints what came of each code cell as one JSON line."""

import json
import os
import sys

import nbformat
import papermill
from nbclient import NotebookClient

runner, path, kernel, folder = json.loads(sys.stdin.readline())
if runner == "nbclient":
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": folder}}
    NotebookClient(notebook, timeout=300, kernel_name=kernel, resources=resources).execute()
else:
    out = os.path.join(folder, "out.ipynb")
    notebook = papermill.execute_notebook(path, out, kernel_name=kernel, cwd=folder, progress_bar=False)
nbformat.validate(notebook)
print(
    json.dumps(
        [
            {
                "count": cell.execution_count,
                "text": "\n".join(
                    output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs
                ),
            }
            for cell in notebook.cells
            if cell.cell_type == "code"
        ]
    ),
    flush=True,
)
