"""Photo and masks from every source this version has: files, alpha, packed, painted and rotated images."""

import io

import bpy
import cv2
import numpy as np
from PIL import Image

from tests import pictures
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
capture, picture = module("capture"), module("picture")
settings = bpy.context.scene.deocc


def sent(image: bpy.types.Image) -> bytes:
    return picture.picture_bytes(capture.grab(image, "photo"))


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


# a clean file goes byte by byte, a packed one as its packed bytes
open_mug()
assert sent(settings.photo) == (FOLDER / "mug.png").read_bytes()
settings.photo.pack()
assert sent(settings.photo) == (FOLDER / "mug.png").read_bytes()

# a mask that another program has saved anew is read anew
before, kept = settings.object_mask_share, (FOLDER / "mug_mask.png").read_bytes()
(FOLDER / "mug_mask.png").write_bytes((FOLDER / "mug_occluder.png").read_bytes())
bpy.ops.deocc.mask_file(filepath=str(FOLDER / "mug_mask.png"), target="OBJECT")
assert settings.object_mask_share == settings.occluder_mask_share != before
(FOLDER / "mug_mask.png").write_bytes(kept)

# a painted mask goes as its pixels, upright
mask = bpy.data.images.new("painted", 96, 64)
painted = np.zeros((64, 96, 4), np.float32)
painted[..., 3] = 1
painted[-10:, :20, :3] = 1  # top left: Blender's rows begin at the bottom
mask.pixels.foreach_set(painted.reshape(-1))
settings.object_mask = mask
assert abs(settings.object_mask_share - 10 * 20 / (96 * 64)) < 1e-6
assert (pixels(sent(mask))[..., 0] > 127).nonzero()[0].max() == 9

# alpha that cuts something out is the object; alpha that is full is none
cut = pictures.photo().convert("RGBA")
cut.putalpha(pictures.mask(pictures.OBJECT_BOX))
(FOLDER / "cut.png").write_bytes(pictures.file_of(cut))
(FOLDER / "full.png").write_bytes(pictures.file_of(pictures.photo().convert("RGBA")))
bpy.ops.deocc.open_photo(filepath=str(FOLDER / "cut.png"))
assert settings.has_object() and settings.object_mask is None
assert abs(settings.alpha_share - 30 * 40 / (96 * 64)) < 1e-6
assert capture.job_spec(bpy.context.scene, "draft").object_mask is None
bpy.ops.deocc.open_photo(filepath=str(FOLDER / "full.png"))
assert not settings.has_object()

# a photo that lies on its side is opened upright, its masks fit, and its pixels are the upright ones
exif = Image.Exif()
exif[0x0112] = 6
lying = pictures.file_of(pictures.photo(), "JPEG", exif=exif, quality=95)
(FOLDER / "lying.jpg").write_bytes(lying)
(FOLDER / "lying_object.png").write_bytes(pictures.file_of(pictures.mask((5, 5, 30, 40), (64, 96))))
bpy.ops.deocc.open_photo(filepath=str(FOLDER / "lying.jpg"))
photo, marks = settings.photo, settings.object_mask
assert photo and marks and tuple(photo.size) == (64, 96) == tuple(marks.size)
assert settings.object_name() == "lying"
with Image.open(io.BytesIO(lying)) as stored:
    upright = np.rot90(np.asarray(stored.convert("RGB")), -1)
# two decoders of the same JPEG differ by rounding in the colour conversion and the chroma upsampling
assert np.abs(pixels(sent(settings.photo)).astype(int)[..., :3] - upright).mean() < 2

# a lying photo that Blender itself has opened goes as it is seen, so that masks painted on it fit
raw = bpy.data.images.load(str(FOLDER / "lying.jpg"), check_existing=False)
assert tuple(raw.size) == (96, 64)
assert pixels(sent(raw)).shape[:2] == (64, 96)
raw.pack()
assert pixels(sent(raw)).shape[:2] == (64, 96)

# images open in Blender, none of them a file: painted, and a render's floats; all the way to the object
canvas = bpy.data.images.new("canvas", 96, 64)
canvas.pixels.foreach_set(
    np.float32(np.dstack([np.asarray(pictures.photo())[::-1] / 255, np.ones((64, 96))])).ravel()
)
linear = bpy.data.images.new("linear", 96, 64, float_buffer=True)
linear.pixels.foreach_set(np.full(96 * 64 * 4, 0.5, np.float32))
assert abs(int(pixels(sent(linear))[0, 0, 0]) - 188) <= 1  # half the light is 188 of 255 on a screen
settings.photo, settings.occluder_mask = canvas, None
settings.object_mask = bpy.data.images.load(str(FOLDER / "mug_mask.png"))
settings.object_mask.pack()
settings.name = "Painted"
bpy.ops.deocc.reconstruct()
pump_to_the_end()
assert [body.name for body in bodies()] == ["Painted"]

# and from alpha alone
bpy.ops.deocc.open_photo(filepath=str(FOLDER / "cut.png"))
settings.name = "Cut out"
bpy.ops.deocc.reconstruct()
pump_to_the_end()
assert {body.name for body in bodies()} == {"Painted", "Cut out"}
assert bpy.data.objects["Cut out"]["deocc_photo"] == bpy.data.objects["Cut out"]["deocc_object_mask"]

# a render that is not saved has no pixels to be read: a sentence
render = bpy.context.scene.render
render.engine, render.resolution_x, render.resolution_y = "CYCLES", 16, 16
bpy.context.scene.cycles.samples = 1
bpy.context.scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
bpy.context.scene.collection.objects.link(bpy.context.scene.camera)
bpy.ops.render.render()
settings.photo = bpy.data.images["Render Result"]
settings.object_mask = bpy.data.images["mug_mask.png"]
said = refusal(bpy.ops.deocc.reconstruct)
assert "has no pixels. Open it again, or save it and open that file." in said

# a photo whose file went away is a sentence, not a crash
settings.object_mask = None
bpy.ops.deocc.open_photo(filepath=str(FOLDER / "cut.png"))
(FOLDER / "cut.png").unlink()
assert "The photo's file “cut.png” is gone" in refusal(bpy.ops.deocc.reconstruct)
assert not placeholders()  # and none stays behind

# 16 bits, which Blender holds as linear light: read from its pixels they are what the file says
(FOLDER / "deep.png").write_bytes(
    cv2.imencode(".png", np.full((64, 96, 3), 100 * 257, np.uint16))[1].tobytes()
)
deep = bpy.data.images.load(str(FOLDER / "deep.png"))
read = pixels(picture.picture_bytes(capture.grab(deep, "photo", shrink=2)))
assert np.abs(read[..., :3].astype(int) - 100).max() <= 1  # a rounding of 16 bits to 8

# half the size for Try Smaller
assert pixels(picture.picture_bytes(capture.grab(mask, "object mask", shrink=2))).shape[:2] == (32, 48)
end()
