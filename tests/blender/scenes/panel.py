"""The panel drawn into a layout that writes down what it is told, in the states a user meets."""

import bpy

from tests.blender.drawn import drawn
from tests.blender.stage import bodies, enable, end, module, open_mug, placeholders, pump, pump_to_the_end

enable()
watch = module("watch")
replies, messages = module("replies"), module("messages")
assert "Server is off." in drawn("DEOCC_PT_view_main") and "[deocc.server_start]" in drawn(
    "DEOCC_PT_view_main"
)
assert "Choose a photo first" in drawn("DEOCC_PT_view_main")
assert drawn("DEOCC_PT_image_main") == drawn("DEOCC_PT_view_main")
assert "The server says the options once it runs" in drawn("DEOCC_PT_view_quality")
assert "server.log" in drawn("DEOCC_PT_view_server").replace(" ", "")

settings = open_mug(variants=2, name="Mug")
settings.object_mask = None
assert "Show which object: open or choose its mask" in drawn("DEOCC_PT_view_main")
settings = open_mug()
assert "20 % of photo" in drawn("DEOCC_PT_view_main") and "Hidden by" in drawn("DEOCC_PT_view_main")

bpy.ops.deocc.reconstruct()
assert "Mug: sending the photo" in drawn("DEOCC_PT_view_main")
pump(lambda: watch.board.running and watch.board.running[0].stage, "a stage")
assert "%" in drawn("DEOCC_PT_view_results") and "[deocc.cancel]" in drawn("DEOCC_PT_view_results")
[job] = watch.board.jobs.values()
stages, shown = [], []  # what the panel said on the way, and how many pictures it showed


def placed() -> int:
    stages.extend({job.stage} - set(stages))
    shown.extend({drawn("DEOCC_PT_view_results").count("(picture)")} - set(shown))
    return job.placed


pump(placed, "the first result")
assert len(stages) >= 4, stages  # it tells where it is, not only that it runs
assert shown == sorted(shown) and shown[0] == 0 and len(shown) >= 3 and shown[-1] == 7, shown  # as they come
pump_to_the_end()
pump(lambda: watch.board.link.backends and watch.board.link.backends[0].measured, "a measured estimate")
assert "Ready ·" in drawn("DEOCC_PT_view_main") and "(measured on this" in drawn("DEOCC_PT_view_main")
results = drawn("DEOCC_PT_view_results")
assert (
    "Mug placed. 1 more seed:" in results
    and "[deocc.variant_step]" in results
    and "[deocc.new_seeds]" in results
)
assert "variant 1 of 2 (seed 0)" in results
assert "Triangles" in drawn("DEOCC_PT_view_quality")
assert "Hide Views in the Scene" in drawn("DEOCC_PT_view_views")
assert bodies() and not placeholders()

# a job's own news of the link come before the backends are known again: the user's options stay as they are
[triangles] = [option for option in settings.options_of("draft") if option.name == "triangles"]
triangles.as_int = 7000
watch.board.link.backends = ()
watch._messages.put(messages.LinkNews("ready", health=watch.board.link.health))
watch.poll_once()
pump(lambda: watch.board.link.backends, "the backends, once more")
[triangles] = [option for option in settings.options_of("draft") if option.name == "triangles"]
assert triangles.as_int == 7000

# jobs that are over make room for newer ones, but not one whose result waits
watch.board.jobs["waits"] = waits = module("board").JobView("waits", "Lamp", None, state="done")
waits.waiting.append(None)
for n in range(9):
    watch.board.jobs[f"newer {n}"] = module("board").JobView(f"newer {n}", f"Newer {n}", None, state="done")
said = drawn("DEOCC_PT_view_results")
assert "Lamp is done; its placeholder is gone." in said and "Newer 8" in said and "Newer 0" not in said
for job_id in ["waits", *(f"newer {n}" for n in range(9))]:
    del watch.board.jobs[job_id]

LINKS = {
    "wrong_program": (
        "Something else answers at that address (not DeOcc).",
        "edit_address",
        "open_preferences",
    ),
    "too_old": ("Server 0.9 is too old for this add-on (needs 1.0).", "server_update", "server_update"),
    "off": ("Blender's online access is off.", "online_access", "open_system_preferences"),
    "none": ("DeOcc needs its server, a one-time set-up.", "server_setup", "open_preferences"),
}
for code, (words, action, operator) in LINKS.items():
    watch.board.take(messages.LinkNews("fault", fault=replies.LinkFault(code, words, "", action)))
    said = drawn("DEOCC_PT_view_main")
    assert words in said and f"[deocc.{operator}]" in said, said
watch.board.take(messages.LinkNews("lost"))
assert "Lost the server. Reconnecting… your job is kept." in drawn("DEOCC_PT_view_main")
[job] = watch.board.jobs.values()
memory = replies.ServerFault(
    "memory", "Not enough graphics memory (needs 9.4, free 6.1 GB).", "", "retry_smaller"
)
watch.board.take(messages.Ended(job.id, "failed", memory))
said = drawn("DEOCC_PT_view_results")
assert memory.message in said and "[deocc.retry_smaller]" in said and "[deocc.retry]" in said
end()
