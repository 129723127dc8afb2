"""What a backend is: a card, an options dataclass, and one `run`; and how options are declared and checked.

An options dataclass is the single source: CLI flags, HTTP validation and the panel's Quality section are
read from it with `option_fields`, and `parse_options` makes an instance from what came over the wire.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deocc.contract import OptionField, OptionValue
from deocc.errors import InputFault, InputFaults
from deocc.observation import Observation
from deocc.package import Reconstruction


class Tick(Protocol):
    """Progress, pictures and cancel in one callable; raises Cancelled when the job was cancelled."""

    def __call__(self, stage: str, fraction: float) -> None:
        """stage: words for the user ("whole silhouette"); fraction: 0..1 of this variant."""
        ...

    def picture(self, name: str, rgba: NDArray[np.uint8]) -> None:
        """Shows a picture at once: name "views/0.png" … "views/5.png" or "completed.png", (H, W, 4) uint8."""
        ...


def _no_weights(_options: Any) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Card:
    """What a backend says of itself before anything of it is loaded.

    estimate_s, estimate_gb: one variant of a 1-megapixel photo on two cores, until measured on this machine.
    packages: libraries it needs beyond the server's own, by their names in the registry.
    tflop: work of its networks for one variant with these options, 10^12 floating-point operations.
    weights_for: from an instance of `options` to the names of the weights it then needs (weights/table.py).
    frame: how its mesh stands, which the benchmark prints: "photo view" (as the photo's camera sees it),
    "upright" (the photo's azimuth, the object's own up) or "canonical" (its own front, whatever the photo).
    """

    name: str
    title: str
    summary: str
    options: type
    estimate_s: float
    estimate_gb: float
    packages: tuple[str, ...] = ()
    weights_for: Callable[[Any], tuple[str, ...]] = _no_weights
    tflop: Callable[[Any], float] | None = None
    frame: str = "upright"


class Backend(Protocol):
    card: Card

    def run(self, observation: Observation, options: Any, seed: int, tick: Tick) -> Reconstruction: ...


def option(
    default: OptionValue,
    title: str,
    help: str,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A field of an options dataclass: default, words for people, and its range or choices."""
    metadata = {"title": title, "help": help, "minimum": minimum, "maximum": maximum, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


def option_fields(options: type) -> list[OptionField]:
    """The options dataclass as the wire and the command line show it."""
    fields = []
    for declared in dataclasses.fields(options):
        meta = declared.metadata
        kind = "choice" if meta["choices"] else type(declared.default).__name__
        fields.append(
            OptionField(
                name=declared.name,
                type=kind,
                default=declared.default,  # type: ignore[arg-type]
                title=meta["title"],
                help=meta["help"],
                minimum=meta["minimum"],
                maximum=meta["maximum"],
                choices=list(meta["choices"]),
            )
        )
    return fields


def parse_options(options: type, values: Mapping[str, OptionValue]) -> Any:
    """An instance of `options` with `values`; InputFaults names all unknown, mistyped, out-of-range ones."""
    declared = {one.name: one for one in option_fields(options)}
    faults, checked = [], {}
    for name, value in values.items():
        if name not in declared:
            known = ", ".join(declared) or "none"
            faults.append(_fault(f"There is no option “{name[:80]}”.", f"Known options: {known}."))
            continue
        wanted = declared[name]
        fault = _option_fault(wanted, value)
        if fault:
            faults.append(fault)
        else:
            checked[name] = float(value) if wanted.type == "float" else value
    if faults:
        raise InputFaults(faults)
    return options(**checked)


def _option_fault(wanted: OptionField, value: OptionValue) -> InputFault | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if wanted.type == "choice":
        if value not in wanted.choices:
            known = ", ".join(wanted.choices)
            return _fault(f"{wanted.title} can't be “{_shown(value)}”.", f"Choose one of: {known}.")
        return None
    fits = {
        "bool": isinstance(value, bool),
        "int": number and isinstance(value, int),
        "float": number and -sys.float_info.max <= value <= sys.float_info.max,  # type: ignore[operator]
        "str": isinstance(value, str),
    }[wanted.type]
    if not fits:
        return _fault(
            f"{wanted.title} must be of type {wanted.type}, not “{_shown(value)}”.", "Choose another value."
        )
    low, high = wanted.minimum, wanted.maximum
    if number and ((low is not None and value < low) or (high is not None and value > high)):  # type: ignore[operator]
        return _fault(
            f"{wanted.title} is {_shown(value)}, outside {low} to {high}.", "Choose a value in that range."
        )
    return None


def _shown(value: OptionValue) -> str:
    """A value as a message shows it; Python writes out no number of thousands of digits."""
    if isinstance(value, int) and value.bit_length() > 256:
        return "a huge number"
    return str(value)[:80]


def _fault(message: str, hint: str) -> InputFault:
    return InputFault("bad_option", message, hint, "edit_options")
