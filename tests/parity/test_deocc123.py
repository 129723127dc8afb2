"""DeOcc-1-to-3's networks and geometry against the golden tensors of `deocc123/`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from deocc.backends.base import Tick
from deocc.backends.deocc123.lrm.config import PUBLISHED, LrmConfig
from deocc.backends.deocc123.lrm.decoders import (
    DensityDecoder,
    MeshDecoder,
    deformation_of,
    density_of,
    spread_sigmoid,
)
from deocc.backends.deocc123.lrm.encoder import normalised
from deocc.backends.deocc123.lrm.frames import camera_vectors, lrm_from_object, object_from_lrm
from deocc.backends.deocc123.lrm.mesh_field import (
    WEIGHT_SCALE,
    distance_field,
    grid_axis,
    raw_weights,
    surface_at,
)
from deocc.backends.deocc123.lrm.network import Lrm, LrmNetwork, Planes, empty_network
from deocc.backends.deocc123.lrm.triplane import GridFeatures, over_grid, sample_grid, sample_points
from deocc.bench.silent_tick import SilentTick
from deocc.errors import DeoccError
from deocc.geometry.cameras import (
    VIEW_AZIMUTHS_DEG,
    VIEW_ELEVATIONS_DEG,
    VIEW_FOV_DEG,
    Camera,
    look_at_origin,
    pinhole,
    view_cameras,
)
from deocc.geometry.flexicubes import (
    DualSurface,
    SurfaceCubes,
    cube_weights,
    dual_surface,
    surface_cubes,
    uniform_weights,
)
from deocc.place import Place
from tests.parity.oracle import ONE_FORWARD, assert_close, fill, golden, manifest, part
from tests.parity.six_views import TestFraming, TestFullSizeViews, TestSixViews  # noqa: F401 - run here
from tests.parity.volume_render import render

FOLDER = "deocc123"
PLACE = [3, 7, 11]  # of the 16 camera numbers: where it stands
CORNER_TOLERANCE = 1e-5  # of the same triangle's corners, in grid units of about 2
MESH, NERF = "golden_lrm_mesh_tiny", "golden_lrm_nerf_tiny"
TICK: Tick = SilentTick()


def no_progress(fraction: float) -> None: ...


class TestCameras:
    def test_the_networks_camera_numbers(self):
        tensors, sidecar = golden(FOLDER, "golden_cameras")
        for name, expected in part(tensors, "input_cameras_").items():
            radius, fov = radius_and_fov(name)
            views = zip(sidecar["azimuths"], sidecar["elevations"], strict=True)
            ours = tuple(camera(azimuth, elevation, radius, fov) for azimuth, elevation in views)
            assert_close(torch.from_numpy(camera_vectors(ours)), expected, what=name)

    def test_the_six_views_of_v12_are_the_networks_own(self):
        """Ours stand at 4.0 in the LRM's units; a golden with another radius is scaled, and its lens left out
        where it isn't ours."""
        tensors, sidecar = golden(FOLDER, "golden_cameras")
        angles = zip(VIEW_AZIMUTHS_DEG, 3 * VIEW_ELEVATIONS_DEG["v1.2"], strict=True)
        ours = dict(zip(angles, torch.from_numpy(camera_vectors(view_cameras("v1.2"))), strict=True))
        for name, expected in part(tensors, "input_cameras_").items():
            radius, fov = radius_and_fov(name)
            wanted = expected.clone()
            wanted[:, PLACE] *= 4.0 / radius
            numbers = slice(None) if fov == VIEW_FOV_DEG else slice(0, 12)
            for *view, row in zip(sidecar["azimuths"], sidecar["elevations"], wanted, strict=True):
                if tuple(view) in ours:  # to float32's rounding
                    assert_close(ours[tuple(view)][numbers], row[numbers], factor=1e-6, what=name)

    def test_cameras_on_a_circle_both_ways(self):
        tensors, _ = golden(FOLDER, "golden_cameras")
        for name, expected in part(tensors, "circular_c2w_").items():
            ours = torch.from_numpy(np.stack([matrix(one) for one in circle(name)]))
            assert_close(ours, expected, what=name)
            assert_close(ours.inverse(), tensors[f"circular_w2c_{name}"], what=name)

    def test_the_lens_and_the_pictures_coordinates(self):
        tensors, _ = golden(FOLDER, "golden_cameras")
        for name, lens in part(tensors, "K_normalised_fov").items():
            one = camera(0, 0, 4.0, float(name))
            numbers = torch.from_numpy(camera_vectors((one,)))[0, 12:]
            assert_close(numbers, lens[[0, 1, 0, 1], [0, 1, 2, 2]], what="fx, fy, cx, cy")
        points = np.random.default_rng(3).uniform(-0.5, 0.5, (50, 3))
        for name, projection in part(tensors, "flexicubes_proj_fovy").items():
            one = camera(20, 10, 4.0, float(name))
            local = torch.from_numpy((points - one.centre) @ one.object_from_camera[:3, :3])  # OpenCV's axes
            opengl = local * torch.tensor([1.0, -1.0, -1.0])
            clip = torch.cat([opengl, torch.ones(50, 1)], 1).double() @ projection.double().T
            pixels, _ = one.project(points)
            seen = torch.from_numpy(pixels / (one.width, one.height) * 2 - 1)
            assert_close(seen, clip[:, :2] / clip[:, 3:], what="projection")

    def test_rays_go_through_pixel_centres_row_by_row(self):
        """Of cameras that look at the origin from where the golden's rays begin, by the golden's lens."""
        tensors, _ = golden(FOLDER, "golden_cameras")
        (fov,) = part(tensors, "K_normalised_fov")
        for name, expected in part(tensors, "rays_dir_").items():
            width, height = (int(n) for n in name.split("x"))
            for origin, wanted in zip(tensors[f"rays_origin_{name}"], expected, strict=True):
                x, y, z = origin[0].tolist()
                turned = math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))
                pose = look_at_origin(*turned, math.hypot(x, y, z) / 2)
                origins, directions = pinhole(width, height, float(fov), pose).rays()
                assert_close(torch.from_numpy(lrm_from_object(directions) / 2), wanted, what=name)
                assert_close(torch.from_numpy(lrm_from_object(origins)), origin, what=name)


class TestFlexiCubes:
    def test_every_case_has_the_references_cubes_and_triangles(self):
        """Outputs of training mode (train_*, and its loss l_dev) are other triangles and not compared."""
        tensors, sidecar = golden(FOLDER, "golden_flexicubes")
        left_out = sidecar.get("left_out_cases", [])
        assert set(sidecar["cases"]) > set(left_out)
        scale = float(found(r"weight_scale=([\d.]+)", sidecar["what"], str(WEIGHT_SCALE)))
        for name, case in sidecar["cases"].items():
            if name not in left_out:
                self.check(name, case, part(tensors, f"{name}."), scale)

    def check(self, name: str, case: dict[str, Any], tensors: dict[str, Tensor], scale: float) -> None:
        field, corners = tensors["in.sdf"], tensors["in.cubes"]
        positions = tensors["in.verts"] + tensors["in.deform"]  # `verts` is scaled already
        x, y, z = [case["res"]] * 3 if isinstance(case["res"], int) else case["res"]
        cubes = surface_cubes(field.view(x + 1, y + 1, z + 1) < 0)
        linear = (cubes.coords[:, 0] * y + cubes.coords[:, 1]) * z + cubes.coords[:, 2]
        assert torch.equal(cubes.corners(), corners[linear]), name
        assert len(linear) == case["surf_cubes"], name
        if len(linear):
            assert torch.equal(cubes.cases, tensors["out.case_ids"]), name
        weights = uniform_weights(len(linear), field.device)
        if case["has_weight"]:
            weights = cube_weights(tensors["in.weight"][linear], scale)
        at = cubes.corners()
        surface = dual_surface(cubes, positions[at], field[at], weights)
        assert_same_triangles(surface, tensors["out.vertices"], tensors["out.faces"], name)
        if case["watertight"]:
            volume = signed_volume(surface.vertices[surface.faces])
            assert volume == pytest.approx(case["signed_volume"], abs=1e-5), name


class TestReconstructionNetwork:
    """InstantMesh's network at small sizes, both kinds of surface."""

    @pytest.mark.parametrize("name", [MESH, NERF])
    def test_encoder(self, name: str):
        tensors, sidecar = golden(FOLDER, name)
        network = tiny(tensors, sidecar)
        pictures, cameras = tensors["in.images"].flatten(0, 1), tensors["in.cameras"].flatten(0, 1)
        seen = normalised(pictures)
        if "out.encoder_pixel_values" not in sidecar.get("left_out", []):
            assert_close(seen, tensors["out.encoder_pixel_values"], what="pictures")
        embedded = network.encoder.model.embeddings(seen)
        assert_close(embedded, tensors["out.encoder_embeddings"], what="embeddings")
        assert_close(
            network.encoder.camera_embedder(cameras), tensors["out.camera_embedding"], what="cameras"
        )
        assert_close(network.encoder(pictures, cameras), tensors["out.encoder_tokens"], what="tokens")

    @pytest.mark.parametrize("name", [MESH, NERF])
    def test_planes_and_what_is_read_from_them(self, name: str):
        tensors, sidecar = golden(FOLDER, name)
        network = tiny(tensors, sidecar)
        sets = zip(tensors["in.images"], tensors["in.cameras"], strict=True)
        planes = torch.stack([network(pictures, cameras) for pictures, cameras in sets])
        assert_close(planes, tensors["out.planes"], what="planes")
        read = points_read(tensors)  # (B, N, 3 C)
        by_plane = read.unflatten(-1, (3, -1)).transpose(1, 2)
        assert_close(by_plane, tensors["out.point_features"], what="features at points")
        colours = network.synthesizer.decoder.colours(read.flatten(0, 1))
        assert_close(colours.view(*read.shape[:2], 3), tensors["out.points_rgb"], what="colours at points")

    def test_densities(self):
        tensors, sidecar = golden(FOLDER, NERF)
        decoder = tiny(tensors, sidecar).synthesizer.decoder
        assert isinstance(decoder, DensityDecoder)
        raw = decoder.net(points_read(tensors))
        assert_close(density_of(raw[..., :1]), tensors["out.points_sigma"], what="densities at points")
        for name, expected in part(tensors, "out.grid").items():
            if name.endswith("_sigma"):
                axis = torch.linspace(-1, 1, expected.shape[1])
                grids = [sample_grid(planes, (axis, axis, axis)) for planes in tensors["out.planes"]]
                raw = torch.stack([whole(over_grid(decoder.net, grid, 30), grid) for grid in grids])
                assert_close(density_of(raw[..., :1]), expected, what="densities of the grid")
                colours = tensors[f"out.grid{name.removesuffix('_sigma')}_rgb"]
                assert_close(spread_sigmoid(raw[..., 1:]), colours, what="colours of the grid")

    def test_volume_rendering_with_the_references_own_random_numbers(self):
        """Held to 1e-3, not 5e-6: where the second pass' samples lie is a division by small differences of a
        sum, so that rounding of 1e-7 moves them by 1e-4."""
        tensors, sidecar = golden(FOLDER, NERF)
        decoder = tiny(tensors, sidecar).synthesizer.decoder
        assert isinstance(decoder, DensityDecoder)
        planes = tensors["out.planes"][0]

        def query(points: Tensor) -> tuple[Tensor, Tensor]:
            raw = decoder.net(sample_points(planes, points))
            return spread_sigmoid(raw[:, 1:]), raw[:, :1]

        seed, samples = sidecar["seeds"]["nerf_render"], lrm_config(sidecar, "nerf").samples_per_ray
        (side,) = {one.shape[-1] for one in part(tensors, "out.render_rgb_seed").values()}
        pictures = render(query, tensors["in.render_cameras"][0], side, samples, seed)
        for what, picture in zip(("rgb", "depth", "weight"), pictures, strict=True):
            expected = tensors[f"out.render_{what}_seed{seed}"]
            assert picture[None].shape == expected.shape
            assert (picture - expected[0]).abs().max() <= 1e-3 * max(1.0, float(expected.abs().max())), what

    def test_grid_and_fields_of_the_mesh(self):
        tensors, sidecar = golden(FOLDER, MESH)
        config, decoder, axis, grid = mesh_fields(tensors, sidecar)
        verts = torch.cartesian_prod(axis, axis, axis)
        assert torch.equal(verts, tensors["geo.verts"])  # positions are quantised alike, to the bit
        n = config.grid_res
        cubes = torch.cartesian_prod(*[torch.arange(n)] * 3)
        if "geo.indices" not in sidecar.get("left_out", []):
            every = SurfaceCubes((n, n, n), cubes, torch.zeros(len(cubes)))
            assert torch.equal(every.corners(), tensors["geo.indices"])
        field = distance_field(decoder, grid, 500, no_progress)
        assert_close(field.view(1, -1, 1), tensors["out.raw_sdf"], what="distance")
        raw = whole(over_grid(decoder.net_deformation, grid, 50), grid).view(1, -1, 3)
        assert_close(raw, tensors["out.raw_deformation"], what="raw deformation")
        moved = deformation_of(raw, config.grid_res)
        assert_close(moved, tensors["out.deformation"], what="deformation")
        weights = raw_weights(decoder, grid, cubes, 500)[None]
        assert_close(weights, tensors["out.raw_weight"], what="weights")

    def test_the_mesh_and_its_colours(self):
        tensors, sidecar = golden(FOLDER, MESH)
        config, decoder, axis, grid = mesh_fields(tensors, sidecar)
        side, planes = config.grid_res + 1, Planes(tensors["out.planes"][0])
        theirs = tensors["out.sdf"].view(side, side, side)
        surface = surface_at(decoder, grid, axis, theirs, surface_cubes(theirs < 0), 500)
        expected, faces = tensors["out.mesh_vertices"], tensors["out.mesh_faces"]
        assert_same_triangles(surface, expected, faces, "mesh")
        lrm = Lrm(tiny(tensors, sidecar), config, Place(torch.device("cpu"), torch.float32))
        colours = torch.from_numpy(lrm.colours(planes, object_from_lrm(expected.numpy()))).int()
        apart = (colours - tensors["out.mesh_colors_u8"].int()).abs()
        assert apart.max() <= 1  # cut off to whole numbers: rounding may tip one over

    def test_a_whole_run_from_pictures_to_triangles(self):
        tensors, sidecar = golden(FOLDER, MESH)
        network = tiny(tensors, sidecar)
        lrm = Lrm(network, lrm_config(sidecar, "mesh"), Place(torch.device("cpu"), torch.float32))
        planes = Planes(network(tensors["in.images"][0], tensors["in.cameras"][0]))
        if not torch.equal(tensors["out.raw_sdf"], tensors["out.sdf"]):  # the reference made a box of it
            with pytest.raises(DeoccError):
                lrm.surface(planes, TICK)
            return
        surface = lrm.surface(planes, TICK, close_border=False)  # the published grid is open at its border
        ours = torch.from_numpy(lrm_from_object(surface.vertices)[surface.faces])
        expected = tensors["out.mesh_vertices"][tensors["out.mesh_faces"]]
        rounding = ONE_FORWARD * max(1.0, float(tensors["out.sdf"].abs().max()))
        # where a sign is rounding's, or a zero winds faces wrong: all but the 24 around each such vertex
        doubtful = int((tensors["out.sdf"].abs() <= rounding).sum())
        assert abs(len(ours) - len(expected)) <= 24 * doubtful
        assert (nearest(expected.mean(1), ours.mean(1)) > CORNER_TOLERANCE).sum() <= 24 * doubtful

    def test_a_field_without_inside_is_refused_where_the_reference_makes_a_box(self):
        tensors, sidecar = golden(FOLDER, MESH)
        config, decoder, axis, grid = mesh_fields(tensors, sidecar)
        side = config.grid_res + 1
        (more,) = part(tensors, "out.sdf_when_bias_plus_")
        box = tensors[f"out.sdf_when_bias_plus_{more}"].view(side, side, side)
        surface = surface_at(decoder, grid, axis, box, surface_cubes(box < 0), 500)
        expected = tensors[f"out.mesh_vertices_when_bias_plus_{more}"]
        assert_same_triangles(surface, expected, tensors[f"out.mesh_faces_when_bias_plus_{more}"], "box")
        with torch.no_grad():
            decoder.net_sdf[6].get_parameter("bias").add_(float(more))
        network = tiny(tensors, sidecar)
        network.synthesizer.decoder = decoder
        lrm = Lrm(network, config, Place(torch.device("cpu"), torch.float32))
        with pytest.raises(DeoccError) as fault:
            lrm.surface(Planes(tensors["out.planes"][0]), TICK)
        assert fault.value.code == "empty_shape" and "empty" in fault.value.message

    @pytest.mark.parametrize("name", sorted(PUBLISHED))
    def test_every_key_and_shape_at_full_size(self, name: str):
        about = manifest(FOLDER, f"manifest_{name}")
        ours = {key: list(one.shape) for key, one in empty_network(PUBLISHED[name]).state_dict().items()}
        assert ours == about["params"]
        assert len(ours) == about["n_tensors"] and not about["buffers"]
        assert sum(np.prod(shape, dtype=int) for shape in ours.values()) == about["n_params"]
        sizes, config = about["config"]["model_config"]["params"], PUBLISHED[name]
        assert (config.layers, config.heads) == (sizes["transformer_layers"], sizes["transformer_heads"])
        assert config.samples_per_ray == sizes["rendering_samples_per_ray"]
        if config.surface == "mesh":
            assert (config.grid_res, config.grid_scale) == (sizes["grid_res"], sizes["grid_scale"])
        else:
            inference = about["config"]["infer_config"]
            wanted = (inference["mesh_resolution"], inference["mesh_threshold"])
            assert (config.density_res, config.density_threshold) == wanted


def found(pattern: str, name: str, default: str = "") -> str:
    match = re.search(pattern, name)
    return match[1] if match else default


def radius_and_fov(name: str) -> tuple[float, float]:
    """Of "r4.0_fov30", the radius in the LRM's units; 30 degrees where the name says no lens."""
    return float(found(r"r([\d.]+)", name)), float(found(r"fov([\d.]+)", name, "30"))


def camera(azimuth_deg: float, elevation_deg: float, lrm_radius: float, fov_deg: float = 30.0) -> Camera:
    """At an azimuth of the LRM's frame, whose +X is our front, and a radius of that frame."""
    return pinhole(320, 320, fov_deg, look_at_origin(azimuth_deg, elevation_deg, lrm_radius / 2))


def circle(name: str) -> list[Camera]:
    """The cameras of "M8_r4.5_el20": evenly around, one radius, one elevation."""
    count, radius = int(found(r"M(\d+)", name)), float(found(r"r([\d.]+)", name))
    elevation = float(found(r"el(-?[\d.]+)", name))
    return [camera(360 * i / count, elevation, radius) for i in range(count)]


def matrix(one: Camera) -> np.ndarray:
    rows = camera_vectors((one,))[0, :12].reshape(3, 4)
    return np.vstack([rows, [0, 0, 0, 1]]).astype(np.float32)


def lrm_config(sidecar: dict[str, Any], surface: str) -> LrmConfig:
    """The sizes of a tiny network from its golden's sidecar."""
    model, encoder = sidecar["model_config"], sidecar["dino_config"]
    return LrmConfig(
        surface=surface,
        encoder_layers=encoder["num_layers"],
        encoder_heads=encoder["heads"],
        encoder_width=encoder["hidden"],
        encoder_hidden=encoder["inter"],
        encoder_grid=encoder["image_size"] // encoder["patch"],
        patch_px=encoder["patch"],
        layers=model["transformer_layers"],
        heads=model["transformer_heads"],
        width=model["transformer_dim"],
        plane_low=model["triplane_low_res"],
        plane_high=model["triplane_high_res"],
        plane_channels=model["triplane_dim"],
        samples_per_ray=model["rendering_samples_per_ray"],
        grid_res=model.get("grid_res", LrmConfig.grid_res),
        grid_scale=model.get("grid_scale", LrmConfig.grid_scale),
    )


def tiny(tensors: dict[str, Tensor], sidecar: dict[str, Any]) -> LrmNetwork:
    surface = "mesh" if "grid_res" in sidecar["model_config"] else "nerf"
    network = LrmNetwork(lrm_config(sidecar, surface))
    fill(network, part(tensors, "w."))
    return network


def points_read(tensors: dict[str, Tensor]) -> Tensor:
    """(B, N, 3 C) features of the golden's planes at its points."""
    pairs = zip(tensors["out.planes"], tensors["in.points"], strict=True)
    return torch.stack([sample_points(planes, points) for planes, points in pairs])


def mesh_fields(
    tensors: dict[str, Tensor], sidecar: dict[str, Any]
) -> tuple[LrmConfig, MeshDecoder, Tensor, GridFeatures]:
    config, decoder = lrm_config(sidecar, "mesh"), tiny(tensors, sidecar).synthesizer.decoder
    assert isinstance(decoder, MeshDecoder)
    axis = grid_axis(config.grid_res, config.grid_scale)
    return config, decoder, axis, sample_grid(tensors["out.planes"][0], (axis, axis, axis))


def whole(blocks: Iterator[tuple[slice, slice, Tensor]], grid: GridFeatures) -> Tensor:
    """(X, Y, Z, K) from blocks of it."""
    found = list(blocks)
    out = torch.full((*grid.shape, found[0][2].shape[-1]), torch.nan)
    for rows, columns, values in found:
        out[rows, columns] = values
    return out


def assert_same_triangles(surface: DualSurface, vertices: Tensor, faces: Tensor, name: str) -> None:
    """The same faces in the same order by their corners' positions; vertices may be numbered otherwise."""
    assert surface.faces.shape == faces.shape and surface.vertices.shape == vertices.shape, name
    worst = (surface.vertices[surface.faces] - vertices[faces]).abs().amax() if len(faces) else 0.0
    assert worst <= CORNER_TOLERANCE, f"{name}: corners differ by {worst:.3g}"
    loose = torch.ones(len(vertices), dtype=torch.bool)
    loose[faces] = False  # vertices that no face uses
    if loose.any():
        apart = nearest(vertices[loose], surface.vertices).max()
        assert apart <= CORNER_TOLERANCE, f"{name}: a vertex is {apart:.3g} away from all of ours"


def nearest(points: Tensor, others: Tensor) -> Tensor:
    """(N,) distances from each point to the nearest of the others, without the rounding of squares."""
    found = [
        torch.cdist(some, others, compute_mode="donot_use_mm_for_euclid_dist").amin(1)
        for some in points.split(1000)
    ]
    return torch.cat(found)


def signed_volume(triangles: Tensor) -> float:
    a, b, c = triangles.double().unbind(1)
    return float((a * torch.linalg.cross(b, c)).sum() / 6)
