"""What a user does while a job runs: renames, moves, copies; another scene; another file and back."""

import bpy

from tests.blender.drawn import drawn
from tests.blender.stage import (
    FOLDER,
    bodies,
    enable,
    end,
    module,
    open_mug,
    placeholders,
    pump,
    pump_to_the_end,
)

enable()
watch, scene = module("watch"), module("scene")
LONG = 2  # variants: two seconds in which a user has time for all of this


def start(**settings):
    open_mug(**settings)
    bpy.ops.deocc.reconstruct()
    return watch.board.newest_first[0]


def named(name: str) -> bpy.types.Object:
    return bpy.data.objects[name]


# renamed, moved into a collection of the user's own, hidden in the viewport: the object takes all of it over
job = start(variants=LONG, name="Mug")
[place] = placeholders()
shelf = bpy.data.collections.new("Shelf")
bpy.context.scene.collection.children.link(shelf)
for home in place.users_collection:
    home.objects.unlink(place)
shelf.objects.link(place)
place.name, place.location, place.rotation_euler = "Tea cup", (0, 0, 3), (0, 0, 1)
pump_to_the_end()
body = named("Tea cup")
assert (job.state, job.placed, job.name) == ("done", LONG, "Tea cup") and len(scene.variants(body)) == LONG
assert list(body.users_collection) == [shelf] and tuple(body.location) == (0, 0, 3)
assert abs(body.rotation_euler.z - 1) < 1e-6 and not placeholders()

# Blender drags objects or renders: the result waits until it has done so
landing = module("landing")
free, landing._hands_full = landing._hands_full, lambda: True  # no dragging without a window
job = start(variants=1, name="Dragged")
pump(lambda: job.state == "done", "the result")
watch.poll_once()
assert "Dragged is done and about to be placed." in drawn("DEOCC_PT_view_results")
assert len(job.arrived) == 1 and [one.name for one in placeholders()] == ["Dragged …"]
landing._hands_full = free
pump_to_the_end()
assert job.placed == 1 and named("Dragged").type == "MESH"

# two of one name: Blender numbers them, without the placeholder's dots
for _ in range(2):
    start(variants=1, name="Twin")
pump_to_the_end()
assert {"Twin", "Twin.001"} <= {one.name for one in bodies()}

# a copy of the placeholder: one object, not two halves of one
job = start(variants=2, name="Copied")
copy = placeholders()[0].copy()
bpy.context.scene.collection.objects.link(copy)
pump_to_the_end()
landed = [one for one in bodies() if one.name.startswith("Copied")]
assert len(landed) == 1 and len(scene.variants(landed[0])) == 2
for place in placeholders():
    bpy.data.objects.remove(place)

# another Blender scene comes to the front: each result lands in the scene whose button was pressed
here = bpy.context.scene
start(variants=LONG, name="In the first")
there = bpy.data.scenes.new("Second")
bpy.context.window.scene = there
assert there.deocc.photo is None  # each scene has its own photo
for name in ("In the second", "In the second too"):
    start(variants=1, name=name)
pump_to_the_end()
assert named("In the first").users_scene == (here,)
assert named("In the second").users_scene == named("In the second too").users_scene == (there,)
[root] = there.collection.children  # one collection for both
assert root.name.startswith("DeOcc") and len(root.children) == 2

# its scene is deleted: the result waits, and is put down in the scene in front when asked
job = start(variants=1, name="Homeless")
bpy.context.window.scene = here
bpy.data.scenes.remove(there)
pump_to_the_end()
assert job.state == "done" and len(job.waiting) == 1 and "Homeless" not in bpy.data.objects
assert bpy.ops.deocc.place_result(job_id=job.id) == {"FINISHED"}
assert named("Homeless").users_scene == (here,)

# another file and back: what came meanwhile lands where the placeholder stands
job = start(variants=1, name="Left behind")
pump(lambda: placeholders()[0].get("deocc_server"), "the server's id")
placeholders()[0].location = (7, 0, 0)
bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "left.blend"))
bpy.ops.wm.read_homefile(use_empty=True)
pump_to_the_end()
assert len(job.waiting) == 1 and not bodies()
bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "left.blend"))
pump(lambda: "Left behind" in bpy.data.objects, "the object")
assert tuple(named("Left behind").location) == (7, 0, 0) and not placeholders()

# landed, but the file not saved since: opened again, it lands again
bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "left.blend"))
assert len(placeholders()) == 1 and "Left behind" not in bpy.data.objects
pump(lambda: "Left behind" in bpy.data.objects, "the object, once more")
pump_to_the_end()
assert not placeholders()

# saved between two results: opened again, the object gets what it lacks, and nothing twice
job = start(variants=LONG, name="Half")
pump(lambda: job.placed == 1, "the first")
bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "half.blend"))
pump_to_the_end()
bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "half.blend"))
assert len(scene.variants(named("Half"))) == 1
pump(lambda: len(scene.variants(named("Half"))) == LONG, "the others")
pump_to_the_end()
assert len(scene.variants(named("Half"))) == LONG and "deocc_job" not in named("Half")
end()
