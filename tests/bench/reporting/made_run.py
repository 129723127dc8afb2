"""A run written by hand: a small benchmark of simple files, and records with figures of the test's choice."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

from deocc.bench.built import (
    BenchObject,
    Case,
    Entry,
    Manifest,
    Missing,
    View,
    file_hashes,
    manifest_json,
    object_json,
)
from deocc.bench.running.record import (
    DONE,
    FAILED,
    Key,
    MethodFacts,
    Record,
    Run,
    record_json,
    result_folder,
    run_json,
)
from deocc.contract import Fault
from deocc.geometry.cameras import view_cameras

SHARES = {1: 0.05, 2: 0.15, 3: 0.25, 4: 0.35, 5: 0.5}  # hidden, of each level's case
PHOTO_PX, VIEW_PX = 64, 40
UNBUILT = Missing("dust", "It has no faces.")
Figures = Callable[[str, str, int], Mapping[str, float | None] | None]  # object, case, seed; None: it failed


@dataclass(frozen=True)
class Method:
    """figures: what each result measures.  skipped: results that were asked for and are not there."""

    figures: Figures
    sees: str = "occluded"
    skipped: frozenset[tuple[str, str]] = frozenset()
    pictures: bool = True


@dataclass(frozen=True)
class Made:
    """out, bench: folders.  run: with its records.  objects: by id."""

    out: Path
    bench: Path
    run: Run
    objects: dict[str, BenchObject] = field(default_factory=dict)


def case(name: str, level: int | None, kind: str = "placed") -> Case:
    hidden = SHARES[level] if level else 0.0
    files = [f"{name}/{what}.png" for what in ("photo", "object", "amodal")]
    return Case(name, kind, level, hidden, *files, occluder_mask=f"{name}/occluder.png" if level else "")


def subject(
    name: str, watertight: bool = True, group: str = "boxes", more: tuple[Case, ...] = ()
) -> BenchObject:
    cameras = view_cameras("v1.2")
    return BenchObject(
        id=name,
        category=name,
        group=group,
        source="here" if watertight else "there",
        licence="CC BY 4.0",
        attribution=f"“{name}” by Zoë Müller",
        cases=(case("clean", None, "clean"), *(case(f"placed-{i}", i) for i in SHARES), *more),
        mesh="mesh.npz",
        watertight=watertight,
        views={"v1.2": tuple(View(f"views/{i}.png", camera) for i, camera in enumerate(cameras))},
        notes=() if watertight else ("not watertight",),
    )


def make_run(
    folder: Path,
    methods: Mapping[str, Method],
    objects: list[BenchObject],
    seeds: int = 1,
    kinds: tuple[str, ...] = ("placed",),
) -> Made:
    """Writes benchmark and run."""
    bench, out = folder / "bench", folder / "run"
    entries = tuple(_write_object(bench, one) for one in objects)
    manifest = Manifest(0, {}, {}, entries, (UNBUILT,))
    (bench / "manifest.json").write_bytes(manifest_json(manifest))
    planned, records = [], []
    facts = {}
    for name, method in methods.items():
        facts[name] = MethodFacts("upright", ("photo", "object mask"), method.sees, "recipe")
        for one in objects:
            for key, shown in _keys(name, method, one, seeds, kinds):
                planned.append(key)
                if (one.id, shown.name) not in method.skipped:
                    records.append(_record(key, shown, method, manifest.digest()))
                    _write_record(out, records[-1], method.pictures)
    run = Run(bench, manifest.digest(), facts, kinds, seeds, ("yaw",), tuple(planned), tuple(records))
    (out / "run.json").write_bytes(run_json(run, out))
    return Made(out, bench, run, {one.id: one for one in objects})


def _keys(name: str, method: Method, one: BenchObject, seeds: int, kinds: tuple[str, ...]):
    shown = [each for each in one.cases if each.kind in (("clean",) if method.sees == "clean" else kinds)]
    return [((name, one.id, each.name, seed), each) for each in shown for seed in range(seeds)]


def _record(key: Key, shown: Case, method: Method, digest: str) -> Record:
    name, of_object, case_name, seed = key
    figures = method.figures(of_object, case_name, seed)
    fault = None if figures is not None else Fault("unexpected", "It broke on this one.")
    return Record(
        *(name, of_object, case_name, shown.kind, shown.level, shown.hidden_share, seed),
        frame="upright",
        given=("photo", "object mask"),
        state=FAILED if fault else DONE,
        fault=fault,
        seconds=2.0,
        peak_memory_gb=0.5,
        measures={} if figures is None else {"yaw": dict(figures)},
        bench=digest,
        recipe="recipe",
        view_set="v1.2" if method.pictures and not fault else "",
    )


def _write_object(bench: Path, one: BenchObject) -> Entry:
    files = {"object.json": object_json(one)}
    solid = box(one.id)
    files["mesh.npz"] = mesh_npz(solid.vertices, solid.faces)
    for each in one.cases:
        files |= _case_files(each)
    for i in range(6):
        files[f"views/{i}.png"] = picture(VIEW_PX, (40 * i, 120, 200))
    for name, data in files.items():
        path = bench / "objects" / one.id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return Entry(one.id, file_hashes(files))


def _case_files(one: Case) -> dict[str, bytes]:
    whole, seen, hides = (np.zeros((PHOTO_PX, PHOTO_PX), bool) for _ in range(3))
    whole[16:48, 16:48] = True
    seen[16:48, 16:48] = True
    edge = 16 + round(32 * one.hidden_share)
    seen[:, :edge] = False
    hides[8:56, 8:edge] = one.hidden_share > 0
    photo = np.full((PHOTO_PX, PHOTO_PX, 3), 210, np.uint8)
    photo[whole], photo[hides] = (70, 110, 190), (110, 90, 60)
    masks = {one.object_mask: seen, one.amodal_mask: whole} | (
        {one.occluder_mask: hides} if one.level else {}
    )
    files = {name: _png(np.where(mask, 255, 0).astype(np.uint8)) for name, mask in masks.items()}
    return files | {one.photo: _png(photo)}


def _write_record(out: Path, record: Record, pictures: bool) -> None:
    folder = result_folder(out, record.key)
    (folder / "views").mkdir(parents=True, exist_ok=True)
    (folder / "record.json").write_bytes(record_json(record))
    if record.state == FAILED:
        return
    solid = box(record.object)
    (folder / "mesh.npz").write_bytes(mesh_npz(solid.vertices * 0.8, solid.faces))
    if pictures:
        (folder / "completed.png").write_bytes(picture(PHOTO_PX, (70, 110, 190)))
        for i in range(6):
            (folder / "views" / f"{i}.png").write_bytes(picture(VIEW_PX, (40 * i, 100, 180)))


def box(name: str) -> trimesh.Trimesh:
    """Another shape for every object, centred."""
    length = 0.2 + 0.05 * (sum(name.encode()) % 7)
    return trimesh.creation.box((length, 0.3, 0.6))


def mesh_npz(vertices, faces) -> bytes:
    data = io.BytesIO()
    np.savez(data, vertices=np.asarray(vertices, np.float32), faces=np.asarray(faces, np.int32))
    return data.getvalue()


def picture(side: int, colour: tuple[int, int, int]) -> bytes:
    """RGBA: a square of a colour on nothing."""
    pixels = np.zeros((side, side, 4), np.uint8)
    pixels[side // 4 : -side // 4, side // 4 : -side // 4] = (*colour, 255)
    return _png(pixels)


def _png(pixels: np.ndarray) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()
