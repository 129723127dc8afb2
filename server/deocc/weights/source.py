"""One file of a source: where it lies, what the source announces of it, and its bytes from any place on.

A source answers as the hub does: {base}/{repository}/resolve/{revision}/{file}, with X-Repo-Commit,
X-Linked-Etag (the sha256 of a large file) and X-Linked-Size on the way, then the bytes, maybe elsewhere.
A plain file server with the same paths does as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from deocc import __version__
from deocc.errors import DeoccError

HUB = "https://huggingface.co"
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})  # what another try may mend


@dataclass(frozen=True)
class Source:
    """base_url: the hub or a mirror of its paths.  proxy: URL of a proxy, None: as the environment says.
    stall_s: a connection that brings nothing for so long is given up."""

    base_url: str = HUB
    proxy: str | None = None
    stall_s: float = 30.0

    def url(self, repository: str, revision: str, file: str) -> str:
        return f"{self.base_url.rstrip('/')}/{repository}/resolve/{quote(revision, safe='')}/{quote(file)}"

    def client(self) -> httpx.Client:
        """Raises DeoccError `bad_proxy` for a proxy that is no address."""
        try:
            return httpx.Client(
                proxy=self.proxy,
                timeout=httpx.Timeout(self.stall_s, connect=min(self.stall_s, 15.0)),
                follow_redirects=False,  # what the hub announces stands on its redirect
                headers={"User-Agent": f"deocc/{__version__}", "Accept-Encoding": "identity"},
            )
        except (ValueError, httpx.InvalidURL) as error:
            raise DeoccError("bad_proxy", f"The proxy can't be used: {error}.", "Check --proxy.") from error


@dataclass(frozen=True)
class Announced:
    """What a source says of a file. identity: changes when the file does, a strong ETag or "sha256:…"; "":
    the source doesn't say.  size_bytes, sha256, revision: None where not said."""

    identity: str
    size_bytes: int | None
    sha256: str | None
    revision: str | None


class PassingFault(Exception):
    """The connection broke, stalled, or the source is busy: another try may do.

    wait_s: what the source asked for.  anew: what lies here is no beginning of what lies there.
    """

    def __init__(self, why: str, wait_s: float | None = None, anew: bool = False):
        super().__init__(why)
        self.why, self.wait_s, self.anew = why, wait_s, anew


@dataclass(frozen=True)
class Opened:
    """An answer whose bytes can be read. begin: which byte of the file is the first, 0 or what was asked."""

    announced: Announced
    begin: int
    chunks: Iterator[bytes]


@contextmanager
def open_file(client: httpx.Client, url: str, begin: int, identity: str) -> Iterator[Opened]:
    """The file from byte `begin` on if it still is the one of `identity`, else from its first byte.

    Raises PassingFault, also out of `chunks`; DeoccError `weights_source` where another try can't help.
    """
    headers = {"Range": f"bytes={begin}-"} if begin else {}
    if begin and not identity.startswith("sha256:"):
        headers["If-Range"] = identity
    said: dict[str, str] = {}
    try:
        for _ in range(MAX_REDIRECTS + 1):
            with client.stream("GET", url, headers=headers) as answer:
                for name in ("x-linked-etag", "x-linked-size", "x-repo-commit"):
                    said.setdefault(name, answer.headers.get(name, ""))
                if answer.status_code in _REDIRECTS:
                    url = _redirected(url, answer)
                    continue
                yield _opened(answer, said, begin, identity)
                return
    except httpx.TimeoutException as error:
        raise PassingFault("the connection brought nothing for too long") from error
    except httpx.ConnectError as error:
        raise PassingFault(f"{_host(url)} can't be reached") from error
    except httpx.ProxyError as error:
        raise PassingFault(f"the proxy won't do it ({error})") from error
    except (httpx.NetworkError, httpx.ProtocolError) as error:
        raise PassingFault(f"the connection broke ({error or type(error).__name__})") from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise source_fault(f"{url} is no address of the web.") from error
    raise source_fault(f"{_host(url)} sends from one address to the next without end.")


def source_fault(message: str, hint: str = "Try again later, or use a mirror.") -> DeoccError:
    return DeoccError("weights_source", message, hint, "weights_fetch", 502)


def _redirected(url: str, answer: httpx.Response) -> str:
    """Where it sends to; never from a secured address to an open one."""
    target = httpx.URL(url).join(answer.headers.get("location", ""))
    if target.scheme not in ("http", "https") or (target.scheme == "http" and url.startswith("https:")):
        raise source_fault(f"{_host(url)} sends to an address that isn't secured.")
    return str(target)


def _opened(answer: httpx.Response, said: dict[str, str], begin: int, identity: str) -> Opened:
    status = answer.status_code
    if status == 416 and begin:
        raise PassingFault("the file is another one now", anew=True)
    if status in _PASSING:
        raise PassingFault(f"the source is busy (status {status})", _retry_after(answer))
    if status not in (200, 206) or (status == 206 and not begin):
        raise _refused(answer)
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise source_fault(f"{_host(str(answer.url))} sends the file in another form than it was asked for.")
    announced = _announced(answer, said)
    if status == 206:
        first = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
        if first is None or int(first[1]) != begin or announced.identity not in ("", identity):
            raise PassingFault("the source continued another file", anew=True)
        return Opened(announced, begin, answer.iter_raw())
    return Opened(announced, 0, answer.iter_raw())


def _announced(answer: httpx.Response, said: dict[str, str]) -> Announced:
    linked = said["x-linked-etag"].strip('"')
    sha256 = linked if re.fullmatch("[0-9a-f]{64}", linked) else None
    etag = answer.headers.get("etag", "")
    strong = bool(etag) and not etag.startswith("W/")
    revision = said["x-repo-commit"]
    return Announced(
        identity=f"sha256:{sha256}" if sha256 else etag if strong else "",
        size_bytes=_whole_size(answer, said),
        sha256=sha256,
        revision=revision if re.fullmatch("[0-9a-f]{40}", revision) else None,
    )


def _whole_size(answer: httpx.Response, said: dict[str, str]) -> int | None:
    """The whole file's size, None where nothing says it."""
    total = re.fullmatch(r"bytes \d+-\d+/(\d+)", answer.headers.get("content-range", ""))
    length = answer.headers.get("content-length", "") if answer.status_code == 200 else ""
    for size in (said["x-linked-size"], total[1] if total else "", length):
        if size.isascii() and size.isdigit():
            return int(size)
    return None


def _retry_after(answer: httpx.Response) -> float | None:
    wait = answer.headers.get("retry-after", "")
    return float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 6 else None


def _refused(answer: httpx.Response) -> DeoccError:
    host, status = _host(str(answer.url)), answer.status_code
    if status == 404:
        return DeoccError(
            "weights_not_found",
            f"{host} has no {answer.url.path.rsplit('/', 1)[-1]}.",
            "Use another mirror, or import the file.",
            "weights_import",
            502,
        )
    if status in (401, 403):
        return source_fault(
            f"{host} refuses to hand the file out (status {status}).",
            "Fetch it in a browser, where its licence can be agreed to, then import it.",
        )
    return source_fault(f"{host} answers with status {status}.")


def _host(url: str) -> str:
    return httpx.URL(url).host or url
