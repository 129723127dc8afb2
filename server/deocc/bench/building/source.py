"""What one object is built from, as it travels to the process, or the machine, that builds it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deocc.bench.building.settings import BuildSettings
from deocc.data.meshes import Textured
from deocc.data.source import Source
from deocc.errors import InputFault


@dataclass(frozen=True)
class ObjectTask:
    """One object to build. candidates: other meshes in the order in which they are tried as occluders."""

    seed: int
    settings: BuildSettings
    source: Source
    candidates: tuple[Source, ...]

    def carried(self) -> ObjectTask:
        """The same with the bytes of all its files: for another machine."""
        return replace(
            self, source=self.source.carried(), candidates=tuple(one.carried() for one in self.candidates)
        )


def readable(candidates: tuple[Source, ...], most: int) -> list[tuple[str, Textured]]:
    """Ids and meshes of the first `most` candidates that can be read; the others are told elsewhere."""
    found = []
    for one in candidates:
        if len(found) == most:
            break
        try:
            found.append((one.id, one.read()))
        except InputFault:
            continue
    return found
