"""Published files and every spelling of a fine-tuned UNet -> prepared folders; what is refused, in words."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from deocc.backends.deocc123.diffusion import networks
from deocc.backends.deocc123.diffusion.checkpoint import prepare_pipeline, prepare_unet
from deocc.backends.deocc123.diffusion.config import ViewConfig, read_pipeline_file
from deocc.backends.deocc123.diffusion.prompt import empty_prompt, token_ids
from deocc.backends.deocc123.diffusion.sources import renamed_vae
from deocc.weights.faults import WeightsFault
from deocc.weights.preparing import PrepareOptions
from tests.tiny import zero123plus

V12 = PrepareOptions("zero123plus-v1.2")
STUDENT = PrepareOptions("deocc123")
FILES = {
    "model_index.json", "pipeline.json", "empty_prompt.safetensors", "preview.safetensors",
    "scheduler/scheduler_config.json",
    "feature_extractor_vae/preprocessor_config.json", "feature_extractor_clip/preprocessor_config.json",
    "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
    "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
    "vision_encoder/config.json", "vision_encoder/model.safetensors",
}  # fmt: skip


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    """The published folder, to be spoilt."""
    return Path(shutil.copytree(published, tmp_path / "copy"))


def test_a_prepared_pipeline_has_no_text_model(pipeline: Path):
    assert files_of(pipeline) == FILES
    assert read_pipeline_file(pipeline) == ViewConfig("v1.2", (127, 127, 127))


def test_v11_has_its_own_cameras_and_the_import_may_say_otherwise(published: Path, tmp_path: Path):
    prepare_pipeline(published, tmp_path / "a", PrepareOptions("zero123plus-v1.1"))
    assert read_pipeline_file(tmp_path / "a") == ViewConfig("v1.1", (127, 127, 127))
    told = PrepareOptions("zero123plus-v1.1", cameras="v1.2", background=(255, 255, 255))
    prepare_pipeline(published, tmp_path / "b", told)
    assert read_pipeline_file(tmp_path / "b") == ViewConfig("v1.2", (255, 255, 255))


def test_the_empty_prompt_is_the_text_models_last_normalised_state(published: Path, pipeline: Path):
    kept = load_file(pipeline / "empty_prompt.safetensors")["hidden_states"]
    assert kept.shape == (77, zero123plus.WIDTH) and kept.dtype == torch.float32
    model = networks.build_text(zero123plus.TEXT).eval()
    tensors = load_file(published / "text_encoder/model.safetensors")
    bare = {name.removeprefix("text_model."): one for name, one in tensors.items()}
    here = model.state_dict()
    prefix = "text_model." if next(iter(here)).startswith("text_model.") else ""
    model.load_state_dict({prefix + name: one for name, one in bare.items()})
    with torch.no_grad():
        said = model(input_ids=torch.tensor([[49406, 49407] + [0] * 75])).last_hidden_state[0]
    assert torch.equal(kept, said)


@pytest.mark.parametrize("prefix", ["text_model.", ""])
def test_the_text_model_is_read_in_both_spellings_and_never_left_random(published, copy, prefix):
    """transformers 5 drops the prefix: a lenient reader would find nothing and keep random weights."""
    path = copy / "text_encoder/model.safetensors"
    tensors = load_file(path)
    save_file({prefix + name.removeprefix("text_model."): one for name, one in tensors.items()}, path)
    again = empty_prompt(copy / "text_encoder", copy / "tokenizer")
    assert torch.equal(again, empty_prompt(published / "text_encoder", published / "tokenizer"))


def test_token_numbers_come_from_the_tokenizer_else_from_the_published_one(published: Path, tmp_path: Path):
    assert token_ids(published / "tokenizer") == (49406, 49407) + (0,) * 75
    assert token_ids(tmp_path) == (49406, 49407) + (0,) * 75


def test_half_precision_files_and_old_pickles_are_taken_where_nothing_better_is_there(
    published, copy, tmp_path
):
    unet, vae = copy / "unet", copy / "vae"
    tensors = load_file(unet / "diffusion_pytorch_model.safetensors")
    (unet / "diffusion_pytorch_model.safetensors").unlink()
    halves = {name: one.half() for name, one in tensors.items()}
    save_file(halves, unet / "diffusion_pytorch_model.fp16.safetensors")
    torch.save(load_file(vae / "diffusion_pytorch_model.safetensors"), vae / "diffusion_pytorch_model.bin")
    (vae / "diffusion_pytorch_model.safetensors").unlink()
    prepare_pipeline(copy, tmp_path / "out", V12)
    assert files_of(tmp_path / "out") == FILES
    found = load_file(tmp_path / "out/unet/diffusion_pytorch_model.safetensors")
    assert all(torch.equal(found[name], one) for name, one in halves.items())


def test_a_vae_with_the_attention_names_of_its_time():
    old = {
        f"{half}.mid_block.attentions.0.{name}.weight": torch.zeros(1)
        for half in ("encoder", "decoder")
        for name in ("query", "key", "value", "proj_attn", "group_norm")
    }
    now = {name.split("attentions.0.")[1] for name in renamed_vae(old)}
    assert now == {"to_q.weight", "to_k.weight", "to_v.weight", "to_out.0.weight", "group_norm.weight"}
    assert renamed_vae({"encoder.conv_in.weight": torch.zeros(1)}).keys() == {"encoder.conv_in.weight"}


@pytest.mark.parametrize("spelling", zero123plus.SPELLINGS)
def test_every_spelling_of_a_student_gives_the_same_file(tmp_path: Path, spelling: str, caplog):
    source = zero123plus.write_student(tmp_path / "source", spelling)
    with caplog.at_level(logging.INFO):
        prepared = prepare_unet(source, tmp_path / "out", STUDENT)
    assert prepared.base == "zero123plus-v1.1"
    assert files_of(tmp_path / "out") == {"config.json", "model.safetensors", "pipeline.json"}
    found, wanted = load_file(tmp_path / "out/model.safetensors"), zero123plus.unet_tensors(2)
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], one) for name, one in wanted.items())
    assert ("averaged" in caplog.text) == ("averages" in spelling)
    assert "cameras v1.1, background 127, 127, 127" in caplog.text  # said at every import


def test_instantmeshs_unet_is_for_v12_on_white(tmp_path: Path):
    source = zero123plus.write_unet_bin(tmp_path / "source")
    assert (
        prepare_unet(source, tmp_path / "out", PrepareOptions("instantmesh-unet")).base == "zero123plus-v1.2"
    )
    told = json.loads((tmp_path / "out/pipeline.json").read_text())
    assert told == {"base": "zero123plus-v1.2", "cameras": "v1.2", "background": [255, 255, 255]}


def test_what_an_import_says_of_a_student_counts(tmp_path: Path):
    source = zero123plus.write_student(tmp_path / "source", "plain")
    options = PrepareOptions("deocc123", "zero123plus-v1.2", "v1.2", (255, 255, 255))
    assert prepare_unet(source, tmp_path / "out", options).base == "zero123plus-v1.2"
    assert read_pipeline_file(tmp_path / "out") == ViewConfig("v1.2", (255, 255, 255))


def spoilt(folder: Path, change) -> Path:
    source = zero123plus.write_student(folder, "unet.unet.")
    content = torch.load(source, weights_only=True)
    change(content["state_dict"])
    torch.save(content, source)
    return source


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("unet.unet.conv_out.bias"), r"lacks 1: conv_out\.bias"),
        (
            lambda state: state.update({"unet.unet.extra.weight": torch.zeros(2)}),
            r"too many 1: extra\.weight",
        ),
        (
            lambda state: state.update({"controlnet.weight": torch.zeros(2)}),
            r"too many 1: controlnet\.weight",
        ),
        (
            lambda state: state.update({"unet.unet.conv_in.bias": torch.zeros(3)}),
            r"conv_in\.bias is 3 instead of 8",
        ),
    ],
    ids=["one less", "one more", "another network beside it", "another shape"],
)
def test_a_student_of_another_network_is_refused_by_its_keys(tmp_path, change, words):
    with pytest.raises(WeightsFault, match=words) as caught:
        prepare_unet(spoilt(tmp_path / "source", change), tmp_path / "out", STUDENT)
    assert caught.value.code == "weights_wrong"


def test_averages_that_lack_a_key_are_not_filled_up_from_the_trained_weights(tmp_path: Path):
    source = zero123plus.write_student(tmp_path / "source", "averages by name")
    content = torch.load(source, weights_only=True)
    del content["state_dict"]["unet_ema.conv_out.bias"]
    torch.save(content, source)
    with pytest.raises(WeightsFault, match=r"lacks 1: conv_out\.bias"):
        prepare_unet(source, tmp_path / "out", STUDENT)


def test_a_tiny_student_without_config_is_held_against_the_published_unet(tmp_path: Path):
    source = zero123plus.write_student(tmp_path / "source", "safetensors")
    (source.parent / "config.json").unlink()
    with pytest.raises(WeightsFault, match=r"of 686 tensors"):
        prepare_unet(source, tmp_path / "out", STUDENT)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: (f / "model_index.json").unlink(), "model_index.json is missing"),
        (lambda f: (f / "model_index.json").write_text("{}"), "no 77 ramping coefficients"),
        (lambda f: shutil.rmtree(f / "vae"), "config.json is missing in “vae”"),
        (lambda f: (f / "unet/diffusion_pytorch_model.safetensors").unlink(), "missing in “unet”"),
        (lambda f: (f / "vae/diffusion_pytorch_model.safetensors").write_bytes(b"\x10"), "no checkpoint"),
        (lambda f: (f / "tokenizer/vocab.json").write_text('{"!": 0}'), "no token"),
    ],
    ids=["no index", "another pipeline", "no VAE", "no UNet", "cut off", "another tokenizer"],
)
def test_a_folder_that_is_no_zero123plus_is_refused_in_words(copy: Path, tmp_path: Path, spoil, words):
    spoil(copy)
    with pytest.raises(WeightsFault, match=words):
        prepare_pipeline(copy, tmp_path / "out", V12)


def test_a_file_in_place_of_a_folder(tmp_path: Path):
    (tmp_path / "file.bin").write_bytes(b"")
    with pytest.raises(WeightsFault, match="no folder"):
        prepare_pipeline(tmp_path / "file.bin", tmp_path / "out", V12)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("model_index.json", "{", "copy/model_index.json is damaged: it is no JSON"),
        ("model_index.json", "[]", "copy/model_index.json is not this model's"),
        ("vae/config.json", "\x00", "vae/config.json is damaged"),
        ("unet/config.json", '{"block_out_channels": [7]}', "sizes that no such network can have"),
        ("vision_encoder/config.json", '{"hidden_size": "x"}', "sizes that no such network can have"),
        ("feature_extractor_clip/preprocessor_config.json", "{}", "preprocessor_config.json is not"),
        ("tokenizer/tokenizer_config.json", "{}", "The tokenizer has no token 'bos_token'"),
        (
            "scheduler/scheduler_config.json",
            '{"beta_schedule": "linear", "prediction_type": "v_prediction"}',
            "num_train_timesteps is no number",
        ),
    ],
)
def test_a_config_that_is_damaged_or_foreign_is_one_sentence(
    copy: Path, tmp_path: Path, name: str, content: str, words: str
):
    (copy / name).write_text(content)
    with pytest.raises(WeightsFault, match=words) as fault:
        prepare_pipeline(copy, tmp_path / "made", V12)
    assert "\n" not in fault.value.message


@pytest.mark.parametrize("base", ["deocc123", "instant-mesh-large"])
def test_a_unet_goes_into_nothing_but_a_pipeline(published: Path, tmp_path: Path, base: str):
    with pytest.raises(WeightsFault, match=f"{base} is no pipeline"):
        prepare_unet(published, tmp_path / "made", PrepareOptions("deocc123", base))
