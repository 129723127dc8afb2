"""The puppet's weights: rows for the table, and a preparer without torch that copies what it is given."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from deocc import backends
from deocc.weights import table
from deocc.weights.faults import wrong_weights
from deocc.weights.preparing import Prepared, PrepareOptions
from deocc.weights.table import Row, SourceFile

NET = b"PUPPET" + bytes(range(256)) * 4096  # 1 MB
PAIR = {"first.bin": b"PUPPET first" * 1000, "inner/second.bin": b"PUPPET second" * 50_000}
REVISION = "0123456789abcdef0123456789abcdef01234567"
FREE = "https://licences.invalid/free"

ROWS = (
    Row(
        "puppet-net", "Puppet's net", "tests/puppet", REVISION,
        (SourceFile("net.bin", len(NET), hashlib.sha256(NET).hexdigest(), exact=True),),
        "free", FREE, commercial=True,
    ),
    Row(
        "puppet-pair", "Puppet's pair", "tests/pair", None,
        (SourceFile("first.bin", 12_000), SourceFile("inner/second.bin", 600_000),
         SourceFile("seldom.json", 100, optional=True)),
        "not for sale", FREE, commercial=False, base="puppet-net",
    ),
    Row(
        "puppet-student", "Puppet's student", "", None, (), "not known", FREE, commercial=False,
        base="puppet-net",
    ),
)  # fmt: skip


def prepare(source: Path, target: Path, options: PrepareOptions) -> Prepared:
    """Copies every file that begins with PUPPET; another one is another model's."""
    paths = [source] if source.is_file() else [one for one in source.rglob("*.bin") if one.is_file()]
    for path in paths:
        if not path.read_bytes().startswith(b"PUPPET"):
            raise wrong_weights(f"{path.name} is no puppet's.")
        place = target / ("net.bin" if source.is_file() else path.relative_to(source))
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    about = {"base": options.base, "cameras": options.cameras, "background": options.background}
    (target / "pipeline.json").write_text(json.dumps(about))
    return Prepared(options.base or table.row(options.name).base)


PREPARE = {row.name: prepare for row in ROWS}


def add_to_table() -> None:
    """Makes the puppet's weights known in this process."""
    if not any(row.name == "puppet-net" for row in table.TABLE):
        table.TABLE += ROWS
        backends.PREPARERS |= dict.fromkeys(PREPARE, "tests.puppet.weights")
