"""A Jupyter front end without a screen: told line by line what to do, it answers with what the kernel sent."""

import json
import os
import queue
import random
import signal
import socket
import sys
import time

from jupyter_client.manager import KernelManager

PATIENCE_SECONDS = 120

manager = client = None
waiting: dict = {}
finished: set = set()


def free_port():
    """Of those below 32768, which systems hand out to nobody by chance."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def receive():
    """What has come, by the request that it belongs to."""
    for channel, getter in (("shell", client.get_shell_msg), ("iopub", client.get_iopub_msg)):
        try:
            message = getter(timeout=0 if channel == "shell" else 0.02)
        except queue.Empty:
            continue
        waiting.setdefault(message["parent_header"].get("msg_id"), []).append([channel, message])
    if client.stdin_channel.msg_ready():
        client.get_stdin_msg(timeout=1)
        client.input("typed")


def until_idle(msg_id, timeout):
    outputs, stdout, stderr = [], "", ""
    deadline = time.time() + timeout
    idle = reply = None
    before = {key: len(messages) for key, messages in waiting.items()}
    while (idle is None or reply is None) and time.time() < deadline:
        receive()
        for channel, message in waiting.pop(msg_id, []):
            kind, content = message["msg_type"], message["content"]
            if channel == "shell":
                reply = content
            elif kind == "status":
                idle = content["execution_state"] == "idle" or None
            elif kind == "stream":
                if content["name"] == "stdout":
                    stdout += content["text"]
                else:
                    stderr += content["text"]
            else:
                outputs.append([kind, content])
    late = [key for key in waiting if key in finished and len(waiting[key]) > before.get(key, 0)]
    finished.add(msg_id)
    result = {"reply": reply, "outputs": outputs, "stdout": stdout, "stderr": stderr, "late": len(late)}
    return result if idle and reply else {**result, "timeout": True}


def heard(msg_id, text):
    """Waits until a cell has said this, or sent a message of this type."""
    deadline = time.time() + PATIENCE_SECONDS
    while time.time() < deadline:
        receive()
        for channel, message in waiting.get(msg_id, []):
            kind = message["msg_type"]
            if channel == "iopub" and kind != "execute_input" and (kind == text or text in json.dumps(message["content"])):
                return True
    return False


def ask(kind, content):
    message = client.session.msg(kind, content)
    client.shell_channel.send(message)
    deadline = time.time() + PATIENCE_SECONDS
    while time.time() < deadline:
        got = client.get_shell_msg(timeout=PATIENCE_SECONDS)
        if got["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            return [got["msg_type"], got["content"]]


def connect():
    global client
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE_SECONDS)


for line in sys.stdin:
    what, *rest = json.loads(line)
    answer = True
    if what == "start":
        manager = KernelManager(kernel_name=rest[0])
        # Five seconds, left alone; then it kills what would have ended by itself.
        manager.shutdown_wait_time = 60
        # Left alone it takes any free ones, which another program may be given before the kernel has them.
        manager.cache_ports = False
        for name in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"):
            setattr(manager, name, free_port())
        manager.start_kernel(cwd=rest[1], stdout=sys.stderr)
        connect()
    elif what == "run":
        answer = until_idle(client.execute(rest[0], allow_stdin=True, **(rest[1] if len(rest) > 1 else {})), PATIENCE_SECONDS)
    elif what == "send":
        answer = client.execute(rest[0])
    elif what == "collect":
        answer = until_idle(rest[0], PATIENCE_SECONDS)
    elif what == "heard":
        answer = heard(*rest)
    elif what == "ask":
        answer = ask(*rest)
    elif what == "interrupt":
        manager.interrupt_kernel()
    elif what == "restart":
        client.stop_channels()
        manager.restart_kernel()
        connect()
    elif what == "pid":
        answer = manager.provisioner.process.pid
    elif what == "connection":
        answer = manager.get_connection_info()["iopub_port"]
    elif what == "kill":
        os.kill(manager.provisioner.process.pid, signal.SIGKILL)
    elif what == "kill-group":
        os.killpg(os.getpgid(manager.provisioner.process.pid), signal.SIGKILL)
    elif what == "alive":
        answer = manager.is_alive()
    elif what == "stop":
        if client:
            client.stop_channels()
        manager.shutdown_kernel(now=bool(rest))
    print(json.dumps(answer), flush=True)
