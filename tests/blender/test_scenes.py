"""The installed extension under the bpy wheel, pressed as a user would: each scene asserts inside Blender."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

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


def test_a_job_is_cancelled_at_every_stage(play: Callable[..., str]):
    play("cancel")


def test_what_a_user_does_meanwhile_loses_no_result(play: Callable[..., str]):
    play("meanwhile")


def test_undo_and_redo_around_an_import_keep_everything(play: Callable[..., str]):
    play("undo")


def test_odd_photos_and_masks_become_an_object_or_a_sentence(play: Callable[..., str]):
    play("odd_photos")


def test_a_studios_own_colour_settings_cost_no_result(play: Callable[..., str]):
    play("studio", OCIO=str(Path(__file__).with_name("studio.ocio")))
