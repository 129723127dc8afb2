"""Pictures by Cycles: exact cameras, base colours as they were, shadows, and the same bytes every time."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from deocc.data import blender
from deocc.data.blender_recipe import Light, Shot
from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh
from deocc.geometry.raycast import Caster, render_views
from tests.data import photographed as scene

ROOT = Path(__file__).resolve().parents[2]
RENDER_S = 120  # it takes about ten seconds

needs_blender = pytest.mark.skipif(
    importlib.util.find_spec("bpy") is None,
    reason="needs Blender as a module: pip install -e '.[blender]'",
)


def _render(out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.data.photographed", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=RENDER_S)
    assert done.returncode == 0, done.stderr[-4000:]
    return done


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    out = tmp_path_factory.mktemp("first") / "pictures.npz"
    done = _render(out)
    assert done.stdout == "rendered\n", "Blender's words belong on nobody's standard output"
    return dict(np.load(out))


def pictures_of(rendered: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array for name, array in rendered.items() if array.ndim == 3}


def _placed(mesh: Mesh, object_from_mesh: np.ndarray) -> Caster:
    return Caster(mesh.vertices @ object_from_mesh[:3, :3].T + object_from_mesh[:3, 3], mesh.faces)


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


@needs_blender
@pytest.mark.bpy
@pytest.mark.parametrize("place", range(len(scene.CAMERAS)), ids=["centred", "oblong", "tall"])
def test_what_a_camera_covers_is_what_rays_hit(first: dict[str, np.ndarray], place: int):
    camera = scene.CAMERAS[place]
    solid = first[f"box {place}"][..., 3] >= 128
    hit = Caster(scene.BOX.mesh.vertices, scene.BOX.mesh.faces).covers(camera)
    assert solid.shape == (camera.height, camera.width)
    assert _iou(solid, hit) > 0.99  # one pixel off along one side of the box would be below 0.99
    v, u = np.nonzero(solid ^ hit)
    both = np.array([np.argwhere(solid).mean(axis=0), np.argwhere(hit).mean(axis=0)])
    assert np.abs(both[0] - both[1]).max() < 0.1, (len(u), len(v))  # px: neither shifted nor stretched


@needs_blender
@pytest.mark.bpy
@pytest.mark.parametrize("place", range(len(scene.CAMERAS)), ids=["centred", "oblong", "tall"])
def test_a_texture_is_upright_unmirrored_and_keeps_its_colours(first: dict[str, np.ndarray], place: int):
    camera, picture = scene.CAMERAS[place], first[f"box {place}"]
    [unlit] = render_views(scene.BOX.mesh, scene.BOX.texture, (camera,))
    inside = (picture[..., 3] == 255) & (unlit[..., 3] == 255)
    off = np.abs(picture[inside][:, :3].astype(int) - unlit[inside][:, :3]).max(axis=1)
    # but for the lines between colours, where samples mix; of a mirrored texture almost nothing would fit
    assert np.median(off) <= 1 and (off <= 3).mean() > 0.7, (np.median(off), (off <= 3).mean())


@needs_blender
@pytest.mark.bpy
def test_colours_of_vertices_come_back_as_they_were(first: dict[str, np.ndarray]):
    ball = scene.ball()
    [unlit] = render_views(ball.mesh, None, (scene.CENTRED,))
    inside = (first["ball"][..., 3] == 255) & (unlit[..., 3] == 255)
    off = np.abs(first["ball"][inside][:, :3].astype(int) - unlit[inside][:, :3])
    assert off.mean() < 1.0  # levels: light is mixed between vertices as light, in the other as sRGB
    assert (off <= 3).mean() > 0.99  # the rest lies where steep sides of the ball meet in one pixel


@needs_blender
@pytest.mark.bpy
def test_a_body_stands_where_its_matrix_says(first: dict[str, np.ndarray]):
    solid = first["placed"][..., 3] >= 128
    hit = _placed(scene.BOX.mesh, scene.PLACED).covers(scene.LEVEL)
    assert _iou(solid, hit) > 0.96  # a box of 1000 px, outline 130 px


@needs_blender
@pytest.mark.bpy
def test_sky_and_open_ground_have_the_colours_that_were_asked_for(first: dict[str, np.ndarray]):
    picture = first["nobody"]
    assert (picture[..., 3] == 255).all()
    assert (picture[0, :, :3] == scene.LIT.sky_rgb).all()
    albedo = (np.array(scene.GROUND.rgb) / 255 + 0.055) / 1.055
    sun = np.array(scene.LIT.sun_direction) / np.linalg.norm(scene.LIT.sun_direction)
    light = albedo**2.4 * (scene.LIT.sky_strength + scene.LIT.sun_strength * sun[2])
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(picture[-20:, :, :3].reshape(-1, 3).mean(axis=0) - expected).max() < 1.0  # levels


@needs_blender
@pytest.mark.bpy
def test_a_body_throws_a_shadow_away_from_the_sun(first: dict[str, np.ndarray]):
    """The sun is right of the camera: the ball's shadow lies left of it, its bright side is right."""
    shade = first["nobody"][..., :3].mean(axis=2) - first["ball alone"][..., :3].mean(axis=2)
    ball = Caster(scene.ball().mesh.vertices, scene.ball().mesh.faces).covers(scene.LEVEL)
    near = np.argwhere(ball)
    row = near[:, 0].max() - 3
    left, right = shade[row, near[:, 1].min() - 12], shade[row, near[:, 1].max() + 12]
    assert left > 20 and abs(right) < 12, (left, right)  # levels of grey
    lit = first["ball alone"][..., :3].mean(axis=2)
    columns = near[:, 1]
    middle = int(near[:, 0].mean())
    assert lit[middle, columns.max() - 8] > lit[middle, columns.min() + 8] + 20


@needs_blender
@pytest.mark.bpy
def test_a_shot_is_the_same_whatever_was_taken_before_it(first: dict[str, np.ndarray]):
    assert (first["ball alone"] == first["ball alone again"]).all()
    assert (first["ball alone"] != first["both"]).any()
    assert (first["ball alone"] != first["other noise"]).any()


@needs_blender
@pytest.mark.bpy
def test_nothing_in_sight_is_a_clear_picture(first: dict[str, np.ndarray]):
    assert not first["out of sight"].any()


@needs_blender
@pytest.mark.bpy
def test_two_processes_render_the_same_bytes(first: dict[str, np.ndarray], tmp_path: Path):
    out = tmp_path / "pictures.npz"
    _render(out)
    second = np.load(out)
    for name, picture in pictures_of(first).items():
        assert picture.tobytes() == second[name].tobytes(), name


INTERRUPTED = """
import os, signal, threading
from deocc.data import blender
from tests.data.photographed import *
blender.render([Body(BOX, IN_PLACE)], EVEN, None, [Shot(TINY, (0,), False)], 1)  # Blender is awake
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    blender.render([Body(BOX, IN_PLACE)], LIT, GROUND, [Shot(CENTRED, (0,))] * 9, 16)  # takes ten seconds
except KeyboardInterrupt:
    print("interrupted")
"""


@needs_blender
@pytest.mark.bpy
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send")
def test_an_interrupt_during_a_render_ends_it():
    """Blender alone would print it, go on, and hand out what it had of the picture."""
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=RENDER_S)
    assert done.stdout == "interrupted\n", done.stderr[-4000:]


CRAMPED = """
import resource
from deocc.errors import DeoccError
from tests.data.photographed import *
resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))  # as a disk with 64 KB left
try:
    render([Body(BOX, IN_PLACE)], EVEN, None, [Shot(CENTRED, (0,), False)], 1)
except DeoccError as fault:
    print(fault.code)
"""


@needs_blender
@pytest.mark.bpy
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_full_disk_is_a_fault_and_no_crash():
    """Blender writes what it can of the picture, says nothing, and crashes on reading it."""
    command = [sys.executable, "-c", CRAMPED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=RENDER_S)
    assert done.stdout == "disk_full\n", done.stderr[-4000:]


def test_without_blender_the_fault_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(blender.importlib.util, "find_spec", lambda name: None)
    assert "bpy" not in sys.modules, "the tests' own process must stay free of Blender"
    with pytest.raises(InputFault) as caught:
        blender.render([], Light(), None, [Shot(scene.LEVEL, ())])
    assert caught.value.code == "blender_missing" and "pip install" in caught.value.hint


@needs_blender
@pytest.mark.bpy
def test_rendering_keeps_one_core_busy_and_takes_none_from_the_process(first: dict[str, np.ndarray]):
    """Blender's pool of threads would spin on every core while one of them works: over 3 seconds a second."""
    assert first["cpu seconds a second"] < 1.3
    if hasattr(os, "sched_getaffinity"):
        assert first["cores"] == len(os.sched_getaffinity(0))
