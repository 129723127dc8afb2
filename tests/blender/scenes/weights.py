"""A backend without its weights, from the first sight to ready: its lines, buttons, downloads and imports."""

import bpy

from tests.blender.drawn import drawn
from tests.blender.stage import FOLDER, enable, end, module, open_mug, pump, refusal
from tests.fake_weights import GB, FakeWeights

enable()
watch, said = module("watch"), module("preferences").preferences()
module("errands").WATCH_S = 0.05
settings = open_mug(name="Mug")
assert settings.backend == ""
MAIN, WEIGHTS = "DEOCC_PT_view_main", "DEOCC_PT_view_weights"
assert "The server says its weights once it runs" in drawn(WEIGHTS)


def state(name: str) -> str:
    return next(row.state for row in watch.board.weights.rows if row.name == name)


with FakeWeights() as fake:
    said.server_token, said.server_address = "right", fake.url
    bpy.ops.deocc.server_start()
    pump(lambda: watch.board.link.backends and watch.board.weights.rows, "the cards and the table")

    # by itself the draft; another one is chosen, and says what it needs
    assert watch.chosen(settings) == "draft" and "[deocc.weights_fetch]" not in drawn(MAIN)
    bpy.ops.deocc.choose_backend(name="libraries")
    assert "Libraries needs PyTorch." in drawn(MAIN) and "[deocc.copy_install_command]" in drawn(MAIN)
    assert bpy.ops.deocc.copy_install_command(name="libraries") == {"FINISHED"}
    bpy.ops.deocc.choose_backend(name="heavy")
    panel = drawn(MAIN)
    assert "Heavy needs 3.8 GB of weights (non-commercial" in panel, panel
    assert "licence)." in panel and "Use Draft [deocc.choose_backend]" not in panel
    assert "Heavy needs 3.8 GB of weights (non-commercial licence)." in refusal(bpy.ops.deocc.reconstruct)

    # offline, as the module always is: no download, but the way to one
    assert not bpy.app.online_access
    assert "[deocc.open_system_preferences]" in panel and "[deocc.weights_import]" in panel, panel
    assert "[deocc.weights_fetch]" not in panel
    assert "Blender's online access is off." in refusal(lambda: bpy.ops.deocc.weights_fetch(backend="heavy"))
    assert not any(asked.method == "POST" for asked in fake.asked)

    # a download that is on its way: another Blender asked for it
    fake.step_bytes, fake.holds = GB // 2, True
    for name in ("views-unet", "lrm-large"):
        fake.change(name, state="fetching", stage="fetching", fetched_bytes=GB // 2)
    watch.look_now()
    pump(lambda: state("views-unet") == "fetching", "the download")
    assert "Downloading the weights of Heavy." in drawn(MAIN) and "[deocc.weights_cancel]" in drawn(MAIN)
    assert "1.0 of 3.8 GB" in drawn(MAIN) and "0.5 of 2.3 GB" in drawn(WEIGHTS)
    assert bpy.ops.deocc.weights_cancel(backend="heavy") == {"FINISHED"}
    pump(lambda: state("views-unet") == state("lrm-large") == "partial", "the cancel")
    assert "0.5 of 2.3 GB are here already." in drawn(WEIGHTS)
    fake.holds = False
    for name in ("views-unet", "lrm-large"):
        fake.change(name, state="fetching")
    watch.look_now()
    pump(lambda: watch.board.link.card("heavy").ready, "the download's end")
    assert "Ready ·" in drawn(MAIN) and "[deocc.weights_remove]" in drawn(WEIGHTS)

    # removed one by one, and never a backend's at once
    assert "nothing to remove" in refusal(lambda: bpy.ops.deocc.weights_remove(backend="heavy"))
    assert bpy.ops.deocc.weights_remove(name="views-unet") == {"FINISHED"}
    pump(lambda: not watch.board.link.card("heavy").ready, "the removal")

    # an unpublished one comes from a file
    bpy.ops.deocc.choose_backend(name="student")
    assert "its authors have not published the" in drawn(MAIN) and "[deocc.weights_import]" in drawn(MAIN)
    file = FOLDER / "student.safetensors"
    file.write_bytes(b"tensors" * 1000)
    gone = refusal(lambda: bpy.ops.deocc.weights_import(backend="student", filepath=str(file) + "x"))
    assert "There is no file" in gone
    words = {"backend": "student", "filepath": str(file), "cameras": "v1.1", "own_background": True}
    assert bpy.ops.deocc.weights_import(**words) == {"FINISHED"}
    pump(lambda: watch.board.link.card("student").ready, "the import")
    [(name, about, body)] = fake.uploads
    assert (name, body) == ("student", file.read_bytes())
    assert about == {"cameras": "v1.1", "background": "255,255,255"}, about

    # for commercial use only: rows and backends are hidden, and the choice falls back
    bpy.ops.deocc.choose_backend(name="heavy")
    said.commercial_only = True
    assert watch.chosen(settings) == "draft" and "Heavy" not in drawn(MAIN)
    assert "2 hidden: not for commercial use" in drawn(WEIGHTS) and "UNet of the views" not in drawn(WEIGHTS)
    assert module("preferences").connection().commercial_only
    said.commercial_only = False
    assert watch.chosen(settings) == "heavy"

    # the options are the server's, and a choice of weights changes what is needed
    assert "Reconstructor" in drawn("DEOCC_PT_view_quality")
    fake.change("views-unet", state="ready")
    fake.change("lrm-large", state="missing")
    watch.look_now()
    pump(lambda: state("lrm-large") == "missing", "the table")
    assert watch.blocked(settings).startswith("Heavy needs 1.5 GB")
    [choice] = settings.options_of("heavy")
    choice.as_choice = "lrm-base"
    assert watch.blocked(settings) == ""

    # another file chooses anew
    bpy.ops.wm.read_homefile(use_empty=True)
    assert watch.chosen(bpy.context.scene.deocc) == "draft"
    said.server_address = said.server_token = ""
end()
