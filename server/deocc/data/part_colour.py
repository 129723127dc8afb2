"""The base colour of one geometry, however its file says it, as a Part's texture or vertex colours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deocc.data.join import Part
from deocc.geometry.glb import linear

MAX_TEXTURE_PIXELS = 100_000_000  # a few bytes could unpack to gigabytes
TEXTURE_SIDE_PX = 2048  # larger ones are scaled down: pictures of them have 512 px
GREY = 180  # sRGB, of what has no colour


class TextureTooLarge(Exception):
    """A texture of more pixels than are unpacked; the message ends a sentence that begins with the file."""


class Colours:
    """Reads the colours of one file's geometries; textures that several share are unpacked once.

    is_linear: whether the file's colours outside textures are linear light, as glTF 2.0 has it (3.9.2), and
    not sRGB.
    """

    def __init__(self, is_linear: bool):
        self._is_linear = is_linear
        self._unpacked: dict[tuple, tuple[Image.Image, NDArray[np.uint8]]] = {}  # the image too: keeps its id

    def of(self, geometry: Any) -> Part:
        """A trimesh.Trimesh -> its Part, in its own coordinates."""
        vertices = np.asarray(geometry.vertices, np.float64)
        faces = np.asarray(geometry.faces, np.int64)
        visual = geometry.visual
        if visual.kind == "vertex":
            return Part(vertices, faces, colours=self._srgb(np.asarray(visual.vertex_colors)[:, :3]))
        if visual.kind == "face":
            corners = faces.reshape(-1)
            colours = np.repeat(self._srgb(np.asarray(visual.face_colors)[:, :3]), 3, axis=0)
            return Part(vertices[corners], np.arange(len(corners)).reshape(-1, 3), colours=colours)
        material = getattr(visual, "material", None)
        factor = self._factor(material)
        image = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
        uv = getattr(visual, "uv", None)
        if image is not None and uv is not None and len(uv) == len(vertices):
            texture = self._texture(image, factor if self._is_linear else None)
            return Part(vertices, faces, np.nan_to_num(np.asarray(uv, np.float64)[:, :2]), texture)
        painted = getattr(visual, "vertex_attributes", {}).get("color")  # beside a material, as light
        if painted is not None and len(painted) == len(vertices):
            return Part(vertices, faces, colours=_encoded(_shares(painted) * _shares(_or_white(factor))))
        colour = np.full(3, GREY, np.uint8) if factor is None else self._srgb(factor)
        colours = np.broadcast_to(colour, (len(vertices), 3))
        return Part(vertices, faces, colours=colours, is_coloured=factor is not None)

    def _factor(self, material: Any) -> NDArray[np.uint8] | None:
        """(3,) the material's one colour as the file has it, None where it says none."""
        for name in ("baseColorFactor", "diffuse"):
            found = getattr(material, name, None)
            if found is not None:
                return np.asarray(found).reshape(-1)[:3].astype(np.uint8)
        return None

    def _srgb(self, colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return _SRGB_OF_LINEAR[colours] if self._is_linear else colours.astype(np.uint8)

    def _texture(self, image: Image.Image, factor: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 sRGB, times the factor, which is linear."""
        if factor is not None and (factor == 255).all():
            factor = None
        key = (id(image), None if factor is None else factor.tobytes())
        if key not in self._unpacked:
            if image.width * image.height > MAX_TEXTURE_PIXELS:
                has, most = image.width * image.height // 10**6, MAX_TEXTURE_PIXELS // 10**6
                raise TextureTooLarge(f"has a texture of {has} megapixels; {most} is the most")
            pixels = image.convert("RGB")
            pixels.thumbnail((TEXTURE_SIDE_PX, TEXTURE_SIDE_PX), Image.Resampling.BOX)
            texture = np.asarray(pixels, np.uint8)
            if factor is not None:
                tinted = [_encoded(_LINEAR * (factor[i] / 255))[texture[..., i]] for i in range(3)]
                texture = np.stack(tinted, axis=2)
            self._unpacked[key] = (image, texture)
        return self._unpacked[key][1]


def _or_white(factor: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    return np.full(3, 255, np.uint8) if factor is None else factor


def _shares(light: NDArray) -> NDArray[np.float64]:
    """(…, 3) as shares of 1, whether it is kept in floats or in whole numbers; alpha is left out."""
    full = np.iinfo(light.dtype).max if light.dtype.kind in "ui" else 1.0
    return light[..., :3].astype(np.float64) / full


def _encoded(light: NDArray) -> NDArray[np.uint8]:
    """Linear light 0..1 -> sRGB 0..255, IEC 61966-2-1."""
    light = np.clip(np.nan_to_num(light), 0, 1)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(curve * 255).astype(np.uint8)


_LINEAR = linear(np.arange(256, dtype=np.uint8))
_SRGB_OF_LINEAR = _encoded(np.arange(256, dtype=np.float32) / 255)
