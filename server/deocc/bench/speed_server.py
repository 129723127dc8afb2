"""The server's figures for `deocc bench speed`: start to health, a job beyond its backend, memory."""

from __future__ import annotations

import hashlib
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deocc.bench.figure import Figure

START_GOAL_S, OVERHEAD_GOAL_S, IDLE_GOAL_MB, BUSY_GOAL_MB = 1.0, 0.030, 150.0, 400.0
STARTS, JOBS = 5, 9  # runs; the median is told
PHOTO_SIZE = (1250, 800)  # one megapixel


def measure_server() -> list[Figure]:
    """Starts servers on an empty data folder and runs draft jobs through one of them."""
    with tempfile.TemporaryDirectory(prefix="deocc-speed-") as folder:
        starts_s = []
        for _ in range(STARTS):
            server = _Server(Path(folder))
            starts_s.append(server.start_s)
            server.stop()
        server = _Server(Path(folder))
        try:
            known = server.put_pictures(1.0)
            server.run_job(known)  # starts and warms the worker
            new_s = [server.run_job(server.put_pictures(i / JOBS)) for i in range(JOBS)]
            server.run_job(known)
            again_s = [server.run_job({**known, "seeds": [i]}) for i in range(JOBS)]
            memory_mb, busy_mb = server.memory_mb(), server.most_memory_mb()
        finally:
            server.stop()
    return [
        Figure("server: start to first health", statistics.median(starts_s), "s", START_GOAL_S),
        Figure("server: a job beyond its backend", statistics.median(new_s), "s", OVERHEAD_GOAL_S),
        Figure("server: the same, another seed", statistics.median(again_s), "s", OVERHEAD_GOAL_S),
        Figure("server: memory when idle", memory_mb, "MB", IDLE_GOAL_MB),
        Figure("server: most memory of it and its worker", busy_mb, "MB", BUSY_GOAL_MB),
    ]


class _Server:
    """A `deocc serve` on a folder."""

    def __init__(self, folder: Path):
        began = time.perf_counter()
        words = ["serve", "--data-dir", str(folder), "--port", "0", "--json", "--idle-exit", "never"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deocc", *words], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._url = json.loads(self._process.stdout.readline())["url"]
        with urllib.request.urlopen(f"{self._url}/v1/health", timeout=10) as answer:
            answer.read()
        self.start_s = time.perf_counter() - began
        self._token = (folder / "token").read_text()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def put_pictures(self, shift: float) -> dict[str, Any]:
        """A one-megapixel photo of an ellipse behind a bar; a request that names it."""
        width, height = PHOTO_SIZE
        x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
        photo = np.dstack([120 + 100 * x, 120 + 100 * y, 120 + 50 * np.sin(9 * x * y)]).astype(np.uint8)
        whole, bar = (x / 0.4) ** 2 + (y / 0.7) ** 2 < 1, np.abs(x - 0.3 * shift) < 0.08
        return {
            "photo": self._put_image(photo, "JPEG"),
            "object_mask": self._put_image((whole & ~bar).astype(np.uint8) * 255, "PNG"),
            "occluder_mask": self._put_image(bar.astype(np.uint8) * 255, "PNG"),
        }

    def run_job(self, request: dict[str, Any]) -> float:
        """Seconds of one job beyond its backend, from the request to the job's last event."""
        job_id = uuid.uuid4()
        began = time.perf_counter()
        self._ask("PUT", f"/v1/jobs/{job_id}", json.dumps(request).encode())
        self._ask("GET", f"/v1/jobs/{job_id}/events")  # ends with the job
        whole_s = time.perf_counter() - began
        package = zipfile.ZipFile(io.BytesIO(self._ask("GET", f"/v1/jobs/{job_id}/variants/0/package")))
        return whole_s - json.loads(package.read("package.json"))["seconds"]["backend"]

    def memory_mb(self) -> float:
        """Resident memory of the server's process alone: its worker ends when idle."""
        return _resident_mb(self._process.pid, "VmRSS")

    def most_memory_mb(self) -> float:
        """The most that the server and its worker have held, each; what they share counts twice."""
        return sum(_resident_mb(pid, "VmHWM") for pid in (self._process.pid, *self._children()))

    def _children(self) -> list[int]:
        threads = Path(f"/proc/{self._process.pid}/task").glob("*/children")  # each knows its own
        return [int(pid) for one in threads for pid in one.read_text().split()]

    def _put_image(self, pixels: np.ndarray, kind: str) -> str:
        packed = io.BytesIO()
        Image.fromarray(pixels).save(packed, kind)
        name = hashlib.sha256(packed.getvalue()).hexdigest()
        self._ask("PUT", f"/v1/images/{name}", packed.getvalue())
        return name

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(self._url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()


def _resident_mb(pid: int, which: str) -> float:
    """VmRSS, what a process holds now, or VmHWM, the most it has; NaN where the system doesn't tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():  # no such file outside Linux
        return float("nan")
    [line] = [line for line in status.read_text().splitlines() if line.startswith(f"{which}:")]
    return int(line.split()[1]) * 1024 / 1e6
