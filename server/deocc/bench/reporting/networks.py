"""The networks that some measures look through, as a table: where each file is from, and which are here.

Nothing is downloaded, ever. The files are looked for in `metrics/` of the weights folder; a measure whose
files, or whose library, are not there stays empty, and `lacking` says what is missing.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = "metrics"  # in the weights folder


@dataclass(frozen=True)
class NetworkFile:
    """names: of a file, or of a folder with config.json and model.safetensors; any of them will do.
    sha256_prefix: what its sha256 must begin with, "" where we don't know it."""

    names: tuple[str, ...]
    source: str
    licence: str
    sha256_prefix: str = ""

    def find(self, folder: Path) -> Path | None:
        return next((folder / name for name in self.names if (folder / name).exists()), None)


@dataclass(frozen=True)
class Network:
    """name: as files of features are called.  title: for people.  measures: what needs it.
    files: all of them are needed.  libraries: to run it: name of the import -> what pip calls it.
    refused: why it can't be offered at all, in a sentence, or ""."""

    name: str
    title: str
    measures: tuple[str, ...]
    files: tuple[NetworkFile, ...]
    libraries: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""


INCEPTION = Network(
    "inception",
    "InceptionV3 of FID (2015, in PyTorch)",
    ("kid", "fid"),
    (
        NetworkFile(
            ("pt_inception-2015-12-05-6726825d.pth", "weights-inception-2015-12-05-6726825d.pth"),
            "https://github.com/mseitzer/pytorch-fid/releases/tag/fid_weights",
            "Apache-2.0",
            "6726825d",
        ),
    ),
    {"torch": "torch", "torchvision": "torchvision", "torch_fidelity": "torch-fidelity"},
)
CLIP = Network(
    "clip",
    "CLIP's picture encoder, ViT-L/14 (else ViT-B/32)",
    ("clip",),
    (
        NetworkFile(
            ("clip-vit-large-patch14", "clip-vit-base-patch32"),
            "https://huggingface.co/openai/clip-vit-large-patch14",
            "MIT (its code; the model's page names none)",
        ),
    ),
    {"torch": "torch", "transformers": "transformers"},
)
LPIPS = Network(
    "lpips",
    "LPIPS 0.1 with AlexNet",
    ("lpips",),
    (
        NetworkFile(
            ("alexnet-owt-7be5be79.pth",),
            "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
            "BSD-3-Clause",
            "7be5be79",
        ),
        NetworkFile(
            ("lpips-alex-v0.1.pth", "alex.pth"),
            "https://github.com/richzhang/PerceptualSimilarity/tree/master/lpips/weights/v0.1",
            "BSD-2-Clause",
            "df73285e",
        ),
    ),
    {"torch": "torch"},
)
POINT_NET = Network(
    "pointnet",
    "Point-E's PointNet++",
    ("p_fid",),
    (NetworkFile(("pointnet.pt",), "https://github.com/openai/point-e", "MIT"),),
    refused="not offered: no library on the Python package index runs Point-E's PointNet++.",
)
NETWORKS = (INCEPTION, CLIP, LPIPS, POINT_NET)


@dataclass(frozen=True)
class Found:
    """A network whose files are all here. key: changes with what the files hold."""

    network: Network
    files: tuple[Path, ...]
    key: str


def find_network(network: Network, weights: Path | None) -> Found | str:
    """The network's files, checked; else a sentence on what is lacking.

    weights: the weights folder; None: none was named.
    """
    if network.refused:
        return network.refused
    folder = weights / FOLDER if weights else None
    files = [one.find(folder) if folder else None for one in network.files]
    absent = [one for one, path in zip(network.files, files, strict=True) if path is None]
    if absent:
        wanted = " and ".join(f"{FOLDER}/{one.names[0]}" for one in absent)
        return f"network not there: {wanted} of the weights folder (from where: last table)."
    libraries = [pip for name, pip in network.libraries.items() if importlib.util.find_spec(name) is None]
    if libraries:
        return f"a library is not there: pip install {' '.join(libraries)}."
    here = tuple(path for path in files if path)
    digests = [_sha256(path) for path in here]
    for one, path, digest in zip(network.files, here, digests, strict=True):
        if not digest.startswith(one.sha256_prefix):
            return f"{path.name} is not the published file: its sha256 does not begin {one.sha256_prefix}."
    return Found(network, here, hashlib.sha256("".join(digests).encode()).hexdigest()[:12])


def find_all(weights: Path | None, table: Sequence[Network] = NETWORKS) -> dict[str, Found | str]:
    """What is here of the table, by network's name."""
    return {network.name: find_network(network, weights) for network in table}


def lacking(found: Mapping[str, Found | str], table: Sequence[Network] = NETWORKS) -> dict[str, str]:
    """By measure, why it can't be had; only those that can't."""
    reasons = {}
    for network in table:
        answer = found[network.name]
        if isinstance(answer, str):
            reasons |= dict.fromkeys(network.measures, answer)
    return reasons


def _sha256(path: Path) -> str:
    """Of a file, or of a folder's configuration and weights."""
    files = [path] if path.is_file() else [path / "config.json", path / "model.safetensors"]
    digest = hashlib.sha256()
    for one in files:
        if one.is_file():
            with open(one, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest() if len(files) > 1 else b"")
    if len(files) > 1:
        return digest.hexdigest()
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
