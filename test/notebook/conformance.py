"""jupyter_kernel_test on the kernel that KERNEL names; one JSON list of what failed."""

import io
import json
import os
import re
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


PATIENCE_SECONDS = 120


def patient(channel):
    """A tenth of a second, as these tests wait for a message, is short on a machine that is full of other work."""
    get = channel.get_msg
    channel.get_msg = lambda timeout=None: get(timeout=PATIENCE_SECONDS)


class Conformance(jupyter_kernel_test.KernelTests):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for channel in (cls.kc.shell_channel, cls.kc.iopub_channel):
            patient(channel)

    def flush_channels(self):
        """Until the kernel has answered a question and is idle: what came of all before is heard by then."""
        asked = self.kc.kernel_info()
        while self.kc.get_shell_msg()["parent_header"].get("msg_id") != asked:
            pass
        while True:
            message = self.kc.get_iopub_msg()
            state = message["content"].get("execution_state")
            if message["parent_header"].get("msg_id") == asked and state == "idle":
                return

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


def names(tests):
    """Without the sample that a part of a test was about."""
    return sorted({re.search(r"\.(test_\w+)", test.id())[1] for test, _ in tests})


told = {"run": result.testsRun, "failed": names(result.failures + result.errors), "skipped": names(result.skipped)}
json.dump(told, sys.stdout)
