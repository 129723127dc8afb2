"""The whole report of a hand-made run: files that open, numbers by method, the same bytes a second time."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deocc.bench.reporting.report import Report, report
from deocc.errors import InputFault
from tests.bench.reporting.made_run import Made, Method, case, make_run, subject
from tests.bench.reporting.test_layout import cells

OBJECTS = [f"o{i}" for i in range(3)]


def draft(name: str, case_name: str, seed: int):
    if (name, case_name, seed) == ("o1", "placed-3", 0):
        return None
    level = int(case_name[-1]) if case_name[-1].isdigit() else 3
    return {
        "cd": 0.02 * level + 0.01 * seed,
        "cd_squared": 0.001,
        "f@0.05": 0.9 - 0.1 * level,
        "iou": 0.8 - 0.1 * level,
        "amodal_iou": 0.9,
        "psnr": 20.0 - level,
        "ssim": 0.8,
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    more = (case("contact", 3, "contact"), case("photo", 2, "photo"))
    objects = [subject(name, watertight=name != "o2", more=more) for name in OBJECTS]
    floor = {"cd": 0.3, "f@0.05": 0.1, "iou": 0.2, "amodal_iou": None, "psnr": None}
    methods = {
        "draft": Method(draft, skipped=frozenset({("o2", "placed-5")})),
        "extrude": Method(lambda *_: floor, pictures=False),
        "truth": Method(lambda *_: {"cd": 0.004, "f@0.05": 1.0, "iou": 1.0}, sees="clean"),
    }
    return make_run(tmp_path_factory.mktemp("made"), methods, objects, 2, ("placed", "contact", "photo"))


@pytest.fixture(scope="module")
def first(made: Made, tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    folder = tmp_path_factory.mktemp("first") / "report"
    return report(made.out, folder=folder, workers=2), folder


def test_numbers_are_by_method_and_have_what_is_promised(first: tuple[Report, Path]):
    numbers = first[0].numbers
    assert list(numbers) == ["draft", "extrude", "truth"]
    one = numbers["draft"]
    for name in (
        "cd",
        "cd_squared",
        "f@0.05",
        "iou",
        "n",
        "failures",
        "missing",
        "cd_interval",
        "by_level",
        "cov",
    ):
        assert name in one, name
    assert (one["n"], one["failures"], one["missing"]) == (3, 1, 1)
    assert one["missing_results"] == ["o2/placed-5/seed-0"]
    assert one["by_level"]["3"]["cd"] == pytest.approx((0.06 + 0.3 + 0.06) / 3)  # the worst of all methods
    assert one["by_level"]["3"]["f@0.05"] == pytest.approx(0.4)
    assert one["cd_interval"] is None, "three objects are fewer than ten"
    assert one["ambiguity"]["k"] == 2
    assert one["by_kind"]["contact"]["n"] == 3 and one["by_kind"]["photo"]["amodal_iou"] == pytest.approx(0.9)
    assert one["kid"] is None and one["p_fid"] is None
    assert 0 < one["cov"] <= 1 and 0.002 < one["sampling_floor"]["cd"] < 0.006
    assert first[0].missing == 2, "both seeds"


def test_what_could_not_be_built_is_named(first: tuple[Report, Path]):
    assert "### Not built" in first[0].markdown and "- dust: It has no faces." in first[0].markdown


def test_every_table_of_the_markdown_parses(first: tuple[Report, Path]):
    blocks = [block for block in first[0].markdown.split("\n\n") if block.startswith("|")]
    assert len(blocks) >= 15
    for block in blocks:
        widths = {len(cells(line)) for line in block.splitlines()}
        assert len(widths) == 1, block
    for words in (
        "### Views (DeOcc-1-to-3 Table 2)",
        "### Shape (DeOcc-1-to-3 Table 3)",
        "### Real photos",
        "### Several seeds",
        "- draft: o1/placed-3, seed 0: It broke on this one.",
        "- draft: o2/placed-5, seed 0",
        "draft: 1 objects lack a level; its share went to the others: o2 (5)",
        "network not there: metrics/clip-vit-large-patch14",
        "not watertight: o2",
        "that are not watertight: 1 of 3",
        "**Sampling floor**",
        "![by-level-cd](by-level-cd.png)",
        "### Failure cases\n\nWorst first, by rule and not picked by hand",
    ):
        assert words in first[0].markdown, words
    head = next(line for line in first[0].markdown.splitlines() if "KID" in line)
    assert head.index("KID") < head.index("FID ↓"), "KID stands before FID"


def test_the_csv_files_hold_the_same_figures_as_the_json(first: tuple[Report, Path]):
    told, folder = first
    assert json.loads((folder / "report.json").read_text("utf-8")) == told.numbers
    head, *rows = csv.reader(io.StringIO((folder / "table3-shape.csv").read_text("utf-8")))
    for row in rows:
        one = told.numbers[row[0]]
        assert float(row[head.index("CD ↓")]) == one["cd"]
        assert row[head.index("CD ↓ low")] == ""
        assert int(row[head.index("failed")]) == one["failures"]
    assert {path.name for path in folder.glob("*.csv")} >= {
        "table1-levels.csv", "table2-views.csv", "table4-cost.csv", "amodal3r.csv", "zeroshape-w.csv",
        "pix2gestalt.csv", "by-level.csv", "by-group.csv", "by-source.csv", "photos.csv", "ambiguity.csv",
    }  # fmt: skip


def test_plots_and_sheets_open_and_are_not_blank(first: tuple[Report, Path]):
    pictures = [path for path in first[1].iterdir() if path.suffix in (".png", ".jpg")]
    names = {path.name for path in pictures}
    assert {"by-level-cd.png", "by-level-amodal_iou.png", "sheet-draft.jpg", "sheet-photo-draft.jpg"} <= names
    assert {"failures-draft.jpg", "failures-photo-draft.jpg"} <= names
    for path in pictures:
        with Image.open(path) as image:
            assert np.asarray(image.convert("L")).std() > 10, path.name
        assert f"]({path.name})" in first[0].markdown


def test_a_second_report_is_the_same_bytes(made: Made, first: tuple[Report, Path], tmp_path: Path):
    report(made.out, folder=tmp_path, workers=1)
    names = sorted(path.name for path in first[1].iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names:
        assert (tmp_path / name).read_bytes() == (first[1] / name).read_bytes(), name


def test_a_benchmark_that_moved_is_named_and_one_that_is_gone_is_told(made: Made, tmp_path: Path):
    (tmp_path / "run.json").write_bytes((made.out / "run.json").read_bytes())
    with pytest.raises(InputFault, match="no benchmark"):
        report(tmp_path)
    assert report(made.out, bench=made.bench).numbers["truth"]["iou"] == 1.0


def test_a_folder_without_a_run_is_told(tmp_path: Path):
    with pytest.raises(InputFault, match="There is no run"):
        report(tmp_path)
