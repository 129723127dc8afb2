"""An object's colours are those of its pictures to the byte, whether a texture holds them or its vertices."""

import bpy
import numpy as np

from tests.blender.stage import FOLDER, enable, end, module

enable()
scene = bpy.context.scene
scene.render.engine = "CYCLES"  # the one that needs no window
scene.render.dither_intensity = 0
scene.cycles.samples, scene.cycles.device = 1, "CPU"
scene.cycles.use_denoising = False  # it rings in pictures of one colour
scene.view_settings.view_transform = "Standard"
scene.render.resolution_x = scene.render.resolution_y = 16
scene.render.image_settings.file_format = "PNG"
camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
camera.data.type, camera.data.ortho_scale = "ORTHO", 0.1  # well inside the front of the box
camera.location, camera.rotation_euler = (0, -3, 0.1), (np.pi / 2, 0, 0)
scene.collection.objects.link(camera)
scene.camera = camera


def shown(name: str) -> np.ndarray:
    """(16, 16, 3) bytes of the object's front, its base colour without light."""
    package = module("package").read_package((FOLDER / f"{name}.zip").read_bytes())
    body = module("scene").put_down(bpy.context, package)
    body.location = (0, 0, 0)
    tree = body.data.materials[0].node_tree
    [surface] = [node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"]
    [output] = [node for node in tree.nodes if node.type == "OUTPUT_MATERIAL"]
    emission = tree.nodes.new("ShaderNodeEmission")
    tree.links.new(surface.inputs["Base Color"].links[0].from_socket, emission.inputs["Color"])
    tree.links.new(emission.outputs["Emission"], output.inputs["Surface"])
    scene.render.filepath = str(FOLDER / f"{name}_rendered.png")
    bpy.ops.render.render(write_still=True)
    body.hide_render = True
    picture = bpy.data.images.load(scene.render.filepath)
    return np.round(np.array(picture.pixels).reshape(16, 16, 4)[..., :3] * 255).astype(int)


textured, coloured = shown("textured"), shown("coloured")
[mesh] = [one for one in bpy.data.meshes if one.color_attributes]
assert mesh.color_attributes.active_color.domain == "POINT" and not mesh.uv_layers
assert mesh.color_attributes.active_color.data_type == "FLOAT_COLOR"
assert mesh.color_attributes.render_color_index == 0
for name, found in (("textured", textured), ("coloured", coloured)):
    expected = np.load(FOLDER / "expected.npy")
    assert np.abs(found - expected).max() <= 1, (name, found[8, 8], expected)
end()
