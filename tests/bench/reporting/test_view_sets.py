"""CLIP, LPIPS, KID and FID over a hand-made run, through tiny networks with random weights."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deocc.bench.reporting import encoders, view_sets
from deocc.bench.reporting.collect import collect
from deocc.bench.reporting.kept import Machines
from deocc.bench.reporting.networks import CLIP, FOLDER, INCEPTION, LPIPS, Found, find_all
from deocc.bench.reporting.view_sets import Views, view_figures, with_figures
from deocc.bench.running.record import result_folder
from tests.bench.reporting.made_run import VIEW_PX, Made, Method, make_run, picture, subject
from tests.bench.reporting.test_encoders import alexnet, tiny_clip

COLOURED, GREY = {"cd": 0.1, "psnr": 20.0}, {"cd": 0.1, "psnr": None}


pytestmark = pytest.mark.usefixtures("in_this_process")


def mean_colour(pictures: np.ndarray) -> np.ndarray:
    """Stands for Inception where torchvision is not: six features a picture."""
    half = pictures.shape[1] // 2
    return np.concatenate([pictures.mean(axis=(1, 2)), pictures[:, :half].mean(axis=(1, 2))], axis=1) / 255


def made_of(tmp_path: Path, failed_case: str = "placed-1") -> Made:
    methods = {
        "draft": Method(lambda name, case, _: None if (name, case) == ("b", failed_case) else COLOURED),
        "truth": Method(lambda *_: COLOURED, sees="clean"),
        "hull": Method(lambda *_: GREY, sees="clean"),
    }
    made = make_run(tmp_path, methods, [subject("a"), subject("b")])
    for name in ("a", "b"):  # the truth shows the true views
        folder = result_folder(made.out, ("truth", name, "clean", 0)) / "views"
        shutil.rmtree(folder)
        shutil.copytree(made.bench / "objects" / name / "views", folder)
    return made


def figures_of(made: Made, found: dict):
    views = Views(made.out, made.bench, made.objects, made.run.digest)
    main = collect(made.run, made.objects, "placed", "yaw")
    return view_figures(views, made.run, main, found, Machines())


def test_clip_and_lpips_are_had_where_their_files_lie_in_the_weights_folder(tmp_path: Path):
    metrics = tmp_path / "weights" / FOLDER
    metrics.mkdir(parents=True)
    trunk, linear = alexnet(metrics)
    tiny_clip(metrics / "clip-vit-base-patch32")
    files = (replace(LPIPS.files[0], names=(trunk.name,)), replace(LPIPS.files[1], names=(linear.name,)))
    own = replace(LPIPS, files=tuple(replace(one, sha256_prefix="") for one in files))
    for encoder in (encoders.clip, encoders.lpips):
        encoder.cache_clear()
    # AlexNet's third pooling needs 63 pixels
    made = made_of(tmp_path)
    for path in made.out.glob("*/*/*/*/views/*.png"):
        path.write_bytes(picture(96, (90, 30 * int(path.stem), 200)))
    for path in made.bench.glob("objects/*/views/*.png"):
        path.write_bytes(picture(96, (60, 30 * int(path.stem), 120)))
    for name in ("a", "b"):
        folder = result_folder(made.out, ("truth", name, "clean", 0)) / "views"
        for path in folder.glob("*.png"):
            path.write_bytes((made.bench / "objects" / name / "views" / path.name).read_bytes())
    found = find_all(tmp_path / "weights", (CLIP, own))
    assert all(isinstance(one, Found) for one in found.values())
    figures = figures_of(made, found)
    truth = figures.of_results["truth", "a", "clean", 0]
    draft = figures.of_results["draft", "a", "placed-2", 0]
    assert truth["clip"] == pytest.approx(1, abs=1e-6) and truth["lpips"] == 0
    assert draft["clip"] < truth["clip"] and draft["lpips"] > 0
    assert ("draft", "b", "placed-1", 0) not in figures.of_results, "it failed"
    assert ("hull", "a", "clean", 0) not in figures.of_results, "its views have no colours"
    run = with_figures(made.run, "yaw", figures)
    scores = collect(run, made.objects, "placed", "yaw")
    assert scores.per_object("truth", "clip") == {"a": pytest.approx(1), "b": pytest.approx(1)}
    assert scores.worst("lpips") == pytest.approx(draft["lpips"], rel=0.5)
    assert scores.by_case("draft", "lpips")["b"]["placed-1"] == scores.worst("lpips")
    again = figures_of(made, found)
    assert again.of_results == figures.of_results


def test_kid_and_fid_are_of_level_3_and_near_nothing_for_the_true_views(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(encoders.ENCODERS, "inception", lambda _path: mean_colour)
    made = made_of(tmp_path)
    found = {"inception": Found(INCEPTION, (tmp_path,), "key")}
    sets = figures_of(made, found).of_sets
    assert (sets["draft"]["views_n"], sets["draft"]["views_reference"]) == (12, 12)  # two objects, six views
    assert sets["truth"]["views_n"] == 12, "as many as of any other method"
    assert sets["truth"]["fid"] == pytest.approx(0, abs=1e-9)
    assert (sets["draft"]["fid"] or 0) > 1e-4
    kid = {method: one["kid"] for method, one in sets.items()}
    assert kid["draft"] is not None and kid["truth"] is not None and kid["draft"] > kid["truth"]
    assert "hull" not in sets
    kept_for = {path.parts[-3] for path in made.out.glob("draft/*/*/*/inception-key.npy")}
    assert kept_for == {"placed-3"}


def test_who_fails_on_an_object_is_still_compared_with_its_true_views(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(encoders.ENCODERS, "inception", lambda _path: mean_colour)
    made = made_of(tmp_path, failed_case="placed-3")
    sets = figures_of(made, {"inception": Found(INCEPTION, (tmp_path,), "key")}).of_sets
    assert (sets["draft"]["views_n"], sets["draft"]["views_reference"]) == (6, 12)
    assert (sets["truth"]["views_n"], sets["truth"]["views_reference"]) == (12, 12)


def test_without_networks_nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(view_sets, "keep", lambda *_: pytest.fail("something was measured"))
    figures = figures_of(made_of(tmp_path), find_all(tmp_path / "no weights"))
    assert figures.of_results == {} and figures.of_sets == {}
    assert VIEW_PX < 63
