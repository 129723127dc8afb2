"""How fast this machine's device is, measured once: what an estimate before the first job rests on.

A process that has torch anyway (one that installs weights, the worker) measures and writes it beside the
weights; the server, which has none, reads it.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from deocc.package import write_beside
from deocc.place import Place, device_name

FILE = "calibration.json"  # in the folder of weights
SIDE = {"cpu": 1024, "mps": 4096, "cuda": 8192}  # of the square matrices: large enough to fill the device
LEAST_S, ROUNDS = 0.15, 3  # each round takes that long at least; the fastest counts
NETWORK_SHARE = 0.4  # of the matrix peak that UNets and transformers reach; 30 to 60 % are usual

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Calibration:
    """device: in words for the panel.  tflops: 10^12 operations a second of a matrix product in the format
    networks use there.  memory_gb: of the card, 0 for a processor.  number_format: the networks'
    there.  torch: the version that measured."""

    device: str
    tflops: float
    memory_gb: float
    number_format: str
    torch: str

    def seconds(self, tflop: float) -> float:
        """How long networks of `tflop` · 10^12 operations will take, about."""
        return tflop / (self.tflops * NETWORK_SHARE)


def measure(place: Place) -> Calibration:
    """Times matrix products on the place's device; about a second."""
    import torch

    side = SIDE.get(place.device.type, 2048)
    a = torch.ones(side, side, device=place.device, dtype=place.dtype)
    rates = []
    for _ in range(ROUNDS):
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < LEAST_S:
            (a @ a)[0, 0].item()  # waits for the device
            count += 1
        rates.append(count * 2 * side**3 / (time.perf_counter() - began))
    name, memory_gb = _device(place)
    return Calibration(name, max(rates) / 1e12, memory_gb, str(place.dtype), torch.__version__)


def _device(place: Place) -> tuple[str, float]:
    """Its name for the panel, and the memory of a card in GB, 0 for a processor."""
    import torch

    if place.device.type == "cuda":
        about = torch.cuda.get_device_properties(place.device)
        return f"{about.name}, {about.total_memory / 2**30:.0f} GB", about.total_memory / 1e9
    if place.device.type == "mps":
        memory_gb = torch.mps.recommended_max_memory() / 1e9
        return f"Apple graphics, {memory_gb:.0f} GB", memory_gb
    return device_name(), 0.0


def measured_once(place: Place, folder: Path) -> Calibration:
    """The calibration in the folder of weights, measured anew for another torch or device."""
    import torch

    known, now = read(folder), (_device(place)[0], str(place.dtype), torch.__version__)
    if known and (known.device, known.number_format, known.torch) == now:
        return known
    fresh = measure(place)
    log.info("%s: %.2f TFLOP/s", fresh.device, fresh.tflops)
    try:
        write_beside(json.dumps(asdict(fresh)).encode(), folder / FILE)
    except OSError as error:  # weights that several servers share may be theirs to read alone
        log.warning("the calibration can't be kept: %s", error)
    return fresh


def read(folder: Path) -> Calibration | None:
    """What was measured here; None before that, or where the file can't be read."""
    try:
        return Calibration(**json.loads((folder / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
