"""A stand-in for whatever may answer at the server's address: says what it is told, notes what it hears."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FakeServer:
    """Answers by path; `answers` maps "METHOD /path" to an answer or a function of the request."""

    token: str = "right"
    api: str = "1.0"
    program: str = "deocc"
    answers: dict[str, Answer | Callable[[Asked], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_any(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                if len(body) < size:  # the client broke off
                    self.close_connection = True
                    return
                asked = Asked(self.command, self.path, dict(self.headers), body)
                outer.asked.append(asked)
                status, headers, body = outer.answer(asked)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_POST = do_DELETE = do_any

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Asked) -> Answer:
        place = urlsplit(asked.path)
        known = self.answers.get(f"{asked.method} {place.path}")
        if known is not None:
            return known(asked) if callable(known) else known
        if place.path == "/v1/health":
            return as_json(self.health(parse_qs(place.query).get("nonce", [""])[0]))
        return as_json({"error": {"code": "no", "message": "No.", "hint": "", "action": ""}}, 404)

    def health(self, nonce: str) -> dict[str, str]:
        proof = hmac.new(self.token.encode(), nonce.encode(), hashlib.sha256).hexdigest()
        about = {"server_id": "s1", "version": "0.1.0", "state": "ready", "device": "cpu"}
        return {"program": self.program, "api": self.api, "proof": proof, **about}

    def heard_tokens(self) -> list[str]:
        return [asked.headers["Authorization"] for asked in self.asked if "Authorization" in asked.headers]


def as_json(data: Any, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(data).encode()
