"""Enabled and disabled three times: nothing is left behind, and polls say why they refuse."""

import bpy

from tests.blender.stage import FOLDER, disable, enable, end, module, refusal

bpy.ops.wm.read_homefile(use_empty=True)
handlers = len(bpy.app.handlers.load_post)
for _ in range(3):
    enable()
    assert hasattr(bpy.types, "DEOCC_PT_view_main") and hasattr(bpy.types, "DEOCC_PT_image_main")
    assert hasattr(bpy.types, "DEOCC_FH_photo")
    assert len(bpy.app.handlers.load_post) == handlers + 1

    assert "Choose a photo first" in refusal(bpy.ops.deocc.reconstruct)
    assert "Choose a photo first" in refusal(lambda: bpy.ops.deocc.mask_file(filepath="x"))
    assert "No job is running" in refusal(bpy.ops.deocc.cancel)
    assert "Select an object made by DeOcc" in refusal(bpy.ops.deocc.new_seeds)
    assert "Select an object made by DeOcc" in refusal(bpy.ops.deocc.variant_step)
    photo = bpy.data.images.load(str(FOLDER / "mug.png"), check_existing=True)
    bpy.context.scene.deocc.photo = photo
    assert "Show which object: click it in the photo" in refusal(bpy.ops.deocc.reconstruct)
    bpy.context.scene.deocc.photo = None

    module("preferences").preferences().server_address = "render.lan"
    assert "A remote server is in use" in refusal(bpy.ops.deocc.server_stop)
    module("preferences").preferences().server_address = ""

    disable()
    assert not hasattr(bpy.types.Scene, "deocc") and not hasattr(bpy.types, "DEOCC_PT_view_main")
    assert not hasattr(bpy.types, "DEOCC_OT_reconstruct") and not hasattr(bpy.types, "DEOCC_FH_photo")
    assert len(bpy.app.handlers.load_post) == handlers
end()
