"""The card: counts, level shares, what is missing and whom to name, the same text for the same benchmark."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from deocc.bench.building.card import card
from deocc.bench.building.choices import choices
from deocc.bench.building.settings import BuildSettings
from deocc.bench.built import BenchObject, Case, Entry, Manifest, Missing

SETTINGS = json.loads(json.dumps(asdict(BuildSettings())))


def case(name: str, kind: str, level: int | None, share: float) -> Case:
    return Case(name, kind, level, share, "photo.png", "object.png", "amodal.png")


def objects() -> list[BenchObject]:
    mug = BenchObject(
        "mug",
        "mug",
        "tableware",
        "ycb",
        "CC BY 4.0",
        "A | scan by nobody",
        cases=(
            case("clean", "clean", None, 0.0),
            case("placed-1", "placed", 1, 0.05),
            case("placed-4", "placed", 4, 0.31),
        ),
        watertight=True,
    )
    cup = replace(
        mug, id="cup", cases=(case("placed-1", "placed", 1, 0.09),), watertight=False, notes=("open",)
    )
    photo = replace(mug, id="photo_mug", source="a kitchen", cases=(case("photo", "photo", 2, 0.12),))
    return [cup, mug, replace(photo, watertight=None)]


def told(**changes) -> str:
    listed = objects()
    manifest = Manifest(
        seed=7,
        settings=SETTINGS,
        versions={"bpy": "5.0.1", "numpy": "2"},
        objects=tuple(Entry(one.id, {"object.json": "0"}) for one in listed),
        missing=(Missing("jar", "It is empty."),),
    )
    return card(replace(manifest, **changes), listed)


def test_it_counts_cases_by_kind_and_level_with_their_mean_share():
    text = told()
    assert "2 objects with known shape, 1 targets in real photos; seed 7" in text
    assert "| hidden | Table 1 | placed | photo |" in text
    assert "| 0-10 % | 12.3 % | 2 (0.070) | 0 |" in text
    assert "| 10-20 % | 28.5 % | 0 | 1 (0.120) |" in text
    assert "| all | 100 % | 3 (0.150) | 1 (0.120) |" in text
    assert "True meshes: 1 watertight, 1 not (volume by winding number), 1 unknown." in text
    assert "2 of 3 objects come from collections" in text


def test_it_names_everybody_and_everything_missing_or_odd():
    text = told()
    assert "- `jar`: It is empty." in text and "- `cup`: open" in text
    assert text.count("A \\| scan by nobody") == 3, "a bar in a name would break the table"
    few = {**SETTINGS, "kinds": ["placed"]}
    assert "- `cup`: no placed-2, no placed-3, no placed-4, no placed-5: all" in told(settings=few)
    assert "## Missing\n\nNothing." in told(missing=(), settings={**SETTINGS, "kinds": []})


def test_it_is_the_same_text_twice_and_changes_with_the_files():
    assert told() == told()
    other = tuple(Entry(one.id, {"object.json": "1"}) for one in objects())
    assert told(objects=other) != told()


def test_every_number_of_the_settings_is_stated():
    changed = BuildSettings(
        photo_px=501,
        view_px=302,
        photo_samples=7,
        view_samples=9,
        azimuth_deg=(-31, 33),
        elevation_deg=(2, 37),
        focal_mm=(41, 87),
        extent=(0.43, 0.71),
        shift=0.083,
        random_views=6,
        random_elevation_deg=(-23, 61),
        contact_ratio=(0.37, 0.57),
        candidates=13,
        cutouts=4,
    )
    rows = choices(json.loads(json.dumps(asdict(changed))))
    text = " ".join(" ".join(row) for several in rows.values() for row in several)
    for words in (
        "501 × 501", "302 px", "7 samples", "9 a pixel", "-31 to 33°", "2 to 37°", "41 to 87 mm",
        "0.43 to 0.71", "0.083", "6 random views", "-23 to 61°", "0.37 to 0.57", "one of 13 other",
        "4 other objects",
    ):  # fmt: skip
        assert words in text, words
