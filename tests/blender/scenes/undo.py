"""Undo and redo around an import and in the middle of a job; steps are pushed as a window pushes them."""

import bpy

from tests.blender.stage import bodies, enable, end, module, open_mug, placeholders, pump, pump_to_the_end

enable()
watch, scene = module("watch"), module("scene")


def push(words: str) -> None:
    assert bpy.ops.ed.undo_push(message=words) == {"FINISHED"}


def undo() -> None:
    assert bpy.ops.ed.undo() == {"FINISHED"}


def redo() -> None:
    assert bpy.ops.ed.redo() == {"FINISHED"}


def idle() -> None:
    """What the timer does in the next second."""
    for _ in range(10):
        watch.poll_once()


open_mug(name="Mug")
push("photo")
bpy.ops.deocc.reconstruct()
push("placeholder")
pump_to_the_end()
push("import")
recipe, seed = bodies()[0]["deocc_recipe"], bodies()[0]["deocc_seed"]

# one step back: the placeholder stands there again, and nothing lands on it behind the user's back
undo()
idle()
assert not bodies() and [one.name for one in placeholders()] == ["Mug …"]
# forward again: the object is whole, and in the scene
redo()
idle()
[body] = bodies()
assert (body["deocc_recipe"], body["deocc_seed"]) == (recipe, seed)
assert body.users_scene and not placeholders()
[texture] = [node.image for node in body.data.materials[0].node_tree.nodes if node.type == "TEX_IMAGE"]
assert texture.packed_file and min(texture.size) > 8 and len(scene.references(body)) == 6
assert all(view.data.packed_file for view in scene.references(body))

# two steps back and forward, then another seed: it finds the object
undo()
undo()
assert not bodies() and not placeholders()
redo()
redo()
assert bodies()[0].users_scene and all(view.users_scene for view in scene.references(bodies()[0]))
bpy.context.view_layer.objects.active = bodies()[0]
assert bpy.ops.deocc.new_seeds() == {"FINISHED"}
pump_to_the_end()
assert len(scene.variants(bodies()[0])) == 2
bpy.context.view_layer.objects.active = bodies()[0]
push("another seed")
assert bpy.ops.deocc.variant_step() == {"FINISHED"}
push("step")
shown = bodies()[0]["deocc_seed"]
undo()
assert bodies()[0]["deocc_seed"] != shown
redo()
assert bodies()[0]["deocc_seed"] == shown

# the button itself undone in the middle of its job: the results wait, and land when that is redone
open_mug(name="Undone", variants=2)
push("photo again")
bpy.ops.deocc.reconstruct()
push("placeholder again")
job = watch.board.newest_first[0]
undo()
assert not placeholders()
pump_to_the_end()
assert job.state == "done" and len(job.waiting) == 2 and "Undone" not in bpy.data.objects
redo()
pump(lambda: not job.waiting, "both results")
assert len(scene.variants(bpy.data.objects["Undone"])) == 2 and not placeholders()
assert "deocc_job" not in bpy.data.objects["Undone"]
end()
