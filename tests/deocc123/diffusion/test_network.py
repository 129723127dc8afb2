"""The whole of Zero123++ with tiny networks: bytes, seeds, previews, cancel, half precision's overflow."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from deocc.backends.deocc123.diffusion import networks
from deocc.backends.deocc123.diffusion.checkpoint import prepare_unet
from deocc.backends.deocc123.diffusion.config import ViewConfig
from deocc.backends.deocc123.diffusion.network import Condition, ViewDiffusion
from deocc.errors import Cancelled, DeoccError
from deocc.place import Place
from deocc.weights.faults import WeightsFault
from deocc.weights.preparing import PrepareOptions
from tests.tiny import zero123plus


class Watcher:
    """A tick that remembers; cancels at a stage."""

    def __init__(self, cancel_at: str = ""):
        self.stages: list[tuple[str, float]] = []
        self.pictures: list[tuple[str, NDArray[np.uint8]]] = []
        self.cancel_at = cancel_at

    def __call__(self, stage: str, fraction: float) -> None:
        self.stages.append((stage, fraction))
        if stage == self.cancel_at:
            raise Cancelled

    def picture(self, name: str, rgba: NDArray[np.uint8]) -> None:
        self.pictures.append((name, rgba))


def test_six_views_and_the_same_bytes_for_the_same_seed(diffusion: ViewDiffusion, condition: Condition):
    first = diffusion.sample(condition, 7, steps=2)
    assert first.shape == (6, 320, 320, 3) and first.dtype == np.uint8
    other = diffusion.sample(condition, 8, steps=2)
    assert np.array_equal(diffusion.sample(condition, 7, steps=2), first)
    assert not np.array_equal(other, first)


def test_the_photo_the_guidance_and_its_size_matter(diffusion, condition, cut_out):
    first = diffusion.sample(condition, 7, steps=2).astype(int)
    bluer = cut_out.copy()
    bluer[..., 2] = 255
    for other, guidance in (
        (diffusion.condition(bluer, 256), 4.0),
        (condition, 1.0),
        (diffusion.condition(cut_out, 320), 4.0),
    ):
        assert np.abs(diffusion.sample(other, 7, steps=2, guidance=guidance) - first).max() > 1


def test_the_even_grey_is_encoded_once(pipeline: Path, cut_out, caplog):
    fresh = ViewDiffusion.load(pipeline, None, Place(torch.device("cpu"), torch.float32))
    first, second = fresh.condition(cut_out, 256), fresh.condition(cut_out[::-1].copy(), 256)
    assert second.ground is first.ground
    assert not torch.equal(second.picture.mean, first.picture.mean)
    assert fresh.condition(cut_out, 320).ground.mean.shape == (1, 4, 40, 40)


def test_progress_and_previews(diffusion, condition):
    tick = Watcher()
    views = diffusion.sample(condition, 7, 4, 4.0, tick, preview_every=2)
    assert [stage for stage, _ in tick.stages][:2] == ["six views, step 1 of 4", "six views, step 2 of 4"]
    fractions = [fraction for _, fraction in tick.stages]
    assert fractions == sorted(fractions) and 0 <= fractions[0] and fractions[-1] <= 1
    assert [name for name, _ in tick.pictures] == [f"views/{k}.png" for k in range(6)] * 2
    assert all(one.shape == (320, 320, 4) and one.dtype == np.uint8 for _, one in tick.pictures)
    # the last preview foresees the views: closer to them than to another view's neighbour
    last = np.stack([one[..., :3] for _, one in tick.pictures[6:]]).astype(float)
    assert np.corrcoef(last.ravel(), views.ravel())[0, 1] > 0.3
    assert not diffusion.sample(condition, 7, 2, 4.0, Watcher(), preview_every=0).dtype.hasobject


def test_a_cancel_passes_and_the_next_job_is_untouched_by_it(diffusion, condition):
    before = diffusion.sample(condition, 7, steps=2)
    tick = Watcher(cancel_at="six views, step 1 of 2")
    with pytest.raises(Cancelled):
        diffusion.sample(condition, 7, 2, 4.0, tick)
    assert len(tick.stages) == 1
    assert np.array_equal(diffusion.sample(condition, 7, steps=2), before)


def test_a_unet_of_its_own_brings_its_own_cameras_and_ground(pipeline: Path, tmp_path: Path, cut_out):
    source = zero123plus.write_student(tmp_path / "source", "safetensors")
    prepare_unet(source, tmp_path / "deocc123", PrepareOptions("deocc123", background=(10, 20, 30)))
    place = Place(torch.device("cpu"), torch.float32)
    student = ViewDiffusion.load(pipeline, tmp_path / "deocc123", place)
    assert student.config == ViewConfig("v1.1", (10, 20, 30))
    assert ViewDiffusion.load(pipeline, None, place).config == ViewConfig("v1.2", (127, 127, 127))
    found = student.sample(student.condition(cut_out, 256), 7, steps=2)
    assert found.shape == (6, 320, 320, 3)


def half(pipeline: Path) -> ViewDiffusion:
    """In bfloat16, the half precision that processors reckon in."""
    return ViewDiffusion.load(pipeline, None, Place(torch.device("cpu"), torch.bfloat16))


@pytest.mark.parametrize(
    ("network", "stage"),
    [("vision", "looking at the photo"), ("unet", "the six views"), ("vae", "encoding the photo")],
)
def test_an_overflow_is_redone_in_float32_and_told(pipeline, cut_out, caplog, network, stage):
    diffusion = half(pipeline)
    module = getattr(diffusion._parts, network)
    expected = diffusion.sample(diffusion.condition(cut_out, 256), 7, steps=2)
    layer = next(one for one in module.modules() if isinstance(one, torch.nn.Conv2d))

    def overflow(_, given, result):
        return result * float("inf") if result.dtype == torch.bfloat16 else result

    handle = layer.register_forward_hook(overflow)
    with caplog.at_level(logging.WARNING):
        found = diffusion.sample(diffusion.condition(cut_out, 256), 7, steps=2)
    handle.remove()
    assert f"{stage} left the range of torch.bfloat16" in caplog.text
    assert module.dtype == torch.bfloat16  # as before, for the next job
    # the same picture, but for bfloat16's three digits in one of the stages
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.9


def test_an_overflow_of_the_decoder_is_redone_too(pipeline, cut_out, caplog):
    diffusion = half(pipeline)
    condition = diffusion.condition(cut_out, 256)
    vae: Any = diffusion._parts.vae
    vae.decoder.conv_out.register_forward_hook(
        lambda _, given, result: result * float("nan") if result.dtype == torch.bfloat16 else result
    )
    with caplog.at_level(logging.WARNING):
        assert diffusion.sample(condition, 7, steps=1).std() > 1
    assert "finishing the six views left the range" in caplog.text


def test_weights_that_give_no_numbers_even_in_float32_are_a_sentence(pipeline, cut_out):
    diffusion = half(pipeline)
    diffusion._parts.vision.register_forward_hook(
        lambda _, given, result: setattr(result, "image_embeds", result.image_embeds * float("nan"))
    )
    with pytest.raises(DeoccError, match="gave no numbers") as caught:
        diffusion.condition(cut_out, 256)
    assert caught.value.code == "numbers_lost"


def test_a_unet_that_does_not_fit_its_pipeline_is_refused_at_once(pipeline: Path, tmp_path: Path):
    from safetensors.torch import save_file

    folder, wide = tmp_path / "wide", {**zero123plus.UNET, "cross_attention_dim": 24}
    folder.mkdir()
    save_file(
        zero123plus.tensors_of(networks.build_unet, wide, 0), folder / "diffusion_pytorch_model.safetensors"
    )
    (folder / "config.json").write_text(json.dumps(wide))
    prepare_unet(folder, tmp_path / "deocc123", PrepareOptions("deocc123"))
    with pytest.raises(WeightsFault, match="prompts of 24 numbers"):
        ViewDiffusion.load(pipeline, tmp_path / "deocc123", Place(torch.device("cpu"), torch.float32))


def test_weights_of_another_size_are_refused(pipeline: Path, tmp_path: Path):
    import shutil

    folder = tmp_path / "wrong"
    shutil.copytree(pipeline, folder)
    shutil.copyfile(
        pipeline / "vae/diffusion_pytorch_model.safetensors",
        folder / "unet/diffusion_pytorch_model.safetensors",
    )
    with pytest.raises(WeightsFault, match="is not this model's"):
        ViewDiffusion.load(folder, None, Place(torch.device("cpu"), torch.float32))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_on_a_graphics_card_recorded_steps_give_the_same_bytes_and_the_processors_picture(pipeline, cut_out):
    on_cpu = ViewDiffusion.load(pipeline, None, Place(torch.device("cpu"), torch.float32))
    on_card = ViewDiffusion.load(pipeline, None, Place(torch.device("cuda"), torch.float16))
    first, again, expected = (
        one.sample(one.condition(cut_out, 256), 7, steps=6) for one in (on_card, on_card, on_cpu)
    )
    assert np.array_equal(first, again)
    assert np.corrcoef(first.ravel(), expected.ravel())[0, 1] > 0.98  # float16 holds three digits
