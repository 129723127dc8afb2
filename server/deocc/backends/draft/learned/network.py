"""The shipped network: read once by onnxruntime, asked with crops; None where there is none to be had."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.learned.crop import SIDE

NETWORK = Path(__file__).with_name("draft.onnx")
RUNTIME = "onnxruntime"
THREADS = 2  # at most: more gain little at this size and take the cores from others
NOISE = 16  # numbers of the latent's draw
# of its spread: drawn whole, completions are worse on average, and the best of 8 has no better depths
TEMPERATURE = 0.6
OUTPUTS = ("whole", "depth", "colour", "scale", "told")
INPUTS = {"picture": (7, SIDE, SIDE), "noise": (NOISE,)}
# onnxruntime's errors share no base class; these are what a file that is broken or not meant for it raises
BROKEN = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented", "RuntimeException")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Guess:
    """What the network says of N crops, float32, as it comes.

    whole: (N, SIDE, SIDE) logits of the whole object's mask.  depth: (N, 2, SIDE, SIDE) front and back,
    halves of the crop, positive is nearer.  colour: (N, 6, SIDE, SIDE) of front and back in -1..1.
    scale: (N, 4, SIDE, SIDE) logarithm of the expected error of front, back, and their colours.  told: (N, 3)
    elevation in degrees / 90, the logarithm of its expected error, the logit of the expected mask IoU.
    """

    whole: NDArray[np.float32]
    depth: NDArray[np.float32]
    colour: NDArray[np.float32]
    scale: NDArray[np.float32]
    told: NDArray[np.float32]

    def finite(self) -> bool:
        return all(
            bool(np.isfinite(one).all())
            for one in (self.whole, self.depth, self.colour, self.scale, self.told)
        )


class Network:
    """The network, ready to be asked."""

    def __init__(self, session: Any):
        self._session = session

    def __call__(self, pictures: NDArray[np.float32], noise: NDArray[np.float32]) -> Guess:
        """pictures: (N, 7, SIDE, SIDE), see `crop`.  noise: (N, NOISE), zeros for the most expected."""
        whole, *others = self._session.run(list(OUTPUTS), {"picture": pictures, "noise": noise})
        return Guess(whole[:, 0], *others)


def load_network(path: Path = NETWORK) -> Network | None:
    """The network in a file; None, and a line in the log, where the file or onnxruntime is missing or
    broken."""
    if not path.is_file():
        return _without(f"{path.name} is missing")
    try:
        runtime = import_module(RUNTIME)
        errors = import_module(f"{RUNTIME}.capi.onnxruntime_pybind11_state")
    except ImportError as error:
        return _without(f"onnxruntime can't be loaded ({error})")
    broken = tuple(getattr(errors, name) for name in BROKEN if hasattr(errors, name))
    try:
        session = runtime.InferenceSession(str(path), _settings(runtime), ["CPUExecutionProvider"])
    except broken as error:
        return _without(f"{path.name} can't be read ({str(error)[:120]})")
    takes = {one.name: tuple(one.shape[1:]) for one in session.get_inputs()}
    gives = {one.name for one in session.get_outputs()}
    if takes != INPUTS or not gives.issuperset(OUTPUTS):
        return _without(f"{path.name} is another network")
    return Network(session)


def noise_of(seed: int) -> NDArray[np.float32]:
    """(1, NOISE): the latent of a seed; seed 0 is the most expected completion."""
    if seed == 0:
        return np.zeros((1, NOISE), np.float32)
    drawn = TEMPERATURE * np.random.default_rng([seed]).standard_normal((1, NOISE))
    return drawn.astype(np.float32)


def _settings(runtime: Any) -> Any:
    """Few threads that sleep while they wait, and no memory kept for the next run."""
    settings = runtime.SessionOptions()
    settings.intra_op_num_threads = min(THREADS, _cores())
    settings.inter_op_num_threads = 1
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.enable_cpu_mem_arena = False
    settings.log_severity_level = 3  # errors only: they are raised as well
    return settings


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _without(why: str) -> None:
    log.warning("draft: %s; geometry alone then", why)
