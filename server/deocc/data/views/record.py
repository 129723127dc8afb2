"""One view of one body as it is kept: the layout of a shard, which renderer, draws and training agree on.

The frame is a square of SIDE pixels whose camera looks at its centre; the body's picture is centred in it
and its longer side measures BODY_PX. Depths are along the optical axis and relative: 0 is the body's middle
(half way between its nearest and its farthest point as seen from the camera), positive is nearer, and 1 is
half the frame's width, measured at that middle.
"""

from __future__ import annotations

import numpy as np

SIDE = 128
BODY_PX = 120

VIEW = np.dtype(
    [
        ("front_rgb", np.uint8, (SIDE, SIDE, 3)),  # sRGB as the photo shows it; 0 outside the body
        ("back_rgb", np.uint8, (SIDE, SIDE, 3)),  # of the farthest surface, in the same light on average
        ("front", np.float16, (SIDE, SIDE)),  # relative depth of the nearest surface; 0 outside
        ("back", np.float16, (SIDE, SIDE)),  # of the farthest; front >= back
        ("whole", np.uint8, (SIDE, SIDE)),  # 255 where a pixel's centre sees the body, else 0
        # rank 1..255 of the nearest triangle in a growth over the body's triangles from a drawn one: what is
        # at most r * 255 is one contact patch of share r of the triangles (rows A24-A26); 0 outside
        ("contact", np.uint8, (SIDE, SIDE)),
        ("body", np.int32),  # index in the manifest's list of bodies
        ("azimuth_deg", np.float32),  # of the camera about the body
        ("elevation_deg", np.float32),  # of the camera: positive looks down
        ("roll_deg", np.float32),  # of the camera about its axis, clockwise
        ("span_deg", np.float32),  # the angle that the frame's width takes
    ]
)
