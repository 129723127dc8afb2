"""Renders what test_blender.py looks at, in a Blender of its own: python photographed.py OUT.npz"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace

import numpy as np

from deocc.data.blender import Body, Ground, Light, Shot, render
from deocc.geometry.cameras import Camera, look_at_origin, pinhole
from tests.data.simple_bodies import ball, painted_box

IN_PLACE = np.eye(4)
EVEN = Light(sun_strength=0.0, sky_strength=1.0)  # shows base colours as they are
CENTRED = pinhole(320, 320, 35.0, look_at_origin(25.0, 20.0, 2.6))
OBLONG = Camera(380, 260, 430.0, 530.0, 225.5, 104.0, look_at_origin(200.0, -15.0, 2.4))  # fx ≠ fy
TALL = Camera(200, 340, 530.0, 410.0, 89.0, 188.5, look_at_origin(-60.0, 35.0, 2.4))
CAMERAS = (CENTRED, OBLONG, TALL)
BOX = painted_box((0.6, 0.5, 0.7))
LIT = Light(sun_direction=(1.0, -0.6, 0.7), sun_strength=0.5, sky_strength=0.4, sky_rgb=(120.0, 180.0, 240.0))
GROUND = Ground(-0.5, (160.0, 140.0, 120.0))
TINY = pinhole(64, 64, 35.0, look_at_origin(25.0, 20.0, 2.6))
LEVEL = pinhole(160, 160, 60.0, look_at_origin(0.0, 12.0, 2.4))


def turned(degrees: float, scale: float, move: tuple[float, float, float]) -> np.ndarray:
    """A (4, 4) turn about z, then scaled and moved."""
    turn, cosine, sine = np.eye(4), np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn[:2, :2] = scale * np.array([[cosine, -sine], [sine, cosine]])
    turn[2, 2] = scale
    turn[:3, 3] = move
    return turn


PLACED = turned(30.0, 0.5, (0.7, -0.2, -0.3))
OUT_OF_SIGHT = replace(LEVEL, object_from_camera=look_at_origin(180.0, 0.0, 2.4) @ np.diag([-1, 1, -1, 1]))


def pictures() -> dict[str, np.ndarray]:
    shots = [Shot(camera, (0,), background=False) for camera in CAMERAS]
    made = {f"box {i}": one for i, one in enumerate(render([Body(BOX, IN_PLACE)], EVEN, None, shots, 16))}
    coloured = render([Body(ball(), IN_PLACE)], EVEN, None, [shots[0]], 16)
    made["ball"] = coloured[0]
    grey = [Body(ball(colour_of_place=False), IN_PLACE), Body(BOX, PLACED)]
    shots = [Shot(LEVEL, (0, 1)), Shot(LEVEL, (0,)), Shot(LEVEL, ()), Shot(LEVEL, (1,), False, seed=5)]
    shots += [Shot(LEVEL, (0,), True, seed=1), Shot(OUT_OF_SIGHT, (0,), False)]
    names = ("both", "ball alone", "nobody", "placed", "other noise", "out of sight")
    made |= dict(zip(names, render(grey, LIT, GROUND, shots, 8), strict=True))
    for _ in range(25):  # a scene that Cycles had not let go of would end the process by about the fifteenth
        render([Body(BOX, IN_PLACE)], EVEN, None, [Shot(TINY, (0,), False)] * 2, 1)
    made["ball alone again"] = render(grey, LIT, GROUND, [Shot(LEVEL, (0,))], 8)[0]
    return made


if __name__ == "__main__":
    start, worked = time.perf_counter(), time.process_time()
    made = pictures()
    made["cpu seconds a second"] = np.array((time.process_time() - worked) / (time.perf_counter() - start))
    made["cores"] = np.array(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0)
    np.savez(sys.argv[1], **made)  # type: ignore[arg-type]
    sys.stdout.write("rendered\n")
