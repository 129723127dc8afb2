"""Other bodies of the same kind made from one: stretched, tapered, twisted, bent, mirrored, recoloured."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from deocc.data.textured import Textured, normalised
from deocc.data.views.patterns import skin
from deocc.geometry.mesh import Mesh

Rng = np.random.Generator
STRETCH = 1.4  # the most along one axis against the others
SKIN_PX = 256


def deformed(textured: Textured, rng: Rng) -> Textured:
    """A normalised body with a drawn shape and colours; what stood upright and was closed still is."""
    places = textured.mesh.vertices.astype(np.float64)
    places = _stretched(places - (places.min(axis=0) + places.max(axis=0)) / 2, rng)
    for change, share in ((_tapered, 0.4), (_twisted, 0.2), (_bent, 0.25), (_waved, 0.4)):
        if rng.random() < share:
            places = change(places, rng)
    mesh = replace(textured.mesh, vertices=places.astype(np.float32))
    if rng.random() < 0.3:
        mesh = _mirrored(mesh)
    shaped = normalised(replace(textured, mesh=mesh))
    if rng.random() < 0.25:
        return _reskinned(shaped, rng)
    return _recoloured(shaped, rng)


def _stretched(places: NDArray, rng: Rng) -> NDArray:
    """Along the vertical and along a drawn level direction and across it."""
    turn = rng.uniform(0, math.pi)
    across = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    if rng.random() < 0.5:
        across = np.eye(3)  # along its own sides, so that right angles stay
    factors = np.exp(rng.uniform(-1, 1, 3) * math.log(STRETCH) / 2)
    return places @ across * factors @ across.T


def _heights(places: NDArray) -> NDArray:
    """(N,) 0 at the base .. 1 at the top."""
    low, high = places[:, 2].min(), places[:, 2].max()
    return (places[:, 2] - low) / max(high - low, 1e-9)


def _tapered(places: NDArray, rng: Rng) -> NDArray:
    width = 1 + rng.uniform(-0.35, 0.35) * (_heights(places) - 0.5)
    return places * np.stack([width, width, np.ones_like(width)], axis=1)


def _twisted(places: NDArray, rng: Rng) -> NDArray:
    turn = math.radians(rng.uniform(-35, 35)) * _heights(places)
    x, y, z = places.T
    return np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn), z], axis=1)


def _bent(places: NDArray, rng: Rng) -> NDArray:
    """To a side, the more the higher, the base as it was."""
    way, size = rng.uniform(0, 2 * math.pi), float(np.ptp(places, axis=0).max())
    lean = rng.uniform(0, 0.15) * size * _heights(places) ** 2
    return places + lean[:, None] * np.array([math.cos(way), math.sin(way), 0])


def _waved(places: NDArray, rng: Rng) -> NDArray:
    """Smoothly out of shape: a few long waves along drawn directions."""
    size = float(np.ptp(places, axis=0).max())
    moved = places.copy()
    for _ in range(3):
        wave = rng.normal(size=3) / size * 2.5
        sway = rng.normal(size=3) * size * 0.012
        moved += np.sin(places @ wave + rng.uniform(0, 2 * math.pi))[:, None] * sway
    return moved


def _mirrored(mesh: Mesh) -> Mesh:
    vertices = mesh.vertices * np.array([-1, 1, 1], np.float32)
    return replace(mesh, vertices=vertices, faces=np.ascontiguousarray(mesh.faces[:, ::-1]))


def _recoloured(textured: Textured, rng: Rng) -> Textured:
    """The same picture in other hues, duller or stronger, brighter or darker."""
    turn = math.radians(rng.uniform(-180, 180) if rng.random() < 0.4 else rng.normal(0, 12))
    strength, gamma = rng.uniform(0.3, 1.1), math.exp(rng.normal(0, 0.3))
    gain = np.exp(rng.normal(0, 0.08, 3)).astype(np.float32)
    along = strength * np.array(
        [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]], np.float32
    )

    def changed(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
        lab = cv2.cvtColor(
            colours.astype(np.float32) / 255, cv2.COLOR_RGB2LAB
        )  # hues turn at equal lightness
        lab[..., 1:] = lab[..., 1:] @ along
        rgb = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1) ** gamma * gain
        return np.round(255 * np.clip(rgb, 0, 1)).astype(np.uint8)

    if textured.texture is not None:
        return replace(textured, texture=changed(textured.texture))
    if textured.mesh.colours is None:
        return textured
    return replace(textured, mesh=replace(textured.mesh, colours=changed(textured.mesh.colours[None])[0]))


def _reskinned(textured: Textured, rng: Rng) -> Textured:
    """With a drawn skin, laid on from six sides or wound round; each triangle gets corners of its own."""
    mesh = textured.mesh
    corners = mesh.vertices[mesh.faces]  # (M, 3, 3)
    repeat = rng.choice([1.0, 1.0, 2.0, 3.0])
    uv = _wound(corners, repeat) if rng.random() < 0.5 else _from_sides(corners)
    count = 3 * len(mesh.faces)
    split = Mesh(
        vertices=corners.reshape(-1, 3),
        faces=np.arange(count, dtype=np.int32).reshape(-1, 3),
        uv=np.clip(uv, 0, 1).reshape(-1, 2).astype(np.float32),
        seen=np.ones(count, np.float32),
    )
    return Textured(split, skin(rng, SKIN_PX), textured.notes)


def _from_sides(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """(M, 3, 2) uv: the skin projected along whichever axis a triangle faces most."""
    normals = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    axis = normals.argmax(axis=1)
    flat = np.array([[1, 2], [0, 2], [0, 1]])[axis]  # (M, 2)
    return np.take_along_axis(corners, flat[:, None, :].repeat(3, axis=1), axis=2) + 0.5


def _wound(corners: NDArray[np.float32], repeat: float) -> NDArray[np.float32]:
    """(M, 3, 2) uv: the skin round the vertical axis, forth and back so that its ends meet."""
    angle = np.abs(np.arctan2(corners[..., 0], -corners[..., 1])) / math.pi  # 0 in front .. 1 behind
    u = np.abs((angle * repeat + 1) % 2 - 1)
    return np.stack([u, corners[..., 2] + 0.5], axis=-1)
