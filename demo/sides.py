"""Renders sides of an object (Cycles, processor) in a scene of its own, so that the user's stays as it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 400, 320
SAMPLES = 16  # with the denoiser; 16 and 128 look alike at this size
ELEVATION_DEG = 18.0
LENS_MM, SENSOR_MM = 70.0, 36.0
MARGIN = 1.05  # free space around the object in the picture
SKY = 0.6
# azimuth from the camera's, elevation, distance in radii, watts for a radius of 1
LAMPS = {"Key": (-45.0, 50.0, 5.0, 230.0), "Fill": (60.0, 20.0, 6.0, 70.0)}


def render_sides(
    subject: bpy.types.Object, azimuths_deg: Mapping[str, float], folder: Path
) -> dict[str, Path]:
    """One RGBA picture per named side, in `folder`; azimuth 0 looks at the object's front, 90 from its +X."""
    scene = bpy.data.scenes.new("Sides")
    corners = np.array([subject.matrix_world @ Vector(corner) for corner in subject.bound_box])  # (8, 3)
    low, high = corners.min(axis=0), corners.max(axis=0)
    centre, radius = (low + high) / 2, float(np.linalg.norm(high - low) / 2)
    camera, floor = _camera(), _floor(centre, radius, float(low[2]))
    lamps = {name: _lamp(name, radius, LAMPS[name][3]) for name in LAMPS}
    made = [camera, floor, *lamps.values()]
    for one in (subject, *made):
        scene.collection.objects.link(one)
    scene.camera = camera
    _settings(scene)
    wide = centre + (corners - centre) * MARGIN
    distance = max(_fit(centre, wide, azimuth_deg) for azimuth_deg in azimuths_deg.values())
    pictures = {}
    for side, azimuth_deg in azimuths_deg.items():
        _place(camera, centre, azimuth_deg, ELEVATION_DEG, distance)
        for name, (turn_deg, elevation_deg, radii, _) in LAMPS.items():
            _place(lamps[name], centre, azimuth_deg + turn_deg, elevation_deg, radii * radius)
        pictures[side] = folder / f"{side}.png"
        scene.render.filepath = str(pictures[side])
        bpy.ops.render.render(write_still=True, scene=scene.name)
    scene.collection.objects.unlink(subject)
    for one in made:
        bpy.data.objects.remove(one)
    bpy.data.worlds.remove(scene.world)
    bpy.data.scenes.remove(scene)
    return pictures


def _fit(centre: NDArray, points: NDArray, azimuth_deg: float) -> float:
    """How far from `centre` the camera must stand for all points (N, 3) to be in its picture."""
    out = _outwards(azimuth_deg, ELEVATION_DEG)
    right = np.array([out[1], -out[0], 0]) / math.hypot(out[0], out[1])
    down = np.cross(right, out)
    local = points - centre
    halves = np.array([SENSOR_MM, SENSOR_MM * HEIGHT_PX / WIDTH_PX]) / 2 / LENS_MM
    sideways = np.abs(local @ np.stack([right, down], axis=1))  # (N, 2)
    return float((local @ out + (sideways / halves).max(axis=1)).max())


def _outwards(azimuth_deg: float, elevation_deg: float) -> NDArray:
    """The unit vector (3,) from the object to where azimuth and elevation say."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    flat = math.cos(elevation)
    return np.array([flat * math.sin(azimuth), -flat * math.cos(azimuth), math.sin(elevation)])


def _place(
    one: bpy.types.Object, centre: NDArray, azimuth_deg: float, elevation_deg: float, distance: float
) -> None:
    """Puts a camera or lamp on a sphere around `centre`, looking at it."""
    out = _outwards(azimuth_deg, elevation_deg)
    one.location = centre + out * distance
    one.rotation_euler = Vector(-out).to_track_quat("-Z", "Y").to_euler()


def _camera() -> bpy.types.Object:
    lens = bpy.data.cameras.new("Sides")
    lens.lens, lens.sensor_width = LENS_MM, SENSOR_MM
    return bpy.data.objects.new("Sides", lens)


def _lamp(name: str, radius: float, watts: float) -> bpy.types.Object:
    lamp = bpy.data.lights.new(name, "AREA")
    lamp.size, lamp.energy = 3 * radius, watts * radius**2
    return bpy.data.objects.new(name, lamp)


def _floor(centre: NDArray, radius: float, ground: float) -> bpy.types.Object:
    """Shows nothing but the object's shadow."""
    half = 20 * radius
    mesh = bpy.data.meshes.new("Floor")
    corners = [
        (centre[0] + x * half, centre[1] + y * half, ground) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    floor = bpy.data.objects.new("Floor", mesh)
    floor.is_shadow_catcher = True
    return floor


def _settings(scene: bpy.types.Scene) -> None:
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", SAMPLES
    scene.cycles.use_denoising, scene.cycles.max_bounces = True, 3
    scene.render.film_transparent = True
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.resolution_x, scene.render.resolution_y = WIDTH_PX, HEIGHT_PX
    scene.view_settings.view_transform = "Standard"  # a photo's colours, as the texture has them
    scene.world = bpy.data.worlds.new("Sides")
    if scene.world.node_tree is None:  # always there from Blender 5.0 on
        scene.world.use_nodes = True
    assert scene.world.node_tree
    background = scene.world.node_tree.nodes["Background"].inputs
    background["Color"].default_value, background["Strength"].default_value = (1, 1, 1, 1), SKY
