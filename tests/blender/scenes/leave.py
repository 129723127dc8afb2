"""A job is sent, its file saved, and Blender ends before the result is there."""

import bpy

from tests.blender.stage import FOLDER, enable, end, module, open_mug, placeholders, pump

enable()
open_mug(variants=3, name="Mug")
bpy.ops.deocc.reconstruct()
[place] = placeholders()
pump(lambda: place.get("deocc_server"), "the server's id")
assert set(place.keys()) == {"deocc_job", "deocc_server"}
bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "waiting.blend"))
bpy.ops.wm.save_userpref()
module("watch").end()
end()
