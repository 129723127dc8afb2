"""The HTTP calls of docs/http.md, typed and with time limits. No bpy; called from threads only.

The server proves that it knows the token before it gets it. Every fault leaves as a ServerFault or LinkFault.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import requests

from . import replies
from .address import Address
from .replies import BackendCard, Event, Health, Job, LinkFault, ServerFault, WeightsRow

NEEDED_API = (1, 0)  # major.minor of the wire that this add-on speaks
CONNECT_S, HEALTH_S, ANSWER_S, TRANSFER_S = 3.0, 5.0, 15.0, 120.0
EVENTS_SILENCE_S = 30.0  # silence for so long means ask again, not that the job is dead
MAX_REPLY_BYTES = 8 * 2**20
MAX_PICTURE_BYTES = 128 * 2**20
MAX_PACKAGE_BYTES = 512 * 2**20


class SizedFile(Protocol):
    """What can be sent piece by piece: its length is known before."""

    def __len__(self) -> int: ...
    def read(self, count: int = -1, /) -> bytes: ...


def proof_of(token: str, nonce: str) -> str:
    """What a server that knows the token answers to a nonce."""
    return hmac.new(token.encode(), nonce.encode(), hashlib.sha256).hexdigest()


class Client:
    """One thread's connection to one server. The token goes out only after `greet` has seen the proof."""

    def __init__(self, address: Address, token: str):
        self.address = address
        self._token = token
        self._greeted = False
        self._session = requests.Session()
        if address.is_loopback:
            self._session.trust_env = False  # a system proxy must not swallow 127.0.0.1

    def close(self) -> None:
        self._session.close()

    def greet(self, any_version: bool = False) -> Health:
        """Health, once the program, its knowledge of the token and its version are checked."""
        nonce = secrets.token_hex(16)
        try:
            limits = (CONNECT_S, HEALTH_S)
            answer = self._send("GET", "/v1/health", params={"nonce": nonce}, stream=True, timeout=limits)
            found = replies.health(_json_of(answer)) if answer.status_code == 200 else None
        except LinkFault as fault:
            if fault.code != "bad_answer":
                raise
            found = None
        if found is None or found.program != "deocc":
            raise LinkFault(
                "wrong_program",
                "Something else answers at that address (not DeOcc).",
                f"Asked {self.address.url}.",
                "edit_address",
            )
        if not hmac.compare_digest(found.proof.encode(), proof_of(self._token, nonce).encode()):
            raise _wrong_token()
        if not any_version:
            _check_version(found)
        self._greeted = True
        return found

    def backends(self) -> tuple[BackendCard, ...]:
        return replies.backend_cards(self._json("GET", "/v1/backends"))

    def weights(self) -> tuple[WeightsRow, ...]:
        return replies.weights_rows(self._json("GET", "/v1/weights"))

    def fetch_weights(self, name: str) -> WeightsRow:
        """Lets the server download weights, mend them, or go on where it was broken off."""
        return replies.weights_row(self._json("POST", f"/v1/weights/{name}"))

    def delete_weights(self, name: str) -> None:
        """Ends a download, what came is kept; otherwise removes the weights from the server's disk."""
        self._call("DELETE", f"/v1/weights/{name}", timeout=(CONNECT_S, TRANSFER_S)).close()

    def put_weights(self, name: str, file: SizedFile, about: Mapping[str, str]) -> WeightsRow:
        """Streams a checkpoint to the server, which checks it. about: what it says nothing of itself."""
        headers = {"Content-Type": "application/octet-stream"}
        limits = (CONNECT_S, TRANSFER_S)
        path = f"/v1/weights/{name}"
        said = self._json("PUT", path, params=dict(about), data=file, headers=headers, timeout=limits)
        return replies.weights_row(said)

    def put_image(self, data: bytes) -> str:
        """Stores a picture's bytes under their hash, once; returns the hash."""
        name = hashlib.sha256(data).hexdigest()
        headers = {"Content-Type": "application/octet-stream"}
        timeout = (CONNECT_S, TRANSFER_S)
        said = self._json("PUT", f"/v1/images/{name}", data=data, headers=headers, timeout=timeout)
        if replies.image(said) != name:
            raise replies.bad_answer("another picture's hash")
        return name

    def put_job(self, job_id: str, request: Mapping[str, Any]) -> Job:
        return replies.job(self._json("PUT", f"/v1/jobs/{job_id}", json=dict(request)))

    def job(self, job_id: str) -> Job:
        return replies.job(self._json("GET", f"/v1/jobs/{job_id}"))

    def jobs(self) -> tuple[Job, ...]:
        reply = self._json("GET", "/v1/jobs")
        listed = reply.get("jobs") if isinstance(reply, Mapping) else None
        return tuple(replies.job(one) for one in listed or ())

    def delete_job(self, job_id: str) -> None:
        """Cancels a job; removes the files of a finished one."""
        self._call("DELETE", f"/v1/jobs/{job_id}").close()

    def events(
        self, job_id: str, after: int = 0, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Event]:
        """The job's events with ids above `after`; ends when the server has no more or closes.

        stop: asked at every sign of life, which the server gives every few seconds.
        """
        headers = {"Accept": "text/event-stream"}
        if after:
            headers["Last-Event-ID"] = str(after)
        timeout = (CONNECT_S, EVENTS_SILENCE_S)
        answer = self._call("GET", f"/v1/jobs/{job_id}/events", headers=headers, timeout=timeout, stream=True)
        try:
            yield from _events_of(answer, stop)
        except requests.RequestException as error:
            raise _lost(error) from error
        finally:
            answer.close()

    def picture(self, job_id: str, variant: int, name: str) -> bytes:
        """A PNG of a running or finished variant; name "completed.png" or "views/0.png" … "views/5.png"."""
        if not replies.PICTURE_NAME.fullmatch(name):
            raise replies.bad_answer("a picture's name")
        return self._bytes(f"/v1/jobs/{job_id}/variants/{variant:d}/{name}", MAX_PICTURE_BYTES)

    def package(self, job_id: str, variant: int) -> bytes:
        return self._bytes(f"/v1/jobs/{job_id}/variants/{variant:d}/package", MAX_PACKAGE_BYTES)

    def _json(self, method: str, path: str, **arguments: Any) -> Any:
        return _json_of(self._call(method, path, stream=True, **arguments))

    def _bytes(self, path: str, limit: int) -> bytes:
        answer = self._call("GET", path, stream=True, timeout=(CONNECT_S, TRANSFER_S))
        return _read(answer, limit)

    def _call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        if not self._greeted:
            self.greet()
        headers = {**arguments.pop("headers", {}), "Authorization": f"Bearer {self._token}"}
        answer = self._send(method, path, headers=headers, **arguments)
        if answer.status_code >= 400:
            raise _fault_of(answer)
        return answer

    def _send(self, method: str, path: str, **arguments: Any) -> requests.Response:
        arguments.setdefault("timeout", (CONNECT_S, ANSWER_S))
        try:  # a redirect would carry the token elsewhere
            return self._session.request(method, self.address.url + path, allow_redirects=False, **arguments)
        except requests.exceptions.SSLError as error:
            words = f"The server's certificate is not trusted: {error}"[:300]
            raise LinkFault("bad_certificate", words, "", "edit_address") from error
        except requests.exceptions.InvalidURL as error:
            words = f"“{self.address.url}” is not an address."
            raise LinkFault("bad_address", words, "Write host or host:port.", "edit_address") from error
        except requests.RequestException as error:
            raise _lost(error) from error


def _wrong_token() -> LinkFault:
    words = "The server does not know this token."
    return LinkFault("wrong_token", words, "Copy the token from the server's data folder.", "edit_token")


def _check_version(found: Health) -> None:
    try:
        major, minor = (int(part) for part in found.api.split("."))
    except ValueError as error:
        raise replies.bad_answer("its version") from error
    needed = ".".join(map(str, NEEDED_API))
    if major > NEEDED_API[0]:
        words = f"Server {found.api} is too new for this add-on (needs {needed})."
        raise LinkFault("server_too_new", words, "Update the add-on.", "update_addon")
    if (major, minor) < NEEDED_API:
        words = f"Server {found.api} is too old for this add-on (needs {needed})."
        raise LinkFault("server_too_old", words, "Update the server.", "server_update")


def _lost(error: requests.RequestException) -> LinkFault:
    refused = isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ConnectionError)
    code = "server_off" if refused and not isinstance(error, requests.exceptions.ReadTimeout) else "link_lost"
    words = {
        "server_off": "The server does not answer.",
        "link_lost": "Lost the server. Reconnecting… your job is kept.",
    }
    return LinkFault(code, words[code], "", "server_start" if code == "server_off" else "", passing=True)


def _fault_of(answer: requests.Response) -> ServerFault:
    """The fault an answer of status 400 and above carries, in the server's words where it has some."""
    try:
        body = _json_of(answer)
        fault = replies.fault(body.get("error")) if isinstance(body, Mapping) else None
    except LinkFault:
        fault = None
    if answer.status_code == 401:
        return _wrong_token()
    if fault:
        return fault
    words = f"The server answered with status {answer.status_code} and no reason."
    return ServerFault("server_error", words, "See its log.", "show_log")


def _json_of(answer: requests.Response) -> Any:
    data = _read(answer, MAX_REPLY_BYTES)
    try:
        return json.loads(data)
    except ValueError as error:
        raise replies.bad_answer("not JSON") from error


def _read(answer: requests.Response, limit: int) -> bytes:
    """The whole body, refused above `limit` bytes however it is packed."""
    parts, size = [], 0
    try:
        for part in answer.iter_content(2**18):
            size += len(part)
            if size > limit:
                raise replies.bad_answer(f"over {limit // 2**20} MB")
            parts.append(part)
    except requests.RequestException as error:
        raise _lost(error) from error
    finally:
        answer.close()
    return b"".join(parts)


def _events_of(answer: requests.Response, stop: Callable[[], bool]) -> Iterator[Event]:
    lines: list[str] = []
    for raw in answer.iter_lines(chunk_size=1):  # larger chunks would hold an event back until the next
        if stop():
            return
        line = raw.decode("utf-8", "replace")
        if line.startswith("data:"):
            lines.append(line[5:].strip())
        elif not line and lines:
            text, lines = "\n".join(lines), []
            try:
                yield replies.event(json.loads(text))
            except ValueError as error:
                raise replies.bad_answer("an event") from error
