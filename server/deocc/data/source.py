"""A mesh file with its hash, as it travels to the process, or the machine, that reads it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from deocc.data.meshes import MeshFile, Textured, companions, read_mesh
from deocc.data.recipe import sha256_of


@dataclass(frozen=True)
class Source:
    """A mesh file and what is known of it.

    path: where it lies.  files: it and those that it names, by name, where the path means nothing to the
    machine that reads it.  sha256: of all their bytes, "" where it can't be read.
    """

    id: str
    path: Path
    category: str = ""
    source: str = ""
    licence: str = ""
    attribution: str = ""
    sha256: str = ""
    files: Mapping[str, bytes] | None = None

    def read(self) -> Textured:
        """The mesh in object axes; InputFault, which names the file without its folder."""
        if self.files is None:
            return read_mesh(self.path)
        with tempfile.TemporaryDirectory(prefix="deocc-") as folder:
            for name, data in self.files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            return read_mesh(Path(folder) / self.path.name)

    def carried(self) -> Source:
        """The same with its files; without them where they can't be read, which `read` then tells."""
        names = (self.path.name, *companions(self.path))
        try:
            return replace(self, files={name: (self.path.parent / name).read_bytes() for name in names})
        except OSError:
            return self


def source_of(file: MeshFile) -> Source:
    """The file with the sha256 that it has now, whatever its list says."""
    told = (file.category, file.source, file.licence, file.attribution)
    return Source(file.id, file.path, *told, _sha256_of_all(file.path))


def _sha256_of_all(path: Path) -> str:
    """Of a mesh file, or of the list of its own and those of the files that it names."""
    own, others = sha256_of(path), {name: sha256_of(path.parent / name) for name in companions(path)}
    return hashlib.sha256(repr((own, others)).encode()).hexdigest() if others else own
