"""InstantMesh's reconstruction network: six views and their cameras -> planes -> surface, colours anywhere.

planes = lrm.planes(views, cameras, tick)      the large half, once per seed
surface = lrm.surface(planes, tick)            field, triangles, colours of vertices
colours = lrm.colours(planes, points)          for texture
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deocc.backends.base import Tick
from deocc.backends.deocc123.lrm.config import LrmConfig, read_config
from deocc.backends.deocc123.lrm.decoders import MeshDecoder, Synthesizer
from deocc.backends.deocc123.lrm.density_field import density_surface
from deocc.backends.deocc123.lrm.encoder import ViewEncoder
from deocc.backends.deocc123.lrm.frames import camera_vectors, lrm_from_object, object_from_lrm
from deocc.backends.deocc123.lrm.mesh_field import mesh_surface
from deocc.backends.deocc123.lrm.surface import Surface, empty_shape, used_vertices, without_small_parts
from deocc.backends.deocc123.lrm.transformer import TriplaneTransformer
from deocc.backends.deocc123.lrm.triplane import in_chunks, sample_points
from deocc.geometry.cameras import Camera
from deocc.place import Place
from deocc.weights.checkpoint import load_strict, read_tensors

WEIGHTS_FILE, CONFIG_FILE = "model.safetensors", "config.json"
FIELD_PART = "synthesizer."  # stays in float32

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Planes:
    """features: (3, C, R, R) float32 on the CPU: planes xy, xz, zy over [-1, 1]², rows along the second."""

    features: Tensor


class LrmNetwork(nn.Module):
    """The published network, by its published names."""

    def __init__(self, config: LrmConfig):
        super().__init__()
        self.encoder = ViewEncoder(config)
        self.transformer = TriplaneTransformer(config)
        self.synthesizer = Synthesizer(config)

    def forward(
        self, pictures: Tensor, cameras: Tensor, done: Callable[[float], None] = lambda fraction: None
    ) -> Tensor:
        """pictures: (V, 3, H, W) of 0..1.  cameras: (V, 16).  -> planes (3, C, R, R)."""
        tokens = self.encoder(pictures, cameras)  # (V, T, D)
        done(0.0)
        return self.transformer(tokens.flatten(0, 1)[None], done)


def empty_network(config: LrmConfig) -> LrmNetwork:
    """The network on the meta device: names and shapes, no numbers."""
    with torch.device("meta"):
        return LrmNetwork(config)


class Lrm:
    """A loaded network and where it runs."""

    def __init__(self, network: LrmNetwork, config: LrmConfig, place: Place):
        self.network, self.config, self.place = network.eval().requires_grad_(False), config, place

    @classmethod
    def load(cls, folder: Path, place: Place) -> Lrm:
        """From an installed folder, on the CPU; WeightsFault where the files are not this network's."""
        config = read_config(folder / CONFIG_FILE)
        network = empty_network(config)
        tensors = {
            name: tensor.to(torch.float32 if name.startswith(FIELD_PART) else place.dtype)
            for name, tensor in read_tensors(folder / WEIGHTS_FILE).items()
        }
        load_strict(network, tensors, what=f"The file {WEIGHTS_FILE}")
        return cls(network, config, place)

    @torch.inference_mode()
    def planes(self, views: NDArray[np.uint8], cameras: tuple[Camera, ...], tick: Tick) -> Planes:
        """views: (V, H, W, 3) uint8 on white, in the order of their cameras.

        Where half precision overflows, the stage is done again in float32 and the log says so.
        """
        began = time.perf_counter()
        device = self.place.device
        pictures = torch.from_numpy(np.ascontiguousarray(views)).to(device).permute(0, 3, 1, 2) / 255
        vectors = torch.from_numpy(camera_vectors(cameras)).to(device)
        parts = (self.network.encoder, self.network.transformer)

        def done(fraction: float) -> None:
            tick("shape from the six views", 0.15 + 0.85 * fraction)

        tick("shape from the six views", 0.0)
        with self.place.hold(*parts):
            planes = self.network(pictures, vectors, done)
            if self.place.dtype != torch.float32 and not planes.isfinite().all():
                log.warning("the planes overflowed in %s: once more in float32", self.place.dtype)
                planes = self._planes_in_float32(pictures, vectors, done)
            features = planes.float().cpu()
        log.info("triplane: %.2f s", time.perf_counter() - began)
        return Planes(features)

    @torch.inference_mode()
    def surface(
        self, planes: Planes, tick: Tick, least_share: float = 0.0, close_border: bool = True
    ) -> Surface:
        """The coloured surface in the object frame.

        least_share: connected parts with fewer faces than this share of the largest part's are dropped; 0
        keeps all.  close_border: see `mesh_surface`.  Raises DeoccError `empty_shape`.
        """
        began = time.perf_counter()
        if not planes.features.isfinite().all():
            raise empty_shape()
        tick("surface", 0.0)
        with self.place.hold(self.network.synthesizer):
            features = planes.features.to(self.place.device)
            vertices, faces = self._triangles(
                features, lambda part: tick("surface", 0.9 * part), close_border
            )
            faces = without_small_parts(faces, len(vertices), least_share)
            used, faces = used_vertices(faces)
            places = vertices[used]
            colours = self._colours(features, places)
        tick("surface", 1.0)
        log.info("surface: %.2f s, %d triangles", time.perf_counter() - began, len(faces))
        return Surface(object_from_lrm(places), faces, colours)

    @torch.inference_mode()
    def colours(self, planes: Planes, points: NDArray) -> NDArray[np.uint8]:
        """(N, 3) uint8 sRGB at points (N, 3) of the object frame."""
        with self.place.hold(self.network.synthesizer):
            local = lrm_from_object(np.asarray(points, np.float32))
            return self._colours(planes.features.to(self.place.device), local)

    def _triangles(
        self, features: Tensor, done: Callable[[float], None], close_border: bool
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        decoder, chunk = self.network.synthesizer.decoder, self.place.chunk_points
        if not isinstance(decoder, MeshDecoder):
            return density_surface(decoder, features, self.config, chunk, done)
        found = mesh_surface(decoder, features, self.config, chunk, done, close_border)
        return found.vertices.cpu().numpy(), found.faces.to(torch.int32).cpu().numpy()

    def _colours(self, features: Tensor, points: NDArray[np.float32]) -> NDArray[np.uint8]:
        decoder = self.network.synthesizer.decoder
        where = torch.from_numpy(np.ascontiguousarray(points)).to(features.device)
        colours = in_chunks(
            lambda part: decoder.colours(sample_points(features, part)), where, self.place.chunk_points // 4
        )
        return (colours.clamp(0, 1) * 255).to(torch.uint8).cpu().numpy()  # cut off, not rounded: as published

    def _planes_in_float32(self, pictures: Tensor, vectors: Tensor, done: Callable[[float], None]) -> Tensor:
        """Once more with the same weights in float32, which half precision gives back unchanged."""
        parts = (self.network.encoder, self.network.transformer)
        try:
            for part in parts:
                part.float()  # may not fit: then, too, both go back below
            return self.network(pictures, vectors, done)
        finally:
            for part in parts:
                part.to(self.place.dtype)
