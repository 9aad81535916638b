"""jupyter_kernel_test on the kernel that KERNEL names; one JSON list of what failed."""

import io
import json
import os
import sys
import unittest

import jupyter_kernel_test


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
    code_inspect_sample = "console.log"


suite = unittest.defaultTestLoader.loadTestsFromTestCase(Conformance)
result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
failed = {test.id().split(".")[-1].split(" ")[0] for test, _ in result.failures + result.errors}
json.dump({"run": result.testsRun, "failed": sorted(failed)}, sys.stdout)
