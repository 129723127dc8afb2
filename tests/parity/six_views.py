"""Zero123++ against its recorded run: the part of test_deocc123.py that is about the six views.

Everything is read from the golden and its sidecar; a set of other sizes passes as well.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from deocc.backends.deocc123.diffusion import config, networks
from deocc.backends.deocc123.diffusion import prompt as prompting
from deocc.backends.deocc123.diffusion.attention import install
from deocc.backends.deocc123.diffusion.config import PICTURE_SCALE, ViewConfig
from deocc.backends.deocc123.diffusion.framing import OBJECT_SHARE, resize_foreground
from deocc.backends.deocc123.diffusion.latents import Preview, decode, plain, to_bytes
from deocc.backends.deocc123.diffusion.network import Parts, ViewDiffusion, embed, encode, prompt_of
from deocc.backends.deocc123.diffusion.preprocess import extractor, on_ground
from deocc.backends.deocc123.diffusion.prompt import as_called_here, empty_prompt
from deocc.backends.deocc123.diffusion.sampler import Denoiser, Guided, denoise
from deocc.backends.deocc123.diffusion.schedule import Step, advance, noised, schedule
from deocc.backends.deocc123.diffusion.sources import without_counting
from deocc.place import Place
from deocc.weights.checkpoint import load_strict
from tests.parity.oracle import SAMPLER, assert_close, golden, manifest, part

NOISE_NAMES = {"picture": "vae_noise_cond", "ground": "vae_noise_zero", "start": "initial_noise"}
STEP_NOISE_NAMES = {"reference": "cond_noise", "renewal": "ancestral_noise"}
GROUNDS = {"white": (255, 255, 255), "grey": (127, 127, 127)}  # of the two pipelines that may be recorded


class RecordedViews:
    """The recorded run of a tiny Zero123++, and this project's networks with its weights."""

    def __init__(self, tensors: dict[str, Tensor], told: dict[str, Any]):
        self.tensors, self.told = tensors, told
        self.out, self.rng = part(tensors, "out."), part(tensors, "rng.")
        self.unet = self.network(networks.build_unet, "unet")
        self.vae = self.network(networks.build_vae, "vae")
        self.vision = self.network(networks.build_vision, "vision", "vision_encoder")
        self.guidance, self.steps = told["guidance_scale"], told["steps"]
        self.size_px = (told["height"], told["width"])
        self.ramp = torch.tensor(told["ramping_coefficients"])
        self.ground = min(GROUNDS, key=self.unlike)  # that of the recorded pipeline

    def network(self, build: Any, name: str, module: str = "") -> Any:
        network = networks.on_meta(build, self.told[f"{name}_config"])
        weights = without_counting(part(self.tensors, f"w.{module or name}."))
        load_strict(network, weights, torch.float32)
        return networks.ready(network)

    def unlike(self, ground: str) -> float:
        """How far what CLIP saw is from the photo on a ground."""
        seen = extractor(self.told["feature_extractor_clip"]).pixels(self.out[f"{ground}_rgb_u8"].numpy())
        return float((seen - self.out["clip_pixels"]).abs().mean())

    def noise(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """The recorded draws, by the product's names of them."""
        kind, _, step = name.partition("/")
        key = f"step{step}.{STEP_NOISE_NAMES[kind]}" if step else NOISE_NAMES[kind]
        assert self.rng[key].shape == shape, name
        return self.rng[key]

    def steps_of(self) -> list[Step]:
        return [Step.of(row) for row in schedule(self.told["scheduler_config"], self.steps).steps()]

    def diffusion(self, background: tuple[int, int, int]) -> ViewDiffusion:
        """The product's own pipeline around the recorded weights."""
        parts = Parts(
            unet=self.unet,
            vae=self.vae,
            vision=self.vision,
            empty_prompt=self.out["prompt_embeds_neg_pos"][0],
            ramp=self.ramp,
            for_vae=extractor(self.told["feature_extractor_vae"]),
            for_clip=extractor(self.told["feature_extractor_clip"]),
            levels=self.told["scheduler_config"],
            preview=Preview(torch.zeros(4, 3), torch.zeros(3)),
        )
        return ViewDiffusion(parts, ViewConfig("v1.2", background), Place(torch.device("cpu"), torch.float32))


class TestSixViews:
    """golden_zero123pp_tiny: Zero123++ as InstantMesh runs it, every intermediate."""

    @pytest.fixture(scope="class")
    @classmethod
    def views(cls) -> RecordedViews:
        return RecordedViews(*golden("deocc123", "golden_zero123pp_tiny"))

    @pytest.mark.parametrize("ground", GROUNDS)
    def test_the_photo_lies_on_its_ground_to_the_byte(self, views, ground):
        laid = on_ground(views.tensors["in.rgba_u8"].numpy(), GROUNDS[ground])
        assert np.array_equal(laid, views.out[f"{ground}_rgb_u8"].numpy())

    @pytest.mark.parametrize(
        ("config", "key"),
        [("feature_extractor_vae", "vae_pixels"), ("feature_extractor_clip", "clip_pixels")],
    )
    def test_extractors(self, views, config, key):
        picture = views.out[f"{views.ground}_rgb_u8"].numpy()
        pixels = extractor(views.told[config]).pixels(picture)
        assert_close(pixels, views.out[key], what=key)

    @torch.inference_mode()
    def test_encoders(self, views):
        moments = encode(views.vae, views.out["vae_pixels"])
        ground = encode(views.vae, torch.zeros_like(views.out["vae_pixels"]))
        for mine, name in ((moments, "vae"), (ground, "vae_zero")):
            assert_close(mine.mean, views.out[f"{name}_mean"], what=f"{name}_mean")
            assert_close(mine.deviation, torch.exp(0.5 * views.out[f"{name}_logvar"]), what=f"{name}_logvar")
        latents = torch.cat(
            [ground.drawn(views.rng["vae_noise_zero"]), moments.drawn(views.rng["vae_noise_cond"])]
        )
        assert_close(latents, views.out["cond_lat_neg_pos"], what="cond_lat_neg_pos")
        embedding = embed(views.vision, views.out["clip_pixels"])
        assert_close(embedding, views.out["image_embeds"], what="image_embeds")

    def test_the_empty_prompt_is_what_the_text_model_says(self, views, tmp_path, monkeypatch):
        """Through the preparer's own door: published folder in, one constant out."""
        text = views.told["text_config"]
        monkeypatch.setattr(prompting, "PROMPT_TOKENS", len(views.ramp))  # 77 but in goldens
        write_json(tmp_path / "text_encoder/config.json", text)
        save_file(part(views.tensors, "w.text_encoder."), tmp_path / "text_encoder/model.safetensors")
        tokens = {name: text[f"{name}_token_id"] for name in ("bos", "eos", "pad")}
        write_json(tmp_path / "tokenizer/vocab.json", tokens)
        write_json(tmp_path / "tokenizer/tokenizer_config.json", {f"{name}_token": name for name in tokens})
        prompt = empty_prompt(tmp_path / "text_encoder", tmp_path / "tokenizer")
        assert_close(prompt, views.out["prompt_embeds_neg_pos"][0], what="empty prompt")
        both = prompt_of(prompt, views.out["image_embeds"], views.ramp)
        assert_close(both, views.out["prompt_embeds_neg_pos"], what="prompt_embeds_neg_pos")

    def test_levels(self, views):
        levels = schedule(views.told["scheduler_config"], views.steps)
        assert torch.equal(levels.timesteps, views.out["timesteps"].float())
        assert_close(levels.sigmas, views.out["sigmas"], what="sigmas")
        assert_close(levels.sigmas[0], views.out["init_noise_sigma"], what="init_noise_sigma")

    @pytest.mark.parametrize("split", [False, True], ids=["together", "one after the other"])
    @torch.inference_mode()
    def test_every_step_from_its_recorded_start(self, views, split):
        bank = install(views.unet)
        cond, prompt = views.out["cond_lat_neg_pos"], views.out["prompt_embeds_neg_pos"]
        denoiser = Denoiser(views.unet, bank, Guided(prompt, cond, views.guidance, split))
        for n, step in enumerate(views.steps_of()):
            told = part(views.out, f"step{n}.")
            noise = part(views.rng, f"step{n}.")
            assert step.timestep == told["timestep"]
            reference = noised(cond, noise["cond_noise"], step)
            assert_close(reference, told["noisy_scaled_cond_lat"], what=f"step {n} reference")
            latents = told["latents_in"]
            assert_close(
                (latents * step.scale).expand(2, -1, -1, -1), told["model_input"], what="model_input"
            )
            rows = denoiser.rows(latents, noise["cond_noise"], step)
            assert_close(rows, told["unet_out_neg_pos"], what=f"step {n} unet_out_neg_pos")
            velocity = denoiser.velocity(latents, noise["cond_noise"], step)
            # guidance multiplies the rows' rounding by 2 * 4 - 1
            assert_close(velocity, told["guided_v"], SAMPLER, what=f"step {n} guided_v")
            moved, _ = advance(latents, told["guided_v"], noise["ancestral_noise"], step)
            assert_close(moved, told["latents_out"], what=f"step {n} latents_out")

    @torch.inference_mode()
    def test_tokens_that_the_reference_pass_keeps(self, views):
        bank = install(views.unet)
        cond, prompt = views.out["cond_lat_neg_pos"], views.out["prompt_embeds_neg_pos"]
        denoiser = Denoiser(views.unet, bank, Guided(prompt, cond, views.guidance))
        checked = 0
        for n, step in enumerate(views.steps_of()):
            told = part(views.out, f"step{n}.ref.")
            denoiser.write(noised(cond, views.rng[f"step{n}.cond_noise"], step), slice(None), step)
            if told:
                assert set(told) == {name + ".processor" for name in bank.tokens}
            for name, tokens in told.items():
                assert_close(bank.tokens[name.removesuffix(".processor")], tokens, what=name)
                checked += 1
            bank.tokens.clear()
        assert checked, "the golden records no tokens"

    def test_the_whole_sampling_and_its_picture(self, views):
        clean: list[Tensor] = []
        cond, prompt = views.out["cond_lat_neg_pos"], views.out["prompt_embeds_neg_pos"]
        size = tuple(views.rng["initial_noise"].shape[-2:])
        levels = schedule(views.told["scheduler_config"], views.steps)
        guided = Guided(prompt, cond, views.guidance)
        bank = install(views.unet)
        found = denoise(
            views.unet, bank, guided, levels, size, views.noise, lambda _, seen: clean.append(seen)
        )
        assert len(clean) == views.steps
        assert_close(found, views.out[f"step{views.steps - 1}.latents_out"], SAMPLER, what="last latents")
        assert_close(plain(found), views.out["final_latents_after_unscale"], SAMPLER, what="unscaled")
        with torch.inference_mode():
            picture = decode(views.vae, found)
        assert_close(
            picture / PICTURE_SCALE, views.out["decoded_before_unscale_image"], SAMPLER, what="decoded"
        )
        if "decoded_image" in views.out:  # the same times PICTURE_SCALE; the committed golden has it once
            assert_close(picture, views.out["decoded_image"], SAMPLER, what="decoded_image")
        assert off_by(to_bytes(picture), views.out["final_u8"][0].numpy()) <= 1

    def test_from_the_picture_to_the_picture(self, views):
        """The product's own entry with the recorded draws; ±1 since a value may lie on a byte's edge."""
        diffusion = views.diffusion(GROUNDS[views.ground])
        condition = diffusion.condition(views.tensors["in.rgba_u8"].numpy())
        assert_close(condition.prompt, views.out["prompt_embeds_neg_pos"], what="prompt")
        tile = diffusion.sample_tile(
            condition, lambda: views.noise, views.steps, views.guidance, views.size_px
        )
        assert off_by(tile, views.out["final_u8"][0].numpy()) <= 1


class TestFraming:
    """golden_preprocess: InstantMesh's framing of a cut-out, and Pillow's composites, to the byte."""

    def test_every_case(self):
        tensors, sidecar = golden("deocc123", "golden_preprocess")
        told_share = re.search(r"ratio ([\d.]*\d)", sidecar["what"])
        share = float(told_share[1]) if told_share else OBJECT_SHARE
        cases = {name.partition(".")[0] for name in tensors}
        assert cases
        for case in cases:
            told = {name: one.numpy() for name, one in part(tensors, f"{case}.").items()}
            framed = resize_foreground(told["in.rgba"], share)
            assert np.array_equal(framed, told["out.resized_rgba"]), case
            for ground, colour in GROUNDS.items():
                laid = on_ground(framed, colour)
                assert np.array_equal(laid, told[f"out.composite_{ground}"]), (case, ground)


class TestFullSizeViews:
    """Every key and shape of the published networks, from this project's numbers."""

    @pytest.mark.parametrize(
        ("name", "build", "numbers"),
        [
            ("unet", networks.build_unet, config.UNET),
            ("vae", networks.build_vae, config.VAE),
            ("vision_encoder", networks.build_vision, config.VISION),
            ("text_encoder", networks.build_text, config.TEXT),
        ],
    )
    def test_keys_and_shapes(self, name, build, numbers):
        told = manifest("deocc123", f"manifest_zero123plus_{name}")
        tensors = {key: torch.empty(shape, device="meta") for key, shape in told["params"].items()}
        module = networks.on_meta(build, numbers)
        found = as_called_here(tensors, module) if name == "text_encoder" else tensors
        wanted = {key: tuple(one.shape) for key, one in module.state_dict().items()}
        assert {key: tuple(one.shape) for key, one in found.items()} == wanted
        assert sum(one.numel() for one in module.parameters()) == told["n_params"]
        for key, value in told["config"].items():
            here = module.config.to_dict() if hasattr(module.config, "to_dict") else dict(module.config)
            if key in here:
                assert as_list(here[key]) == as_list(value), key


def off_by(ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> int:
    """The largest difference of two pictures, in levels."""
    return int(np.abs(ours.astype(int) - theirs).max())


def write_json(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")


def as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
