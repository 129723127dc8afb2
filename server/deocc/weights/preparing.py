"""What a backend's preparer is handed and hands back: source files in, files ready for strict reading out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deocc.weights.faults import wrong_weights

CAMERAS = ("v1.1", "v1.2")


@dataclass(frozen=True)
class PrepareOptions:
    """name: of the weights.  base: the pipeline it shall run with, "": as the table says.
    cameras: "v1.1" or "v1.2", "": as the base has them.  background: RGB 0..255 of the photos it was trained
    on, None: as the table of its backend says.  installed: the folder of all installed weights, from which a
    UNet alone takes its base's sizes, or None."""

    name: str
    base: str = ""
    cameras: str = ""
    background: tuple[int, int, int] | None = None
    installed: Path | None = None


def refuse(options: PrepareOptions, *names: str) -> None:
    """WeightsFault `weights_wrong` where options say what these weights have not; names: of their fields."""
    for name in names:
        if getattr(options, name) not in ("", None):
            raise wrong_weights(f"{options.name} has no {name} to be told.", f"Leave out --{name}.")


@dataclass(frozen=True)
class Prepared:
    """base: name of the weights that it needs beside it, or "".  taken_as: what the files themselves do not
    say and was taken for granted, in words."""

    base: str = ""
    taken_as: str = ""


# (source file or folder, target folder to fill, options); raises WeightsFault where the source is not that
Prepare = Callable[[Path, Path, PrepareOptions], Prepared]
