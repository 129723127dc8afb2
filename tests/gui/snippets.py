"""What the tests' stories share: a photo opened, a slow job, a closer look. Snippets for `Window.ask`."""

from __future__ import annotations

from pathlib import Path

JOB_S = 60  # the draft takes a second; its server's and worker's start and a slow machine the rest
STATE_LINE = 'ours("states").state_line(ours("watch").board)'
RUNNING = "any(job.fraction > 0 for job in ours('watch').board.running)"
OPEN_PHOTO = """
areas("VIEW_3D")[0].spaces.active.shading.color_type = "TEXTURE"
bpy.ops.deocc.open_photo(filepath=PHOTO)
settings = bpy.context.scene.deocc
settings.name = "Cracker box"
answer = [image and image.name for image in (settings.photo, settings.object_mask, settings.occluder_mask)]
"""
SLOW_PUPPET = """
settings = bpy.context.scene.deocc
settings.backend = "puppet"
wanted = {"steps": ("as_int", STEPS), "step_s": ("as_float", 0.1)}
for option in settings.options_of("puppet"):
    if option.name in wanted:
        setattr(option, *wanted[option.name])
answer = settings.option_values("puppet")
"""
LOOK_CLOSER = """
area = areas("VIEW_3D")[0]
override = {"window": bpy.context.window_manager.windows[0], "area": area, "region": region(area, "WINDOW")}
with bpy.context.temp_override(**override):
    bpy.ops.view3d.view_selected()
"""
DESCRIBE = """
[body] = bodies()
textures = [node.image for node in body.data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE"]
views = [one for one in body.children if one.type == "EMPTY" and one.data is not None]
answer = {
    "name": body.name,
    "materials": len(body.data.materials),
    "triangles": len(body.data.polygons),
    "packed": [image.packed_file is not None for image in textures],
    "sides": [list(image.size) for image in textures],
    "views": [list(one.data.size) for one in views],
    "seen": "_SEEN" in body.data.attributes,
    "active": bpy.context.view_layer.objects.active == body,
}
"""


def open_photo(path: Path) -> str:
    return OPEN_PHOTO.replace("PHOTO", repr(str(path)))


def slow_puppet(steps: int) -> str:
    """A backend whose job takes a tenth of a second for each step."""
    return SLOW_PUPPET.replace("STEPS", str(steps))
