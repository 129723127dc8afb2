"""The folder that installed weights lie in: what is there, whether it is whole, and what is missing.

<weights>/<name>/            files ready for strict reading, and `installed.json`, written last
<weights>/.staging/<name>/   what a fetch has brought so far; unfinished files end in `.part`
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deocc.contract import WeightsState
from deocc.errors import DeoccError, is_disk_full
from deocc.weights import table
from deocc.weights.faults import WeightsFault, damaged_weights
from deocc.weights.table import Row

INSTALLED, DAMAGED, STAGING = "installed.json", "damaged.json", ".staging"


@dataclass(frozen=True)
class FileRecord:
    size: int
    sha256: str


@dataclass(frozen=True)
class Installed:
    """`installed.json`: what was installed, from where, and every file's size and hash.

    sha256: of the source file; of several, of their list in sha256sum's form.  sources: the source's files.
    base: the weights it needs beside it, or "".
    """

    name: str
    source: str
    revision: str
    licence: str
    sha256: str
    base: str
    files: Mapping[str, FileRecord]
    sources: Mapping[str, FileRecord] = field(default_factory=dict)


class WeightsFolder:
    """Reads the folder; only `deocc.installing.installer` writes it."""

    def __init__(self, path: Path):
        self.root = path

    def row(self, name: str) -> Row:
        return table.row(name)

    def path(self, name: str) -> Path:
        """Where the files of `name` lie; call `require` first."""
        return self.root / self.row(name).name

    def staging(self, name: str) -> Path:
        return self.root / STAGING / self.row(name).name

    def installed(self, name: str) -> Installed | None:
        """What is installed under a name; None where nothing whole ever was."""
        try:
            body = json.loads((self.path(name) / INSTALLED).read_text("utf-8"))
            files = {one: FileRecord(**record) for one, record in body.pop("files").items()}
            sources = {one: FileRecord(**record) for one, record in body.pop("sources").items()}
            return Installed(**body, files=files, sources=sources)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return Installed(name, "", "", "", "", "", {"installed.json": FileRecord(-1, "")})  # damaged

    def state(self, name: str) -> WeightsState:
        """By names and sizes alone, so that it is quick: `deocc weights verify` reads every byte."""
        held = self.installed(name)
        if held is not None:
            return WeightsState.DAMAGED if self.damaged_files(name, held) else WeightsState.READY
        if self.fetched_bytes(name):
            return WeightsState.PARTIAL
        return WeightsState.MISSING if self.row(name).published else WeightsState.UNPUBLISHED

    def damaged_files(self, name: str, held: Installed) -> list[str]:
        """Files that are missing, of another size, or that the last verify found damaged."""
        folder = self.path(name)
        try:
            found = set(json.loads((folder / DAMAGED).read_text("utf-8")))
        except FileNotFoundError:
            found = set()
        except (OSError, ValueError, TypeError):
            found = set(held.files)
        return [
            one for one, record in held.files.items() if one in found or _size(folder / one) != record.size
        ]

    def fetched_bytes(self, name: str) -> int:
        """How much of what must be fetched lies in the staging folder."""
        folder = self.staging(name)
        kept = {file.path for file in self.row(name).files}
        paths = [folder / end for one in kept for end in (one, f"{one}.part")]
        return sum(_size(path) or 0 for path in paths)

    def with_bases(self, names: Iterable[str]) -> tuple[str, ...]:
        """The names and what they need beside them, each once."""
        found: list[str] = []
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            found.append(name)
            held = self.installed(name)
            base = held.base if held else self.row(name).base
            if base:
                waiting.append(base)
        return tuple(found)

    def require(self, names: Iterable[str]) -> None:
        """Nothing where all of them and their bases are installed.

        Else WeightsFault: weights_unpublished, weights_damaged, or weights_missing with size and licence.
        """
        states = {name: self.state(name) for name in self.with_bases(names)}
        for name, state in states.items():
            row = self.row(name)
            if state == WeightsState.UNPUBLISHED or (not row.published and state == WeightsState.PARTIAL):
                raise unpublished(row)
            if state == WeightsState.DAMAGED:
                raise damaged_weights(row.title, row.published)
        missing = [self.row(name) for name, state in states.items() if state != WeightsState.READY]
        if missing:
            raise _missing(missing)

    def stamp(self) -> str:
        """Changes whenever something is installed or removed."""
        found = [(path.parent.name, path.stat().st_mtime_ns) for path in self.root.glob(f"*/{INSTALLED}")]
        return repr(sorted(found))

    def hashes(self, names: Iterable[str]) -> dict[str, str]:
        """name -> sha256 of what was installed, for the recipe in a package."""
        held = {name: self.installed(name) for name in self.with_bases(names)}
        return {name: one.sha256 for name, one in held.items() if one}


def installed_json(installed: Installed) -> bytes:
    return json.dumps(asdict(installed), indent=1).encode()


def check_room(folder: Path, need_bytes: int, what: str) -> None:
    """DeoccError `disk_full` where the disk has no room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if need_bytes > free:
        raise DeoccError(
            "disk_full",
            f"{what} needs {gigabytes(need_bytes)} on the disk; {gigabytes(free)} are free.",
            "Free some space, or put the weights elsewhere (--weights-dir).",
            "free_space",
            507,
        )


def gigabytes(size_bytes: int) -> str:
    """A size for people: "3.5 GB", "12 MB"."""
    if size_bytes >= 10**9:
        return f"{size_bytes / 1e9:.1f} GB"
    return f"{max(size_bytes / 1e6, 0.1):.{0 if size_bytes >= 10**7 else 1}f} MB"


def _size(path: Path) -> int | None:
    """None where there is no such file."""
    try:
        return path.stat().st_size
    except OSError as error:
        if is_disk_full(error):
            raise
        return None


def unpublished(row: Row) -> WeightsFault:
    return WeightsFault(
        "weights_unpublished",
        f"{row.title} is not published yet.",
        "If you have its file, import it.",
        "weights_import",
    )


def _missing(rows: list[Row]) -> WeightsFault:
    names = ", ".join(row.title for row in rows)
    about = "about " if any(row.approximate for row in rows) else ""
    size = gigabytes(sum(row.size_bytes for row in rows))
    licences = list(dict.fromkeys(row.licence for row in rows))
    word = "licences" if len(licences) > 1 else "licence"
    return WeightsFault(
        "weights_missing",
        f"Weights are missing: {names} ({about}{size}; {word}: {'; '.join(licences)}).",
        f"Fetch them, here or with “deocc weights fetch {' '.join(row.name for row in rows)}”.",
        "weights_fetch",
    )
