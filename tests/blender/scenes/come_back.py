"""The file is opened again: the result lands where the placeholder stands."""

import bpy

from tests.blender.stage import FOLDER, bodies, end, module, placeholders, pump

bpy.ops.wm.read_userpref()  # as Blender does when it starts: the extension is enabled, its server known
bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "waiting.blend"))
assert len(placeholders()) == 1
pump(bodies, "the object")
pump(lambda: len(module("scene").variants(bodies()[0])) == 3, "all three variants")
assert not placeholders()
end()
