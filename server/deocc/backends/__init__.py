"""The backends by name; importing this imports none of them. Adding one: its folder, and one line here."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from deocc.backends.base import Backend, Card
from deocc.errors import InputFault
from deocc.weights.folder import WeightsFolder
from deocc.weights.preparing import Prepare

MODULES = {
    "draft": "deocc.backends.draft",
    "deocc123": "deocc.backends.deocc123",
    "3drecon": "deocc.backends.deocc123.baseline",
}
PREPARERS: dict[str, str] = dict.fromkeys(
    (
        "zero123plus-v1.1", "zero123plus-v1.2", "instantmesh-unet", "deocc123",
        "instant-mesh-large", "instant-mesh-base", "instant-nerf-large", "instant-nerf-base",
    ),
    "deocc.backends.deocc123.weights",
)  # name of weights -> module that holds PREPARE  # fmt: skip


def card(name: str) -> Card:
    """A backend's card (cheap: `<folder>/card.py` imports no heavy library); InputFault for a stranger."""
    return import_module(f"{module_of(name)}.card").CARD


def load(module: str, weights: Path) -> Backend:
    """The backend in a module with its libraries; never called in the server's own process.

    weights: the folder of all installed weights, from which the backend reads its own.
    """
    return import_module(f"{module}.backend").load(WeightsFolder(weights))


def preparer(name: str) -> Prepare:
    """What makes the source files of the weights `name` ready for strict reading; imports torch."""
    return import_module(PREPARERS[name]).PREPARE[name]


def module_of(name: str) -> str:
    """The module of a backend; InputFault for a stranger."""
    try:
        return MODULES[name]
    except KeyError:
        known = ", ".join(MODULES)
        raise InputFault(
            "unknown_backend", f"There is no backend “{name}”.", f"Choose one of: {known}.", "choose_backend"
        ) from None
