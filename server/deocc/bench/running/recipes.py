"""What makes a method's results what they are: options, weights and code, as one digest a method.

A record whose recipe is another than the run's is made anew, so a changed backend is never mistaken for its
old results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from deocc import backends
from deocc.backends.base import option_fields, parse_options
from deocc.backends.readiness import Readiness
from deocc.bench import metrics
from deocc.bench.running.methods import Method
from deocc.bench.running.record import MethodFacts
from deocc.contract import OptionValue
from deocc.errors import DeoccError, InputFault

MEASURED_BY = (
    "surface", "alignment", "similarity", "neighbours", "bound", "brute", "volume", "masks", "pictures",
)  # modules of metrics that measure.py comes to, one through another  # fmt: skip
SHOWN_BY = (
    "geometry/raycast.py",
    "geometry/cameras.py",
    "geometry/mesh.py",
    "observation.py",
    "picture_file.py",
)
SOURCES = (".py", ".onnx")
MADE_BY = ("floors", "measure", "methods", "result", "task")  # modules beside this one


def facts(
    method: Method, options: Mapping[str, OptionValue], ready: Readiness, measured_by: str
) -> MethodFacts:
    """What a run's file says of a method; its recipe changes with whatever may change its records.

    options: of all backends of the run; each takes those that it has.  measured_by: digest of the measuring.
    Raises the InputFaults of options, and what Readiness.check raises where the backend can't run here.
    """
    taken: dict[str, OptionValue] = {}
    recipe: dict[str, object] = {"method": method.name, "measured by": measured_by}
    if method.backend:
        card = backends.card(method.backend)
        known = {one.name for one in option_fields(card.options)}
        taken = {name: value for name, value in options.items() if name in known} | {**method.options}
        parsed = parse_options(card.options, taken)
        ready.check(card, parsed)
        recipe["options"] = asdict(parsed)
        recipe["weights"] = ready.weights.hashes(card.weights_for(parsed))
        recipe["code"] = backend_digest(method.backend)
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()
    return MethodFacts(method.frame, method.given, method.sees, digest, taken, method.title)


def check_options(asked: Iterable[Method], options: Mapping[str, OptionValue]) -> None:
    """InputFault for an option that none of the methods asked for has."""
    cards = [backends.card(one.backend) for one in asked if one.backend]
    known = sorted({field.name for card in cards for field in option_fields(card.options)})
    for name in options:
        if name not in known:
            hint = f"Known options: {', '.join(known) or 'none'}."
            raise InputFault(
                "bad_option", f"No method here has an option “{name[:80]}”.", hint, "edit_options"
            )


def measuring_digest() -> str:
    """sha256 of the sources that make floors and measure results."""
    here, there = Path(__file__).parent, Path(metrics.__file__).parent
    own = [here / f"{name}.py" for name in MADE_BY] + [there / f"{name}.py" for name in MEASURED_BY]
    return sources_digest(*own, *(_package() / name for name in SHOWN_BY))


@lru_cache
def backend_digest(name: str) -> str:
    """sha256 of what makes a backend's result: its folder, geometry, how pictures are read."""
    package = _package()
    spec = find_spec(backends.module_of(name))
    if spec is None or not spec.origin:
        raise DeoccError("no_backend", f"The code of the backend “{name}” is not there.")
    folder = Path(spec.origin).parent
    while folder.parent.parent == package / "backends":  # a backend inside another's folder shares its code
        folder = folder.parent
    return sources_digest(
        folder, package / "geometry", package / "observation.py", package / "picture_file.py"
    )


def _package() -> Path:
    return Path(backends.__file__).parents[1]


def sources_digest(*places: Path) -> str:
    """sha256 of files, and of all Python and network files below folders, by name and content."""
    digest = hashlib.sha256()
    for place in places:
        inner = (path for path in place.rglob("*") if path.suffix in SOURCES)
        for path in sorted(inner) if place.is_dir() else [place]:
            name = path.name if path == place else path.relative_to(place).as_posix()
            digest.update(f"{name}\0".encode() + path.read_bytes())
    return digest.hexdigest()
