"""The whole job: two seeds, the object as promised, stepped through, another seed, saved."""

import json
from math import cos, radians, sin

import bpy
import numpy as np
from mathutils import Vector

from tests.blender.stage import FOLDER, bodies, enable, end, module, open_mug, placeholders, pump_to_the_end

enable()
scene = module("scene")
settings = open_mug(variants=2, seed=5, name="Mug")
assert settings.object_mask.name == "mug_mask.png" and settings.occluder_mask.name == "mug_occluder.png"
assert abs(settings.object_mask_share - 30 * 40 / (96 * 64)) < 1e-6  # the box that the mask holds, exactly

bpy.context.scene.cursor.location = (1, 2, 3)
assert bpy.ops.deocc.reconstruct() == {"FINISHED"}
[place] = placeholders()
assert place.name.startswith("Mug") and tuple(place.location) == (1, 2, 3)
assert set(place.keys()) == {"deocc_job"}  # no address, no token; the server's id once it is known
place.location, place.scale = (4, 5, 6), (2, 2, 2)  # the user moves it meanwhile
pump_to_the_end()

[job] = module("watch").board.jobs.values()
assert (job.state, job.placed) == ("done", 2), job.fault
assert not placeholders()
[body] = bodies()
assert body.name == "Mug" and tuple(body.location) == (4, 5, 6)
assert (
    body.rotation_mode == "XYZ" and tuple(body.scale) == (1, 1, 1) and tuple(body.rotation_euler) == (0, 0, 0)
)
assert "deocc_job" not in body and body["deocc_seed"] == "5"

points = np.array([vertex.co for vertex in body.data.vertices])
low, high = points.min(axis=0), points.max(axis=0)
# float32 arithmetic on coordinates of about one: 1e-5 is a hundred roundings
assert abs(low[2]) < 1e-5 and np.abs(low[:2] + high[:2]).max() < 1e-5
farthest = np.linalg.norm(points - (low + high) / 2, axis=1).max()
assert abs(farthest - 1) < 1e-3  # a sphere of radius 0.5, twice as large as the placeholder was scaled
assert body.data.attributes["_SEEN"].domain == "POINT"
seen = np.empty(len(points), np.float32)
body.data.attributes["_SEEN"].data.foreach_get("value", seen)
assert 0 < seen.mean() < 1
edges = {}
for polygon in body.data.polygons:
    for edge in polygon.edge_keys:
        edges[edge] = edges.get(edge, 0) + 1
assert set(edges.values()) == {2}  # closed, without a cut along the UV seams

[material] = body.data.materials
[texture] = [node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE"]
assert texture.packed_file and texture.colorspace_settings.name == "sRGB" and min(texture.size) > 8

views = scene.references(body)
assert len(views) == 6
bpy.context.view_layer.update()
centre = Vector((0, 0, high[2] / 2))  # of the object's frame; the box stands on its bottom
for i, view in enumerate(views):
    assert view.hide_render and tuple(view.data.size) == (320, 320) and view.data.packed_file
    azimuth, elevation = radians(30 + 60 * i), radians((20, -10)[i % 2])  # docs/conventions.md
    out = Vector((cos(elevation) * sin(azimuth), -cos(elevation) * cos(azimuth), sin(elevation)))
    pose = body.matrix_world.inverted() @ view.matrix_world
    assert (pose.translation - (centre + 4 * out)).length < 1e-4  # 2 from the centre, here twice as far
    turn = pose.to_3x3().normalized()
    assert (turn.col[2] - out).length < 1e-4  # the picture faces away from the object, as its camera did
    assert abs(turn.col[0].z) < 1e-4 and turn.col[1].z > 0.9  # level, and upright

homes = [one.name for one in body.users_collection]
assert homes == ["Mug"] and "Mug" in bpy.data.collections["DeOcc"].children
recipe = json.loads(body["deocc_recipe"])
assert recipe["recipe"]["backend"] == "draft" and recipe["recipe"]["photo"] == job.hashes["photo"]
assert recipe["versions"]["deocc"] and body["deocc_occluder_mask"] == job.hashes["occluder_mask"]

first = body.data
assert bpy.ops.deocc.variant_step() == {"FINISHED"}
assert body.data != first and body["deocc_seed"] == "6"
assert bpy.ops.deocc.variant_step(step=-1) == {"FINISHED"} and body.data == first

assert bpy.ops.deocc.new_seeds() == {"FINISHED"} and body["deocc_job"]
pump_to_the_end()
assert body["deocc_seed"] == "7" and len(scene.variants(body)) == 3 and len(bodies()) == 1
points = np.array([vertex.co for vertex in body.data.vertices])  # every variant has the placeholder's scale
assert abs(np.linalg.norm(points - (0, 0, points[:, 2].max() / 2), axis=1).max() - 1) < 1e-3

options = {option.name for option in settings.options_of("draft")}
assert "triangles" in options  # Quality shows what the server declares
bpy.ops.wm.save_as_mainfile(filepath=str(FOLDER / "done.blend"))
token = (FOLDER / "data" / "token").read_bytes()
saved = (FOLDER / "done.blend").read_bytes()
assert token not in saved and b"127.0.0.1" not in saved
end()
