"""The installed extension under the bpy wheel, pressed as a user would: each scene asserts inside Blender."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from deocc.package import package_files, write_zip
from tests import golden_package

pytestmark = pytest.mark.bpy


def test_it_registers_three_times_and_its_polls_give_reasons(play: Callable[..., str]):
    play("register")


def test_a_photo_becomes_an_object_that_survives_saving(play: Callable[..., str]):
    play("reconstruct")
    play("reopen", DEOCC_SERVER_PYTHON="")


def test_a_job_outlives_the_blender_that_sent_it(play: Callable[..., str]):
    play("leave")
    play("come_back")


def test_bad_luck_loses_nothing(play: Callable[..., str]):
    play("bad_luck")


def test_photos_and_masks_come_from_files_alpha_and_blenders_images(play: Callable[..., str]):
    play("sources")


def test_the_panel_says_what_to_do_in_every_state(play: Callable[..., str]):
    play("panel")


def test_strangers_and_other_versions_are_named_with_the_button_that_mends_it(play: Callable[..., str]):
    play("strangers")


def test_a_backend_without_its_weights_says_so_and_gets_them(play: Callable[..., str]):
    play("weights")


def test_previews_change_as_they_come_and_a_failed_jobs_views_are_kept(play: Callable[..., str]):
    play("previews")


@pytest.mark.slow
def test_tiny_networks_go_from_a_file_and_the_big_button_to_the_scene(play: Callable[..., str], folder: Path):
    for library in ("torch", "diffusers", "transformers", "xatlas", "fast_simplification"):
        pytest.importorskip(library, reason="needs the networks' libraries: pip install -e '.[models]'")
    from tests.tiny.lrm import write_tiny_lrm
    from tests.tiny.zero123plus import write_pipeline, write_student

    installed = {
        "zero123plus-v1.2": write_pipeline(folder / "pipeline"),
        "instant-mesh-large": write_tiny_lrm(folder / "lrm"),
    }
    for name, path in installed.items():
        command = [sys.executable, "-m", "deocc", "weights", "import", "--as", name, str(path)]
        done = subprocess.run([*command, "--data-dir", str(folder / "data")], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    write_student(folder, "safetensors")
    play("tiny_networks", scene_s=300)  # tiny networks at full picture size take half a minute, or a busy one


def test_a_job_is_cancelled_at_every_stage(play: Callable[..., str]):
    play("cancel")


def test_what_a_user_does_meanwhile_loses_no_result(play: Callable[..., str]):
    play("meanwhile")


def test_undo_and_redo_around_an_import_keep_everything(play: Callable[..., str]):
    play("undo")


def test_odd_photos_and_masks_become_an_object_or_a_sentence(play: Callable[..., str]):
    play("odd_photos")


@pytest.mark.parametrize("colour", [(188, 60, 20), (9, 128, 247)])
def test_a_textures_and_vertices_colours_are_shown_to_the_byte(
    play: Callable[..., str], folder: Path, colour: tuple[int, int, int]
):
    write_coloured_packages(folder, colour)
    np.save(folder / "expected.npy", np.array(colour))
    play("colours")


def write_coloured_packages(folder: Path, colour: tuple[int, int, int]) -> None:
    """textured.zip and coloured.zip: one box, of one colour all over."""
    made, texture = golden_package.result(), np.full((8, 8, 3), colour, np.uint8)
    painted = dataclasses.replace(made.mesh, colours=np.full((len(made.mesh.vertices), 3), colour, np.uint8))
    for name, mesh, skin in (("textured", made.mesh, texture), ("coloured", painted, None)):
        result = dataclasses.replace(made, mesh=mesh, texture=skin)
        write_zip(package_files(result, golden_package.RECIPE, {}, 0.0), folder / f"{name}.zip")


def test_a_results_notes_stand_in_the_panel_with_their_variant(play: Callable[..., str], folder: Path):
    made = golden_package.result()
    for seed, (name, notes) in enumerate({"plain": (), "noted": golden_package.NOTES}.items()):
        recipe = dataclasses.replace(golden_package.RECIPE, seed=seed)
        files = package_files(dataclasses.replace(made, notes=notes), recipe, {}, 0.0)
        write_zip(files, folder / f"{name}.zip")
    play("notes")


def test_a_studios_own_colour_settings_cost_no_result(play: Callable[..., str]):
    play("studio", OCIO=str(Path(__file__).with_name("studio.ocio")))
