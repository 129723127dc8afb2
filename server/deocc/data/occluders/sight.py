"""What a camera sees of a target, and how much of it a mesh hides that slides sideways before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.errors import InputFault
from deocc.geometry.cameras import Camera
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster

SAMPLE = 1500  # pixels of the target that a search looks at: shares within about one in a hundred
PICTURE_SAMPLE = 48  # pixels a side that the share of the picture is measured with
GAP_SHARE = 0.03  # of the room between target and camera that stays free at the target's side at least,
NEAR_SHARE = 0.35  # and at the camera's side


@dataclass(frozen=True)
class Sight:
    """A target, a camera before it and the ground, in the target's frame.

    amodal: (H, W) bool.  rays: (N, 3) float64, unit directions of the amodal pixels' centres, row by row.
    towards, sideways: unit vectors (3,), level: from target to camera, and right of it as the camera sees it.
    front, eye: how far the target reaches and the camera stands along `towards`.
    """

    camera: Camera
    ground_height: float
    diameter: float
    amodal: NDArray[np.bool_]
    rays: NDArray[np.float64]
    towards: NDArray[np.float64]
    sideways: NDArray[np.float64]
    front: float
    eye: float

    @property
    def nearest(self) -> float:
        """Along `towards`: where what stands before the target may begin."""
        return self.front + GAP_SHARE * (self.eye - self.front)

    @property
    def farthest(self) -> float:
        """Along `towards`: where it must end, well before the camera."""
        return self.eye - NEAR_SHARE * (self.eye - self.front)

    def sample(self) -> NDArray[np.float64]:
        """About SAMPLE of the rays, spread evenly over the target's area."""
        return self.rays[np.linspace(0, len(self.rays) - 1, min(SAMPLE, len(self.rays))).astype(int)]

    def split(self, points: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far points (N, 3) lie along `towards` and `sideways`, each (N,)."""
        along, across, _ = turned(points, np.stack([self.towards, self.sideways, (0.0, 0.0, 1.0)])).T
        return along, across

    def crossing(self, along: float) -> NDArray[np.float64]:
        """(2, 2) lowest and highest (sideways, up) at which the target's sight lines cross the upright plane
        at `along` towards the camera."""
        rays = self.sample()
        reach = (along - self.eye) / self.split(rays)[0]
        points = self.camera.centre + rays * reach[:, None]
        flat = np.stack([self.split(points)[1], points[:, 2]], axis=1)
        return np.stack([flat.min(axis=0), flat.max(axis=0)])


def look(target: Mesh, camera: Camera, ground_height: float) -> Sight:
    """InputFault where the camera sees nothing of the target, or stands over or in it."""
    amodal = covered(Caster(target.vertices, target.faces), camera, np.eye(4))
    low, high = (corner.astype(np.float64) for corner in target.bounds())
    middle = (low + high) / 2
    level = (camera.centre - middle) * (1, 1, 0)
    towards = level / max(float(np.linalg.norm(level)), 1e-9)
    front = float(turned(target.vertices, towards[None]).max())
    eye = float(camera.centre @ towards)
    if not amodal.any() or eye - front < 1e-3 * float(np.linalg.norm(high - low)):
        raise InputFault(
            "no_room",
            "Nothing can stand between this camera and the object.",
            "The camera must see the object and stand beside it, not above or inside.",
        )
    rays = directions(camera, np.flatnonzero(amodal))
    diameter = 2 * float(np.linalg.norm(target.vertices - middle, axis=1).max())
    sideways = np.array([-towards[1], towards[0], 0.0])
    return Sight(camera, ground_height, diameter, amodal, rays, towards, sideways, front, eye)


def directions(camera: Camera, pixels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Unit directions (N, 3) of the centres of pixels given by flat index, object frame."""
    v, u = np.divmod(pixels, camera.width)
    x, y = (u + 0.5 - camera.cx) / camera.fx, (v + 0.5 - camera.cy) / camera.fy
    local = np.stack([x, y, np.ones_like(x)])  # (3, N)
    local /= np.sqrt(x * x + y * y + 1)
    return turned(local.T, camera.object_from_camera[:3, :3])


def turned(vectors: NDArray, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """matrix (K, 3) @ each of vectors (N, 3) -> (N, K), in numpy's own arithmetic: a BLAS rounds by the
    number of rows and threads, and a pixel's ray would meet an edge in one call and miss it in another."""
    x, y, z = np.ascontiguousarray(vectors.T, np.float64)  # long rows: numpy is slow over short ones
    return np.stack([x * row[0] + y * row[1] + z * row[2] for row in matrix], axis=1)


def hits(
    caster: Caster, centre: NDArray, rays: NDArray, object_from_mesh: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(N,) bool: which rays from centre (3,) or (N, 3) meet the mesh, moved by a similarity; the rays move,
    as embree's tree of the mesh is dear and this is not."""
    mesh_from_object = object_from_mesh[:3, :3].T  # but for the scale, twice
    scale = np.cbrt(np.linalg.det(mesh_from_object))
    origins = turned(np.atleast_2d(centre - object_from_mesh[:3, 3]), mesh_from_object / scale**2)
    across = turned(rays, mesh_from_object / scale)
    return caster.cast(np.broadcast_to(origins, across.shape), across).triangle >= 0


def covered(caster: Caster, camera: Camera, object_from_mesh: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(H, W) bool: which pixels' centres see the mesh."""
    rays = directions(camera, np.arange(camera.height * camera.width))
    return hits(caster, camera.centre, rays, object_from_mesh).reshape(camera.height, camera.width)


def slid(object_from_mesh: NDArray[np.float64], sight: Sight, way: float) -> NDArray[np.float64]:
    """The mesh moved sideways."""
    moved = object_from_mesh.copy()
    moved[:3, 3] += way * sight.sideways
    return moved


def hidden_shares(
    caster: Caster, object_from_mesh: NDArray[np.float64], sight: Sight, ways: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(K,) about the share of the target that the mesh hides when it is slid by each of ways (K,)."""
    rays = sight.sample()
    centres = sight.camera.centre - ways[:, None] * sight.sideways  # (K, 3): the camera moves instead
    found = hits(
        caster, np.repeat(centres, len(rays), axis=0), np.tile(rays, (len(ways), 1)), object_from_mesh
    )
    return found.reshape(len(ways), -1).mean(axis=1)


def hidden_share(caster: Caster, object_from_mesh: NDArray[np.float64], sight: Sight) -> float:
    """1 - visible / amodal, by all pixels of the target."""
    return float(hits(caster, sight.camera.centre, sight.rays, object_from_mesh).mean())


def picture_share(caster: Caster, object_from_mesh: NDArray[np.float64], sight: Sight) -> float:
    """About the share of the whole picture that the mesh covers."""
    camera = sight.camera
    v = ((np.arange(PICTURE_SAMPLE) + 0.5) * camera.height / PICTURE_SAMPLE).astype(int)
    u = ((np.arange(PICTURE_SAMPLE) + 0.5) * camera.width / PICTURE_SAMPLE).astype(int)
    rays = directions(camera, (v[:, None] * camera.width + u).reshape(-1))
    return float(hits(caster, camera.centre, rays, object_from_mesh).mean())
