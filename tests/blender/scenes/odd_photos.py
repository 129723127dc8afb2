"""Photos and masks of odd kinds: each becomes an object in the scene, or a sentence with a button."""

import bpy
import cv2
import numpy as np
from PIL import Image

from tests import pictures
from tests.blender.drawn import drawn
from tests.blender.stage import (
    FOLDER,
    bodies,
    enable,
    end,
    module,
    open_mug,
    placeholders,
    pump_to_the_end,
    refusal,
)

enable()
watch = module("watch")
settings = bpy.context.scene.deocc
photo = pictures.photo()
turned = [photo.rotate(180)]
deep = cv2.imencode(".png", np.asarray(photo)[..., ::-1].astype(np.uint16) * 257)[1].tobytes()


def reconstructed() -> str:
    """Presses the button and waits: "" for an object in the scene, else the fault's words and button."""
    assert bpy.ops.deocc.reconstruct() == {"FINISHED"}
    pump_to_the_end()
    job = watch.board.newest_first[0]
    if job.fault is None:
        assert job.placed == 1 and not placeholders()
        return ""
    assert f"[{module('actions').REMEDIES[job.fault.action].operator}]" in drawn("DEOCC_PT_view_results")
    return f"{job.fault.message} {job.fault.action}"


GOOD = {
    "sixteen_bits.png": deep,
    "grey.png": pictures.file_of(photo.convert("L")),
    "palette.png": pictures.file_of(photo.convert("P")),
    "cmyk.jpg": pictures.file_of(photo.convert("CMYK"), "JPEG"),
    "animated.webp": pictures.file_of(photo, "WEBP", save_all=True, append_images=turned),
    "targa.tga": pictures.file_of(photo, "TGA"),
    "called_png.png": pictures.file_of(photo, "JPEG"),
}
for name, data in GOOD.items():
    (FOLDER / name).write_bytes(data)
    assert bpy.ops.deocc.open_photo(filepath=str(FOLDER / name)) == {"FINISHED"}
    assert bpy.ops.deocc.mask_file(filepath=str(FOLDER / "mug_mask.png"), target="OBJECT") == {"FINISHED"}
    assert reconstructed() == "", name
assert len(bodies()) == len(GOOD)

# refused where it is opened, and the photo that was there stays
open_mug()
BAD = {
    "words.png": b"no picture",
    "nothing.png": b"",
    "bomb.png": pictures.png_header(2**31 - 1, 2**31 - 1),
    "animated.gif": pictures.file_of(photo, "GIF", save_all=True, append_images=turned),
}
for name, data in BAD.items():
    (FOLDER / name).write_bytes(data)
    assert "is not a picture" in refusal(lambda: bpy.ops.deocc.open_photo(filepath=str(FOLDER / name)))  # noqa: B023
assert "There is no file" in refusal(lambda: bpy.ops.deocc.open_photo(filepath=str(FOLDER / "gone.png")))
assert "There is no file" in refusal(lambda: bpy.ops.deocc.mask_file(filepath=str(FOLDER / "gone.png")))
assert settings.photo.name == "mug.png"

# refused by the server, in its words
dot = bpy.data.images.new("dot", 1, 1)
settings.photo, settings.object_mask, settings.occluder_mask = dot, dot, None
assert reconstructed() == "The file is 1×1 pixels; each side needs at least 16. open_photo"

# masks: of another size from a file, of another size among Blender's images, empty, full
open_mug()
Image.new("L", (20, 20)).save(FOLDER / "small.png")
said = refusal(lambda: bpy.ops.deocc.mask_file(filepath=str(FOLDER / "small.png"), target="OCCLUDER"))
assert "The mask is 20×20 pixels, the photo 96×64; a mask must have the photo's size" in said
settings.occluder_mask = bpy.data.images.load(str(FOLDER / "small.png"))
assert reconstructed() == "The occluder mask is 20×20 pixels, the photo 96×64. edit_masks"
settings.occluder_mask = None
for name, colour in (("empty", 0), ("full", 1)):
    painted = bpy.data.images.new(name, 96, 64)
    painted.generated_color = (colour, colour, colour, 1)
    settings.object_mask = painted
    said = reconstructed()
    assert said.startswith("The object mask ") and said.endswith(" edit_masks"), said
assert len(bodies()) == len(GOOD)
end()
