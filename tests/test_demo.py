"""`deocc demo`: where it can't run it says so; where it can, its pictures and its scene hold the object."""

from __future__ import annotations

import subprocess
import sys
from importlib import util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deocc import demo
from deocc.cli import main
from deocc.errors import DeoccError
from deocc.observation import load_observation

DEMO = demo.CHECKOUT / "demo"
NEEDS_BPY = pytest.mark.skipif(util.find_spec("bpy") is None, reason="needs pip install -e '.[blender]'")
COUNT_BODIES = """
import sys
import bpy

bpy.ops.wm.open_mainfile(filepath=sys.argv[-1])
[body] = [one for one in bpy.data.objects if one.type == "MESH"]
views = [one for one in body.children if one.type == "EMPTY" and tuple(one.data.size) == (320, 320)]
texture = next(node.image for node in body.data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE")
assert texture.packed_file and len(views) == 6 and len(bpy.data.scenes) == 1
"""


def test_the_demo_photo_and_its_masks_pass_the_door_and_come_with_their_licence() -> None:
    photo, mask, hider = (
        (DEMO / f"table{end}").read_bytes() for end in (".jpg", "_object.png", "_occluder.png")
    )
    seen = load_observation(photo, mask, hider)
    assert 0.03 < seen.object_mask.mean() < 0.3  # an object, neither a speck nor the whole photo
    assert seen.occluder_mask.any()
    licence = (DEMO / "table.LICENSE.txt").read_text("utf-8")
    assert "Copyright (c) 2017 yuxng" in licence and "table.jpg" in licence
    assert (
        sum(len(one) for one in (photo, mask, hider)) < 300_000
    )  # small enough to be carried by every clone


def test_outside_a_checkout_the_demo_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "CHECKOUT", tmp_path)
    assert main(["demo", "--out", str(tmp_path / "out")]) == 2
    assert "checkout" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@NEEDS_BPY
def test_a_folder_that_cannot_be_made_is_the_users_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("a file")
    assert main(["demo", "--out", str(tmp_path / "out")]) == 2
    assert "out can't be made" in capsys.readouterr().err


def test_without_blender_the_demo_names_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "bpy", None)  # how Python itself marks a module that can't be had
    assert main(["demo", "--out", str(tmp_path / "out")]) == 2
    assert "pip install -e '.[blender]'" in capsys.readouterr().err


@NEEDS_BPY
def test_a_step_that_fails_is_one_sentence_and_its_words_are_in_the_record(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("demo/press.py", "deocc_blender/build.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("raise SystemExit('no paper left')")
    monkeypatch.setattr(demo, "CHECKOUT", tmp_path)
    with pytest.raises(DeoccError, match="did not finish") as told:
        demo.run_demo(tmp_path / "out", lambda words: None)
    assert str(tmp_path / "out" / "demo.log") in told.value.hint
    assert "no paper left" in (tmp_path / "out" / "demo.log").read_text("utf-8")


@NEEDS_BPY
@pytest.mark.bpy
@pytest.mark.slow
def test_the_demo_leaves_a_picture_a_scene_and_the_package(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "deocc", "demo", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    record = (out / "demo.log").read_text("utf-8") if (out / "demo.log").exists() else ""
    assert done.returncode == 0, done.stdout + done.stderr + record
    assert "picture.jpg" in done.stdout.splitlines()[-3]
    assert "Traceback" not in record

    sheet = np.asarray(Image.open(out / "picture.jpg").convert("RGB"), np.float32)
    assert sheet.shape[1] == 1040 and (out / "picture.jpg").stat().st_size < 400_000
    assert sheet.std() > 30  # pictures, not blank paper
    for name in ("package.json", "mesh.glb", "completed.png", "views/5.png"):
        assert (out / "package" / name).stat().st_size > 0
    opened = subprocess.run(
        [sys.executable, "-c", COUNT_BODIES, str(out / "scene.blend")],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert opened.returncode == 0, opened.stdout + opened.stderr
