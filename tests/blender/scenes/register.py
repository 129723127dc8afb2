"""Enabled and disabled three times, the last in the middle of a job: nothing is left behind."""

import threading

import bpy

from tests.blender.stage import FOLDER, disable, enable, end, module, open_mug, pump, refusal, wait_for

bpy.ops.wm.read_homefile(use_empty=True)


def handlers() -> dict[str, int]:
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    return {name: len(one) for name, one in lists.items() if isinstance(one, list)}


def ours() -> set[str]:
    """Whatever of ours Blender knows: classes, operators, properties."""
    types = {name for name in dir(bpy.types) if name.startswith(("DEOCC_", "Deocc"))}
    properties = {
        f"{kind.__name__}.deocc" for kind in (bpy.types.Scene, bpy.types.Object) if hasattr(kind, "deocc")
    }
    return types | {f"deocc.{name}" for name in dir(bpy.ops.deocc)} | properties


def threads() -> set[str]:
    return {one.name for one in threading.enumerate() if one.name.startswith("deocc")}


def polls_give_reasons() -> None:
    assert "Choose a photo first" in refusal(bpy.ops.deocc.reconstruct)
    assert "Choose a photo first" in refusal(lambda: bpy.ops.deocc.mask_file(filepath="x"))
    assert "No job is running" in refusal(bpy.ops.deocc.cancel)
    assert "Select an object made by DeOcc" in refusal(bpy.ops.deocc.new_seeds)
    assert "Select an object made by DeOcc" in refusal(bpy.ops.deocc.variant_step)
    assert "The server has not said its options yet" in refusal(bpy.ops.deocc.options_reset)
    photo = bpy.data.images.load(str(FOLDER / "mug.png"), check_existing=True)
    bpy.context.scene.deocc.photo = photo
    assert "Show which object: open or choose its mask" in refusal(bpy.ops.deocc.reconstruct)
    bpy.context.scene.deocc.photo = None
    module("preferences").preferences().server_address = "render.lan"
    assert "A remote server is in use" in refusal(bpy.ops.deocc.server_stop)
    module("preferences").preferences().server_address = ""


def has_a_picture() -> bool:
    return any(job.pictures for job in module("watch").board.jobs.values())


before = handlers()
assert not ours() and not threads()
for turn in range(3):
    enable()
    watch = module("watch")
    assert {"DEOCC_PT_view_main", "DEOCC_PT_image_main", "DEOCC_FH_photo", "Scene.deocc"} <= ours()
    assert bpy.app.timers.is_registered(watch._tick)
    assert handlers() == {**before, "load_post": before["load_post"] + 1}
    polls_give_reasons()
    if turn == 2:
        open_mug(variants=16)
        bpy.ops.deocc.reconstruct()
        pump(has_a_picture, "a picture of the job")
        bpy.ops.deocc.server_start()
        picture = module("messages").PictureCame("job", 0, "completed.png", str(FOLDER / "mug.png"))
        module("drawing").picture_icon(picture)
        assert threads()
    pictures = watch._folder
    disable()
    assert (
        not ours()
        and handlers() == before
        and not any(map(bpy.app.timers.is_registered, (watch._tick, watch._poll)))
    )
    assert module("drawing")._previews is None
    assert pictures is None or not pictures.exists()
# a follower hears that it is to leave at the server's next sign of life, which comes every 5 s
wait_for(lambda: not threads(), 8, "the threads' end")
end()
