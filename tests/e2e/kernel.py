"""Run a line of code in a live kernel, over its websocket, as a notebook does."""

import json
import uuid

import websocket


def execute(url: str, kernel: str, code: str, token: str, user: str) -> str:
    """Return what `code` printed."""
    connection = _connected(url, kernel, token, user)
    try:
        request = _request(code)
        connection.send(json.dumps(request))
        return _printed(connection, request["header"]["msg_id"])
    finally:
        connection.close()


def begin(url: str, kernel: str, code: str, token: str, user: str) -> None:
    """Send `code`, and do not wait for its end."""
    connection = _connected(url, kernel, token, user)
    try:
        connection.send(json.dumps(_request(code)))
        # Closed too early, it would be dropped.
        connection.recv()
    finally:
        connection.close()


def _connected(url: str, kernel: str, token: str, user: str) -> websocket.WebSocket:
    address = f"{url.replace('http', 'ws', 1)}/user/{user}/api/kernels/{kernel}/channels"
    return websocket.create_connection(address, header=[f"Authorization: token {token}"], timeout=30)


def _printed(connection: websocket.WebSocket, request: str) -> str:
    # Output and reply travel on two channels and may overtake one another: a kernel has
    # said everything once it reports that it is idle again.
    printed = ""
    while True:
        message = json.loads(connection.recv())
        kind, content = message["msg_type"], message["content"]
        if message["parent_header"].get("msg_id") != request:
            continue
        if kind == "stream":
            printed += content["text"]
        elif kind == "error":
            raise AssertionError("\n".join(content["traceback"]))
        elif kind == "status" and content["execution_state"] == "idle":
            return printed


def _request(code: str) -> dict:
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": uuid.uuid4().hex}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    return {
        "header": {**header, "version": "5.3"},
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
    }
