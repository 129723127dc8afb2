"""Wrong token, another program at the port, older and newer servers: a sentence, a button, a mended job."""

import json
import subprocess
import sys

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
from tests.fake_server import FakeServer

enable()
watch, said = module("watch"), module("preferences").preferences()
DATA = FOLDER / "data"


def newest():
    return watch.board.newest_first[0]


def look() -> None:
    """What Start, or Look Again, does."""
    bpy.ops.deocc.server_start()
    pump(lambda: watch._look_again is None and not watch._looker.is_alive(), "an answer")
    watch.poll_once()


def refused(words: str, operator: str) -> None:
    """Looking says so in the panel with the button that mends it; so does a job. Its placeholder stays."""
    look()
    panel = drawn("DEOCC_PT_view_main")
    assert words in panel and f"[deocc.{operator}]" in panel, panel
    open_mug(variants=1, name="Mug")
    bpy.ops.deocc.reconstruct()
    placeholders()[0].location = (1, 2, 3)
    pump_to_the_end()
    assert (newest().state, newest().fault.message) == ("failed", words), newest()
    results = drawn("DEOCC_PT_view_results")
    assert words in results and f"[deocc.{operator}]" in results and "[deocc.retry]" in results, results
    assert len(placeholders()) == 1
    assert drawn("DEOCC_PT_view_main").startswith(words)  # the state line does not go on saying "starting"


def mended() -> None:
    """Try Again sends the same job to where its placeholder stands."""
    assert bpy.ops.deocc.retry(job_id=newest().id) == {"FINISHED"}
    pump_to_the_end()
    assert newest().state == "done" and not placeholders(), newest()
    [body] = bodies()
    assert body.name == "Mug" and tuple(body.location) == (1, 2, 3)
    bpy.data.objects.remove(body)
    bpy.ops.deocc.dismiss(job_id=newest().id)


# the real server, named by its address: with another token it gives nothing away
look()
assert watch.board.link.state == "ready"
url = json.loads((DATA / "server.json").read_text())["url"]
said.server_address, said.server_token = url.removeprefix("http://"), "wrong"
refused("The server does not know this token.", "open_preferences")
said.server_token = (DATA / "token").read_text().strip()
mended()

# another program at the address; a newer server
with FakeServer(program="printer") as printer:
    said.server_address = printer.url
    refused("Something else answers at that address (not DeOcc).", "open_preferences")
    assert printer.heard_tokens() == []
said.server_address = url
mended()
with FakeServer(token=said.server_token, api="2.0") as newer:
    said.server_address = newer.url
    refused("Server 2.0 is too new for this add-on (needs 1.0).", "open_extensions")
said.server_address = url
mended()

# nobody at a remote address; a remote server without Blender's online access
said.server_address = "127.0.0.1:9"
look()
assert "Nothing answers at 127.0.0.1:9." in drawn("DEOCC_PT_view_main")
said.server_address = "render.example"
refused("Blender's online access is off.", "open_system_preferences")
said.server_address = said.server_token = ""
mended()

# an older local server: the button ends it and starts the add-on's own
bpy.ops.deocc.server_stop()
pump(lambda: not (DATA / "server.json").exists(), "the server's end")
old = subprocess.Popen([sys.executable, "-m", "tests.old_server", str(DATA), "0.9"])
pump(lambda: (DATA / "server.json").exists(), "the old server")
refused("Server 0.9 is too old for this add-on (needs 1.0).", "server_update")
assert bpy.ops.deocc.server_update() == {"FINISHED"}
pump(lambda: watch.board.link.state == "ready", "the new server")
assert old.wait(10) == 0
mended()
end()
