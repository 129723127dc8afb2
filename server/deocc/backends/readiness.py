"""Whether a backend can run here and now: its libraries, its weights, and what their licences allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from deocc import backends, calibration
from deocc.backends.base import Card, option_fields
from deocc.contract import BackendReply, Estimate, as_fault
from deocc.errors import DeoccError, InputFault
from deocc.weights.faults import WeightsFault
from deocc.weights.folder import WeightsFolder


@dataclass(frozen=True)
class Readiness:
    """weights: the folder of installed ones.  commercial_only: nothing may run that needs weights whose
    recorded licence does not allow commercial use."""

    weights: WeightsFolder
    commercial_only: bool = False

    def check(self, card: Card, options: Any) -> None:
        """Nothing where the backend can run with these options.

        Else raises packages_missing, weights_noncommercial, weights_unpublished, weights_damaged or
        weights_missing.
        """
        _check_packages(card.title, card.packages)
        names = card.weights_for(options)
        self.check_licences(names)
        self.weights.require(names)

    def check_installable(self, name: str) -> None:
        """Nothing where weights may come in and can be prepared here; raises weights_noncommercial or
        packages_missing."""
        row = self.weights.row(name)
        self.check_licences((row.name,))
        users = users_of(self.weights).get(row.name, [])
        _check_packages(row.title, [package for user in users for package in backends.card(user).packages])

    def check_licences(self, names: tuple[str, ...]) -> None:
        """Raises weights_noncommercial where the switch forbids one of these or of their bases."""
        if not self.commercial_only:
            return
        for name in self.weights.with_bases(names):
            row = self.weights.row(name)
            if not row.commercial:
                raise WeightsFault(
                    "weights_noncommercial",
                    f"{row.title} may not be used commercially (licence: {row.licence}).",
                    "This server was started for commercial use only.",
                    "choose_backend",
                )

    def hides(self, card: Card) -> bool:
        """Whether no options at all let this backend run under the switch."""
        return all(self._forbidden(names) for names in weights_of_all_options(card))

    def reply(self, card: Card, measured: Estimate | None = None) -> BackendReply:
        """A card as the wire and the command line show it; measured: what was measured on this machine."""
        options = card.options()
        blocked: DeoccError | None = None
        try:
            self.check(card, options)
        except InputFault as fault:
            blocked = fault
        return BackendReply(
            name=card.name,
            title=card.title,
            summary=card.summary,
            options=option_fields(card.options),
            weights=list(self.weights.with_bases(card.weights_for(options))),
            estimate=measured or expected(card, options, self.weights.root),
            ready=blocked is None,
            blocked=as_fault(blocked) if blocked else None,
        )

    def _forbidden(self, names: tuple[str, ...]) -> bool:
        try:
            self.check_licences(names)
        except WeightsFault:
            return True
        return False


def _check_packages(title: str, packages: Iterable[str]) -> None:
    absent = [name for name in dict.fromkeys(packages) if not _is_installed(name)]
    if absent:
        raise InputFault(
            "packages_missing",
            f"{title} needs more libraries than are installed: {', '.join(absent)}.",
            f"Install them into the server's Python: pip install {' '.join(absent)}.",
            "install_packages",
        )


def _is_installed(package: str) -> bool:
    """Whether a library is here, by its name in the registry; nothing of it is imported."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def expected(card: Card, options: Any, weights: Path) -> Estimate:
    """How long a variant should take before one has run here: by this device's measured speed where the
    backend knows its work, else as its card has it."""
    known = calibration.read(weights)
    if card.tflop is None or known is None:
        return Estimate(card.estimate_s, card.estimate_gb, measured=False)
    return Estimate(round(known.seconds(card.tflop(options)), 1), card.estimate_gb, measured=False)


def weights_of_all_options(card: Card) -> Iterator[tuple[str, ...]]:
    """What the backend needs with its default options, and with each other choice in one of them."""
    options = card.options()
    yield card.weights_for(options)
    for one in option_fields(card.options):
        values = one.choices if one.type == "choice" else (False, True) if one.type == "bool" else ()
        for value in values:
            yield card.weights_for(replace(options, **{one.name: value}))


def users_of(weights: WeightsFolder) -> dict[str, list[str]]:
    """name of weights -> names of the backends that need it with some options or other."""
    users: dict[str, list[str]] = {}
    for backend in backends.MODULES:
        needed = {name for names in weights_of_all_options(backends.card(backend)) for name in names}
        for name in weights.with_bases(sorted(needed)):
            users.setdefault(name, []).append(backend)
    return users
