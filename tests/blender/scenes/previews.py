"""Views that come again, better each time: the panel shows the newest, and keeps those of a failed job."""

import time
from pathlib import Path

import bpy

from tests.blender.drawn import drawn
from tests.blender.stage import FOLDER, bodies, enable, end, module, open_mug, pump, pump_to_the_end
from tests.server_under_test import ServerUnderTest

RESULTS = "DEOCC_PT_view_results"
STEPS, STEP_S = 30, 0.05

enable()
watch, said = module("watch"), module("preferences").preferences()
remote = ServerUnderTest(FOLDER / "remote", "--idle-exit", "never")
said.server_token, said.server_address = remote.token, remote.url
settings = open_mug(name="Mug")
bpy.ops.deocc.server_start()
pump(lambda: watch.board.link.backends, "the cards")
bpy.ops.deocc.choose_backend(name="puppet")


def set_options(**values) -> None:
    for option in settings.options_of("puppet"):
        if option.name in values:
            setattr(option, option.value_name, values[option.name])


set_options(previews=True, pictures=True, steps=STEPS, step_s=STEP_S)
bpy.ops.deocc.reconstruct()
[job] = watch.board.jobs.values()
shown, contents, longest, sent = [], set(), 0.0, time.perf_counter()
while job.state != "done":
    began = time.perf_counter()
    watch.poll_once()
    if not job.arrived and not job.placed:
        longest = max(longest, time.perf_counter() - began)
    view = job.pictures.get((0, "views/0.png"))
    path = view.path if view else ""
    if path and path not in shown:
        shown.append(path)
        contents.add(Path(path).read_bytes())
    if len(job.pictures) == 7:
        assert drawn(RESULTS).count("(picture)") == 7, drawn(RESULTS)
    time.sleep(0.01)
assert len(shown) >= 4 and len(contents) == len(shown), len(shown)  # seconds of previews, some each second
most = (time.perf_counter() - sent) / module("pictures").PACE_S + 3  # and no more than the pace allows
assert len(shown) <= most, (len(shown), most)
pump_to_the_end()
[body] = bodies()
last = Path(job.pictures[0, "views/0.png"].path).read_bytes()
assert last == bytes(body.data["deocc_view_0"].packed_file.data)  # the result's own view, not a preview
print(f"{len(shown)} pictures of one view shown, the longest tick {longest * 1e3:.1f} ms")

# a job that fails keeps the views that it had made, and a newer job does not hide them
set_options(behaviour="fault", steps=3)
bpy.ops.deocc.reconstruct()
pump_to_the_end()
failed = watch.board.newest_first[0]
assert failed.state == "failed" and len(failed.pictures) == 7, failed
assert drawn(RESULTS).count("(picture)") == 7
said_then = drawn(RESULTS)
assert "The puppet was told to fail." in said_then and "[deocc.retry]" in said_then
set_options(behaviour="finish", previews=False)
bpy.ops.deocc.reconstruct()
pump_to_the_end()
assert watch.board.newest_first[0].state == "done"
assert drawn(RESULTS).count("(picture)") == 14  # the newest job's and the failed one's
assert all(Path(one.path).exists() and one.small is not None for one in failed.pictures.values())
said.server_address = said.server_token = ""
remote.stop()
end()
