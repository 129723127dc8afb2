"""One child that fetches, imports or removes weights: started, heard to its end, or ended early.

It is `python -m deocc weights … --json`, which needs torch and a network; the server needs neither. It ends
with its standard input, so it never outlives its server.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from deocc.contract import Fault

COMMAND = (sys.executable, "-P", "-m", "deocc")  # -P: imports nothing from the working directory
STOP_TIMEOUT_S = 3.0  # from closing its stdin to killing it

log = logging.getLogger(__name__)

Tell = Callable[[str, int, int], None]  # (stage, bytes here, bytes in all)


class FetchProcess:
    """words: the command after `deocc weights`, with its flags. One thread follows; any may stop it."""

    def __init__(self, words: Sequence[str]):
        log.info("weights: %s", " ".join(words[:2]))
        self._process = subprocess.Popen(
            [*COMMAND, "weights", *words, "--json", "--until-stdin-ends"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,  # for the log: what is no JSON line
            text=True,
            encoding="utf-8",
            errors="replace",  # libraries print what they like
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows: no console pops up
        )

    def follow(self, tell: Tell) -> Fault | None:
        """Hears the child to its end; how it failed, None where it did all it should."""
        fault, done = None, False
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = _told(line)
            if told is None:
                log.info("weights: %s", line.rstrip())
            elif "stage" in told:
                tell(str(told["stage"]), int(told["fetched_bytes"]), int(told["size_bytes"]))
            elif "error" in told:
                fault = Fault(**told["error"])
            else:
                done = done or "done" in told
        code = self._process.wait()
        self._process.stdout.close()
        self._close_stdin()
        return None if done else fault or _died(code)

    def stop(self) -> None:
        """Asks the child to end, and ends it if it does not."""
        self._close_stdin()
        killer = threading.Timer(STOP_TIMEOUT_S, self._process.kill)
        killer.daemon = True
        killer.start()

    def _close_stdin(self) -> None:
        try:
            if self._process.stdin:
                self._process.stdin.close()
        except OSError:  # it is dead: nobody reads
            log.info("a child had ended already")


def _told(line: str) -> dict | None:
    """What a child's line says; None where it is for the log."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _died(code: int) -> Fault:
    return Fault(
        "weights_failed",
        f"The work on these weights ended suddenly (exit code {code}).",
        "Try again; what was fetched is kept. The log says more.",
        "show_log",
    )
