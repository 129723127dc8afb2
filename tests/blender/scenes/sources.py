"""Photo and masks from every source this version has: files, alpha, packed, painted and rotated images."""

import io

import bpy
import numpy as np
from PIL import Image

from tests import pictures
from tests.blender.stage import FOLDER, enable, end, module, open_mug

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
assert capture.job_spec(bpy.context.scene).object_mask is None
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

# a photo whose file went away is a sentence, not a crash
settings.object_mask = None
bpy.ops.deocc.open_photo(filepath=str(FOLDER / "cut.png"))
(FOLDER / "cut.png").unlink()
try:
    bpy.ops.deocc.reconstruct()
except RuntimeError as error:
    assert "The photo's file “cut.png” is gone" in str(error)
else:
    raise AssertionError("it was not refused")
assert not [one for one in bpy.data.objects if "deocc_job" in one]  # and no placeholder stays behind

# half the size for Try Smaller
assert pixels(picture.picture_bytes(capture.grab(mask, "object mask", shrink=2))).shape[:2] == (32, 48)
end()
