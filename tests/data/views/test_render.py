"""Rendered views: depths by formula, masks by ray casting, colours where they belong, all from a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deocc.data.occluders.contact import face_mask
from deocc.data.textured import Textured, normalised
from deocc.data.views.cameras import Pose, framed
from deocc.data.views.record import VIEW
from deocc.data.views.render import keep_colours, keep_depths, keep_ranks, render_views, shot_at
from deocc.data.views.shading import drawn_light
from deocc.data.views.surface import Surface
from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster
from tests.data.simple_bodies import ball, box, painted_box

FACING = Pose(0, 0, 0, 0.5)  # level, from the front


def view_at(textured: Textured, pose: Pose, seed: int = 0) -> np.ndarray:
    """() VIEW at a pose, in drawn light; no contact ranks."""
    rng = np.random.default_rng(seed)
    surface, view = Surface(textured), np.zeros((), VIEW)
    shot = shot_at(surface, pose)
    assert shot is not None
    keep_depths(view, surface, shot)
    keep_colours(view, surface, shot, drawn_light(rng, pose.azimuth_deg), rng)
    return view


def coloured(vertices: list, faces: list) -> Textured:
    count = len(vertices)
    return Textured(
        Mesh(
            np.array(vertices, np.float32),
            np.array(faces, np.int32).reshape(-1, 3),
            np.zeros((count, 2), np.float32),
            np.ones(count, np.float32),
            np.full((count, 3), 180, np.uint8),
        ),
        None,
    )


@pytest.mark.parametrize("pose", [FACING, Pose(200, 35, 3, 0.9), Pose(75, -20, -4, 0.08)])
def test_a_ball_s_depths_are_those_of_the_formula(pose):
    fine = ball(rings=96)
    view, camera = view_at(fine, pose), framed(fine.mesh.vertices, pose)
    origins, directions = camera.rays()
    toward = -(origins * directions).sum(axis=1)  # along each ray to its place nearest to the middle
    half_chord = np.sqrt(np.maximum(0.25 - ((origins**2).sum(axis=1) - toward**2), 0)).reshape(128, 128)
    slope = directions @ camera.object_from_camera[:3, 2]
    middle = -camera.centre @ camera.object_from_camera[:3, 2]
    half_frame = middle * 64 / camera.fx
    steep = half_chord > 0.15  # at the outline a facet's place along the ray is anywhere
    for name, sign in (("front", -1), ("back", 1)):
        depth = (toward.reshape(128, 128) + sign * half_chord) * slope.reshape(128, 128)
        expected = (middle - depth) / half_frame
        # float16 keeps 0.0005 at 1; a facet of 96 rings lies at most 0.0005 of the frame inside the ball
        np.testing.assert_allclose(view[name][steep], expected[steep], atol=2e-3)


@pytest.mark.parametrize("strength", [0.1, 0.5, 0.9])
def test_a_box_s_walls_are_at_the_depths_that_120_pixels_give(strength):
    view = view_at(normalised(painted_box()), replace(FACING, strength=strength))
    # the front wall, half-side h at D − h, fills 120 of 128 pixels, so that half the frame, measured at D, is
    # 128 h D / 120 (D − h); h / D is the strength times half a side of the cube in a ball of diameter 1
    near = 120 / 128 * (1 - strength * np.sqrt(1 / 12))
    assert view["front"][64, 64] == pytest.approx(near, abs=1e-3)  # float16
    assert view["back"][64, 64] == pytest.approx(-near, abs=1e-3)
    inside = view["whole"] > 0
    np.testing.assert_allclose(view["front"][inside], near, atol=1e-3)  # a wall square to the axis: one depth
    assert inside.sum() == 120 * 120


def open_sheet() -> Textured:
    return coloured([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]], [[0, 1, 2], [0, 3, 2]])  # one face flipped


def shell() -> Textured:
    """Half a ball's faces, every third inside out: open, and of no orientation."""
    whole = ball(rings=16)
    faces = whole.mesh.faces[: len(whole.mesh.faces) // 2].copy()
    faces[::3] = faces[::3, ::-1]
    return replace(whole, mesh=replace(whole.mesh, faces=faces))


@pytest.mark.parametrize("make", [ball, painted_box, open_sheet, shell])
def test_front_is_never_behind_back_and_outside_there_is_nothing(make):
    for view in render_views(make(), 12, np.random.default_rng(4), 7):
        inside = view["whole"] > 0
        assert set(np.unique(view["whole"])) == {0, 255}
        assert (view["front"] >= view["back"]).all()
        for name in ("front", "back", "front_rgb", "back_rgb", "contact"):
            assert not view[name][~inside].any()
        assert view["contact"][inside].min() >= 1
        assert view["front_rgb"][inside].max(axis=1).min() > 0  # the darkest place is not a hole
        assert view["body"] == 7


@pytest.mark.parametrize("make", [ball, painted_box, open_sheet, shell])
@pytest.mark.parametrize("pose", [Pose(30, 20, 2, 0.5), Pose(200, -15, -3, 0.1), Pose(310, 55, 0, 0.85)])
def test_the_mask_is_what_pixel_centres_see(make, pose):
    textured = make()
    mesh = textured.mesh
    camera = framed(mesh.vertices[np.unique(mesh.faces)], pose)
    seen = Caster(mesh.vertices, mesh.faces).covers(camera)
    np.testing.assert_array_equal(view_at(textured, pose)["whole"] > 0, seen)


def test_the_body_s_box_is_120_pixels_and_centred():
    for view in render_views(normalised(painted_box((1, 0.5, 0.7))), 20, np.random.default_rng(5), 0):
        rows, columns = np.nonzero(view["whole"])
        sides = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert 118 <= max(sides) <= 121  # a corner's last pixel may miss every centre
        assert abs(rows.min() + rows.max() - 127) <= 3 and abs(columns.min() + columns.max() - 127) <= 3


def test_the_size_of_the_mesh_does_not_matter():
    small, large = painted_box(), painted_box((1000, 1000, 1000))
    one, other = (render_views(body, 3, np.random.default_rng(6), 0) for body in (small, large))
    np.testing.assert_allclose(one["front"], other["front"], atol=2e-3)  # float16
    assert (one["whole"] != other["whole"]).mean() < 1e-3


def test_the_same_seed_gives_the_same_bytes_and_another_others():
    first, again, other = (
        render_views(ball(), 4, np.random.default_rng(seed), 0).tobytes() for seed in (8, 8, 9)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 1.0])
def test_what_is_at_most_a_rank_is_the_first_triangles_of_the_growth(share):
    mesh = ball(rings=32).mesh  # 3,968 triangles, and one without an area that comes first
    mesh = replace(mesh, faces=np.concatenate([[[0, 0, 1]], mesh.faces]).astype(np.int32))
    surface, view = Surface(Textured(mesh, None)), np.zeros((), VIEW)
    order = np.random.default_rng(10).permutation(len(mesh.faces))
    shot = shot_at(surface, Pose(30, 20, 0, 0.5))
    assert shot is not None
    keep_ranks(view, surface, shot, order)
    rank = int(share * 255)
    chosen = np.zeros(len(mesh.faces), bool)
    chosen[order[: int(rank / 255 * len(mesh.faces) + 1e-9)]] = True
    hidden = (view["contact"] > 0) & (view["contact"] <= rank)
    np.testing.assert_array_equal(hidden, face_mask(mesh, chosen, shot.camera))


def test_each_view_has_a_contact_growth_of_its_own():
    views = render_views(ball(), 6, np.random.default_rng(10), 0)
    halves = [(view["contact"] > 0) & (view["contact"] <= 128) for view in views]
    assert len({half.tobytes() for half in halves}) == 6
    shares = [half.sum() / (view["whole"] > 0).sum() for half, view in zip(halves, views, strict=True)]
    assert 0.2 < np.mean(shares) < 0.8 and np.std(shares) > 0.05  # behind, before, at the side


def test_the_front_wall_has_its_texture_and_the_back_wall_is_seen_through():
    view = view_at(normalised(painted_box()), FACING)
    front, back = view["front_rgb"].astype(int), view["back_rgb"].astype(int)
    # walls have red top left and green top right as seen from outside; through the body it is the other way
    for picture, reds, greens in ((front, 34, 94), (back, 94, 34)):
        red, green, blue = picture[40, reds]
        assert red > 1.5 * green and red > 1.5 * blue
        red, green, blue = picture[40, greens]
        assert green > 1.5 * red and green > 1.5 * blue


def test_a_texture_too_fine_for_the_picture_becomes_its_mean():
    fine = np.indices((512, 512)).sum(axis=0) % 2 * 255
    texture = np.repeat(fine[..., None], 3, axis=2).astype(np.uint8)
    view = view_at(normalised(Textured(box(), texture)), FACING)
    # but for the shadow's smoothed noise; single texels would be 0 and 255
    assert view["back_rgb"][20:108, 20:108].std(axis=(0, 1)).max() < 3
    assert view["back_rgb"][64, 64].min() > 60


def test_flipped_faces_look_the_same():
    body = ball()
    inside_out = replace(body, mesh=replace(body.mesh, faces=np.ascontiguousarray(body.mesh.faces[:, ::-1])))
    one, other = (view_at(each, Pose(30, 20, 0, 0.4)) for each in (body, inside_out))
    np.testing.assert_array_equal(one["whole"], other["whole"])
    off = np.abs(one["front_rgb"].astype(int) - other["front_rgb"]).max(axis=2)
    assert np.percentile(off, 99) <= 3  # barycentric rounding; a wrong side would be dark all over


def test_front_and_back_are_equally_bright_on_average():
    grey = ball(colour_of_place=False)
    views = render_views(grey, 30, np.random.default_rng(11), 0)
    inside = views["whole"] > 0
    front, back = views["front_rgb"][inside].mean(), views["back_rgb"][inside].mean()
    assert front == pytest.approx(back, rel=0.12)  # highlights are on the front only
    of_each = [view["front_rgb"][view["whole"] > 0].mean() for view in views]
    assert np.std(of_each) > 8  # exposure and light differ between views


def test_a_sheet_seen_along_its_plane_is_no_shot():
    surface = Surface(open_sheet())  # faces the front; half a degree beside its plane it has gaps
    assert shot_at(surface, Pose(90.5, 0, 1, 0.1)) is None
    assert shot_at(surface, Pose(90, 0, 0, 0.1)) is None
    assert shot_at(surface, Pose(80, 0, 1, 0.1)) is not None


def test_a_sheet_is_not_looked_at_along_its_plane():
    views = render_views(open_sheet(), 40, np.random.default_rng(12), 0)
    assert (views["whole"] > 0).sum(axis=(1, 2)).min() >= 120


@pytest.mark.parametrize(
    ("textured", "code"),
    [
        (coloured([[0, 0, 0]], []), "body_empty"),
        (coloured([[0, 0, 0]] * 3, [[0, 1, 2]]), "body_empty"),
        (coloured([[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]]), "body_empty"),
        (coloured([[np.nan, 0, 0], [1, 0, 0], [2, 0, 1]], [[0, 1, 2]]), "body_empty"),
        (coloured([[0, 0, 0], [1, 0, 0], [1, 0, 1e-4]], [[0, 1, 2]]), "body_thin"),
    ],
)
def test_what_can_t_be_rendered_is_told_in_a_sentence(textured, code):
    with pytest.raises(InputFault) as told:
        render_views(textured, 2, np.random.default_rng(0), 0)
    assert told.value.code == code
    assert told.value.message.endswith(".")


def test_triangles_without_area_leave_the_others_their_places():
    whole = painted_box()
    faces = np.concatenate([[[0, 0, 1]], whole.mesh.faces, [[5, 5, 5]]]).astype(np.int32)
    with_dust = replace(whole, mesh=replace(whole.mesh, faces=faces))
    one, other = (view_at(each, Pose(30, 20, 0, 0.4)) for each in (whole, with_dust))
    np.testing.assert_array_equal(one["front_rgb"], other["front_rgb"])
