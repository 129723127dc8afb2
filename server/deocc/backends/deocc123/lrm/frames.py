"""The LRM's frame and cameras: input view on +X, z up, the object within [-1, 1]³, views at radius 4.

object = 0.5 (y, −x, z) of LRM (x, y, z): a proper rotation and a scale, so that both frames' cameras are the
same six and a mesh is neither mirrored nor moved.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.geometry.cameras import Camera

OBJECT_PER_LRM = 0.5
OBJECT_FROM_LRM = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # rotation alone
OPENCV_FROM_OPENGL = np.array([1.0, -1.0, -1.0])  # camera axes: y up and z backward there


def object_from_lrm(points: NDArray) -> NDArray:
    """(N, 3) points, LRM -> object frame, same dtype."""
    x, y, z = points.T
    return np.stack([y, -x, z], axis=1) * points.dtype.type(OBJECT_PER_LRM)


def lrm_from_object(points: NDArray) -> NDArray:
    """(N, 3) points, object -> LRM frame, same dtype."""
    x, y, z = points.T
    return np.stack([-y, x, z], axis=1) / points.dtype.type(OBJECT_PER_LRM)


def camera_vectors(cameras: tuple[Camera, ...]) -> NDArray[np.float32]:
    """(V, 16): the first three rows of lrm_from_camera with OpenGL's camera axes, then fx, fy, cx, cy over
    the picture's size."""
    rows = []
    for camera in cameras:
        rotation = OBJECT_FROM_LRM.T @ camera.object_from_camera[:3, :3] * OPENCV_FROM_OPENGL
        centre = lrm_from_object(camera.centre[None])[0]
        lens = (
            camera.fx / camera.width,
            camera.fy / camera.height,
            camera.cx / camera.width,
            camera.cy / camera.height,
        )
        rows.append(np.concatenate([np.column_stack([rotation, centre]).ravel(), lens]))
    return np.array(rows, np.float32)
