"""Repository -> extension zip: manifest and this folder, flattened, and the server's wheel. Not shipped.

    python deocc_blender/build.py [--out DIR]

Blender's own `extension build` at the root would make a zip without the code at its top, and no complaint.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
ROOT = SOURCE.parent
MANIFEST = ROOT / "blender_manifest.toml"
NOT_SHIPPED = {"build.py", "measure_import.py"}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same sources give the same zip


def build(out_dir: Path) -> Path:
    """Writes `deocc_blender-<version>.zip` and returns its path; CalledProcessError where pip fails."""
    version = tomllib.loads(MANIFEST.read_text("utf-8"))["version"]
    files = {MANIFEST.name: MANIFEST.read_bytes(), "LICENSE": (ROOT / "LICENSE").read_bytes()}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name not in NOT_SHIPPED:
            files[name] = path.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        wheel = server_wheel(Path(folder))
        files[f"server/{wheel.name}"] = wheel.read_bytes()
    out_dir.mkdir(parents=True, exist_ok=True)
    target = out_dir / f"deocc_blender-{version}.zip"
    beside = target.with_suffix(".part")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    beside.replace(target)
    return target


def server_wheel(folder: Path) -> Path:
    """The server as a wheel, without what it depends on: that comes from the package index at set-up.

    Built from a copy: setuptools leaves a `build/` behind whose stale files would get into the next wheel.
    """
    source = folder / "source"
    shutil.copytree(
        ROOT / "server", source / "server", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(folder)]
    subprocess.run([*command, str(source)], check=True)
    return next(folder.glob("deocc-*.whl"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds the extension's zip.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    sys.stdout.write(f"{build(parser.parse_args().out)}\n")


if __name__ == "__main__":
    main()
