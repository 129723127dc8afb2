"""Bodies, light and ground as Blender's data, in a scene of their own; only blender.py imports this."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import mathutils
import numpy as np
from numpy.typing import NDArray

from deocc.data.blender_recipe import Body, Ground, Light
from deocc.data.textured import Textured
from deocc.geometry.glb import linear
from deocc.geometry.mesh import Mesh, area_normals

GROUND_RADIUS = 60.0  # object units: its edge is the horizon
GROUND_SIDES = 96
CREASE_DEG = 35.0  # a face that leans further from the mean about its corner than this has an edge there
COLOURS, UV = "colours", "uv"


@dataclass(frozen=True)
class Scene:
    """What fill_scene made: Blender's scene, an object for each body, the ground's or None, the camera."""

    blender: bpy.types.Scene
    bodies: tuple[bpy.types.Object, ...]
    ground: bpy.types.Object | None
    camera: bpy.types.Object


def fill_scene(bodies: Sequence[Body], light: Light, ground: Ground | None) -> Scene:
    """A new scene with all bodies, the ground, sky, sun and a camera to aim."""
    scene = bpy.data.scenes.new("deocc")
    placed = tuple(_placed(scene, _body_mesh(body.textured), body.object_from_mesh) for body in bodies)
    floor = None
    if ground is not None:
        floor = _placed(scene, _ground_mesh(ground), np.eye(4))
    _light(scene, light)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.clip_start, camera.data.clip_end = 0.01, 4 * GROUND_RADIUS
    scene.collection.objects.link(camera)
    scene.camera = camera
    return Scene(scene, placed, floor, camera)


def free_scene(scene: Scene) -> None:
    """Takes the scene and all that was made for it out of Blender, which would keep them to the end."""
    settings = scene.blender.render
    settings.use_persistent_data = False  # a picture without it makes Cycles let go of the bodies: else
    settings.resolution_x = settings.resolution_y = 8  # it reads them after they are gone, and crashes
    scene.blender.cycles.samples = 1
    bpy.ops.render.render(scene=scene.blender.name)
    objects = list(scene.blender.objects)
    made = [item.data for item in objects]
    materials = {item.active_material for item in objects} - {None}
    nodes = [node for material in materials for node in material.node_tree.nodes]
    images = [node.image for node in nodes if node.bl_idname == "ShaderNodeTexImage"]
    sky = scene.blender.world
    bpy.data.scenes.remove(scene.blender)
    bpy.data.batch_remove([*objects, *made, *materials, *images, sky])


def linear_light(rgb: tuple[float, float, float]) -> NDArray[np.float32]:
    """(3,) linear light 0..1 of sRGB 0..255."""
    return linear(np.clip(np.round(rgb), 0, 255).astype(np.uint8))


def _placed(scene: bpy.types.Scene, mesh: bpy.types.Mesh, object_from_mesh: NDArray) -> bpy.types.Object:
    made = bpy.data.objects.new(mesh.name, mesh)
    made.matrix_world = object_from_mesh.T.tolist()  # Blender takes columns
    scene.collection.objects.link(made)
    return made


def _body_mesh(textured: Textured) -> bpy.types.Mesh:
    mesh = textured.mesh
    made = bpy.data.meshes.new("body")
    count, corners = len(mesh.faces), np.ascontiguousarray(mesh.faces, np.int32).reshape(-1)
    made.vertices.add(len(mesh.vertices))
    made.vertices.foreach_set("co", np.ascontiguousarray(mesh.vertices, np.float32).reshape(-1))
    made.loops.add(3 * count)
    made.loops.foreach_set("vertex_index", corners)
    made.polygons.add(count)
    made.polygons.foreach_set("loop_start", np.arange(0, 3 * count, 3, dtype=np.int32))
    if textured.texture is not None:
        uv = np.ascontiguousarray(mesh.uv[corners], np.float32)
        made.uv_layers.new(name=UV).data.foreach_set("uv", uv.reshape(-1))
    elif mesh.colours is not None:
        light = np.ones((len(mesh.vertices), 4), np.float32)
        light[:, :3] = linear(mesh.colours)
        attribute = made.color_attributes.new(COLOURS, "FLOAT_COLOR", "POINT")
        attribute.data.foreach_set("color", light.reshape(-1))
    made.update(calc_edges=True)
    made.normals_split_custom_set(corner_normals(mesh).tolist())
    made.materials.append(_body_material(textured))
    return made


def corner_normals(mesh: Mesh) -> NDArray[np.float32]:
    """(3 * M, 3) unit normals of the faces' corners: round where the surface is, flat at its edges."""
    places, place = mesh.weld()
    faces = place[mesh.faces]
    a, b, c = (places[faces[:, i]].astype(np.float64) for i in range(3))
    own = np.repeat(_unit(np.cross(b - a, c - a)), 3, axis=0)
    mean = _unit(area_normals(places, faces))[faces.reshape(-1)]
    is_round = (own * mean).sum(axis=1) > math.cos(math.radians(CREASE_DEG))
    return np.where(is_round[:, None], mean, own).astype(np.float32)


def _unit(vectors: NDArray) -> NDArray[np.float64]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)


def _body_material(textured: Textured) -> bpy.types.Material:
    """Matte, its base colour from the texture or the vertices."""
    made, tree, diffuse = _matte("body")
    if textured.texture is None:
        colour = tree.nodes.new("ShaderNodeAttribute")
        colour.attribute_name = COLOURS
    else:
        colour = tree.nodes.new("ShaderNodeTexImage")
        colour.image = _image(textured.texture)
        colour.interpolation, colour.extension = "Linear", "EXTEND"  # as geometry/raycast.py reads it
    tree.links.new(colour.outputs["Color"], diffuse.inputs["Color"])
    return made


def _emptied(owner: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    if owner.node_tree is None:  # until Blender 5
        owner.use_nodes = True
    assert owner.node_tree is not None
    owner.node_tree.nodes.clear()
    return owner.node_tree


def _matte(name: str):
    """A material of one diffuse surface: the material, its node tree, the diffuse node."""
    made = bpy.data.materials.new(name)
    tree = _emptied(made)
    diffuse, surface = tree.nodes.new("ShaderNodeBsdfDiffuse"), tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(diffuse.outputs["BSDF"], surface.inputs["Surface"])
    return made, tree, diffuse


def _image(texture: NDArray[np.uint8]) -> bpy.types.Image:
    height, width = texture.shape[:2]
    made = bpy.data.images.new("texture", width, height)
    shares = np.ones((height, width, 4), np.float32)
    shares[..., :3] = texture[::-1].astype(np.float32) / 255  # Blender's row 0 is at the bottom
    made.pixels.foreach_set(shares.reshape(-1))
    made.update()
    return made


def _ground_mesh(ground: Ground) -> bpy.types.Mesh:
    turns = np.arange(GROUND_SIDES) * (2 * math.pi / GROUND_SIDES)
    ring = [(GROUND_RADIUS * math.cos(t), GROUND_RADIUS * math.sin(t), ground.height) for t in turns]
    made = bpy.data.meshes.new("ground")
    made.from_pydata(ring, [], [tuple(range(GROUND_SIDES))])
    material, _, diffuse = _matte("ground")
    diffuse.inputs["Color"].default_value = (*linear_light(ground.rgb).tolist(), 1)
    made.materials.append(material)
    return made


def _light(scene: bpy.types.Scene, light: Light) -> None:
    world = bpy.data.worlds.new("sky")
    tree = _emptied(world)
    sky, output = tree.nodes.new("ShaderNodeBackground"), tree.nodes.new("ShaderNodeOutputWorld")
    sky.inputs["Color"].default_value = (1, 1, 1, 1)
    sky.inputs["Strength"].default_value = light.sky_strength
    tree.links.new(sky.outputs["Background"], output.inputs["Surface"])
    world.cycles.sampling_method = "NONE"  # an even sky is found by rays of the surface's own, without noise
    scene.world = world
    sun = bpy.data.lights.new("sun", "SUN")
    sun.energy = light.sun_strength * math.pi  # W/m²: a white matte surface sends 1/π of it to the camera
    sun.angle = math.radians(light.sun_angle_deg)
    made = bpy.data.objects.new("sun", sun)
    made.rotation_euler = mathutils.Vector(light.sun_direction).to_track_quat("Z", "Y").to_euler()
    scene.collection.objects.link(made)
