"""Milliseconds of each cell on several kernels, taken in turns so that a busy moment hits all of them."""

import json
import sys
import time

from jupyter_client.manager import KernelManager

WARM_UP = 10


def milliseconds(client, code):
    start = time.perf_counter()
    request = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != request or message["msg_type"] != "status":
            continue
        if message["content"]["execution_state"] == "idle":
            break
    while client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != request:
        pass
    return (time.perf_counter() - start) * 1000


names, cells, rounds = json.loads(sys.argv[1])
kernels = {}
for name in names:
    manager = KernelManager(kernel_name=name)
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    kernels[name] = (manager, client)
    for _ in range(WARM_UP):
        for code in cells:
            milliseconds(client, code)
times = {name: {code: [] for code in cells} for name in names}
for _ in range(rounds):
    for code in cells:
        for name, (_, client) in kernels.items():
            times[name][code].append(milliseconds(client, code))
for manager, client in kernels.values():
    client.stop_channels()
    manager.shutdown_kernel(now=True)
print(json.dumps(times))
