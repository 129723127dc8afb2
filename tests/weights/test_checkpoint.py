"""Reading checkpoints: safetensors, torch files, Lightning files of foreign classes, and what would harm."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the models' libraries are not installed")

from safetensors.torch import save_file  # noqa: E402

from deocc.weights.checkpoint import (  # noqa: E402
    load_strict,
    match_keys,
    read_tensors,
    shapes_of,
    write_tensors,
)
from deocc.weights.faults import WeightsFault  # noqa: E402
from deocc.weights.foreign_pickle import read_foreign  # noqa: E402

TENSORS = {
    "conv.weight": torch.arange(24, dtype=torch.float32).reshape(2, 3, 2, 2),
    "conv.bias": torch.tensor([1.0, -2.0]).half(),
    "count": torch.tensor(7),
}


def same(found: dict, wanted: dict) -> bool:
    return set(found) == set(wanted) and all(
        found[key].dtype == wanted[key].dtype and torch.equal(found[key], wanted[key]) for key in wanted
    )


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A library that is there when a file is written, and gone or dangerous when it is read."""
    module = types.ModuleType("trainer_of_yore")

    class Loop:
        def __init__(self) -> None:
            self.epoch, self.callbacks = 3, [1, 2]

    class Config(dict):
        """Pickled with items of its own."""

    for kind in (Loop, Config):
        kind.__module__, kind.__qualname__ = module.__name__, kind.__name__
        setattr(module, kind.__name__, kind)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


# -- files that are read --


def test_safetensors_and_torch_files_give_the_same_tensors(tmp_path: Path):
    save_file(TENSORS, tmp_path / "a.safetensors")
    torch.save(TENSORS, tmp_path / "b.pt")
    torch.save(TENSORS, tmp_path / "c.bin", _use_new_zipfile_serialization=False)
    for path in tmp_path.iterdir():
        assert same(read_tensors(path), TENSORS), path.name


def test_what_a_file_is_called_does_not_matter(tmp_path: Path):
    save_file(TENSORS, tmp_path / "misnamed.ckpt")
    assert same(read_tensors(tmp_path / "misnamed.ckpt"), TENSORS)


def test_written_files_are_read_back_with_shared_memory_written_out(tmp_path: Path):
    base = torch.arange(6.0)
    given = {"a": base, "again": base, "part": base[2:5], "turned": base.reshape(2, 3).T}
    write_tensors(given, tmp_path / "deep" / "x.safetensors")
    assert same(read_tensors(tmp_path / "deep" / "x.safetensors"), given)
    assert not list(tmp_path.rglob("*.part"))


def test_a_training_checkpoint_is_flat_with_its_state_at_the_top(tmp_path: Path):
    ema = {"unet.conv.weight": TENSORS["conv.weight"]}
    whole = {
        "epoch": 3,
        "state_dict": TENSORS,
        "ema": ema,
        "optimizer": {"state": [{"step": TENSORS["count"]}]},
    }
    torch.save(whole, tmp_path / "x.ckpt")
    found = read_tensors(tmp_path / "x.ckpt")
    assert same(
        found,
        {
            **TENSORS,
            "ema.unet.conv.weight": TENSORS["conv.weight"],
            "optimizer.state.0.step": TENSORS["count"],
        },
    )


def test_a_lightning_file_with_foreign_classes_is_read_without_them(tmp_path: Path, foreign, monkeypatch):
    config = foreign.Config(steps=4)
    content = {
        "state_dict": OrderedDict(TENSORS),
        "loops": {"fit": foreign.Loop()},
        "hyper_parameters": config,
        "callbacks": [foreign.Loop(), torch.optim.SGD],
        "tied": torch.nn.Parameter(TENSORS["conv.weight"]),
        "part": torch.arange(10.0)[3:7],
        "narrow": torch.arange(6, dtype=torch.int16).reshape(2, 3).T,
        "flags": torch.tensor([True, False]),
        "short": torch.tensor([1.5]).bfloat16(),
    }
    torch.save(content, tmp_path / "x.ckpt")
    monkeypatch.delitem(sys.modules, foreign.__name__)
    extra = {key: content[key].detach() for key in ("tied", "part", "narrow", "flags", "short")}
    assert same(read_tensors(tmp_path / "x.ckpt"), {**TENSORS, **extra})


# -- files that would harm --


class Bomb:
    """Runs a command where it is unpickled by the book."""

    def __init__(self, mark: Path, how: str):
        self.mark, self.how = mark, how

    def __reduce__(self):
        if self.how == "eval":
            return eval, (f"open({str(self.mark)!r}, 'w')",)
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("how", ["eval", "system"])
def test_a_malicious_pickle_runs_nothing(tmp_path: Path, how: str):
    mark, path = tmp_path / "mark", tmp_path / "x.ckpt"
    torch.save({"state_dict": TENSORS, "bomb": Bomb(mark, how)}, path)
    assert same(read_tensors(path), TENSORS) and not mark.exists()
    torch.save({"bomb": Bomb(mark, how)}, path)
    with pytest.raises(WeightsFault, match="holds no tensors"):
        read_tensors(path)
    assert not mark.exists()
    pickle.loads(pickle.dumps(Bomb(mark, how)))  # it does what it says where it is trusted
    assert mark.exists()


def test_an_old_pickle_with_foreign_classes_is_refused(tmp_path: Path):
    path = tmp_path / "x.pt"
    torch.save(
        {"x": TENSORS, "bomb": Bomb(tmp_path / "mark", "system")}, path, _use_new_zipfile_serialization=False
    )
    with pytest.raises(WeightsFault, match="holds more than tensors; it is not opened") as caught:
        read_tensors(path)
    assert "safetensors" in caught.value.hint and not (tmp_path / "mark").exists()


def repack(path: Path, out: Path, pickled: bytes | None = None, compress: bool = False) -> None:
    """The torch file at `path` with another pickle, or compressed."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            data = pickled if pickled is not None and one.endswith("data.pkl") else old.read(one)
            new.writestr(one, data, zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED)


def hostile_tensor(
    size: tuple, stride: tuple, offset: int, kind: str = "FloatStorage", count: int = 24
) -> bytes:
    """A pickle of {"t": a tensor that lies about its storage, "x": something foreign}."""
    stream = io.BytesIO()

    class Storage:
        """Becomes a persistent id."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            return (
                ("storage", getattr(torch, kind), "0", "cpu", count) if isinstance(thing, Storage) else None
            )

    class Tensor:
        def __reduce__(self):
            return torch._utils._rebuild_tensor_v2, (Storage(), offset, size, stride, False, OrderedDict())

    Pickler(stream, protocol=2).dump({"t": Tensor(), "x": Bomb(Path("nowhere"), "eval")})
    return stream.getvalue()


@pytest.mark.parametrize(
    "pickled",
    [
        hostile_tensor((100,), (1,), 0),
        hostile_tensor((4,), (1,), 22),
        hostile_tensor((10**6, 10**6), (0, 0), 0),
        hostile_tensor((4,), (1000,), 0),
        hostile_tensor((-4,), (1,), 0),
        hostile_tensor((4,), (1,), -3),
        hostile_tensor((4,), (1,), 0, "DoubleStorage"),
        hostile_tensor((4,), (1,), 0, count=10**12),
        b"\x80\x02" + b"(" * 1000,
        b"",
        b"not a pickle",
    ],
    ids=[
        "too large", "beyond its end", "huge by strides", "far strides", "negative size", "before its start",
        "another dtype", "another count", "marks", "empty", "nonsense",
    ],
)  # fmt: skip
def test_a_pickle_that_lies_about_its_tensors_is_refused(tmp_path: Path, pickled: bytes):
    torch.save({"t": torch.arange(24.0), "x": Bomb(tmp_path / "mark", "system")}, tmp_path / "x.pt")
    repack(tmp_path / "x.pt", tmp_path / "y.pt", pickled)
    with pytest.raises(WeightsFault, match="is cut off or damaged"):
        read_tensors(tmp_path / "y.pt")


def test_a_compressed_archive_is_refused(tmp_path: Path):
    """A few kilobytes could grow to all the memory there is."""
    torch.save({"t": torch.zeros(10**6), "x": Bomb(tmp_path / "mark", "system")}, tmp_path / "x.pt")
    repack(tmp_path / "x.pt", tmp_path / "y.pt", compress=True)
    assert (tmp_path / "y.pt").stat().st_size < 50_000
    for read in (read_tensors, read_foreign):
        with pytest.raises(WeightsFault, match="is cut off or damaged"):
            read(tmp_path / "y.pt")


# -- files that are not whole --


@pytest.mark.parametrize("kept", range(120, 700, 20))
def test_an_old_torch_file_that_is_cut_off_is_one_sentence(tmp_path: Path, kept: int):
    """torch's reader of these ends in struct.error, IndexError or AssertionError, by where the cut is."""
    path = tmp_path / "x"
    torch.save({"a": torch.arange(4000.0)}, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WeightsFault, match=r"is (cut off or damaged|an old pickle)"):
        read_tensors(path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["safetensors", "torch", "lightning"])
def test_a_truncated_file_is_one_sentence(tmp_path: Path, kind: str, share: float):
    path = tmp_path / "x"
    tensors = {"a": torch.arange(4000.0), "b": torch.arange(100.0)}
    if kind == "safetensors":
        save_file(tensors, path)
    else:
        torch.save({**tensors, **({"bomb": Bomb(path, "eval")} if kind == "lightning" else {})}, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(WeightsFault) as caught:
        read_tensors(path)
    assert caught.value.code == "weights_wrong" and caught.value.action == "weights_import"


def lying_header(header: object, body: bytes = bytes(16), length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


@pytest.mark.parametrize(
    "data",
    [
        lying_header({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 1600]}}),
        lying_header({"a": {"dtype": "F32", "shape": [400], "data_offsets": [0, 16]}}),
        lying_header({"a": {"dtype": "F32", "shape": [4], "data_offsets": [8, 24]}}),
        lying_header({"a": {"dtype": "X9", "shape": [4], "data_offsets": [0, 16]}}),
        lying_header({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}, bytes(64)),
        lying_header({"a": {}}, length=2**62),
        lying_header(b"{" * 40),
        lying_header(b"{}"),
    ],
)
def test_a_safetensors_file_with_a_lying_header_is_one_sentence(tmp_path: Path, data: bytes):
    (tmp_path / "x.safetensors").write_bytes(data)
    with pytest.raises(WeightsFault) as caught:
        read_tensors(tmp_path / "x.safetensors")
    assert caught.value.code == "weights_wrong"


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n", b"PK\x03\x04nonsense", b"\x80\x04nonsense"])
def test_a_file_that_is_no_checkpoint_is_one_sentence(tmp_path: Path, data: bytes):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(WeightsFault, match=r"x is (no checkpoint|cut off or damaged|an old pickle)"):
        read_tensors(tmp_path / "x")


def test_a_file_that_is_not_there_or_a_folder_is_one_sentence(tmp_path: Path):
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(WeightsFault, match="can't be read"):
            read_tensors(path)


# -- strict reading --


def network() -> torch.nn.Module:
    with torch.device("meta"):
        return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))


def test_strict_reading_fills_a_network_made_of_nothing():
    tensors = {name: torch.ones(one.shape, dtype=one.dtype) for name, one in network().state_dict().items()}
    module = network()
    load_strict(module, tensors, torch.float16)
    state = module.state_dict()
    assert state["0.weight"].dtype == torch.float16 and not state["0.weight"].is_meta
    assert state["1.num_batches_tracked"].dtype == torch.int64  # no float: as it was


def test_every_wrong_key_is_told_the_first_few_by_name():
    wanted = {"a": (2,), "b": (2, 3), "c": (1,), "d": ()}
    match_keys({"a": (2,), "b": [2, 3], "c": (1,), "d": ()}, wanted)
    found = {"a": (3,), "b": (2, 3), **{f"x{i}": (1,) for i in range(9)}}
    with pytest.raises(WeightsFault) as caught:
        match_keys(found, wanted, "The file net.pt")
    assert caught.value.message == (
        "The file net.pt is not this model's: of 4 tensors it lacks 2: c, d; it has too many 9: x0, x1, x2 … "
        "and 6 more; it has other shapes 1: a is 3 instead of 2."
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda tensors: tensors.update(more=torch.zeros(1)),
        lambda tensors: tensors.pop("0.bias"),
        lambda tensors: tensors.update({"0.weight": torch.zeros(3, 2)}),
        lambda tensors: tensors.clear(),
    ],
    ids=["a key too many", "a key missing", "another shape", "another model"],
)
def test_weights_that_do_not_fit_are_refused_and_the_network_stays_as_it_was(spoil):
    module = network()
    tensors = {name: torch.zeros(one.shape) for name, one in module.state_dict().items()}
    spoil(tensors)
    with pytest.raises(WeightsFault, match="is not this model's"):
        load_strict(module, tensors)
    assert all(one.is_meta for one in module.state_dict().values())
    assert shapes_of(module.state_dict())["0.weight"] == (2, 3)
