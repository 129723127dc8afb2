"""Cancelled at every stage, from before the server runs to after the first of several results."""

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


def start(**settings):
    """Presses the button; the new job as the panel sees it."""
    open_mug(**settings)
    bpy.ops.deocc.reconstruct()
    return watch.board.newest_first[0]


def cancel(job) -> None:
    assert bpy.ops.deocc.cancel(job_id=job.id) == {"FINISHED"}


def nothing_left(job) -> None:
    """The job says that it was cancelled; no placeholder, no collection and no object of it stay behind."""
    pump_to_the_end()
    assert (job.state, job.fault, job.placed) == ("cancelled", None, 0), job
    assert not placeholders() and not bodies() and not bpy.data.collections["DeOcc"].children
    assert bpy.ops.deocc.dismiss(job_id=job.id) == {"FINISHED"} and job.id not in watch.board.jobs


# while the server is still starting
assert not (FOLDER / "data" / "server.json").exists()
job = start(variants=1, name="Before the server")
pump(lambda: watch.board.link.state == "starting", "the start")
cancel(job)
nothing_left(job)

# on its way to the server: whether it had arrived there or not
job = start(variants=16, name="On its way")
cancel(job)
nothing_left(job)
pump(lambda: watch.board.link.state == "ready", "the server")
job = start(variants=16, name="On its way again")
cancel(job)
nothing_left(job)

# its placeholder moved into a collection of the user's own: that one is not ours to remove
job = start(variants=16, name="Moved")
[place], shelf = placeholders(), bpy.data.collections.new("Shelf")
bpy.context.scene.collection.children.link(shelf)
[home] = place.users_collection
shelf.objects.link(place)
home.objects.unlink(place)
cancel(job)
pump_to_the_end()
assert not placeholders() and "Shelf" in bpy.context.scene.collection.children
bpy.data.collections.remove(home)

# waiting behind another job, which is not harmed
first = start(variants=3, name="First")
pump(lambda: first.server_id, "its arrival there")  # else the second may overtake it
second = start(variants=1, name="Second")
pump(lambda: second.state == "queued" and first.state == "running", "the queue")
cancel(second)
pump(lambda: second.state == "cancelled", "the cancelled one")
assert [place.name for place in placeholders()] in ([], ["First …"])
pump_to_the_end()
assert (first.state, first.placed, second.placed) == ("done", 3, 0)
bpy.data.objects.remove(bodies()[0])

# running, before its first result and after it: what is made already stays
job = start(variants=16, name="Running")
pump(lambda: job.state == "running" and job.pictures, "its first picture")
assert "A job is running; cancel it first" in refusal(bpy.ops.deocc.server_stop)
cancel(job)
pump_to_the_end()
assert job.state == "cancelled" and job.placed <= 1 and not placeholders()  # one may have been just done
for body in bodies():
    bpy.data.objects.remove(body)
job = start(variants=16, name="Half done")
pump(lambda: job.placed == 2, "two of sixteen")
cancel(job)
pump_to_the_end()
[body] = bodies()
assert job.state == "cancelled" and 2 <= len(scene.variants(body)) <= 4 and "deocc_job" not in body

# over: there is nothing to cancel
assert "No job is running" in refusal(bpy.ops.deocc.cancel)
# and the server has none left at work
client, _ = module("server_process").open_client(module("preferences").connection(), start=False)
assert {one.state for one in client.jobs()} <= {"done", "cancelled"}
client.close()
end()
