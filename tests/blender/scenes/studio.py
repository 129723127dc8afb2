"""Under a studio's own OpenColorIO settings, which know no sRGB, the object lands all the same."""

import bpy

from tests.blender.stage import bodies, enable, end, module, open_mug, pump

probe = bpy.data.images.new("probe", 8, 8)
assert probe.colorspace_settings.name == "Studio byte"  # or the settings were not read
bpy.data.images.remove(probe)

enable()
open_mug(seed=5)
assert bpy.ops.deocc.reconstruct() == {"FINISHED"}
pump(bodies, "the object")
[job] = module("watch").board.jobs.values()
assert not job.fault and job.placed == 1
[texture] = [node.image for node in bodies()[0].data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE"]
assert texture.packed_file and texture.colorspace_settings.name == "Studio byte"
end()
