"""Published checkpoints to files for strict reading: prefixes, what lies beside, sizes, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file, save_file  # noqa: E402

from deocc.backends.deocc123.lrm.checkpoint import network_tensors, prepare_lrm  # noqa: E402
from deocc.backends.deocc123.lrm.config import read_config  # noqa: E402
from deocc.weights.faults import WeightsFault  # noqa: E402
from deocc.weights.preparing import PrepareOptions  # noqa: E402
from tests.tiny.lrm import TINY_MESH, TINY_NERF, tiny_network, write_tiny_lrm  # noqa: E402

OPTIONS = PrepareOptions("instant-mesh-large")


def test_a_training_checkpoint_becomes_plain_weights(tmp_path: Path):
    source = write_tiny_lrm(tmp_path / "published")
    saved = torch.load(source, weights_only=True)["state_dict"]
    assert "lpips.net.slice1.0.weight" in saved and "lrm_generator.source_camera" in saved
    prepared = prepare_lrm(source, tmp_path / "out", OPTIONS)
    assert prepared.base == ""
    assert read_config(tmp_path / "out" / "config.json") == TINY_MESH
    written, wanted = load_file(tmp_path / "out" / "model.safetensors"), tiny_network().state_dict()
    assert written.keys() == wanted.keys()
    assert all(torch.equal(written[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize("prefix", ["", "lrm_generator."])
def test_safetensors_with_and_without_the_prefix_do_as_well(tmp_path: Path, prefix: str):
    source = write_tiny_lrm(tmp_path, TINY_NERF)
    state = {prefix + name: one.half() for name, one in tiny_network(TINY_NERF).state_dict().items()}
    source.unlink()
    save_file(state, tmp_path / "converted.safetensors")
    prepare_lrm(tmp_path, tmp_path / "out", PrepareOptions("instant-nerf-base"))  # the folder with one file
    written = load_file(tmp_path / "out" / "model.safetensors")
    assert {one.dtype for one in written.values()} == {torch.float32}


def test_without_a_configuration_of_ours_the_published_sizes_hold(tmp_path: Path):
    source = write_tiny_lrm(tmp_path)
    for beside in (None, "{", json.dumps({"architectures": ["ViT"]})):
        (tmp_path / "config.json").unlink(missing_ok=True)
        if beside is not None:
            (tmp_path / "config.json").write_text(beside)
        with pytest.raises(WeightsFault, match="of 519 tensors") as fault:
            prepare_lrm(source, tmp_path / "out", OPTIONS)
        assert fault.value.code == "weights_wrong"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda state: state.pop("lrm_generator.transformer.norm.bias"), "lacks 1: transformer.norm.bias"),
        (lambda state: state.update({"lrm_generator.more": torch.zeros(1)}), "too many 1: more"),
        (lambda state: state.update({"lrm_generator.transformer.norm.bias": torch.zeros(9)}), "64"),
    ],
)
def test_a_key_missing_too_many_or_misshapen_is_refused_by_name(tmp_path: Path, change, words: str):
    source = write_tiny_lrm(tmp_path)
    content = torch.load(source, weights_only=True)
    change(content["state_dict"])
    torch.save(content, source)
    with pytest.raises(WeightsFault, match=words):
        prepare_lrm(source, tmp_path / "out", OPTIONS)


def test_a_truncated_file_is_refused_by_a_sentence(tmp_path: Path):
    source = write_tiny_lrm(tmp_path)
    source.write_bytes(source.read_bytes()[:20_000])
    with pytest.raises(WeightsFault) as fault:
        prepare_lrm(source, tmp_path / "out", OPTIONS)
    assert fault.value.code == "weights_wrong" and source.name in fault.value.message


def test_a_wrong_entry_of_our_own_configuration_is_refused(tmp_path: Path):
    source = write_tiny_lrm(tmp_path)
    values = {**json.loads((tmp_path / "config.json").read_text()), "layers": "many"}
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(WeightsFault, match="layers"):
        prepare_lrm(source, tmp_path / "out", OPTIONS)


def test_a_folder_with_none_or_several_checkpoints_is_refused(tmp_path: Path):
    with pytest.raises(WeightsFault, match="no checkpoint"):
        prepare_lrm(tmp_path, tmp_path / "out", OPTIONS)
    write_tiny_lrm(tmp_path, name="one.ckpt")
    write_tiny_lrm(tmp_path, name="two.ckpt")
    with pytest.raises(WeightsFault, match="2 checkpoints"):
        prepare_lrm(tmp_path, tmp_path / "out", OPTIONS)


def test_losses_networks_and_cameras_are_left_out_by_name():
    one = torch.zeros(1)
    found = network_tensors({"lrm_generator.a": one, "lrm_generator.source_camera": one, "lpips.b": one})
    assert list(found) == ["a"]
    assert list(network_tensors({"a": one, "x.source_camera_buffer": one})) == ["a"]


def test_a_density_network_is_not_taken_for_a_mesh_network(tmp_path: Path):
    """Its own config.json describes it rightly; the name asked for is another's."""
    source = write_tiny_lrm(tmp_path / "published", TINY_NERF, "instant_nerf_base.ckpt")
    with pytest.raises(WeightsFault, match="instant-mesh-large is none") as fault:
        prepare_lrm(source, tmp_path / "out", OPTIONS)
    assert fault.value.code == "weights_wrong" and not (tmp_path / "out").exists()
    prepare_lrm(source, tmp_path / "out", PrepareOptions("instant-nerf-base"))


@pytest.mark.parametrize(
    "told", [{"cameras": "v1.1"}, {"background": (0, 0, 0)}, {"base": "zero123plus-v1.2"}]
)
def test_what_a_reconstructor_has_not_can_not_be_told(tmp_path: Path, told: dict):
    source = write_tiny_lrm(tmp_path / "published")
    with pytest.raises(WeightsFault, match=f"has no {next(iter(told))}"):
        prepare_lrm(source, tmp_path / "out", PrepareOptions("instant-mesh-large", **told))
