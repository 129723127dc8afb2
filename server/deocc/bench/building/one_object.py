"""One mesh -> all files of its folder: photographed, occluded in every way, its truth beside."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deocc.bench.building import cases
from deocc.bench.building.cases import Occlusion
from deocc.bench.building.groups import group_of
from deocc.bench.building.pictures import depth_png, mask_png, on_black, picture_png
from deocc.bench.building.source import ObjectTask, readable
from deocc.bench.building.subject import Look, Subject, subject_of
from deocc.bench.built import BenchObject, Case, View, level_of, object_json
from deocc.data.blender import Body, Shot, render
from deocc.data.meshes import Textured, normalised, oddities, save_mesh
from deocc.data.occluders.solids import box
from deocc.errors import InputFault
from deocc.geometry.cameras import look_at_origin, pinhole

log = logging.getLogger(__name__)
CUTOUT_RADIUS = 2.0  # from the middle of an object whose farthest vertex is 0.5 away
CUTOUT_FRAME = 1.02  # that sphere's share of the cut-out's frame, turned round: it stays inside
SOLID_RGB = (168, 128, 92)  # of cardboard
IN_PLACE = np.eye(4)


@dataclass(frozen=True)
class Pictures:
    """What is rendered for one object. photos: by case, (H, W, 3) uint8.  views: by set, RGBA.  cutouts: ids
    and RGBA."""

    photos: dict[str, NDArray[np.uint8]]
    views: dict[str, list[NDArray[np.uint8]]]
    cutouts: list[tuple[str, NDArray[np.uint8]]]


def build_object(task: ObjectTask) -> dict[str, bytes]:
    """All files of the object by their names, object.json among them; InputFault where it can't be used."""
    start = time.perf_counter()
    kinds = task.settings.kinds
    subject = subject_of(task.source.id, task.source.read(), task.seed, task.settings)
    if int(subject.look.amodal.sum()) < 2 * cases.VISIBLE_LEAST_PX:
        raise InputFault("object_too_small", "Its photo shows too few pixels of it to hide a part.")
    others = [(name, normalised(one)) for name, one in readable(task.candidates, task.settings.candidates)]
    others = others or _solids()
    standings, notes = cases.placed(subject, others) if "placed" in kinds else ([], [])
    quarters = list(cases.quarters(subject)) if "amodal3r" in kinds else []
    pictures = _rendered(subject, standings, quarters, others)
    clean = pictures.photos["clean"]
    occlusions = [(one.occlusion, pictures.photos[one.occlusion.name]) for one in standings]
    if "pasted" in kinds:
        occlusions += cases.pasted(subject, clean, pictures.cutouts)
    if "shapes" in kinds:
        occlusions += [(one, cases.blackened(one, clean)) for one in cases.shapes(subject)]
    if "contact" in kinds:
        occlusions += [(one, cases.blackened(one, clean)) for one in cases.contact(subject)]
    occlusions += [(one, cases.blackened(one, pictures.photos[one.name])) for one in quarters]
    files = _files(task, subject, clean, occlusions, pictures, tuple(notes))
    log.info("%s: %d cases in %.1f s", task.source.id, len(occlusions) + 1, time.perf_counter() - start)
    return files


def _solids() -> list[tuple[str, Textured]]:
    """What stands in front where the folder has no other mesh."""
    colour = np.array(SOLID_RGB, np.uint8)
    made = {"a box": box((0.5, 0.4, 0.7), colour), "a post": box((0.3, 0.3, 1.0), colour)}
    return [(name, normalised(Textured(mesh, None))) for name, mesh in made.items()]


# -- pictures --


def _rendered(
    subject: Subject,
    standings: list[cases.Standing],
    quarters: list[Occlusion],
    others: list[tuple[str, Textured]],
) -> Pictures:
    """Everything that Blender makes for the object, in two goes: photos, and views with the cut-outs."""
    settings, camera = subject.settings, subject.look.camera
    target = Body(subject.textured, IN_PLACE)
    light, ground = subject.scene.light, subject.scene.ground
    named = {"clean": Shot(camera, (0,), True, subject.noise_seed("clean"))}
    for i, one in enumerate(standings, start=1):
        name = one.occlusion.name
        named[name] = Shot(camera, (0, i), True, subject.noise_seed(name))
    for one in quarters:
        named[one.name] = Shot(one.look.camera, (0,), False, subject.noise_seed(one.name))
    bodies = [target, *(one.body for one in standings)]
    made = render(bodies, light, ground, list(named.values()), settings.photo_samples)
    photos = {
        name: picture[..., :3] if shot.background else on_black(picture)
        for (name, shot), picture in zip(named.items(), made, strict=True)
    }
    shown = others[: settings.cutouts] if "pasted" in settings.kinds else []
    shots = list(_view_shots(subject)) + list(_cutout_shots(subject, len(shown)))
    bodies = [target, *(Body(textured, IN_PLACE) for _, textured in shown)]
    taken = iter(render(bodies, light, None, shots, settings.view_samples))
    views = {name: [next(taken) for _ in several] for name, several in subject.view_sets().items()}
    return Pictures(photos, views, [(name, next(taken)) for name, _ in shown])


def _view_shots(subject: Subject) -> Iterator[Shot]:
    for name, cameras in subject.view_sets().items():
        for i, camera in enumerate(cameras):
            yield Shot(camera, (0,), False, subject.noise_seed(f"{name} {i}"))


def _cutout_shots(subject: Subject, count: int) -> Iterator[Shot]:
    """Each of the first others from a drawn side, seen about as the photo sees the object (row W24)."""
    drawn, size = subject.generator("cutouts"), subject.settings.photo_px // 2
    fov_deg = 2 * np.degrees(np.arcsin(0.5 / CUTOUT_RADIUS)) * CUTOUT_FRAME
    for i in range(count):
        stand = look_at_origin(drawn.uniform(0, 360), subject.photo.elevation_deg, CUTOUT_RADIUS)
        yield Shot(pinhole(size, size, fov_deg, stand), (1 + i,), False, subject.noise_seed(f"cutout {i}"))


# -- files --


def _files(
    task: ObjectTask,
    subject: Subject,
    clean: NDArray[np.uint8],
    occlusions: list[tuple[Occlusion, NDArray[np.uint8]]],
    pictures: Pictures,
    notes: tuple[str, ...],
) -> dict[str, bytes]:
    mesh_files = save_mesh(subject.textured)
    files = dict(mesh_files)
    listed = [_clean_case(files, subject.look, clean)]
    listed += [_case(files, subject.look, *one) for one in occlusions]
    source = task.source
    built = BenchObject(
        id=source.id,
        category=source.category,
        group=group_of(source.category),
        source=source.source,
        licence=source.licence,
        attribution=_attribution(task, occlusions),
        cases=tuple(listed),
        mesh="mesh.npz",
        texture="texture.png" if "texture.png" in mesh_files else "",
        watertight=subject.textured.mesh.is_watertight(),
        photo_frame=True,
        views=_views(files, subject, pictures),
        notes=oddities(subject.textured) + notes,
    )
    return {"object.json": object_json(built), **files}


def _attribution(task: ObjectTask, occlusions: list[tuple[Occlusion, NDArray[np.uint8]]]) -> str:
    """Of the object, and of all others that its pictures show: CC BY wants both named."""
    shown = {name for one, _ in occlusions for name in one.occluder.split(", ")}
    others = {one.attribution for one in task.candidates if one.id in shown} - {"", task.source.attribution}
    return "; beside it: ".join(filter(None, (task.source.attribution, *sorted(others))))


def _clean_case(files: dict[str, bytes], look: Look, clean: NDArray[np.uint8]) -> Case:
    files["clean/photo.png"] = picture_png(clean)
    files["clean/amodal.png"] = mask_png(look.amodal)
    files["clean/depth.png"] = depth_png(look.depth)
    return Case(
        name="clean",
        kind="clean",
        level=None,
        hidden_share=0.0,
        photo="clean/photo.png",
        object_mask="clean/amodal.png",
        amodal_mask="clean/amodal.png",
        depth="clean/depth.png",
        camera=look.camera,
    )


def _case(files: dict[str, bytes], photo: Look, one: Occlusion, picture: NDArray[np.uint8]) -> Case:
    """photo: the clean photo's look; a case of the same camera has its amodal mask and depth."""
    name, own = one.name, one.look is not photo
    files[f"{name}/photo.png"] = picture_png(picture)
    files[f"{name}/object.png"] = mask_png(one.object_mask)
    files[f"{name}/occluder.png"] = mask_png(one.occluder_mask)
    if own:
        files[f"{name}/amodal.png"] = mask_png(one.look.amodal)
        files[f"{name}/depth.png"] = depth_png(one.look.depth)
    whole = name if own else "clean"
    return Case(
        name=name,
        kind=one.kind,
        level=level_of(one.hidden_share),
        hidden_share=one.hidden_share,
        photo=f"{name}/photo.png",
        object_mask=f"{name}/object.png",
        amodal_mask=f"{whole}/amodal.png",
        occluder_mask=f"{name}/occluder.png",
        depth=f"{whole}/depth.png",
        camera=one.look.camera,
        occluder=one.occluder,
    )


def _views(files: dict[str, bytes], subject: Subject, pictures: Pictures) -> dict[str, tuple[View, ...]]:
    sets = {}
    for name, cameras in subject.view_sets().items():
        paths = [f"views/{name}/{i}.png" for i in range(len(cameras))]
        for path, picture in zip(paths, pictures.views[name], strict=True):
            files[path] = picture_png(picture)
        sets[name] = tuple(View(path, camera) for path, camera in zip(paths, cameras, strict=True))
    return sets
