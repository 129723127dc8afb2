"""Cancel, a deleted placeholder, another file meanwhile, a server killed midway, and a stranger's file."""

import json
import os
import signal
import uuid

import bpy

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
    refusal,
)

enable()
watch, scene = module("watch"), module("scene")


def newest():
    return list(watch.board.jobs.values())[-1]


# cancel takes the placeholder and its collection away
open_mug(variants=16, name="Cancelled")
bpy.ops.deocc.reconstruct()
pump(lambda: newest().state == "running" and newest().stage, "the first stage")
assert bpy.ops.deocc.cancel(job_id=newest().id) == {"FINISHED"}
pump_to_the_end()
assert newest().state == "cancelled" or newest().placed, newest()
assert not placeholders() and (bodies() or "Cancelled" not in bpy.data.collections)
for body in bodies():
    bpy.data.objects.remove(body)

# cancel before anything was sent
bpy.ops.deocc.reconstruct()
bpy.ops.deocc.cancel()
pump_to_the_end()
assert newest().state == "cancelled" and not placeholders()

# a deleted placeholder: the result waits, and is put down when asked
open_mug(variants=1, name="Deleted")
bpy.ops.deocc.reconstruct()
bpy.data.objects.remove(placeholders()[0])
pump_to_the_end()
assert newest().state == "done" and len(newest().waiting) == 1 and not bodies()
assert bpy.ops.deocc.place_result(job_id=newest().id) == {"FINISHED"}
assert [body.name for body in bodies()] == ["Deleted"] and not newest().waiting

# another file meanwhile: nothing lands in it
open_mug(variants=1, name="Elsewhere")
bpy.ops.deocc.reconstruct()
bpy.ops.wm.read_homefile(use_empty=True)
pump_to_the_end()
assert not bodies() and len(newest().waiting) == 1

# the server is killed midway: it is started again and the job comes whole
open_mug(variants=4, name="Killed")
bpy.ops.deocc.reconstruct()
pump(lambda: newest().state == "running", "the job's start")
os.kill(json.loads((FOLDER / "data" / "server.json").read_text())["pid"], signal.SIGKILL)
pump_to_the_end()
assert (newest().state, newest().placed) == ("done", 4), newest().fault
assert len(scene.variants(bodies()[0])) == 4

# a mask of another size is refused at the door, and a photo that is none
other = bpy.data.images.new("other.png", 10, 10)
other.filepath_raw, other.file_format = str(FOLDER / "other.png"), "PNG"
other.save()
said = refusal(lambda: bpy.ops.deocc.mask_file(filepath=str(FOLDER / "other.png"), target="OCCLUDER"))
assert "The mask is 10×10 pixels, the photo 96×64" in said
(FOLDER / "no.png").write_text("no picture")
assert "is not a picture" in refusal(lambda: bpy.ops.deocc.open_photo(filepath=str(FOLDER / "no.png")))
assert "There is no file" in refusal(lambda: bpy.ops.deocc.open_photo(filepath=str(FOLDER / "gone.png")))
assert bpy.context.scene.deocc.photo.name == "mug.png"

# a stranger's file: its placeholders make nobody contact anything, its recipes are checked
place = bpy.data.objects.new("Trap", None)
bpy.context.scene.collection.objects.link(place)
jobs = set(watch.board.jobs)
for job_id, server_id in (("../../x", "s"), (str(uuid.uuid4()), "another server"), (7, 8)):
    place["deocc_job"], place["deocc_server"] = job_id, server_id
    watch.look_now()
    pump(lambda: watch.board.link.state == "ready", "the link")
    assert set(watch.board.jobs) == jobs
body = bodies()[0]
bpy.context.view_layer.objects.active = body
body["deocc_recipe"] = json.dumps(
    {"recipe": {"photo": "../../etc/passwd", "object_mask": "x", "options": {}}}
)
assert "The recipe on this object is damaged" in refusal(bpy.ops.deocc.new_seeds)
body["deocc_recipe"] = "{"
assert "Select an object made by DeOcc" in refusal(bpy.ops.deocc.new_seeds)
end()
