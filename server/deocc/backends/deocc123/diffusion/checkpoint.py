"""Published files of Zero123++ and of UNets fine-tuned from it -> folders ready for strict reading."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from deocc.backends.deocc123.diffusion import networks, schedule
from deocc.backends.deocc123.diffusion.config import (
    EMPTY_PROMPT_FILE,
    INSTANTMESH,
    PREVIEW_FILE,
    PROMPT_TOKENS,
    STOCK,
    STUDENT,
    UNET_ALONE_FILE,
    ViewConfig,
    write_pipeline_file,
)
from deocc.backends.deocc123.diffusion.latents import fit_preview
from deocc.backends.deocc123.diffusion.preprocess import read_extractor
from deocc.backends.deocc123.diffusion.prompt import empty_prompt
from deocc.backends.deocc123.diffusion.sources import (
    AVERAGED_FOLDER,
    needed,
    renamed_vae,
    unet_source,
    weights_in,
    without_counting,
)
from deocc.backends.deocc123.diffusion.student import plain_unet
from deocc.weights.checkpoint import match_keys, read_tensors, shapes_of, write_tensors
from deocc.weights.faults import wrong_weights
from deocc.weights.preparing import Prepared, PrepareOptions, refuse

log = logging.getLogger(__name__)

JSON_FILES = (
    "model_index.json",
    "scheduler/scheduler_config.json",
    "feature_extractor_vae/preprocessor_config.json",
    "feature_extractor_clip/preprocessor_config.json",
)
# a UNet's defaults where its import says nothing else: what it was trained on, and the pipeline around it
UNETS = {
    "instantmesh-unet": (INSTANTMESH, "zero123plus-v1.2"),
    "deocc123": (STUDENT, "zero123plus-v1.1"),
}

PIPELINES = tuple(f"zero123plus-{version}" for version in STOCK)  # what a UNet can be put into


def prepare_pipeline(source: Path, target: Path, options: PrepareOptions) -> Prepared:
    """A zero123plus folder in diffusers' layout -> `target`. WeightsFault where it is anything else."""
    refuse(options, "base")
    if not source.is_dir():
        raise wrong_weights(f"{source.name} is no folder.", "Choose the folder with model_index.json.")
    for name in JSON_FILES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(needed(source / name), target / name)
    _check_settings(source)
    stem = "diffusion_pytorch_model"
    _convert(source / "unet", target / "unet", networks.build_unet, stem, dict)
    _convert(source / "vae", target / "vae", networks.build_vae, stem, renamed_vae)
    vision = "vision_encoder"
    _convert(source / vision, target / vision, networks.build_vision, "model", without_counting)
    prompt = empty_prompt(source / "text_encoder", source / "tokenizer")
    write_tensors({"hidden_states": prompt}, target / EMPTY_PROMPT_FILE)
    vae = target / "vae"
    preview = fit_preview(
        networks.load(networks.build_vae, networks.read_json(vae / "config.json"), vae / networks.VAE_FILE)
    )
    write_tensors({"matrix": preview.matrix, "offset": preview.offset}, target / PREVIEW_FILE)
    stock = STOCK[options.name.removeprefix("zero123plus-")]
    chosen = _chosen(stock, options)
    write_pipeline_file(target, chosen)
    return Prepared(taken_as=chosen.in_words())


def prepare_unet(source: Path, target: Path, options: PrepareOptions) -> Prepared:
    """A UNet of its own, as a file or folder in any spelling of student.py -> `target`."""
    default, default_base = UNETS[options.name]
    base = options.base or default_base
    if base not in PIPELINES:
        raise wrong_weights(f"{base} is no pipeline.", f"Choose its base among {', '.join(PIPELINES)}.")
    weights, config = unet_source(source, options.installed and options.installed / base)
    wanted = shapes_of(networks.on_meta(networks.build_unet, config).state_dict())
    tensors, averaged = plain_unet(read_tensors(weights), wanted)
    match_keys(shapes_of(tensors), wanted, weights.name)
    chosen = _chosen(default, options)
    target.mkdir(parents=True, exist_ok=True)
    write_tensors(tensors, target / UNET_ALONE_FILE)
    (target / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")
    write_pipeline_file(target, chosen, base)
    kind = "averaged (EMA)" if averaged or weights.parent.name == AVERAGED_FOLDER else "plain"
    log.info("%s: %s weights for %s; %s", options.name, kind, base, chosen.in_words())
    return Prepared(base, f"made from {base}, {chosen.in_words()}")


def _chosen(default: ViewConfig, options: PrepareOptions) -> ViewConfig:
    return replace(
        default,
        cameras=options.cameras or default.cameras,
        background=default.background if options.background is None else options.background,
    )


def _check_settings(folder: Path) -> None:
    """Reads what sampling will read, so that a foreign folder is refused now and not during a job."""
    index = networks.read_json(folder / "model_index.json")
    ramp = index.get("ramping_coefficients")
    if not isinstance(ramp, list) or len(ramp) != PROMPT_TOKENS:
        raise wrong_weights(
            "model_index.json has no 77 ramping coefficients: this is no Zero123++.",
            "Choose the folder of Zero123++ v1.1 or v1.2.",
        )
    schedule.check(networks.read_json(folder / "scheduler/scheduler_config.json"))
    for name in ("feature_extractor_vae", "feature_extractor_clip"):
        read_extractor(folder / name)


def _convert(
    source: Path,
    target: Path,
    build: Callable[[Mapping[str, Any]], Any],
    stem: str,
    clean: Callable[[Mapping[str, Tensor]], dict[str, Tensor]],
) -> None:
    """One network's folder: its config, and its weights under the names that strict reading wants."""
    config = networks.read_json(needed(source / "config.json"))
    weights = weights_in(source, stem, "pytorch_model")
    tensors = clean(read_tensors(weights))
    wanted = shapes_of(networks.on_meta(build, config).state_dict())
    match_keys(shapes_of(tensors), wanted, f"{source.name}/{weights.name}")
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "config.json", target / "config.json")
    write_tensors(tensors, target / f"{stem}.safetensors")
