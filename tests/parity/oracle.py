"""The golden tensors: where they are, how they are read, and how close is close.

DEOCC_ORACLE names the folder that holds `deocc123/`, `amodal3r/` and `pix2gestalt-zeroshape/`; without it
`../shared/oracle` beside the checkout is taken, and a golden that isn't there from `golden/` beside this
file, where the smallest are committed (some in part: their sidecars list what was left out).
Sizes, seeds and configurations are read from the sidecars: another set of other sizes passes as well.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

COMMITTED = Path(__file__).resolve().parent / "golden"
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "oracle"

ONE_FORWARD, SAMPLER, FULL_SIZE = 5e-6, 1e-5, 1e-4  # float32 rounding of another order of sums
SMALL, SMALL_RELATIVE = 0.1, 1e-4  # a tensor that is small all over is compared by its own size


def oracle_file(folder: str, name: str) -> Path:
    """A file of the oracle; skips the test where there is none."""
    given = os.environ.get("DEOCC_ORACLE")
    roots = [Path(given)] if given else [BESIDE, COMMITTED]
    for root in roots:
        if (root / folder / name).exists():
            return root / folder / name
    pytest.skip(f"no golden {folder}/{name} here: set DEOCC_ORACLE")


def golden(folder: str, name: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """A golden's tensors and its sidecar."""
    path = oracle_file(folder, f"{name}.safetensors")
    return load_file(path), json.loads(path.with_suffix(".json").read_text("utf-8"))


def manifest(folder: str, name: str) -> dict[str, Any]:
    """A full-size network's configuration and the shapes of its parameters."""
    return json.loads(oracle_file(folder, f"{name}.json").read_text("utf-8"))


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, by the rest of their names."""
    return {name.removeprefix(prefix): one for name, one in tensors.items() if name.startswith(prefix)}


def assert_close(actual: Tensor, expected: Tensor, factor: float = ONE_FORWARD, what: str = "") -> None:
    """Same shape, and the largest difference is at most factor × max(1, largest golden value); a tensor below
    0.1 all over is held to 1e-4 of its largest value instead, where that is stricter."""
    assert tuple(actual.shape) == tuple(expected.shape), f"{what}: {actual.shape} is not {expected.shape}"
    if expected.numel() == 0:
        return
    ours, theirs = actual.detach().cpu().double(), expected.detach().cpu().double()
    size = float(theirs.abs().max())
    allowed = factor * max(1.0, size)
    if size < SMALL:
        allowed = min(allowed, SMALL_RELATIVE * size)
    worst = float((ours - theirs).abs().max())
    assert worst <= allowed, f"{what}: differs by {worst:.3g}, allowed {allowed:.3g} (largest {size:.3g})"


@torch.no_grad()
def fill(module: torch.nn.Module, tensors: dict[str, Tensor]) -> torch.nn.Module:
    """The module with exactly these weights, ready to run."""
    module.load_state_dict(tensors, strict=True)
    return module.eval().requires_grad_(False)
