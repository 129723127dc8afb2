"""Pictures of every odd kind at the door: read as a person would see them, or refused in one sentence."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deocc.errors import InputFault, InputFaults
from deocc.observation import (
    MAX_PHOTO_PIXELS,
    WORKING_PIXELS,
    image_size,
    load_masks,
    load_observation,
)
from tests import pictures

PHOTO = np.asarray(pictures.photo())  # (64, 96, 3)


def observe(photo: bytes | Path, **masks: bytes | Path | None):
    return load_observation(photo, **{"object_mask": pictures.object_file(), **masks})  # type: ignore[arg-type]


def fault_of(call, *arguments, **named) -> InputFault:
    with pytest.raises(InputFault) as caught:
        call(*arguments, **named)
    fault = caught.value
    assert fault.message.endswith(".") and len(fault.message) < 200
    return fault


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing of it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    claim = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", claim) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


# -- read --


def test_a_png_comes_through_unchanged_from_memory_and_from_disk(tmp_path: Path):
    (tmp_path / "photo").write_bytes(pictures.photo_file())
    for source in (pictures.photo_file(), tmp_path / "photo"):
        seen = observe(source)
        assert np.array_equal(seen.photo, PHOTO) and seen.scale == 1.0
    left, top, right, bottom = pictures.OBJECT_BOX
    assert seen.object_mask[top:bottom, left:right].all()
    assert seen.object_mask.sum() == (right - left) * (bottom - top)
    assert not seen.occluder_mask.any() and not seen.keep_mask.any()


@pytest.mark.parametrize(
    ("kind", "mode", "tolerance"),
    [
        ("PNG", "L", 1),  # grey by Rec. 601
        ("PNG", "P", 24),  # 256 colours for a gradient of two
        ("PNG", "RGBA", 0),
        ("TIFF", "RGB", 0),
        ("BMP", "RGB", 0),
        ("JPEG", "RGB", 12),  # quality 95 on a smooth gradient
        ("JPEG", "CMYK", 12),
        ("WEBP", "RGB", 12),
    ],
)
def test_every_common_kind_of_picture_is_read_as_eight_bit_rgb(kind: str, mode: str, tolerance: int):
    image = pictures.photo().quantize(256) if mode == "P" else pictures.photo().convert(mode)
    how = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    seen = observe(pictures.file_of(image, kind, **how)).photo
    wanted = np.asarray(pictures.photo().convert("L").convert("RGB")) if mode == "L" else PHOTO
    assert seen.shape == (64, 96, 3) and seen.dtype == np.uint8
    assert np.abs(seen.astype(int) - wanted).max() <= tolerance


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_keeps_its_brightness(kind: str):
    ramp = np.linspace(0, 65535, 96).astype(np.uint16)
    image = Image.fromarray(np.tile(ramp, (64, 1)))
    seen = observe(pictures.file_of(image, kind)).photo
    assert np.abs(seen[0, :, 1].astype(float) - ramp / 257).max() <= 1  # 65535 / 255 = 257; 1: rounding


def test_a_dark_sixteen_bit_picture_is_not_taken_for_eight_bit():
    image = Image.fromarray(np.full((64, 96), 200, np.uint16))  # 0.3 % of full brightness
    assert observe(pictures.file_of(image)).photo.max() <= 1


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animated_picture_the_first_frame_counts(kind: str):
    first, second = Image.new("RGB", pictures.SIZE, (200, 0, 0)), Image.new("RGB", pictures.SIZE, (0, 0, 200))
    data = pictures.file_of(first, kind, save_all=True, append_images=[second])
    assert observe(data).photo[:, :, 0].min() >= 190 and observe(data).photo[:, :, 2].max() <= 10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_read_upright_and_its_masks_match_what_is_seen(orientation: int):
    upright = pictures.photo()
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright.transpose(undo) if undo is not None else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = pictures.file_of(stored, exif=exif)
    assert image_size(data) == pictures.SIZE
    assert np.array_equal(observe(data).photo, PHOTO)


def test_a_png_may_say_behind_its_pixels_how_it_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = pictures.file_of(pictures.photo().transpose(Image.Transpose.ROTATE_90))
    content = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = (
        struct.pack(">I", len(content)) + b"eXIf" + content + struct.pack(">I", zlib.crc32(b"eXIf" + content))
    )
    data = data[:-12] + chunk + data[-12:]  # IEND is the last 12 bytes
    assert image_size(data) == pictures.SIZE
    assert np.array_equal(observe(data).photo, PHOTO)


def test_the_size_of_a_broken_png_is_read_without_its_pixels():
    data = pictures.photo_file()
    assert image_size(data[: len(data) // 2]) == pictures.SIZE


def test_a_transparent_photo_keeps_the_colours_below():
    image = pictures.photo().convert("RGBA")
    image.putalpha(0)
    assert np.array_equal(observe(pictures.file_of(image)).photo, PHOTO)


def test_a_hundred_megapixels_are_scaled_not_refused():
    size = (12_000, 8_400)
    photo = pictures.file_of(Image.new("RGB", size, (10, 200, 30)), "JPEG")
    seen = load_observation(
        photo,
        pictures.file_of(pictures.mask((3000, 3000, 6000, 6000), size)),
        pictures.file_of(pictures.mask((6000, 3000, 9000, 6000), size)),
    )
    height, width = seen.object_mask.shape
    assert 0.97 * WORKING_PIXELS <= width * height <= 1.01 * WORKING_PIXELS  # whole pixels on either side
    assert seen.photo.shape == (height, width, 3)
    assert abs(seen.scale - width / size[0]) < 1e-3
    share = seen.object_mask.mean()
    assert abs(share - 9e6 / (12_000 * 8_400)) < 1e-3  # the mask covers what it covered


# -- masks --


def test_a_mask_may_be_grey_or_alpha():
    left, top, right, bottom = pictures.OBJECT_BOX
    cut_out = pictures.photo().convert("RGBA")
    cut_out.putalpha(pictures.mask(pictures.OBJECT_BOX))
    one_bit = pictures.mask(pictures.OBJECT_BOX).convert("1")
    deep = Image.fromarray(np.asarray(pictures.mask(pictures.OBJECT_BOX), np.uint16) * 257)
    opaque = pictures.mask(pictures.OBJECT_BOX).convert("RGBA")
    for image in (cut_out, one_bit, deep, opaque):
        seen = observe(pictures.photo_file(), object_mask=pictures.file_of(image)).object_mask
        assert seen.sum() == (right - left) * (bottom - top) and seen[top, left], image.mode


def test_a_little_overlap_goes_to_the_occluder():
    left, top, right, bottom = pictures.OBJECT_BOX
    occluder = pictures.file_of(pictures.mask((right - 5, top, right + 20, bottom)))  # 5 of 30 columns: 17 %
    seen = observe(pictures.photo_file(), occluder_mask=occluder)
    assert not (seen.object_mask & seen.occluder_mask).any()
    assert seen.object_mask.sum() == (right - 5 - left) * (bottom - top)


@pytest.mark.parametrize(
    ("seen_box", "hiding_box", "code"),
    [
        (None, None, "object_mask_empty"),
        ((0, 0, 96, 64), None, "object_mask_full"),
        ((20, 10, 50, 50), (0, 0, 96, 64), "object_all_hidden"),
        ((20, 10, 50, 50), (20, 10, 30, 50), "masks_overlap"),
        ((20, 10, 27, 19), None, "object_too_small"),
    ],
)
def test_masks_that_cannot_be_are_told_by_code(seen_box, hiding_box, code: str):
    masks = {"object_mask": pictures.file_of(pictures.mask(seen_box))}
    if hiding_box:
        masks["occluder_mask"] = pictures.file_of(pictures.mask(hiding_box))
    fault = fault_of(observe, pictures.photo_file(), **masks)
    assert (fault.code, fault.action) == (code, "edit_masks")


def test_masks_of_other_sizes_are_all_told_with_both_sizes():
    small = pictures.file_of(pictures.mask((2, 2, 20, 20), (32, 32)))
    given = {"object mask": small, "occluder mask": small, "keep mask": None}
    with pytest.raises(InputFaults) as caught:
        load_masks(pictures.SIZE, given)
    assert [one.code for one in caught.value.faults] == ["mask_size", "mask_size"]
    assert "32×32" in caught.value.faults[1].message and "96×64" in caught.value.faults[1].message
    assert "occluder mask" in caught.value.faults[1].message


# -- refused --


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_an_image"),
        (b"%PDF-1.7 and so on", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (png_header(0, 0), "not_an_image"),
        (pictures.file_of(pictures.photo((1, 1))), "photo_too_small"),
        (pictures.file_of(pictures.photo((15, 400))), "photo_too_small"),
        (png_header(200_000, 200_000), "photo_too_large"),
    ],
)
def test_what_is_no_usable_picture_is_refused_from_its_header(data: bytes, code: str):
    assert fault_of(image_size, data).code == code


def test_a_picture_that_claims_more_than_the_limit_is_never_unpacked():
    side = int(MAX_PHOTO_PIXELS**0.5) + 1
    bomb = io.BytesIO()
    Image.new("1", (side, side)).save(bomb, "PNG")  # some kilobytes that would unpack to gigabytes
    assert len(bomb.getvalue()) < 100_000
    assert fault_of(image_size, bomb.getvalue()).code == "photo_too_large"
    assert fault_of(observe, bomb.getvalue()).code == "photo_too_large"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_that_breaks_off_is_one_clear_fault(kind: str, share: float):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8))
    data = pictures.file_of(noise, kind)
    assert fault_of(observe, data[: int(len(data) * share)]).code in ("broken_image", "not_an_image")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_damaged_file_is_read_or_refused_but_never_crashes(kind: str):
    data = bytearray(pictures.file_of(pictures.photo(), kind))
    random = np.random.default_rng(1)
    for _ in range(150):
        hurt = bytearray(data)
        for at in random.integers(0, len(data), 4):
            hurt[at] = random.integers(0, 256)
        try:
            observe(bytes(hurt))
        except InputFault as fault:
            assert fault.code, fault
