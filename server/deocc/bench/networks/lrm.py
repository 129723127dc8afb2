"""Seconds, memory and TFLOP of the reconstruction networks at full size with random weights, stage by stage.

The published network's own times are told beside ours where the oracle folder is (timing_<name>_t2.json, two
threads). As there, the field of the "mesh" networks is replaced by a sphere of radius 0.7 plus a hundredth of
the network's, and that of the "nerf" ones by a sphere for marching cubes: random weights have no surface.
"""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from deocc.backends.deocc123.lrm.config import PUBLISHED, LrmConfig
from deocc.backends.deocc123.lrm.decoders import HIDDEN, DensityDecoder, MeshDecoder
from deocc.backends.deocc123.lrm.density_field import density_volume, triangles_at
from deocc.backends.deocc123.lrm.frames import camera_vectors, object_from_lrm
from deocc.backends.deocc123.lrm.mesh_field import distance_field, grid_axis, surface_at
from deocc.backends.deocc123.lrm.network import FIELD_PART, Lrm, LrmNetwork, Planes, empty_network
from deocc.backends.deocc123.lrm.triplane import sample_grid
from deocc.bench.silent_tick import SilentTick
from deocc.geometry.cameras import VIEW_SIZE_PX, view_cameras
from deocc.geometry.flexicubes import DualSurface, surface_cubes
from deocc.place import Place, peak_memory_gb, reset_peak_memory

SPHERE_RADIUS, NETWORK_SHARE = 0.7, 0.01
WEIGHT_SPREAD = 0.02  # of random weights: activations stay finite in half precision
RUNS = 3  # on a graphics card, after one that warms up; the median is told. On a processor one run is enough

T = TypeVar("T")


@dataclass(frozen=True)
class StageFigures:
    """One stage of a network. cold_s: the first run in this process.  warm_s: the median of the later ones
    (cold_s where there are none).  tflop: 10^12 operations of its matrix products, NaN where not counted.
    peak_gb: above what was held when it began.  reference_s: the published code's seconds on two threads, NaN
    where not told."""

    name: str
    cold_s: float
    warm_s: float
    tflop: float
    peak_gb: float
    reference_s: float

    @property
    def tflop_per_s(self) -> float:
        return self.tflop / self.warm_s if self.warm_s else math.nan


def measure_lrm(name: str, place: Place, oracle: Path | None = None) -> list[StageFigures]:
    """Builds the network of a published name, runs it stage by stage, and frees it. oracle: the folder that
    holds `deocc123/`, for the reference's seconds."""
    config, reference = PUBLISHED[name], _reference_seconds(name, oracle)
    bench = _Bench(place, reference)
    network = bench.stage("build", math.nan, lambda: random_network(config, place), once=True)
    lrm = Lrm(network, config, place)
    views = np.random.default_rng(0).integers(0, 255, (6, VIEW_SIZE_PX, VIEW_SIZE_PX, 3)).astype(np.uint8)
    cameras, encoder_tflop = view_cameras("v1.2"), tflop_of_encoder(config)
    pictures = torch.rand(6, 3, VIEW_SIZE_PX, VIEW_SIZE_PX).to(place.device)
    vectors = torch.from_numpy(camera_vectors(cameras)).to(place.device)
    with torch.inference_mode(), place.hold(network.encoder):
        bench.stage("encoder", encoder_tflop, lambda: network.encoder(pictures, vectors))
    tflop = encoder_tflop + tflop_of_transformer(config)
    planes = bench.stage("planes", tflop, lambda: lrm.planes(views, cameras, SilentTick()))
    with torch.inference_mode(), place.hold(network.synthesizer):
        work = _mesh_of_sphere if config.surface == "mesh" else _density_and_sphere
        bench.stage("grid and fields", tflop_of_field(config), lambda: work(lrm, planes))
        bench.stage("extraction", tflop_of_field(config), lambda: _with_colours(lrm, planes, work))
    return bench.rows


def random_network(config: LrmConfig, place: Place) -> LrmNetwork:
    """Normal numbers for weights, in the number formats a loaded network has."""
    network = empty_network(config).to_empty(device="cpu").requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    for name, parameter in network.named_parameters():
        if "norm" in name and name.endswith("weight"):
            parameter.fill_(1.0)
        else:
            parameter.normal_(0, WEIGHT_SPREAD, generator=generator)
        if not name.startswith(FIELD_PART):
            parameter.data = parameter.data.to(place.dtype)
    return network


def tflop_of_encoder(config: LrmConfig) -> float:
    """Matrix products of six views through the encoder, in 10^12."""
    network = empty_network(config)
    with torch.device("meta"):
        pictures, cameras = torch.empty(6, 3, VIEW_SIZE_PX, VIEW_SIZE_PX), torch.empty(6, 16)
    return _counted(lambda: network.encoder(pictures, cameras))


def tflop_of_transformer(config: LrmConfig) -> float:
    """Matrix products of the triplane transformer for six views, in 10^12."""
    network = empty_network(config)
    tokens = 6 * ((VIEW_SIZE_PX // config.patch_px) ** 2 + 1)
    return _counted(lambda: network.transformer(torch.empty(1, tokens, config.encoder_width, device="meta")))


def tflop_of_field(config: LrmConfig) -> float:
    """Matrix products of the field over the whole grid, in 10^12; surface cubes need a hundredth more."""
    side = config.grid_res + 1 if config.surface == "mesh" else config.density_res
    planes = 3 * side**2 * config.plane_channels * HIDDEN
    return 2 * (planes + side**3 * (2 * HIDDEN**2 + HIDDEN)) / 1e12


class _Bench:
    """Runs stages and notes what they took."""

    def __init__(self, place: Place, reference: dict[str, float]):
        self.place, self.reference, self.rows = place, reference, list[StageFigures]()

    def stage(self, name: str, tflop: float, work: Callable[[], T], once: bool = False) -> T:
        before = self._held_gb()
        cold, result = self._timed(work)
        warm = cold
        if self.place.device.type != "cpu" and not once:
            warm = statistics.median(self._timed(work)[0] for _ in range(RUNS))
        peak = self._peak_gb() - before
        told = self.reference.get(name, math.nan)
        self.rows.append(StageFigures(name, cold, warm, tflop, peak, told))
        return result

    def _timed(self, work: Callable[[], T]) -> tuple[float, T]:
        began = time.perf_counter()
        result = work()
        if self.place.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began, result

    def _held_gb(self) -> float:
        reset_peak_memory()
        return self._peak_gb()

    def _peak_gb(self) -> float:
        if self.place.device.type == "cuda":
            return torch.cuda.max_memory_allocated() / 1e9
        return peak_memory_gb()


def _mesh_of_sphere(lrm: Lrm, planes: Planes) -> Tensor:
    """Vertices (N, 3) in LRM units."""
    decoder, chunk = lrm.network.synthesizer.decoder, lrm.place.chunk_points
    assert isinstance(decoder, MeshDecoder)
    axis = grid_axis(lrm.config.grid_res, lrm.config.grid_scale).to(lrm.place.device)
    grid = sample_grid(planes.features.to(lrm.place.device), (axis, axis, axis))
    field = distance_field(decoder, grid, chunk, lambda part: None)
    sphere = (axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2).sqrt() - SPHERE_RADIUS
    field = sphere.add_(field, alpha=NETWORK_SHARE)
    surface: DualSurface = surface_at(decoder, grid, axis, field, surface_cubes(field < 0), chunk)
    return surface.vertices


def _density_and_sphere(lrm: Lrm, planes: Planes) -> Tensor:
    """The density volume, then marching cubes of a sphere as large: vertices (N, 3) in LRM units."""
    decoder, side = lrm.network.synthesizer.decoder, lrm.config.density_res
    assert isinstance(decoder, DensityDecoder)
    features = planes.features.to(lrm.place.device)
    volume = density_volume(decoder, features, side, lrm.place.chunk_points, lambda part: None).cpu().numpy()
    axis = np.linspace(-1, 1, side, dtype=np.float32)
    squares = axis**2
    distance = np.sqrt(squares[:, None, None] + squares[:, None] + squares)
    np.subtract(SPHERE_RADIUS, distance, out=volume)
    vertices, _ = triangles_at(volume, 0.0)
    return torch.from_numpy(vertices)


def _with_colours(lrm: Lrm, planes: Planes, work: Callable[[Lrm, Planes], Tensor]) -> None:
    vertices = work(lrm, planes).cpu().numpy()
    lrm.colours(planes, object_from_lrm(vertices))


def _counted(work: Callable[[], Tensor]) -> float:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        work()
    return counter.get_total_flops() / 1e12


def _reference_seconds(name: str, oracle: Path | None) -> dict[str, float]:
    """Our stages -> the published code's seconds, as far as they were measured."""
    path = oracle / "deocc123" / f"timing_{name}_t2.json" if oracle else None
    if path is None or not path.exists():
        return {}
    told = json.loads(path.read_text("utf-8"))

    def seconds(*stages: str) -> float:
        return sum(told[stage]["wall_s"] if stage in told else math.nan for stage in stages)

    if "init_flexicubes_geometry_128" in told:
        grid = "init_flexicubes_geometry_128"
        fields = seconds(grid, "sdf_deform_weight_fields")
        extraction = seconds(grid, "extract_mesh_vertex_colour_total")
    else:
        fields = seconds("forward_grid_256", "pymcubes_256_analytic_sphere")
        extraction = fields + seconds("vertex_colours")
    return {
        "build": seconds("build"),
        "encoder": seconds("encoder_6views_320"),
        "planes": seconds("forward_planes_total"),
        "grid and fields": fields,
        "extraction": extraction,
    }
