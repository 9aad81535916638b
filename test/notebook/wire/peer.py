"""A libzmq socket that is told, line by line, what to do; each answer is one JSON line."""

import base64
import json
import sys

import zmq

context = zmq.Context()
socket = None
for line in sys.stdin:
    what, *rest = json.loads(line)
    answer = True
    if what == "open":
        kind, identity = rest
        socket = context.socket(getattr(zmq, kind))
        socket.linger = 2000
        socket.sndhwm = socket.rcvhwm = 0
        if identity:
            socket.identity = identity.encode()
        if kind == "SUB":
            socket.subscribe(b"")
        if kind == "PUB":
            socket.setsockopt(zmq.HEARTBEAT_IVL, 50)
    elif what == "bind":
        if rest:
            socket.bind(f"tcp://127.0.0.1:{rest[0]}")
        else:
            answer = socket.bind_to_random_port("tcp://127.0.0.1")
    elif what == "connect":
        socket.connect(f"tcp://127.0.0.1:{rest[0]}")
    elif what == "send":
        socket.send_multipart([base64.b64decode(frame) for frame in rest[0]])
    elif what == "receive":
        if socket.poll(60_000):
            answer = [base64.b64encode(frame).decode() for frame in socket.recv_multipart()]
        else:
            answer = None
    elif what == "close":
        socket.close()
    print(json.dumps(answer), flush=True)
