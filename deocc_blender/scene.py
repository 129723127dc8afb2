"""Package -> object with mesh, material and image references, in its placeholder's place; and its variants.

An object and its variants share a group id; each variant is a mesh datablock that carries its material, its
six views and its recipe: a step to another variant swaps one datablock and works offline, saved and undone.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

import bpy
from mathutils import Matrix, Vector

from .datablocks import GROUP, NOTES, ORDER, POSES, RECIPE, SEED, VIEW, variant_mesh
from .package import Package
from .placeholder import JOB, SERVER, add_placeholder, marked, named

VIEW_INDEX, VIEW_CAMERA = "deocc_view", "deocc_camera"
SCALE = "deocc_scale"  # of the placeholder, applied to every variant
REFERENCE_SIZE_M = 0.5  # small enough to leave the object free, a quarter of the cameras' distance


def land(package: Package, job_id: str, show: bool = True) -> bpy.types.Object | None:
    """Puts a result where its placeholder stands, or adds it to the object that asked for it.

    A further variant is shown only where `show` says so; one that is there already is not added again, as
    after a file was opened in the middle of its job. None where there is no place left.
    """
    place = marked(job_id)
    if place is None:
        return None
    if place.type == "MESH":
        same = (mesh for mesh in variants(place) if mesh.get(RECIPE) == package.recipe)
        mesh = next(same, None) or add_variant(place, package)
        if show and place.mode == "OBJECT":  # a mesh in Edit Mode must not be swapped away
            show_variant(place, mesh)
        return place
    return _replace(place, package)


def add_variant(body: bpy.types.Object, package: Package) -> bpy.types.Mesh:
    """A further variant of an object, not shown yet."""
    return variant_mesh(package, str(body.get(GROUP, "")), _scale_of(body))


def put_down(context: bpy.types.Context, package: Package) -> bpy.types.Object:
    """Puts a result that lost its placeholder at the 3D cursor."""
    place = add_placeholder(context, package.name, "")
    return _replace(place, package)


def variants(body: bpy.types.Object) -> list[bpy.types.Mesh]:
    """The object's variants in the order they came."""
    group = body.get(GROUP)
    found = [mesh for mesh in bpy.data.meshes if group and mesh.get(GROUP) == group]
    return sorted(found, key=lambda mesh: (mesh.get(ORDER, 0), mesh.name))


def show_variant(body: bpy.types.Object, mesh: bpy.types.Mesh) -> None:
    """Swaps the object's mesh, views and recipe in place."""
    body.data = mesh
    for name in (RECIPE, SEED):
        body[name] = mesh.get(name, "")
    _write_recipe(body, str(mesh.get(RECIPE, "")))
    for one in body.children:
        picture = mesh.get(VIEW.format(one.get(VIEW_INDEX, -1)))
        if one.type == "EMPTY" and isinstance(picture, bpy.types.Image):
            one.data = picture
            one.matrix_local = _pose(mesh, one[VIEW_INDEX])


def notes(body: bpy.types.Object) -> list[str]:
    """What there is to say of the variant that the object shows, in sentences."""
    said = body.data.get(NOTES, "") if body.data else ""
    return said.split("\n") if isinstance(said, str) and said else []


def keep_only(body: bpy.types.Object) -> int:
    """Removes the variants that no object shows, with their textures and views; returns how many."""
    others = [mesh for mesh in variants(body) if mesh.users == int(mesh.use_fake_user)]
    for mesh in others:
        views = [mesh.get(VIEW.format(i)) for i in range(6)]
        materials = [material for material in mesh.materials if material is not None]
        nodes = [node for one in materials if one.node_tree for node in one.node_tree.nodes]
        textures = [node.image for node in nodes if node.type == "TEX_IMAGE"]
        bpy.data.meshes.remove(mesh)
        _remove_unused(materials)  # before their textures, which they use
        _remove_unused([one for one in [*views, *textures] if isinstance(one, bpy.types.Image)])
    return len(others)


def _remove_unused(datablocks: Sequence[bpy.types.ID]) -> None:
    bpy.data.batch_remove([one for one in datablocks if one.users == 0])


def references(body: bpy.types.Object) -> list[bpy.types.Object]:
    """The object's six views in the scene, in their order; fewer where the user removed some."""
    found = [one for one in body.children if one.type == "EMPTY" and isinstance(one.get(VIEW_INDEX), int)]
    return sorted(found, key=lambda one: one[VIEW_INDEX])


def recipe_of(body: bpy.types.Object) -> dict | None:
    """The recipe on an object as it came from the file, checked to be one; None for anything else."""
    try:
        said = json.loads(body.get(RECIPE, ""))["recipe"]
    except (ValueError, TypeError, KeyError):
        return None
    return said if isinstance(said, dict) else None


def _replace(place: bpy.types.Object, package: Package) -> bpy.types.Object:
    """The object in the placeholder's place: its location, rotation and collections; its scale applied."""
    group = uuid.uuid4().hex
    location, rotation, scale = place.matrix_world.decompose()
    if place.parent is None:  # matrix_world lags behind until the next depsgraph update
        location, rotation, scale = place.matrix_basis.decompose()
    mesh = variant_mesh(package, group, scale)
    name, homes = named(place) or package.name, list(place.users_collection)
    marks = {key: place[key] for key in (JOB, SERVER) if place.get(key)}
    bpy.data.objects.remove(place)  # before the object is made: its name is free then
    body = bpy.data.objects.new(name, mesh)
    body.rotation_mode = "XYZ"
    body.location, body.rotation_euler = location, rotation.to_euler("XYZ")
    body[GROUP], body[SCALE] = group, list(scale)
    for key, value in marks.items():
        body[key] = value
    for home in homes:
        home.objects.link(body)
    _add_references(body, package, homes[0])
    show_variant(body, mesh)
    return body


def _add_references(body: bpy.types.Object, package: Package, home: bpy.types.Collection) -> None:
    """Six image empties at their exact cameras, children of the object; never rendered."""
    shelf = bpy.data.collections.new(f"{body.name} views")
    shelf.hide_render = True
    home.children.link(shelf)
    for i, camera in enumerate(package.cameras):
        one = bpy.data.objects.new(f"{body.name} view {i + 1}", None)
        one.empty_display_type = "IMAGE"
        one.empty_display_size = REFERENCE_SIZE_M
        one.hide_render = True
        one.hide_select = True
        one.parent = body
        one[VIEW_INDEX] = i
        one[VIEW_CAMERA] = [camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy]
        shelf.objects.link(one)


def _pose(mesh: bpy.types.Mesh, view: int) -> Matrix:
    """Where a view's empty stands, relative to the object; files are untrusted, only whole lists count."""
    numbers = list(mesh.get(POSES, ()))[16 * view : 16 * view + 16]
    return Matrix([numbers[i : i + 4] for i in (0, 4, 8, 12)]) if len(numbers) == 16 else Matrix()


def _scale_of(body: bpy.types.Object) -> Vector:
    numbers = list(body.get(SCALE, ()))
    return Vector(numbers) if len(numbers) == 3 else Vector((1, 1, 1))


def _write_recipe(body: bpy.types.Object, text: str) -> None:
    """The recipe's main facts as custom properties of their own, to be read in Blender's panels."""
    recipe = recipe_of(body) or {}
    for name in ("backend", "photo", "object_mask", "occluder_mask", "keep_mask"):
        value = recipe.get(name)
        if isinstance(value, str):
            body[f"deocc_{name}"] = value
    if isinstance(recipe.get("options"), dict):
        body["deocc_options"] = json.dumps(recipe["options"], sort_keys=True)
    try:
        body["deocc_versions"] = json.dumps(json.loads(text).get("versions", {}), sort_keys=True)
    except (ValueError, AttributeError):
        body["deocc_versions"] = "{}"
