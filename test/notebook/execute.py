"""nbclient and papermill run a notebook from a file, as a server without a person does; one JSON line each."""

import json
import os
import sys

import nbformat
import papermill
from nbclient import NotebookClient

kernel, folder, cells = json.loads(sys.stdin.readline())
spec = {"name": kernel, "display_name": kernel, "language": "typescript"}
notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec, "language_info": {"name": "typescript"}})
notebook.cells = [nbformat.v4.new_code_cell(code) for code in cells]
path = os.path.join(folder, "in.ipynb")
nbformat.write(notebook, path)


def told(executed):
    nbformat.validate(executed)
    return [
        {
            "count": cell.execution_count,
            "types": sorted({output.output_type for output in cell.outputs}),
            "text": "".join(output.get("text", "") for output in cell.outputs),
            "mimes": sorted({mime for output in cell.outputs for mime in output.get("data", {})}),
        }
        for cell in executed.cells
    ]


client = NotebookClient(notebook, timeout=60, kernel_name=kernel, resources={"metadata": {"path": folder}})
print(json.dumps(told(client.execute())), flush=True)
done = papermill.execute_notebook(path, os.path.join(folder, "out.ipynb"), kernel_name=kernel, cwd=folder, progress_bar=False)
print(json.dumps(told(done)), flush=True)
