"""A local file server that misbehaves as told: the hub's paths, and mishaps for each request in turn.

server.files["/tests/puppet/resolve/main/net.bin"] = b"..."
server.mishaps["/tests/..."] = ["drop", "stall"]     # the first request, the second; then all is well
"""

from __future__ import annotations

import hashlib
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

HALF = 0.5  # where a broken answer breaks


@dataclass
class FileServer:
    """files: by path.  mishaps: what befalls the requests of a path, one after another.  announce: whether
    answers carry the hub's headers.  asked: (path, Range, If-Range) of every request."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    mishaps: dict[str, list[str]] = field(default_factory=dict)
    announce: bool = False
    revision: str = "0123456789abcdef0123456789abcdef01234567"
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def put(self, repository: str, revision: str, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            self.files[f"/{repository}/resolve/{revision}/{name}"] = data

    def asked_for(self, end: str) -> list[tuple[str, str]]:
        """Range and If-Range of the requests for a file."""
        return [(range_, if_range) for path, range_, if_range in self.asked if path.endswith(end)]


@contextmanager
def file_server() -> Iterator[FileServer]:
    state = FileServer()

    class Handler(_Handler):
        told = state

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request, client_address) -> None:
            """Says nothing where who asked has gone."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: FileServer

    def do_GET(self) -> None:
        path = self.path.removesuffix("?elsewhere")
        asked = (path, self.headers.get("Range", ""), self.headers.get("If-Range", ""))
        self.told.asked.append(asked)
        waiting = self.told.mishaps.get(path, [])
        mishap = waiting.pop(0) if waiting else ""
        data = self.told.files.get(path)
        if data is None:
            self._say(404, b"")
        elif mishap.isdigit():
            self._say(int(mishap), b"", {"Retry-After": "0"} if mishap == "429" else {})
        elif mishap == "redirect":
            self._say(302, b"", {"Location": path + "?elsewhere", **self._announced(data)})
        elif mishap == "circle":
            self._say(302, b"", {"Location": self.path})
            waiting.append("circle")
        elif mishap == "to_a_file":
            self._say(302, b"", {"Location": "file:///etc/passwd"})
        else:
            self._send(data, mishap)

    def _send(self, data: bytes, mishap: str) -> None:
        first = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin, etag = int(first[1]) if first else 0, f'"{hashlib.md5(data).hexdigest()}"'
        if self.headers.get("If-Range", etag) != etag or mishap == "ignores_range":
            begin = 0
        if begin >= len(data) > 0:
            self._say(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return
        body, size = data[begin:], len(data) - begin
        if mishap == "damaged":
            body = body[:-1] + bytes([body[-1] ^ 1])
        if mishap == "says_more":
            size += 1000
        elif mishap == "says_much_more":
            size = 10**13
        elif mishap == "says_less":
            size //= 2
        status = 206 if begin else 200
        range_ = {"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"} if begin else {}
        if mishap == "continues_another" and begin:
            range_ = {"Content-Range": f"bytes {begin + 7}-{len(data) - 1}/{len(data)}"}
            body = body[7:] + bytes(7)
        tag = {} if mishap == "no_etag" else {"ETag": etag}
        headers = {**range_, **tag, **self._announced(data), "Content-Length": str(size)}
        cut = round(len(body) * HALF) if mishap in ("drop", "stall") else len(body)
        self._say(status, body[:cut], headers)
        if mishap == "stall":
            self.told.stop.wait(30)
        if mishap in ("drop", "stall", "says_more", "says_much_more", "says_less"):
            self.close_connection = True

    def _announced(self, data: bytes) -> dict[str, str]:
        if not self.told.announce:
            return {}
        return {
            "X-Linked-Etag": f'"{hashlib.sha256(data).hexdigest()}"',
            "X-Linked-Size": str(len(data)),
            "X-Repo-Commit": self.told.revision,
        }

    def _say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:  # who asked has enough
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""
