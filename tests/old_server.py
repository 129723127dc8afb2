"""A local server of another version as a process of its own: `python -m tests.old_server DATA_DIR API`.

It knows the folder's token, leaves `server.json` as a server does, and ends when told to.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path

from tests.fake_server import FakeServer


def main(data_dir: Path, api: str) -> None:
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    token = (data_dir / "token").read_text().strip()
    with FakeServer(token=token, api=api) as fake:
        about = {"pid": os.getpid(), "url": fake.url, "server_id": "s1", "version": api}
        beside = data_dir / "server.json.part"
        beside.write_text(json.dumps(about))
        beside.replace(data_dir / "server.json")
        told.wait()
    (data_dir / "server.json").unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
