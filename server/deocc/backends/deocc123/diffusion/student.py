"""A UNet in any spelling that training leaves it in -> the plain keys of the published UNet.

A training checkpoint may hold its weights twice, as trained and averaged (EMA); the averaged ones are taken
(DeOcc-1-to-3 §3.4). Spellings, in this order; the first that is there counts:

  averaged   NAME without its dots after one of DOTLESS (LitEma), NAME after one of AVERAGED; each also with
             one of WRAPPERS between
  trained    NAME after one of TRAINED: "unet.unet." is Lightning around a reference-attention wrapper

What else such a file may hold is in BESIDE; any other key is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

AVERAGED = (
    "unet_ema.",
    "ema_unet.",
    "ema_model.",
    "model_ema.",
    "ema.",
    "ema_state_dict.",
    "state_dict_ema.",
)
TRAINED = ("unet.unet.", "unet.", "model.", "module.", "")
WRAPPERS = ("unet.unet.", "unet.", "module.", "")  # that may stand between an averaged prefix and the name
DOTLESS = ("model_ema.", "unet_ema.", "ema.")

SCHEDULE_BUFFERS = frozenset(
    {
        "betas",
        "alphas_cumprod",
        "alphas_cumprod_prev",
        "sqrt_alphas_cumprod",
        "sqrt_one_minus_alphas_cumprod",
        "sqrt_recip_alphas_cumprod",
        "sqrt_recipm1_alphas_cumprod",
    }
)
COUNTERS = ("decay", "num_updates", "optimization_step", "n_averaged", "initted", "step")
BESIDE = ("optimizer_states.", "optimizer.", "lr_schedulers.", "lr_scheduler.", "callbacks.", "loops.")


def plain_unet(found: Mapping[str, T], wanted: Mapping[str, object]) -> tuple[dict[str, T], bool]:
    """The UNet's tensors by `wanted`'s names, and whether they are averages.

    A key that belongs to nothing known stays as it is, for the strict comparison to name it.
    """
    anchor = next(iter(wanted))
    for prefix, dotless, averaged in _spellings():
        if prefix + (anchor.replace(".", "") if dotless else anchor) in found:
            return _take(found, wanted, prefix, dotless), averaged
    return dict(found), False


def _spellings() -> list[tuple[str, bool, bool]]:
    """Prefix, whether names have lost their dots, whether averaged; best first."""
    dotless = [(ema + inner, True, True) for ema in DOTLESS for inner in ("unetunet", "unet", "")]
    averaged = [(ema + inner, False, True) for ema in AVERAGED for inner in WRAPPERS]
    return dotless + averaged + [(prefix, False, False) for prefix in TRAINED]


def _take(found: Mapping[str, T], wanted: Mapping[str, object], prefix: str, dotless: bool) -> dict[str, T]:
    names = {prefix + (name.replace(".", "") if dotless else name): name for name in wanted}
    taken: dict[str, T] = {}
    for key, value in found.items():
        if key in names:
            taken[names[key]] = value
        elif prefix and key.startswith(prefix) and key[len(prefix) :] not in COUNTERS:
            taken[key[len(prefix) :]] = value  # one too many: named by the comparison
        elif not _known(key, wanted):
            taken[key] = value
    return taken


def _known(key: str, wanted: Mapping[str, object]) -> bool:
    """Whether a key is another copy of the UNet's, or something that lies beside it in training."""
    if key in SCHEDULE_BUFFERS or key.startswith(BESIDE):
        return True
    for prefix, dotless, _ in _spellings():
        if prefix and key.startswith(prefix):
            name = key[len(prefix) :]
            if name in wanted or name in COUNTERS or (dotless and _without_dots(name, wanted)):
                return True
    return False


def _without_dots(name: str, wanted: Mapping[str, object]) -> bool:
    return any(name == one.replace(".", "") for one in wanted)
