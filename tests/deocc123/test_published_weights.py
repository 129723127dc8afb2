"""Tiny networks in the published files go through fetch, preparing, strict check and damage as real ones."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the models' libraries are not installed")

from deocc import calibration  # noqa: E402
from deocc.backends.deocc123.backend import ViewsThenMesh  # noqa: E402
from deocc.backends.deocc123.card import CARD  # noqa: E402
from deocc.backends.deocc123.options import ViewOptions, tflop  # noqa: E402
from deocc.backends.readiness import Readiness  # noqa: E402
from deocc.bench.silent_tick import SilentTick  # noqa: E402
from deocc.bench.speed_draft import synthetic_observation  # noqa: E402
from deocc.cli import main  # noqa: E402
from deocc.errors import DeoccError, InputFault  # noqa: E402
from deocc.installing.installer import Installer  # noqa: E402
from deocc.place import Place  # noqa: E402
from deocc.weights import folder, table  # noqa: E402
from deocc.weights.folder import WeightsFolder  # noqa: E402
from deocc.weights.preparing import PrepareOptions  # noqa: E402
from deocc.weights.source import Source  # noqa: E402
from tests.tiny.lrm import write_tiny_lrm  # noqa: E402
from tests.tiny.zero123plus import write_pipeline, write_student, write_unet_bin  # noqa: E402
from tests.weights.file_server import FileServer  # noqa: E402

PIPELINE = "zero123plus-v1.2"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny pipeline, and one with the tiny reconstructor."""
    folder = tmp_path_factory.mktemp("published")
    write_pipeline(folder / "pipeline")
    return folder


@pytest.fixture
def hub(source_server: FileServer, published: Path, monkeypatch: pytest.MonkeyPatch) -> FileServer:
    """The hub with the tiny pipeline at its pinned revision; disks have room for the real ones."""

    class Usage:
        free = 10**12

    monkeypatch.setattr(folder.shutil, "disk_usage", lambda folder: Usage)
    row = table.row(PIPELINE)
    files = {file.path: published / "pipeline" / file.path for file in row.files}
    there = {name: path.read_bytes() for name, path in files.items() if path.exists()}
    source_server.announce, source_server.revision = True, row.revision or ""
    source_server.put(row.repository, row.revision or "main", there)
    return source_server


def installer(folder: WeightsFolder, hub: FileServer) -> Installer:
    return Installer(Readiness(folder), Source(hub.url, stall_s=0.3))


def test_a_pipeline_is_fetched_and_prepared_and_its_text_model_goes(hub: FileServer, tmp_path: Path):
    unet = "/sudo-ai/zero123plus-v1.2/resolve/{}/unet/diffusion_pytorch_model.safetensors"
    hub.mishaps[unet.format(hub.revision)] = ["redirect", "drop", "redirect", "damaged"]
    folder = WeightsFolder(tmp_path)
    installer(folder, hub).fetch(PIPELINE)
    folder.require([PIPELINE])
    held = folder.installed(PIPELINE)
    assert held and held.revision == hub.revision and "text_encoder/model.safetensors" in held.sources
    assert {"empty_prompt.safetensors", "pipeline.json", "unet/diffusion_pytorch_model.safetensors"} <= set(
        held.files
    )
    assert not any(name.startswith(("text_encoder", "tokenizer")) for name in held.files)
    assert {Path(name).suffix for name in held.files} == {".safetensors", ".json"}
    assert json.loads((folder.path(PIPELINE) / "pipeline.json").read_text())["cameras"] == "v1.2"
    assert installer(folder, hub).verify(PIPELINE) == []


def test_a_published_file_of_another_model_is_refused_with_its_keys(hub: FileServer, tmp_path: Path):
    path = f"/sudo-ai/{PIPELINE}/resolve/{hub.revision}/"
    hub.files[path + "vae/diffusion_pytorch_model.safetensors"] = hub.files[
        path + "vision_encoder/model.safetensors"
    ]
    folder = WeightsFolder(tmp_path)
    with pytest.raises(InputFault, match=r"is not this model's: of .* it lacks .*; it has too many"):
        installer(folder, hub).fetch(PIPELINE)
    assert not folder.path(PIPELINE).exists()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def add_a_key(path: Path) -> None:
    content = torch.load(path, weights_only=True)
    content["state_dict"]["lrm_generator.one_too_many"] = torch.zeros(3)
    torch.save(content, path)


def another_shape(path: Path) -> None:
    content = torch.load(path, weights_only=True)
    key = next(key for key in content["state_dict"] if key.startswith("lrm_generator."))
    content["state_dict"][key] = torch.zeros(3, 5, 7)
    torch.save(content, path)


def another_model(path: Path) -> None:
    path.write_bytes(write_unet_bin(path.parent / "unet").read_bytes())


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (truncate, "is cut off or damaged"),
        (add_a_key, "it has too many 1: one_too_many"),
        (another_shape, "it has other shapes 1"),
        (another_model, "is not this model's"),
    ],
)
def test_a_spoilt_reconstructor_is_refused_with_a_sentence(tmp_path: Path, spoil, words: str):
    path = write_tiny_lrm(tmp_path / "files")
    spoil(path)
    folder = WeightsFolder(tmp_path / "weights")
    with pytest.raises(DeoccError) as caught:
        Installer(Readiness(folder), Source()).import_from(path, PrepareOptions("instant-mesh-large"))
    assert words in caught.value.message and caught.value.code == "weights_wrong"
    assert not folder.path("instant-mesh-large").exists()


def test_loading_and_running_the_networks_asks_no_network(tiny_weights, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_words: object) -> None:
        raise AssertionError("it asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    backend = ViewsThenMesh(CARD, tiny_weights, Place(torch.device("cpu"), torch.float32))
    options = ViewOptions(steps=4, texture_px=256, triangles=1000)
    made = backend.run(synthetic_observation("mug", (320, 240)), options, 0, SilentTick())
    assert len(made.mesh.faces) > 100


def test_the_estimate_is_this_machines_before_the_first_job(tmp_path: Path):
    ready = Readiness(WeightsFolder(tmp_path / "weights"))
    assert ready.reply(CARD).estimate.seconds == CARD.estimate_s  # nobody has looked yet
    path = write_tiny_lrm(tmp_path / "files")
    Installer(ready, Source()).import_from(path, PrepareOptions("instant-mesh-large"))
    known = calibration.read(tmp_path / "weights")
    assert known is not None
    told = ready.reply(CARD).estimate
    assert told.seconds == round(known.seconds(tflop(ViewOptions())), 1) and not told.measured


def test_an_import_tells_what_the_file_does_not_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Nothing in a UNet tells its cameras, and wrong ones put every view ten degrees off."""
    student = write_student(tmp_path / "student", "safetensors")
    words = [
        "weights",
        "import",
        "--as",
        "deocc123",
        str(student),
        "--weights-dir",
        str(tmp_path / "weights"),
    ]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "made from zero123plus-v1.1, cameras v1.1, background 127, 127, 127" in told
    assert main([*words, "--cameras", "v1.2", "--background", "white"]) == 0
    assert "cameras v1.2, background 255, 255, 255" in capsys.readouterr().out
