"""The mishap backend's card: its options say what happens, and to which picture."""

from __future__ import annotations

from dataclasses import dataclass

from deocc.backends.base import Card, option

BEHAVIOURS = ("finish", "bug", "fault", "die", "hang", "no_surface", "not_finite", "allocate")


@dataclass(frozen=True)
class MishapOptions:
    behaviour: str = option("finish", "Behaviour", "What happens.", choices=BEHAVIOURS)
    seen_px: int = option(0, "Seen", "Only where so many pixels are seen of the object; 0: always.", 0, 2**31)
    wait_s: float = option(0.0, "Wait", "Seconds it takes at least.", 0.0, 60.0)


CARD = Card("mishap", "Mishap", "Fails as told.", MishapOptions, estimate_s=0.1, estimate_gb=0.1)
