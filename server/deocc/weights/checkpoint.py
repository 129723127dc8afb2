"""Checkpoint files to tensors and back: safetensors, torch files by `weights_only`, foreign pickles by stubs.

Nothing in a file is ever executed. Whatever is not a tensor is dropped. This is the one module of the
weights that needs torch; only preparers and backends import it.
"""

from __future__ import annotations

import errno
import os
import pickle
import struct
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from deocc.errors import disk_full
from deocc.weights.faults import WeightsFault, wrong_weights
from deocc.weights.foreign_pickle import read_foreign

MAX_HEADER_BYTES = 100 * 2**20  # safetensors' own limit
SHOWN_KEYS = 3  # of each kind in a message
_MAX_DEPTH = 8  # of dictionaries in a training checkpoint

Shape = Sequence[int]


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a checkpoint file, on the CPU, in the file's own dtypes, told apart by its first bytes.

    Names of nested dictionaries and lists are joined with dots ("optimizer.state.0.step"), but what lies
    under "state_dict" of a training checkpoint is named as if it lay at the top. Raises WeightsFault
    `weights_wrong` for a file that is no checkpoint, is cut off or lies about its content.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(9)
        if _is_safetensors(head, path.stat().st_size):
            return load_file(path)
        if head[:2] != b"PK" and head[:1] != b"\x80":
            raise wrong_weights(f"{path.name} is no checkpoint.")
        return _flat(_load_torch(path, zipped=head[:2] == b"PK"), path.name)
    except SafetensorError as error:
        raise wrong_weights(f"{path.name} is cut off or damaged ({error}).") from error
    except OSError as error:
        raise wrong_weights(f"{path.name} can't be read: {error.strerror or error}.") from error


def write_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Writes a safetensors file beside its place, then renames it there. Shared memory is written out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    own = _without_shared_memory(tensors)
    try:
        save_file(own, beside, metadata={"format": "pt"})
    except SafetensorError as error:
        if f"os error {errno.ENOSPC}" in str(error):
            raise disk_full() from error
        raise
    os.replace(beside, path)


def shapes_of(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def match_keys(found: Mapping[str, Shape], wanted: Mapping[str, Shape], what: str = "The file") -> None:
    """Nothing where both have the same keys with the same shapes; else WeightsFault `weights_wrong`.

    what: the file in words, begins the sentence. A key that is missing, one too many or of another shape
    is listed, the first few of each kind with how many there are.
    """
    missing = [key for key in wanted if key not in found]
    surplus = [key for key in found if key not in wanted]
    misshapen = [
        f"{key} is {_shown(found[key])} instead of {_shown(wanted[key])}"
        for key in wanted
        if key in found and tuple(found[key]) != tuple(wanted[key])
    ]
    kinds = (("lacks", missing), ("has too many", surplus), ("has other shapes", misshapen))
    words = [f"{verb} {len(keys)}: {_first(keys)}" for verb, keys in kinds if keys]
    if words:
        raise wrong_weights(f"{what} is not this model's: of {len(wanted)} tensors it {'; it '.join(words)}.")


def load_strict(
    module: nn.Module, tensors: Mapping[str, Tensor], dtype: torch.dtype | None = None, what: str = "The file"
) -> None:
    """Gives a module, which may be on the meta device, exactly these tensors; WeightsFault where they differ.

    dtype: what floating-point tensors are turned into; None leaves them as they are. The module holds the
    tensors themselves afterwards, no copies of those that have the dtype already.
    """
    match_keys(shapes_of(tensors), {name: one.shape for name, one in module.state_dict().items()}, what)
    cast = {
        name: one.to(dtype) if dtype and one.is_floating_point() else one for name, one in tensors.items()
    }
    module.load_state_dict(cast, strict=True, assign=True)


def _is_safetensors(head: bytes, size: int) -> bool:
    """Whether it begins as safetensors do: the length of a JSON header, then its brace."""
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and length <= min(MAX_HEADER_BYTES, size)


def _load_torch(path: Path, zipped: bool) -> object:
    """What torch.save wrote: by torch's own safe reader, else with stubs for classes it doesn't know."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old pickles: they are read or refused all the same
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError:
        if not zipped:
            raise wrong_weights(
                f"{path.name} is an old pickle file that holds more than tensors; it is not opened.",
                "Save it as safetensors where it was made.",
            ) from None
    except (
        RuntimeError, EOFError, ValueError, LookupError, AttributeError, TypeError, AssertionError,
        OverflowError, struct.error, zipfile.BadZipFile,
    ) as error:  # whatever a damaged file makes torch's reader stumble over  # fmt: skip
        raise wrong_weights(f"{path.name} is cut off or damaged.") from error
    return read_foreign(path)


def _flat(content: object, name: str) -> dict[str, Tensor]:
    """The tensors of nested dictionaries by joined names, `state_dict` taken as the top."""
    tensors: dict[str, Tensor] = {}
    for key, tensor in _leaves(content, "", 0):
        key = key.removeprefix("state_dict.")
        if key in tensors:
            raise wrong_weights(f"{name} holds {key} twice.")
        tensors[key] = tensor
    if not tensors:
        raise wrong_weights(f"{name} holds no tensors.")
    return tensors


def _leaves(content: object, prefix: str, depth: int) -> Iterator[tuple[str, Tensor]]:
    if isinstance(content, Tensor):
        yield prefix.removesuffix("."), content.detach()
    elif depth < _MAX_DEPTH:
        if isinstance(content, Mapping):
            for key, value in content.items():
                yield from _leaves(value, f"{prefix}{key}.", depth + 1)
        elif isinstance(content, list | tuple):
            for index, value in enumerate(content):
                yield from _leaves(value, f"{prefix}{index}.", depth + 1)


def _without_shared_memory(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous tensors, none of which shares its memory with another: safetensors takes no others."""
    seen: set[int] = set()
    own: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        one = tensor.detach().cpu().contiguous()
        place = one.untyped_storage().data_ptr()
        own[name] = one.clone() if place in seen else one
        seen.add(place)
    return own


def _shown(shape: Shape) -> str:
    return "×".join(map(str, shape)) or "a scalar"


def _first(keys: Sequence[str]) -> str:
    more = f" … and {len(keys) - SHOWN_KEYS} more" if len(keys) > SHOWN_KEYS else ""
    return ", ".join(key[:120] for key in keys[:SHOWN_KEYS]) + more


__all__ = ["WeightsFault", "load_strict", "match_keys", "read_tensors", "shapes_of", "write_tensors"]
