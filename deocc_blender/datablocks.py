"""Package -> mesh, material and image datablocks, each complete in itself; scene.py puts them together."""

from __future__ import annotations

import logging

import bpy
import numpy as np
from mathutils import Matrix, Vector

from .package import Camera, Package

log = logging.getLogger(__name__)

GROUP, ORDER, RECIPE, SEED = "deocc_group", "deocc_order", "deocc_recipe", "deocc_seed"
NOTES = "deocc_notes"  # sentences for the user, one a line; missing where there are none
POSES = "deocc_poses"  # of the six views relative to the object, 6 * 16 numbers
VIEW = "deocc_view_{}"
COLOURS = "Color"  # a mesh without texture has this attribute
FROM_OPENCV = Matrix(((1, 0, 0, 0), (0, -1, 0, 0), (0, 0, -1, 0), (0, 0, 0, 1)))  # x right, y down -> y up
SHARP_EDGE_RAD = 0.7  # 40°: box edges stay sharp, round bodies smooth


def variant_mesh(package: Package, group: str, scale: Vector) -> bpy.types.Mesh:
    """A mesh datablock with everything that belongs to this variant, `scale` applied."""
    low, high = package.mesh.vertices.min(axis=0), package.mesh.vertices.max(axis=0)
    bottom = Vector(((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]))
    local_from_object = Matrix.Diagonal(scale.to_4d()) @ Matrix.Translation(-bottom)
    mesh = _mesh(package, local_from_object)
    poses = [local_from_object @ blender_pose(camera) for camera in package.cameras]
    mesh[POSES] = [number for pose in poses for row in pose for number in row]
    known = [int(one.get(ORDER, 0)) for one in bpy.data.meshes if one.get(GROUP) == group]
    mesh[ORDER] = 1 + max(known, default=0)
    mesh[GROUP], mesh[RECIPE], mesh[SEED] = group, package.recipe, str(package.seed)
    if package.notes:
        mesh[NOTES] = "\n".join(package.notes)
    mesh.materials.append(_material(package))
    for i, view in enumerate(package.views):
        picture = mesh[VIEW.format(i)] = _packed(f"{package.name} view {i + 1}", view)
        picture.preview_ensure()  # for the panel; Blender makes it in the background
    mesh.use_fake_user = True  # variants that are not shown stay in the file
    return mesh


def blender_pose(camera: Camera) -> Matrix:
    """object_from_camera for Blender's camera axes (x right, y up, looking along −z)."""
    return Matrix(camera.object_from_camera) @ FROM_OPENCV


def _mesh(package: Package, local_from_object: Matrix) -> bpy.types.Mesh:
    data = package.mesh
    turn = np.array(local_from_object, np.float32)
    vertices = data.vertices @ turn[:3, :3].T + turn[:3, 3]
    mesh = bpy.data.meshes.new(package.name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, np.float32).reshape(-1))
    corners = data.faces.reshape(-1)
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(corners, np.int32))
    mesh.polygons.add(len(data.faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, len(corners), 3, dtype=np.int32))
    if data.loop_uv is not None:
        uv = mesh.uv_layers.new(name="UVMap", do_init=False)
        uv.uv.foreach_set("vector", np.ascontiguousarray(data.loop_uv, np.float32).reshape(-1))
    if data.colours is not None:
        _add_colours(mesh, data.colours)
    for name, values in (("_SEEN", data.seen), ("_CONFIDENCE", data.confidence)):
        if values is not None:
            mesh.attributes.new(name, "FLOAT", "POINT").data.foreach_set("value", values)
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    mesh.set_sharp_from_angle(angle=SHARP_EDGE_RAD)
    if mesh.validate():
        mesh.update()
    return mesh


def _add_colours(mesh: bpy.types.Mesh, colours: np.ndarray) -> None:
    """(N, 3) linear light as the mesh's colour attribute; Blender keeps floats as linear light too."""
    rgba = np.ones((len(colours), 4), np.float32)
    rgba[:, :3] = colours
    added = mesh.color_attributes.new(COLOURS, "FLOAT_COLOR", "POINT")
    added.data.foreach_set("color", rgba.reshape(-1))
    mesh.color_attributes.active_color_name = COLOURS  # what Workbench's “Attribute” shows
    mesh.color_attributes.render_color_index = mesh.color_attributes.find(COLOURS)


def _material(package: Package) -> bpy.types.Material:
    material = bpy.data.materials.new(package.name)
    if material.node_tree is None:  # 4.x; since 5.0 a material always has nodes
        material.use_nodes = True
    tree = material.node_tree
    assert tree is not None
    nodes, links = tree.nodes, tree.links
    nodes.clear()
    output = nodes.new("ShaderNodeOutputMaterial")
    surface = nodes.new("ShaderNodeBsdfPrincipled")
    if package.mesh.texture is None:
        colours = nodes.new("ShaderNodeVertexColor")
        colours.layer_name = COLOURS
    else:
        colours = nodes.new("ShaderNodeTexImage")
        ending = "png" if package.mesh.texture_type == "image/png" else "jpg"
        colours.image = _packed(f"{package.name} texture.{ending}", package.mesh.texture)
    surface.location, colours.location, output.location = (-300, 0), (-600, 0), (0, 0)
    surface.inputs["Roughness"].default_value = package.mesh.roughness
    surface.inputs["Metallic"].default_value = package.mesh.metallic
    links.new(colours.outputs["Color"], surface.inputs["Base Color"])
    links.new(surface.outputs["BSDF"], output.inputs["Surface"])
    return material


def _packed(name: str, data: bytes) -> bpy.types.Image:
    image = bpy.data.images.new(name, 8, 8)
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    tag_srgb(image)
    return image


def tag_srgb(image: bpy.types.Image) -> None:
    """Says that an image's pixels are sRGB. A studio's own OpenColorIO settings may not know that name; what
    they take an 8-bit picture for by default is then the best there is."""
    try:
        image.colorspace_settings.name = "sRGB"
    except TypeError:
        log.info("no colour space sRGB here; %s stays %s", image.name, image.colorspace_settings.name)
