"""Placeholders: where a job's result will stand, and the marks by which it is found again in any file.

A job that asks for more variants of an object marks that object instead.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import bpy

ROOT = "DeOcc"
JOB, SERVER = "deocc_job", "deocc_server"
STILL_COMING = re.compile(r" …(\.\d+)?$")  # ends a placeholder's name; Blender numbers it where two are alike


def add_placeholder(context: bpy.types.Context, name: str, job_id: str) -> bpy.types.Object:
    """A named cube-shaped empty where the object will stand: at the 3D cursor, on its own collection."""
    place = bpy.data.objects.new(f"{name} …", None)
    place.empty_display_type = "CUBE"
    place.empty_display_size = 0.5
    place.location = context.scene.cursor.location
    place[JOB] = job_id
    home = bpy.data.collections.new(name)
    _root(context.scene).children.link(home)
    home.objects.link(place)
    return place


def marked(job_id: str) -> bpy.types.Object | None:
    """The placeholder, or the object that waits for more variants, of a job; None where it was deleted."""
    found = [one for one in _all_marked() if one[JOB] == job_id]
    return min(found, key=lambda one: one.type != "MESH", default=None)  # copied placeholders come last


def hand_over(job_id: str, new_id: str) -> bool:
    """Lets another job land where this one was to; false where its object is gone."""
    place = marked(job_id)
    if place is None:
        return False
    place[JOB] = new_id
    place.pop(SERVER, None)
    return True


def mark_server(job_id: str, server_id: str) -> None:
    place = marked(job_id)
    if place is not None:
        place[SERVER] = server_id


def awaited() -> list[tuple[str, str, str]]:
    """(job id, server id, name) of all placeholders; files are untrusted, so only well-formed ids count."""
    found = []
    for one in _all_marked():
        job_id = one[JOB]
        try:
            plain = str(uuid.UUID(job_id)) if isinstance(job_id, str) else ""
        except ValueError:
            continue
        if plain == job_id:
            found.append((job_id, str(one.get(SERVER, "")), named(one)))
    return found


def named(place: bpy.types.Object) -> str:
    """What the placeholder, or the user who renamed it, calls the object to come."""
    return STILL_COMING.sub("", place.name)


def forget_job(job_id: str) -> None:
    """Nothing more will come: takes the job's mark off its object."""
    place = marked(job_id)
    if place is not None and place.type == "MESH":
        for name in (JOB, SERVER):
            place.pop(name, None)


def remove_placeholder(job_id: str) -> None:
    """Takes a cancelled job's placeholder out again, and the collection made for it where that is empty."""
    place = marked(job_id)
    if place is None or place.type != "EMPTY":
        return
    homes = list(place.users_collection)
    bpy.data.objects.remove(place)
    roots = [one for one in bpy.data.collections if one.name.split(".")[0] == ROOT]
    ours = [child for root in roots for child in root.children]
    for home in homes:
        if home in ours and not home.objects and not home.children and home.library is None:
            bpy.data.collections.remove(home)


def _all_marked() -> Iterator[bpy.types.Object]:
    """The marked objects of all scenes; not linked ones, which belong to another file."""
    for one in bpy.data.objects:
        if JOB in one and one.library is None and one.users_scene:  # users_scene is slow: asked last
            yield one


def _root(scene: bpy.types.Scene) -> bpy.types.Collection:
    """The scene's collection of all that DeOcc makes; a second scene's is called DeOcc.001."""
    root = next((one for one in scene.collection.children if one.name.split(".")[0] == ROOT), None)
    if root is None:
        root = bpy.data.collections.new(ROOT)
        scene.collection.children.link(root)
    return root
