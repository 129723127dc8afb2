"""Package -> collection, mesh, material, image references; placeholder in, object out. The only writer to bpy.data.

An object and its variants share a group id; each variant is a mesh datablock that carries its material, its six views
and its recipe, so that stepping through variants swaps one datablock and works offline, saved, and under undo.
"""

from __future__ import annotations

import json
import uuid

import bpy
import numpy as np
from mathutils import Matrix, Vector

from .package import Camera, Package

ROOT = "DeOcc"
JOB, SERVER, GROUP, RECIPE, SEED = "deocc_job", "deocc_server", "deocc_group", "deocc_recipe", "deocc_seed"
ORDER = "deocc_order"
VIEW = "deocc_view_{}"
VIEW_INDEX, VIEW_CAMERA = "deocc_view", "deocc_camera"
FROM_OPENCV = Matrix(((1, 0, 0, 0), (0, -1, 0, 0), (0, 0, -1, 0), (0, 0, 0, 1)))  # x right, y down -> y up
REFERENCE_SIZE_M = 0.5  # small enough to leave the object free, a quarter of the cameras' distance
SHARP_EDGE_RAD = 0.7  # 40°: box edges stay sharp, round bodies smooth


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
    return next((one for one in bpy.data.objects if one.get(JOB) == job_id and one.users_scene), None)


def mark_server(job_id: str, server_id: str) -> None:
    place = marked(job_id)
    if place is not None:
        place[SERVER] = server_id


def awaited() -> list[tuple[str, str, str]]:
    """(job id, server id, name) of every placeholder in the file; untrusted, so only well-formed ids count."""
    found = []
    for one in bpy.data.objects:
        job_id = one.get(JOB)
        if not one.users_scene or not isinstance(job_id, str):
            continue
        try:
            plain = str(uuid.UUID(job_id))
        except ValueError:
            continue
        if plain == job_id:
            found.append((job_id, str(one.get(SERVER, "")), one.name.removesuffix(" …")))
    return found


def forget_job(job_id: str) -> None:
    """Nothing more will come: takes the job's mark off its object."""
    place = marked(job_id)
    if place is not None and place.type == "MESH":
        for name in (JOB, SERVER):
            place.pop(name, None)


def remove_placeholder(job_id: str) -> None:
    """Takes a cancelled job's placeholder out again, and its collection where that is empty."""
    place = marked(job_id)
    if place is None or place.type != "EMPTY":
        return
    homes = list(place.users_collection)
    bpy.data.objects.remove(place)
    for home in homes:
        if not home.objects and not home.children and home.library is None:
            bpy.data.collections.remove(home)


def land(package: Package, job_id: str) -> bpy.types.Object | None:
    """Puts a result where its placeholder stands, or adds it to the object that asked for it; None: no place left."""
    place = marked(job_id)
    if place is None:
        return None
    if place.type == "MESH":
        show_variant(place, add_variant(package, _group_of(place)))
        return place
    return _replace(place, package)


def put_down(context: bpy.types.Context, package: Package) -> bpy.types.Object:
    """Puts a result that lost its placeholder at the 3D cursor."""
    place = add_placeholder(context, package.name, "")
    return _replace(place, package)


def add_variant(package: Package, group: str) -> bpy.types.Mesh:
    """A mesh datablock with everything that belongs to this variant."""
    mesh = _mesh(package)
    mesh[ORDER] = 1 + max((one.get(ORDER, 0) for one in bpy.data.meshes if one.get(GROUP) == group), default=0)
    mesh[GROUP], mesh[RECIPE], mesh[SEED] = group, package.recipe, str(package.seed)
    mesh.materials.append(_material(package))
    for i, view in enumerate(package.views):
        mesh[VIEW.format(i)] = _packed(f"{package.name} view {i + 1}", view)
    mesh.use_fake_user = True  # variants that are not shown stay in the file
    return mesh


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


def keep_only(body: bpy.types.Object) -> int:
    """Removes the variants that are not shown, with their textures and views; returns how many."""
    others = [mesh for mesh in variants(body) if mesh != body.data]
    for mesh in others:
        pictures = [mesh.get(VIEW.format(i)) for i in range(6)]
        materials = [material for material in mesh.materials if material is not None]
        textures = [node.image for one in materials for node in one.node_tree.nodes if node.type == "TEX_IMAGE"]
        mesh.use_fake_user = False
        if mesh.users == 0:
            bpy.data.meshes.remove(mesh)
        orphans = [one for one in [*materials, *pictures, *textures] if one is not None and one.users == 0]
        bpy.data.batch_remove(orphans)
    return len(others)


def recipe_of(body: bpy.types.Object) -> dict | None:
    """The recipe on an object as it came from the file, checked to be one; None for anything else."""
    try:
        said = json.loads(body.get(RECIPE, ""))["recipe"]
    except (ValueError, TypeError, KeyError):
        return None
    return said if isinstance(said, dict) else None


def _replace(place: bpy.types.Object, package: Package) -> bpy.types.Object:
    """The object in the placeholder's place: its location, rotation, parent and collections; its scale applied."""
    group = uuid.uuid4().hex
    mesh = add_variant(package, group)
    location, rotation, scale = place.matrix_world.decompose()
    if place.parent is None:  # matrix_world lags behind until the next depsgraph update
        location, rotation, scale = place.location.copy(), place.matrix_basis.to_quaternion(), place.scale.copy()
    if (scale - Vector((1, 1, 1))).length > 1e-6:
        mesh.transform(Matrix.Diagonal(scale.to_4d()))
    name = place.name.removesuffix(" …")
    body = bpy.data.objects.new(package.name or name, mesh)
    body.rotation_mode = "XYZ"
    body.location, body.rotation_euler = location, rotation.to_euler("XYZ")
    body[GROUP] = group
    for key in (JOB, SERVER):
        if place.get(key):
            body[key] = place[key]
    homes = list(place.users_collection)
    bpy.data.objects.remove(place)
    for home in homes:
        home.objects.link(body)
    _add_references(body, package, homes[0], scale)
    show_variant(body, mesh)
    return body


def _mesh(package: Package) -> bpy.types.Mesh:
    data = package.mesh
    low, high = data.vertices.min(axis=0), data.vertices.max(axis=0)
    vertices = data.vertices - _bottom_centre(low, high)
    mesh = bpy.data.meshes.new(package.name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, np.float32).reshape(-1))
    corners = data.faces.reshape(-1)
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(corners, np.int32))
    mesh.polygons.add(len(data.faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, len(corners), 3, dtype=np.int32))
    uv = mesh.uv_layers.new(name="UVMap", do_init=False)
    uv.uv.foreach_set("vector", np.ascontiguousarray(data.loop_uv, np.float32).reshape(-1))
    seen = mesh.attributes.new("_SEEN", "FLOAT", "POINT")
    seen.data.foreach_set("value", data.seen)
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    mesh.set_sharp_from_angle(angle=SHARP_EDGE_RAD)
    offset = _bottom_centre(low, high)
    mesh["deocc_offset"] = [float(value) for value in offset]  # bottom centre in the package's unit cube
    if mesh.validate():
        mesh.update()
    return mesh


def _bottom_centre(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]], np.float32)


def _material(package: Package) -> bpy.types.Material:
    material = bpy.data.materials.new(package.name)
    if material.node_tree is None:  # 4.x; since 5.0 a material always has nodes
        material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    output = nodes.new("ShaderNodeOutputMaterial")
    surface = nodes.new("ShaderNodeBsdfPrincipled")
    texture = nodes.new("ShaderNodeTexImage")
    surface.location, texture.location, output.location = (-300, 0), (-600, 0), (0, 0)
    ending = "png" if package.mesh.texture_type == "image/png" else "jpg"
    texture.image = _packed(f"{package.name} texture.{ending}", package.mesh.texture)
    surface.inputs["Roughness"].default_value = package.mesh.roughness
    surface.inputs["Metallic"].default_value = package.mesh.metallic
    links.new(texture.outputs["Color"], surface.inputs["Base Color"])
    links.new(surface.outputs["BSDF"], output.inputs["Surface"])
    return material


def _packed(name: str, data: bytes) -> bpy.types.Image:
    image = bpy.data.images.new(name, 8, 8)
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    image.colorspace_settings.name = "sRGB"
    return image


def _add_references(
    body: bpy.types.Object, package: Package, home: bpy.types.Collection, scale: Vector
) -> None:
    """Six image empties at their exact cameras, children of the object; seen in the viewport, never rendered."""
    shelf = bpy.data.collections.new(f"{body.name} views")
    shelf.hide_render = True
    home.children.link(shelf)
    offset = Matrix.Translation(-Vector(body.data["deocc_offset"]))
    for i, camera in enumerate(package.cameras):
        one = bpy.data.objects.new(f"{body.name} view {i + 1}", None)
        one.empty_display_type = "IMAGE"
        one.empty_display_size = REFERENCE_SIZE_M
        one.hide_render = True
        one.hide_select = True
        one.parent = body
        one.matrix_local = Matrix.Diagonal(scale.to_4d()) @ offset @ blender_pose(camera)
        one[VIEW_INDEX] = i
        one[VIEW_CAMERA] = [camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy]
        shelf.objects.link(one)


def blender_pose(camera: Camera) -> Matrix:
    """object_from_camera for Blender's camera axes (x right, y up, looking along −z)."""
    return Matrix(camera.object_from_camera) @ FROM_OPENCV


def _group_of(body: bpy.types.Object) -> str:
    return str(body.get(GROUP, ""))


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


def _root(scene: bpy.types.Scene) -> bpy.types.Collection:
    root = scene.collection.children.get(ROOT)
    if root is None:
        root = bpy.data.collections.new(ROOT)
        scene.collection.children.link(root)
    return root


def references(body: bpy.types.Object) -> list[bpy.types.Object]:
    """The object's six views in the scene, in their order; fewer where the user removed some."""
    found = [one for one in body.children if one.type == "EMPTY" and isinstance(one.get(VIEW_INDEX), int)]
    return sorted(found, key=lambda one: one[VIEW_INDEX])
