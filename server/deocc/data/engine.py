"""One function over many values: in processes of this machine, or on a Ray cluster; what fails, fails alone.

What goes in and comes out are values, so that nothing needs a folder that all machines see.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Generic, TypeVar

from deocc.contract import Fault, as_fault
from deocc.errors import DeoccError, InputFault, disk_full, is_disk_full

log = logging.getLogger(__name__)
Item = TypeVar("Item")
Value = TypeVar("Value")

IN_FLIGHT = 2  # tasks a worker: one that runs and one that waits for it, so that inputs don't pile up
ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS", "OPENCV_FOR_THREADS_NUM", "IGL_NUM_THREADS",
    )
}  # the tasks are the parallelism; read by the libraries as they load  # fmt: skip
KNOCK_S = 10.0  # within which a cluster must answer
TIMEOUT_EXIT = 124  # as timeout(1) ends


@dataclass(frozen=True)
class Done(Generic[Value]):
    """One item's end. index: which item.  value: what the function returned, None where there is a fault."""

    index: int
    value: Value | None
    fault: Fault | None = None


def each(
    function: Callable[[Item], Value],
    items: Iterable[Item],
    workers: int,
    ray_address: str = "",
    timeout_s: float | None = None,
) -> Generator[Done[Value], None, None]:
    """function(item) of every item, in order of completion; `items` are taken as there is room for them.

    function: importable by name; each process runs it on one thread.  An exception, a process that dies and
    one that takes over timeout_s seconds are its item's fault, and the others go on.
    ray_address: "" for `workers` processes here, else "auto" or host:port of a Ray cluster, which then sets
    how many run at once; the package is installed on its machines.
    Closing the iterator, or Ctrl-C, ends all that run. Raises InputFault where Ray is missing or not there.
    """
    if ray_address:
        yield from _on_ray(function, items, ray_address, timeout_s)
    else:
        yield from _here(function, items, workers, timeout_s)


def fault_of(error: Exception) -> Fault:
    """An exception of a task as its record shows it, with the place where it was raised."""
    if isinstance(error, DeoccError):
        return as_fault(error)
    if isinstance(error, MemoryError):
        return Fault("out_of_memory", "There was not enough memory.")
    if isinstance(error, OSError) and is_disk_full(error):
        return as_fault(disk_full())
    frames = traceback.extract_tb(error.__traceback__)
    place = f"In {Path(frames[-1].filename).name}, line {frames[-1].lineno}." if frames else ""
    words = str(error).strip()
    return Fault("unexpected", f"{type(error).__name__}{': ' if words else ''}{words}"[:500], place)


def _timeout_fault(timeout_s: float | None) -> Fault:
    return Fault("timeout", f"It took over {timeout_s:g} seconds." if timeout_s else "It took too long.")


def _guarded(function: Callable[[Any], Any], item: Any) -> tuple[Any, Fault | None]:
    """Runs one task in a worker."""
    try:
        return function(item), None
    except Exception as error:  # the worker's loop: whatever a task raises becomes its own fault
        log.info("a task failed", exc_info=True)
        return None, fault_of(error)


# -- processes of this machine --


def _here(function, items, workers: int, timeout_s: float | None) -> Iterator[Done]:
    try:
        from pebble import ProcessPool
    except ImportError:
        raise _missing("pebble") from None
    running: dict[Future, int] = {}
    waiting = enumerate(items)
    with _one_thread_each():
        pool = ProcessPool(workers, context=get_context("spawn"), initializer=_end_with_parent)
        try:
            while _fill(
                running, waiting, IN_FLIGHT * workers,
                lambda item: pool.schedule(_guarded, (function, item), timeout=timeout_s),
            ):  # fmt: skip
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    yield _done(running.pop(future), future, timeout_s)
        finally:
            pool.stop()
            pool.join()


def _fill(running: dict, waiting: Iterator[tuple[int, Any]], room: int, start: Callable[[Any], Any]) -> bool:
    """Starts as many tasks as there is room for; False where none runs and none waits."""
    while len(running) < room:
        following = next(waiting, None)
        if following is None:
            break
        index, item = following
        running[start(item)] = index
    return bool(running)


def _done(index: int, future: Future, timeout_s: float | None) -> Done:
    from pebble import ProcessExpired

    try:
        value, fault = future.result()
    except TimeoutError:
        return Done(index, None, _timeout_fault(timeout_s))
    except ProcessExpired as death:
        return Done(index, None, _death(death.exitcode))
    except Exception as error:  # what can't be pickled comes back as whatever pickling it raised
        return Done(index, None, fault_of(error))
    return Done(index, value, fault)


def _death(exit_code: int | None) -> Fault:
    """exit_code: as multiprocessing has it, a signal's negative number."""
    how = "for no known reason" if exit_code is None else f"with exit code {exit_code}"
    if exit_code is not None and exit_code < 0:
        known = {one.value: one.name for one in signal.Signals}
        how = f"by signal {known.get(-exit_code, -exit_code)}"
    hint = "Often the system was out of memory." if exit_code == -9 else ""
    return Fault("process_died", f"Its process ended {how}.", hint)


def _end_with_parent() -> None:
    """Lets a worker end as soon as the process that started it has, even in the middle of a task."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started inside have one thread for each library's arithmetic."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _missing(package: str) -> InputFault:
    extra = {"pebble": "bench", "ray": "cluster"}[package]
    return InputFault(
        "packages_missing",
        f"This needs a library that is not installed: {package}.",
        f"Install it: pip install deocc[{extra}], or pip install {package}.",
        "install_packages",
    )


# -- a Ray cluster --


def _on_ray(function, items, address: str, timeout_s: float | None) -> Iterator[Done]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers
    try:
        import ray
    except ImportError:
        raise _missing("ray") from None
    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError, RuntimeError) as error:
        why = (str(error).splitlines() or [""])[0].rstrip(".")
        raise InputFault(
            "no_cluster",
            f"There is no Ray cluster at “{address}”: {why}.",
            "Start one (ray start --head), or leave --ray out. Where it wants a token: RAY_AUTH_MODE=token.",
        ) from error
    try:
        yield from _over_cluster(ray, function, items, timeout_s)
    finally:
        ray.shutdown()  # ends this run's tasks, not the cluster


def _knock(address: str) -> None:
    """OSError or ValueError where nobody answers at host:port; Ray itself would wait for minutes."""
    host, colon, port = address.rpartition(":")
    if colon:
        socket.create_connection((host, int(port)), KNOCK_S).close()


def _over_cluster(ray, function, items, timeout_s: float | None) -> Iterator[Done]:
    name = (function.__module__, function.__qualname__)
    task = ray.remote(num_cpus=1, max_retries=0, max_calls=0)(_remote)
    running: dict[Any, int] = {}
    began: dict[Any, float] = {}
    waiting = enumerate(items)

    def start(item: Any) -> Any:
        reference = task.remote(name, item, timeout_s)
        began[reference] = time.monotonic()
        return reference

    try:
        while _fill(running, waiting, IN_FLIGHT * max(int(ray.cluster_resources().get("CPU", 1)), 1), start):
            ended, _ = ray.wait(list(running), num_returns=1)
            for reference in ended:
                lasted_s = time.monotonic() - began.pop(reference)
                index = running.pop(reference)
                try:
                    value, fault = ray.get(reference)
                except ray.exceptions.RayError as error:
                    # Ray says of no dead process how it ended: one that had the time is taken for too slow
                    late = timeout_s is not None and lasted_s >= timeout_s
                    value, fault = None, _timeout_fault(timeout_s) if late else _ray_death(error)
                yield Done(index, value, fault)
    finally:
        for reference in running:
            ray.cancel(reference, force=True)


def _remote(name: tuple[str, str], item: Any, timeout_s: float | None) -> tuple[Any, Fault | None]:
    """Runs one task on a machine of the cluster; ends its process where that takes too long."""
    os.environ.update(ONE_THREAD)  # before the function's module loads what reads them
    function = getattr(importlib.import_module(name[0]), name[1])
    if timeout_s is None:
        return _guarded(function, item)
    watchdog = threading.Timer(timeout_s, os._exit, (TIMEOUT_EXIT,))
    watchdog.start()
    try:
        return _guarded(function, item)
    finally:
        watchdog.cancel()


def _ray_death(error: Exception) -> Fault:
    return Fault("process_died", f"Its process on the cluster ended: {str(error).strip()[:300]}")
