"""A saved scene opened again: everything is packed, and variants are stepped through without a server."""

import bpy

from tests.blender.stage import FOLDER, bodies, enable, end, module

enable()
bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "done.blend"))
[body] = bodies()
scene = module("scene")
bpy.context.view_layer.objects.active = body
assert len(scene.variants(body)) == 3
assert bpy.ops.deocc.variant_step() == {"FINISHED"} and body["deocc_seed"] == "5"
for view in scene.references(body):
    assert view.data.packed_file and tuple(view.data.size) == (320, 320)
[texture] = [node.image for node in body.data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE"]
assert min(texture.size) > 8 and texture.packed_file
# a copy that shows another variant keeps it
copy = body.copy()
bpy.context.scene.collection.objects.link(copy)
scene.show_variant(copy, scene.variants(body)[1])
assert bpy.ops.deocc.variant_keep() == {"FINISHED"} and len(scene.variants(body)) == 2
bpy.data.objects.remove(copy)
assert bpy.ops.deocc.variant_keep() == {"FINISHED"} and len(scene.variants(body)) == 1
# and nothing of the others stays in the file: mesh, material, texture, six views
assert len([mesh for mesh in bpy.data.meshes if "deocc_group" in mesh]) == 1
assert len(bpy.data.materials) == 1
made = [image for image in bpy.data.images if image.name.startswith("Mug ")]
assert len(made) == 1 + 6 and texture in made, [image.name for image in made]
end()
