"""jupyter_kernel_test on the kernel that KERNEL names; one JSON list of what failed."""

import io
import json
import os
import sys
import unittest

import jupyter_kernel_test


# What each kernel says for itself: its own display.
SAMPLES = {
    "tslab": {
        "display": "import { display } from 'tslab'; display.html('<b>shown</b>');",
        "clear": "",
    },
    "deno": {
        "display": "await Deno.jupyter.display({'text/html': '<b>shown</b>'}, {raw: true})",
        "clear": "await Deno.jupyter.broadcast('clear_output', {wait: false})",
    },
}[os.environ["BELOW"]]


class Conformance(jupyter_kernel_test.KernelTests):
    kernel_name = os.environ["KERNEL"]
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [{"text": "console.lo", "matches": {"log"}}]
    complete_code_samples = ["const x1 = 1", "1+1"]
    incomplete_code_samples = ["function f() {", "if (true) {"]
    code_generate_error = "throw new Error('x')"
    invalid_code_samples = ["const = 1", "1 +* 2"]
    code_inspect_sample = "console.log"
    code_execute_result = [{"code": "21 * 2", "result": "42"}]
    code_display_data = [{"code": SAMPLES["display"], "mime": "text/html"}]
    code_clear_output = SAMPLES["clear"]
    code_history_pattern = "21*"
    supported_history_operations = ("tail", "range", "search")


suite = unittest.defaultTestLoader.loadTestsFromTestCase(Conformance)
result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
failed = {test.id().split(".")[-1].split(" ")[0] for test, _ in result.failures + result.errors}
skipped = {test.id().split(".")[-1] for test, _ in result.skipped}
json.dump({"run": result.testsRun, "failed": sorted(failed), "skipped": sorted(skipped)}, sys.stdout)
