"""What a result says about itself stands in the panel with the variant that is shown, and only with it."""

import bpy

from tests.blender.drawn import drawn, icons
from tests.blender.stage import FOLDER, enable, end, module

enable()
scene, package = module("scene"), module("package")
plain, noted = (package.read_package((FOLDER / f"{name}.zip").read_bytes()) for name in ("plain", "noted"))
NOTE = "Geometry alone was used: only 150 pixels of the object are seen."


def results() -> str:
    return drawn("DEOCC_PT_view_results")


body = scene.put_down(bpy.context, plain)
bpy.context.view_layer.objects.active = body
assert "[deocc.new_seeds]" in results() and "INFO" not in icons("DEOCC_PT_view_results")

scene.show_variant(body, scene.add_variant(body, noted))
said = results()
assert f"{NOTE} Its back is guessed." in said, said
assert said.count("Geometry alone") == 1 and icons("DEOCC_PT_view_results").count("INFO") == 1
assert said.index("variant 2 of 2") < said.index("[deocc.variant_keep]") < said.index(NOTE)

# lines no wider than the sidebar as Blender opens it
drawing = module("drawing")
lines = drawing.wrapped(NOTE, drawing.line_px(drawing.ICON_PX))
assert len(lines) > 1 and all(line in said for line in lines)

bpy.ops.deocc.variant_step(step=-1)
assert "variant 1 of 2" in results() and NOTE not in results()
bpy.ops.deocc.variant_step()
assert NOTE in results()

bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "noted.blend"))
bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "noted.blend"))
body = bpy.context.view_layer.objects.active
assert NOTE in results() and scene.notes(body) == list(noted.notes)

# a file is not to be trusted
body.data["deocc_notes"] = 7
assert scene.notes(body) == [] and "INFO" not in icons("DEOCC_PT_view_results")
end()
