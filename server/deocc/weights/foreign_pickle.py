"""A torch file whose pickle names foreign classes (a Lightning checkpoint): its tensors, the rest as stubs.

The pickle machine can only build what `find_class` hands it, and that is a tensor's own parts, a dictionary,
and for every other name a stub that keeps nothing and does nothing. No foreign code is looked up or run.
"""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from deocc.weights.faults import wrong_weights

MAX_PICKLE_BYTES = 256 * 2**20  # names and shapes alone; the tensors lie beside it

_STORAGES = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


def read_foreign(path: Path) -> object:
    """What the zip at `path` holds, foreign objects as stubs; WeightsFault where it is cut off or damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            [name] = [one for one in archive.namelist() if one.count("/") == 1 and one.endswith("/data.pkl")]
            if archive.getinfo(name).file_size > MAX_PICKLE_BYTES:
                raise wrong_weights(f"{path.name} is no checkpoint: its list of tensors is too long.")
            return _Reader(archive, name.split("/")[0]).load()
    except (
        zipfile.BadZipFile, pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, IndexError,
        TypeError, AttributeError, OverflowError, NotImplementedError,
    ) as error:  # whatever a damaged pickle makes the machine stumble over  # fmt: skip
        raise wrong_weights(f"{path.name} is cut off or damaged.") from error


class _Stub:
    """Stands for an object of a foreign class: takes everything, keeps nothing."""

    def __new__(cls, *_values: object, **_named: object) -> _Stub:
        return super().__new__(cls)

    def __init__(self, *_values: object, **_named: object) -> None:
        """Nothing is kept."""

    def __call__(self, *_values: object, **_named: object) -> _Stub:
        return self

    def __setstate__(self, _state: object) -> None:
        """Nothing is kept."""

    def __setitem__(self, _key: object, _value: object) -> None:
        """Nothing is kept."""

    def append(self, _value: object) -> None:
        """Nothing is kept."""

    def extend(self, _values: object) -> None:
        """Nothing is kept."""


class _Reader(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, root: str):
        super().__init__(io.BytesIO(archive.read(f"{root}/data.pkl")), encoding="utf-8")
        self._archive, self._root = archive, root
        self._storages: dict[str, Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        known = {
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch._utils", "_rebuild_parameter"): _parameter,
            ("collections", "OrderedDict"): OrderedDict,
        }
        return known.get((module, name), _Stub)

    def persistent_load(self, pid: Any) -> Tensor:
        """The flat storage (n,) that a tensor points to: ("storage", dtype, key, device, n)."""
        kind, dtype, key, _device, count = pid
        if kind != "storage" or not isinstance(dtype, torch.dtype):
            raise pickle.UnpicklingError("no tensor storage")
        if key not in self._storages:
            record = self._archive.getinfo(f"{self._root}/data/{key}")
            if record.compress_type != zipfile.ZIP_STORED or record.file_size != count * dtype.itemsize:
                raise pickle.UnpicklingError("a storage of another size")
            data = bytearray(self._archive.read(record))  # checks its CRC
            self._storages[key] = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
        return self._storages[key]


def _tensor(storage: Tensor, offset: int, size: tuple, stride: tuple, *_more: object) -> Tensor:
    """A view of its storage; as_strided refuses one that reaches beyond it."""
    if math.prod(size) > storage.numel():  # strides of 0 could make a huge one of little
        raise pickle.UnpicklingError("a tensor larger than its storage")
    return torch.as_strided(storage, size, stride, offset)


def _parameter(data: Tensor, *_more: object) -> Tensor:
    return data
