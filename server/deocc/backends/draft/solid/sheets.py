"""Two sheets over one flat triangulation -> closed surface: the front wears the photo, the back its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deocc.backends.draft.solid.flat import outline_edges
from deocc.backends.draft.solid.texture import Chart, Surface, photo_chart


def closed_sheets(
    xy: NDArray,
    front: NDArray[np.float64],
    back: NDArray[np.float64],
    faces: NDArray,
    walls: bool,
    back_picture: int = 0,
) -> Surface:
    """The surface of the two sheets.

    xy: (N, 2) canvas pixels.  front, back: (N, 3) points on the rays of those pixels, the back one never
    nearer.  faces: (M, 3), counter-clockwise for the eye.  walls: the sheets are joined by a wall along the
    outline, where they must be apart; else vertices whose points are equal, those on the outline, are shared.
    back_picture: which of the pictures the back's colours are in; the front's are in the first.
    """
    count, apart = len(xy), (front != back).any(axis=1)
    back_point = np.arange(count)
    back_point[apart] = count + np.arange(int(apart.sum()))
    shown, place = photo_chart(xy)
    charts = (shown, Chart(shown.size_px, shown.source[:, ::-1], picture=back_picture))  # as seen from behind
    points = [np.arange(count), back_point]
    places = [place, np.stack([1 - place[:, 0], place[:, 1]], axis=1)]
    triangles = [faces, faces[:, ::-1] + count]
    if walls:  # in the front's chart: a wall shows the colours of its edge
        start, end = outline_edges(faces)
        rim, foot = np.unique(np.concatenate([start, end]), return_inverse=True)
        start_foot, end_foot = np.split(foot + 2 * count, 2)
        points.append(back_point[rim])
        places.append(place[rim])
        triangles += [np.stack([end, start, start_foot], 1), np.stack([end, start_foot, end_foot], 1)]
    return Surface(
        points=np.concatenate([front, back[apart]]),
        point=np.concatenate(points),
        chart=np.repeat([0, 1, 0][: len(points)], [len(one) for one in points]),
        place=np.concatenate(places),
        faces=np.concatenate(triangles),
        charts=charts,
    )
