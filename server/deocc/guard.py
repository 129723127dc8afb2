"""Stands before every route: token, Host header, who is there, and every error as a FaultReply."""

from __future__ import annotations

import hmac
import logging
import re
import time
from dataclasses import asdict
from hashlib import sha256

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from deocc.contract import Fault, FaultReply, as_fault
from deocc.errors import DeoccError, InputFaults, disk_full, is_disk_full, shape_fault

HEALTH_PATH = "/v1/health"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
SERVER_FAILED = Fault(
    "server_failed", "The server failed on this by a fault of ours.", "The log says why.", "show_log"
)

log = logging.getLogger(__name__)


class Clients:
    """Who is there: requests and open event streams, and when the last of them ended."""

    def __init__(self):
        self._count, self._last = 0, time.monotonic()

    def enter(self) -> None:
        self._count += 1

    def leave(self) -> None:
        self._count, self._last = self._count - 1, time.monotonic()

    @property
    def absent_s(self) -> float:
        """Seconds since the last client; 0 while one is there."""
        return 0.0 if self._count else time.monotonic() - self._last


class Guard:
    """ASGI middleware. hosts: the names a request may ask for, None for any: a web page whose name was
    re-bound to a loopback address asks for its own name and is turned away."""

    def __init__(self, app: ASGIApp, token: str, clients: Clients, hosts: frozenset[str] | None):
        self._app, self._clients, self._hosts = app, clients, hosts
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._clients.enter()
        try:
            refusal = self._refusal(scope)
            await (refusal or self._app)(scope, receive, send)
        finally:
            self._clients.leave()

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = dict(scope["headers"])
        name = re.sub(r":\d*$", "", headers.get(b"host", b"").decode("latin-1"))  # without its port
        if self._hosts is not None and name.lower() not in self._hosts:
            return reply(
                421,
                Fault(
                    "wrong_host",
                    "This server answers to its own address only.",
                    "Use 127.0.0.1 or localhost, and its port.",
                    "edit_address",
                ),
            )
        if scope["path"] == HEALTH_PATH:
            return None
        given = headers.get(b"authorization", b"")
        if not given:
            message, code = "The server's token is missing.", "token_missing"
        elif not hmac.compare_digest(given, self._wanted):
            message, code = "The token is not this server's.", "token_wrong"
        else:
            return None
        fault = Fault(code, message, "It lies in the file “token” of the server's data folder.", "edit_token")
        return reply(401, fault, headers={"WWW-Authenticate": "Bearer"})


def proof(token: str, nonce: str) -> str:
    """What shows a client that the server knows the token, before the client sends it."""
    return hmac.new(token.encode(), nonce.encode(), sha256).hexdigest() if nonce else ""


def reply(status: int, *faults: Fault, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(asdict(FaultReply(faults[0], list(faults))), status, headers=headers)


def answer_faults(app: FastAPI) -> None:
    """Makes every error of the app a FaultReply."""

    @app.exception_handler(DeoccError)
    async def known(request: Request, error: DeoccError) -> JSONResponse:
        faults = error.faults if isinstance(error, InputFaults) else (error,)
        return reply(error.status, *(as_fault(one) for one in faults))

    @app.exception_handler(OSError)
    async def system(request: Request, error: OSError) -> JSONResponse:
        if is_disk_full(error):
            return reply(507, as_fault(disk_full()))
        log.error("%s %s", request.method, request.url.path, exc_info=error)
        return reply(500, SERVER_FAILED)

    @app.exception_handler(RequestValidationError)
    async def shape(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [shape_fault(".".join(map(str, one["loc"][1:])), one["msg"]) for one in error.errors()]
        return reply(422, *map(as_fault, faults))

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        log.info("%s %s: its client left before the end", request.method, request.url.path)
        return Response(status_code=400)  # nobody reads it

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        words = {
            404: ("not_found", "There is nothing at this address."),
            405: ("wrong_method", f"{request.method} does nothing at this address."),
        }
        code, message = words.get(error.status_code, ("bad_request", str(error.detail)))
        return reply(
            error.status_code, Fault(code, message, "See docs/http.md."), headers=dict(error.headers or {})
        )

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        return reply(500, SERVER_FAILED)
