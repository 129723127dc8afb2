"""Where networks run: device, number format and memory tier, chosen once and passed; memory that a job took.

Importing this imports no torch; `choose_place` does. Below it nothing names a device.
"""

from __future__ import annotations

import logging
import os
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from deocc.errors import DeoccError

if TYPE_CHECKING:
    import torch

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")

log = logging.getLogger(__name__)


class Tier(StrEnum):
    """How a graphics card's memory is shared among the networks of a job."""

    RESIDENT = "resident"  # 16 GB and more: every network stays on the device
    STAGED = "staged"  # 8 GB: one stage's networks at a time, the rest wait in main memory
    TIGHT = "tight"  # 6 GB: as staged, and every batch and chunk as small as it gets


TIER_BYTES = {Tier.RESIDENT: 15.5e9, Tier.STAGED: 7.5e9, Tier.TIGHT: 5.5e9}  # what cards of 16, 8, 6 GB tell


class Place:
    """One device, one number format, one tier; shared by all networks of a process.

    device: where a held network is.  dtype: of its weights.  tier: may fall during a job (`lower`).
    """

    def __init__(self, device: torch.device, dtype: torch.dtype, tier: Tier = Tier.RESIDENT):
        self.device, self.dtype, self.tier = device, dtype, tier
        self._resident: weakref.WeakSet[torch.nn.Module] = weakref.WeakSet()

    @property
    def is_processor(self) -> bool:
        return self.device.type == "cpu"

    @property
    def split_guidance(self) -> bool:
        """Whether guided and unguided passes run one after the other, at half the memory."""
        return self.tier == Tier.TIGHT

    @property
    def chunk_points(self) -> int:
        """Points of a field that are queried at a time: 2^18 floats of 64 channels are 67 MB."""
        return 2**16 if self.tier == Tier.TIGHT else 2**18

    @contextmanager
    def hold(self, *modules: torch.nn.Module) -> Iterator[None]:
        """The modules are on the device inside; after it in main memory again, unless all may stay."""
        try:
            for module in modules:
                module.to(self.device)
            yield
        finally:
            if self.tier == Tier.RESIDENT:
                self._resident.update(modules)
            else:
                self._put_back(modules)

    def lower(self) -> bool:
        """Goes to the next smaller tier and clears the device; False where there is none."""
        tiers = list(Tier)
        smaller = tiers[tiers.index(self.tier) + 1 :]
        if self.is_processor or not smaller:
            return False
        self.tier = smaller[0]
        self._put_back(list(self._resident))
        self._resident.clear()
        return True

    def _put_back(self, modules) -> None:
        if self.is_processor:
            return
        for module in modules:
            module.to("cpu")
        _empty_cache(self.device)


def choose_place() -> Place:
    """The best device here: CUDA or ROCm, Apple's MPS, else the processor.

    A card below 6 GB is left alone; float16 on a card, as the checkpoints were published for; bfloat16 on a
    processor that multiplies it natively. DEOCC_DEVICE=cpu chooses the processor, cpu:float32 full precision
    there.
    """
    import torch

    asked = os.environ.get("DEOCC_DEVICE", "")
    exact = asked == "cpu:float32" or not _multiplies_bfloat16()
    cpu = Place(torch.device("cpu"), torch.float32 if exact else torch.bfloat16)
    if asked in ("cpu", "cpu:float32"):
        return cpu
    if torch.cuda.is_available():  # ROCm's builds answer here too
        device, memory = torch.device("cuda", 0), torch.cuda.get_device_properties(0).total_memory
    elif torch.backends.mps.is_available():
        device, memory = torch.device("mps"), torch.mps.recommended_max_memory()
    else:
        return cpu
    for tier, least in TIER_BYTES.items():
        if memory >= least:
            return Place(device, torch.float16, tier)
    log.warning("the graphics card has %.1f GB, 6 is the least: the processor is used", memory / 1e9)
    return cpu


def _multiplies_bfloat16() -> bool:
    """Whether this processor has products of bfloat16: half the memory, and a step in two thirds of the time.

    torch has had these two questions since 2.6, without a promise to keep them.
    """
    import torch

    questions = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, one, lambda: False)() for one in questions)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a network did not fit: CUDA and ROCm raise a type of their own, MPS and the processor none."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    words = str(error)
    return isinstance(error, RuntimeError) and ("out of memory" in words or "can't allocate memory" in words)


def is_device_lost(error: BaseException, place: Place) -> bool:
    """Whether the device itself failed: CUDA and ROCm say so in each such error."""
    words = str(error)
    names = ("CUDA error", "HIP error", "CUBLAS_STATUS", "CUDNN_STATUS", "MPS")
    return not place.is_processor and isinstance(error, RuntimeError) and any(n in words for n in names)


def out_of_memory(place: Place) -> DeoccError:
    """The fault of a job that fits in no tier."""
    what = "memory" if place.is_processor else "graphics memory"
    return DeoccError(
        "out_of_memory",
        f"There was not enough {what}.",
        "Close other programs, or choose a smaller model.",
        "retry_smaller",
    )


def device_lost() -> DeoccError:
    """The fault of a job whose graphics card stopped answering."""
    return DeoccError(
        "device_lost",
        "The graphics card stopped answering during the job.",
        "Try again; if it happens again, restart the computer or update the card's driver.",
        "retry",
    )


def core_count() -> int:
    """Processor cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def device_name() -> str:
    """The processor in words for the panel; a graphics card is named by the calibration."""
    cores = core_count()
    return f"processor, {cores} core{'s' * (cores > 1)}"


def reset_peak_memory() -> bool:
    """Starts the peak anew where the system can (Linux, CUDA), which it answers; elsewhere the peak is the
    process's since its start."""
    torch = sys.modules.get("torch")
    on_card = False
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats()
        on_card = True
    try:
        _CLEAR.write_text("5")  # proc(5): resets VmHWM
    except OSError:
        return on_card
    return True


def peak_memory_gb() -> float:
    """Peak memory in GB (10^9 bytes): of the graphics card where one is used, else resident of this process;
    0.0 where the system doesn't say."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return torch.cuda.max_memory_reserved() / 1e9
    if sys.platform == "linux":
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e9
    if sys.platform == "win32":
        return 0.0
    import resource  # not on Windows

    unit_bytes = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes / 1e9


def _empty_cache(device: torch.device) -> None:
    import torch

    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
