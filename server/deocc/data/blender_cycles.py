"""Cycles' side of a render: its settings, the camera of a shot, and the picture as pixels."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from deocc.data.blender_recipe import Body, Ground, Light, Shot
from deocc.data.blender_scene import Scene, fill_scene, free_scene, linear_light
from deocc.errors import DeoccError
from deocc.geometry.cameras import Camera

SENSOR_MM = 36.0  # any would do: only the ratio to the lens counts
BLENDER_FROM_CAMERA = np.diag([1.0, -1.0, -1.0, 1.0])  # Blender's camera looks along −z with y up
BORDER_PX = 3  # around the bodies' projection: a pixel's filter reaches 1.5 px


@contextmanager
def stage(
    bodies: Sequence[Body], light: Light, ground: Ground | None, samples: int
) -> Iterator[Callable[[Shot], NDArray[np.uint8]]]:
    """A scene of its own in Blender, gone afterwards; gives the function that takes a shot of it.

    DeoccError `render_failed` or `disk_full` where a picture could not be made.
    """
    scene = fill_scene(bodies, light, ground)
    try:
        _settle(scene.blender, samples)
        sky = linear_light(light.sky_rgb)
        with tempfile.TemporaryDirectory(prefix="deocc-") as folder:
            file = Path(folder) / "shot.exr"
            yield lambda shot: _take(scene, bodies, shot, sky, file)
    finally:
        with _interrupt_held_back():
            free_scene(scene)


@contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Ctrl-C waits until the picture is done: Blender would swallow it and hand out half a picture."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield  # no interrupt comes as an exception
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


def _settle(scene: bpy.types.Scene, samples: int) -> None:
    """Every setting that changes a pixel or its cost."""
    scene.render.engine = "CYCLES"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.use_persistent_data = True  # bodies stay in Cycles between shots
    scene.render.film_transparent = True  # the sky is laid behind afterwards, in its exact colour
    scene.render.resolution_percentage = 100
    scene.render.use_compositing = scene.render.use_sequencer = False
    scene.render.use_crop_to_border = False
    kept = scene.render.image_settings
    kept.file_format, kept.color_mode, kept.color_depth = "OPEN_EXR", "RGBA", "32"
    kept.exr_codec = "NONE"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = cycles.use_denoising = cycles.use_light_tree = False
    cycles.use_auto_tile = False
    cycles.sampling_pattern = "BLUE_NOISE"
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5
    cycles.max_bounces = cycles.diffuse_bounces = 1  # light from the sky, and from what the sun shines on
    cycles.glossy_bounces = cycles.transmission_bounces = cycles.volume_bounces = 0
    cycles.transparent_max_bounces = 0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 0.0


def _take(
    scene: Scene, bodies: Sequence[Body], shot: Shot, sky: NDArray[np.float32], file: Path
) -> NDArray[np.uint8]:
    for place, body in enumerate(scene.bodies):
        body.hide_render = place not in shot.bodies
    if scene.ground is not None:
        scene.ground.hide_render = not shot.background
    _aim(scene, shot.camera)
    _frame(scene.blender.render, bodies, shot)
    scene.blender.cycles.seed = shot.seed
    scene.blender.render.filepath = str(file)
    file.unlink(missing_ok=True)  # else the last shot would stand for one that could not be written
    try:
        with _interrupt_held_back():
            bpy.ops.render.render(write_still=True, scene=scene.blender.name)
        light = _pixels(file, shot.camera)  # (H, W, 4) linear, colours times alpha
    except RuntimeError as error:
        raise DeoccError("render_failed", f"Blender could not make a picture: {error}") from error
    if shot.background:
        light = light + (1 - light[..., 3:]) * np.append(sky, 1)
    return _encoded(light)


def _aim(scene: Scene, camera: Camera) -> None:
    """Blender's camera becomes ours, principal point and oblong pixels included."""
    oblong = camera.fx / camera.fy  # height of a pixel over its width
    lens = scene.camera.data
    lens.sensor_fit, lens.sensor_width = "HORIZONTAL", SENSOR_MM
    lens.lens = camera.fx / camera.width * SENSOR_MM
    lens.shift_x = 0.5 - camera.cx / camera.width  # both in widths of the picture
    lens.shift_y = (camera.cy - camera.height / 2) * oblong / camera.width
    scene.camera.matrix_world = (camera.object_from_camera @ BLENDER_FROM_CAMERA).T.tolist()
    settings = scene.blender.render
    settings.resolution_x, settings.resolution_y = camera.width, camera.height
    settings.pixel_aspect_x, settings.pixel_aspect_y = max(1.0, 1 / oblong), max(1.0, oblong)


def _frame(settings: bpy.types.RenderSettings, bodies: Sequence[Body], shot: Shot) -> None:
    """Without a background only the box around the bodies is rendered: nothing is outside it."""
    box = None if shot.background else _box([bodies[place] for place in shot.bodies], shot.camera)
    settings.use_border = box is not None
    if box is None:
        return
    (left, top), (right, bottom) = box / (shot.camera.width, shot.camera.height)
    settings.border_min_x, settings.border_max_x = left, right
    settings.border_min_y, settings.border_max_y = 1 - bottom, 1 - top


def _box(bodies: Sequence[Body], camera: Camera) -> NDArray[np.float64] | None:
    """(2, 2) px, the corners of a box in the picture that holds all bodies; None for the whole picture."""
    if not bodies:
        return None
    placed = [
        body.textured.mesh.vertices @ body.object_from_mesh[:3, :3].T + body.object_from_mesh[:3, 3]
        for body in bodies
    ]
    pixels, depth = camera.project(np.concatenate(placed))
    if depth.min() <= 0:
        return None  # they reach behind the camera
    low, high = np.floor(pixels.min(axis=0)) - BORDER_PX, np.ceil(pixels.max(axis=0)) + BORDER_PX
    box = np.clip([low, high], 0, (camera.width, camera.height))
    return box if (box[1] - box[0]).min() > 2 * BORDER_PX else None  # Blender refuses an empty box


def _pixels(file: Path, camera: Camera) -> NDArray[np.float32]:
    """(H, W, 4) float32 linear light, colours times alpha, row 0 at the top; DeoccError `disk_full`."""
    whole = camera.height * camera.width * 4 * 4  # bytes, and more with its head
    if not file.is_file() or file.stat().st_size < whole:  # Blender says nothing, and crashes on reading it
        raise DeoccError(
            "disk_full",
            "The disk with the folder for temporary files is full.",
            "Free some space, then try again.",
            "free_space",
            507,
        )
    picture = bpy.data.images.load(str(file), check_existing=False)
    try:
        picture.colorspace_settings.is_data = True  # the numbers as they are
        flat = np.empty(camera.height * camera.width * 4, np.float32)
        picture.pixels.foreach_get(flat)
    finally:
        bpy.data.images.remove(picture)
    return flat.reshape(camera.height, camera.width, 4)[::-1]


def _encoded(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Linear light times alpha, 0..1 and above, -> sRGB with straight alpha; IEC 61966-2-1."""
    alpha = np.clip(light[..., 3:], 0, 1)
    colour = np.clip(light[..., :3] / np.maximum(alpha, 1e-6), 0, 1)
    curve = np.where(colour <= 0.0031308, 12.92 * colour, 1.055 * colour ** (1 / 2.4) - 0.055)
    levels = np.round(np.concatenate([np.where(alpha > 0, curve, 0), alpha], axis=2) * 255)
    return levels.astype(np.uint8)
