"""The tiny networks of DeOcc-1-to-3 and its baseline, imported as a user imports the real ones."""

from __future__ import annotations

from pathlib import Path

from deocc.backends.readiness import Readiness
from deocc.installing.installer import Installer
from deocc.weights.folder import WeightsFolder
from deocc.weights.preparing import PrepareOptions
from deocc.weights.source import Source
from tests.tiny.lrm import TINY_NERF, write_tiny_lrm
from tests.tiny.zero123plus import write_pipeline, write_student, write_unet_bin


def published_files(folder: Path) -> dict[str, Path]:
    """Tiny checkpoints in the published formats: name of the weights -> the file or folder to import."""
    return {
        "zero123plus-v1.1": write_pipeline(folder / "zero123plus-v1.1", seed=1),
        "zero123plus-v1.2": write_pipeline(folder / "zero123plus-v1.2"),
        "instantmesh-unet": write_unet_bin(folder / "white"),
        "deocc123": write_student(folder / "student", "safetensors"),
        "instant-mesh-large": write_tiny_lrm(folder / "mesh"),
        "instant-nerf-base": write_tiny_lrm(folder / "nerf", TINY_NERF, "instant_nerf_base.ckpt"),
    }


def install_tiny(root: Path, files: Path) -> WeightsFolder:
    """All of them, installed under root; files: a folder for the checkpoints themselves."""
    weights = WeightsFolder(root)
    installer = Installer(Readiness(weights), Source())
    for name, path in published_files(files).items():
        installer.import_from(path, PrepareOptions(name))
    return weights
