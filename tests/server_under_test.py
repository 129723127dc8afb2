"""A real server process for the tests, and the few calls that most of them make."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
WAIT_S = 30.0  # far above what any step takes, even on a busy machine: a longer wait is a hang


class ServerUnderTest:
    """`deocc serve` with draft and puppet on a data folder of its own."""

    def __init__(self, data_dir: Path, *flags: str):
        self.data_dir = data_dir
        self.process = launch(data_dir, *flags)
        line = self.process.stdout.readline() if self.process.stdout else ""
        assert line, f"the server did not start: {self.process.communicate()[1]}"
        self.url: str = json.loads(line)["url"]
        self.token = (data_dir / "token").read_text()
        self.http = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=WAIT_S,
            trust_env=False,
        )

    def stop(self) -> int:
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=WAIT_S)
        return self.process.returncode

    def kill(self) -> None:
        self.http.close()
        self.process.kill()
        self.process.communicate(timeout=WAIT_S)

    def send_image(self, data: bytes, name: str | None = None) -> httpx.Response:
        return self.http.put(f"/v1/images/{name or hashlib.sha256(data).hexdigest()}", content=data)

    def send_job(self, request: dict[str, Any], job_id: str | None = None) -> httpx.Response:
        return self.http.put(f"/v1/jobs/{job_id or uuid.uuid4()}", json=request)

    def put_image(self, data: bytes) -> str:
        answer = self.send_image(data)
        assert answer.status_code == 200, answer.text
        return answer.json()["sha256"]

    def put_job(self, request: dict[str, Any]) -> str:
        answer = self.send_job(request)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def events(self, job_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """The job's events until the stream ends."""
        headers = {"Last-Event-ID": str(after)} if after else {}
        with self.http.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as answer:
            assert answer.status_code == 200
            deadline = time.monotonic() + 2 * WAIT_S
            for line in answer.iter_lines():  # heartbeats come in any case
                assert time.monotonic() < deadline, f"job {job_id} does not end: {self.job(job_id)}"
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def finish(self, job_id: str) -> dict[str, Any]:
        """Follows a job to its end."""
        for _ in self.events(job_id):
            pass
        return self.job(job_id)

    def wait_for_step(self, job_id: str) -> None:
        """Until the backend works on the job."""
        assert any(event["stage"].startswith("step") for event in self.events(job_id))


def launch(data_dir: Path, *flags: str) -> subprocess.Popen[str]:
    words = ["serve", "--data-dir", str(data_dir), "--port", "0", "--json", *flags]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.puppet_server", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def wait_until(condition, what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {WAIT_S:.0f} s in vain: {what}"
        time.sleep(0.01)
