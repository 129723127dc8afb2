"""A deleted placeholder, a killed worker and server, a folder that can't be written, a stranger's file."""

import json
import os
import signal
import uuid
from pathlib import Path

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
    refusal,
)

enable()
watch, scene = module("watch"), module("scene")
DATA = FOLDER / "data"


def start(**settings):
    open_mug(**settings)
    bpy.ops.deocc.reconstruct()
    return watch.board.newest_first[0]


def server_pid() -> int:
    return json.loads((DATA / "server.json").read_text())["pid"]


# a data folder that can't be written: the server's own sentence, and the job is sent when that is mended
said = module("preferences").preferences()
(FOLDER / "taken").write_text("a file where the data folder should be")
said.data_dir = str(FOLDER / "taken")
job = start(name="Late")
pump_to_the_end()
assert (job.state, job.fault.message) == ("failed", "The server did not start.")
assert str(FOLDER / "taken") in job.fault.hint and len(placeholders()) == 1
said.data_dir = ""
assert bpy.ops.deocc.retry(job_id=job.id) == {"FINISHED"}
pump_to_the_end()
assert [body.name for body in bodies()] == ["Late"] and not placeholders()

# a deleted placeholder: the result waits, and is put down when asked
job = start(variants=1, name="Deleted")
bpy.data.objects.remove(placeholders()[0])
pump_to_the_end()
assert job.state == "done" and len(job.waiting) == 1 and len(bodies()) == 1
assert "its placeholder is gone" in drawn("DEOCC_PT_view_results").replace("\n", " ")
assert bpy.ops.deocc.place_result(job_id=job.id) == {"FINISHED"}
assert [body.name for body in bodies()] == ["Deleted", "Late"] and not job.waiting

# the worker is killed midway: a sentence, and Try Again makes it where its placeholder stands
job = start(variants=3, name="Worker")
placeholders()[0].location = (3, 2, 1)
pump(lambda: job.state == "running" and job.stage, "the job's start")
workers = [
    int(pid)
    for task in Path(f"/proc/{server_pid()}/task").iterdir()
    for pid in (task / "children").read_text().split()
]
for pid in workers:
    os.kill(pid, signal.SIGKILL)
pump_to_the_end()
assert job.state == "failed" and job.fault.code == "worker_died", job
assert "[deocc.retry]" in drawn("DEOCC_PT_view_results")
assert bpy.ops.deocc.retry(job_id=job.id) == {"FINISHED"}
pump_to_the_end()
body = bpy.data.objects["Worker"]
assert tuple(body.location) == (3, 2, 1) and len(scene.variants(body)) == 3 and not placeholders()

# the server is killed midway: it is started again, and the job comes whole
job = start(variants=2, name="Killed")
pump(lambda: job.state == "running", "the job's start")
os.kill(server_pid(), signal.SIGKILL)
pump(lambda: watch.board.link.state == "lost", "the loss")
assert "Lost the server. Reconnecting… your job is kept." in drawn("DEOCC_PT_view_main")
pump_to_the_end()
assert (job.state, job.placed) == ("done", 2), job.fault
assert len(scene.variants(bpy.data.objects["Killed"])) == 2

# another seed whose picture the server no longer has: a sentence, and the object is unharmed
body = bpy.data.objects["Killed"]
recipe = json.loads(body["deocc_recipe"])
recipe["recipe"]["photo"] = "0" * 64
body["deocc_recipe"] = json.dumps(recipe)
bpy.context.view_layer.objects.active = body
assert bpy.ops.deocc.new_seeds() == {"FINISHED"}
job = watch.board.newest_first[0]
pump_to_the_end()
assert (job.state, job.fault.code) == ("failed", "image_missing") and len(scene.variants(body)) == 2
bpy.ops.deocc.dismiss(job_id=job.id)
assert "deocc_job" not in body

# a stranger's file: its placeholders make nobody contact anything, its recipes are checked
place = bpy.data.objects.new("Trap", None)
bpy.context.scene.collection.objects.link(place)
jobs = set(watch.board.jobs)
for job_id, server_id in (("../../x", "s"), (str(uuid.uuid4()), "another server"), (7, 8)):
    place["deocc_job"], place["deocc_server"] = job_id, server_id
    watch.look_now()
    pump(lambda: watch.board.link.state == "ready", "the link")
    assert set(watch.board.jobs) == jobs
    assert drawn("DEOCC_PT_view_results")
body["deocc_recipe"] = json.dumps(
    {"recipe": {"photo": "../../etc/passwd", "object_mask": "x", "options": {}}}
)
assert "The recipe on this object is damaged" in refusal(bpy.ops.deocc.new_seeds)
body["deocc_recipe"] = "{"
assert "Select an object made by DeOcc" in refusal(bpy.ops.deocc.new_seeds)
end()
