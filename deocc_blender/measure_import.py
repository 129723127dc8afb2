"""Measures how long a result package takes into Blender, for `deocc bench speed`. Not shipped.

    python -m deocc_blender.measure_import PACKAGE.zip      (in the checkout, under the bpy module)

Prints one line of JSON: triangles; check_s, in the extension spent in a thread; import_s, on the main one.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import bpy

from . import scene
from .package import read_package


def measure(data: bytes) -> dict[str, float]:
    bpy.ops.wm.read_homefile(use_empty=True)
    start = time.perf_counter()
    package = read_package(data)
    checked = time.perf_counter()
    scene.add_placeholder(bpy.context, package.name, "measured")
    body = scene.land(package, "measured")
    bpy.context.view_layer.update()
    imported = time.perf_counter()
    assert body is not None
    return {
        "triangles": len(body.data.polygons),
        "check_s": round(checked - start, 3),
        "import_s": round(imported - checked, 3),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]).read_bytes())) + "\n")
