"""The backends by name; importing this imports none of them. Adding one: its folder, and one line here."""

from __future__ import annotations

from importlib import import_module

from deocc.backends.base import Backend, Card
from deocc.errors import InputFault

MODULES = {
    "draft": "deocc.backends.draft",
}


def card(name: str) -> Card:
    """A backend's card (cheap: `<folder>/card.py` imports no heavy library); InputFault for a stranger."""
    return import_module(f"{module_of(name)}.card").CARD


def load(module: str) -> Backend:
    """The backend in a module, its libraries and weights loaded; never called in the server's own process."""
    return import_module(f"{module}.backend").load()


def module_of(name: str) -> str:
    """The module of a backend; InputFault for a stranger."""
    try:
        return MODULES[name]
    except KeyError:
        known = ", ".join(MODULES)
        raise InputFault(
            "unknown_backend", f"There is no backend “{name}”.", f"Choose one of: {known}.", "choose_backend"
        ) from None
