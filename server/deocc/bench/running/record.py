"""One result of a run and the run itself, as files: what `run` writes and `report` reads.

OUT/run.json                                    which benchmark, methods, seeds; all that was planned
OUT/<method>/<object>/<case>/seed-<n>/          one result, written as one folder:
    record.json                                 how it went and what was measured
    mesh.npz                                    vertices (N, 3) float32, faces (M, 3) int32, object frame
    completed.png, views/0..5.png, random/0..3.png, where the method has them
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deocc.contract import Fault
from deocc.errors import InputFault

FORMAT = 1
RUN, RECORD = "run.json", "record.json"
DONE, FAILED = "done", "failed"

Key = tuple[str, str, str, int]  # (method, object, case, seed)


@dataclass(frozen=True)
class Record:
    """How one method fared on one case with one seed.

    method, object, case, seed: which.  kind, level (1..5 or None), hidden_share (0..1): the case's.
    frame, given: the method's, as it declares them.  state: "done" or "failed", then with its fault.
    seconds: of the method alone, wall clock.  peak_memory_gb: 10^9 bytes; None where it can't be known.
    measures: by alignment, then by name; None where a measure does not apply or can't be had.
    bench: digest of the benchmark.  recipe: digest of the method, its options and weights, and of how it is
    measured: a record of another recipe is made anew.  view_set: which true views its own six stand for,
    "v1.1", "v1.2" or "" for none.  notes: sentences on what was odd.
    """

    method: str
    object: str
    case: str
    kind: str
    level: int | None
    hidden_share: float
    seed: int
    frame: str
    given: tuple[str, ...]
    state: str
    fault: Fault | None
    seconds: float | None
    peak_memory_gb: float | None
    measures: Mapping[str, Mapping[str, float | None]]
    bench: str
    recipe: str = ""
    view_set: str = ""
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return (self.method, self.object, self.case, self.seed)


@dataclass(frozen=True)
class MethodFacts:
    """What a run's file says of a method. sees: "occluded" or "clean".  options: those that were chosen."""

    frame: str
    given: tuple[str, ...]
    sees: str
    recipe: str
    options: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True)
class Run:
    """A run's file and its records.

    bench: the benchmark's folder as the run knew it; it may have been moved since.  digest: the benchmark's.
    methods: by name, in the order they were first asked for.  kinds: of cases.  seeds: 0 .. seeds - 1.
    alignments: the names that every record is measured with.
    planned: every result that was asked for.  records: of those, the ones there are, in planned's order.
    """

    bench: Path
    digest: str
    methods: Mapping[str, MethodFacts]
    kinds: tuple[str, ...]
    seeds: int
    alignments: tuple[str, ...]
    planned: tuple[Key, ...]
    records: tuple[Record, ...] = ()

    @property
    def missing(self) -> tuple[Key, ...]:
        """What was asked for and is not there: never run, or not written."""
        found = {one.key for one in self.records}
        return tuple(key for key in self.planned if key not in found)


def result_folder(out: Path, key: Key) -> Path:
    method, of_object, case, seed = key
    return out / method / of_object / case / f"seed-{seed}"


def record_json(record: Record) -> bytes:
    """record.json; the same bytes for the same record."""
    return json.dumps({"format": FORMAT, **asdict(record)}, indent=1, allow_nan=False).encode()


def read_record(text: bytes) -> Record:
    """The reverse of record_json; InputFault where it is none."""
    try:
        body = json.loads(text)
        if body.pop("format") != FORMAT:
            raise ValueError("another format")
        fault = body.pop("fault")
        given, notes = tuple(body.pop("given")), tuple(body.pop("notes"))
        return Record(**body, given=given, notes=notes, fault=Fault(**fault) if fault else None)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputFault("bad_run", f"A record.json can't be read: {error}.", "Run it again.") from error


def stored_record(out: Path, key: Key) -> Record | None:
    """A result's record; None where there is none, or none that can be read."""
    try:
        record = read_record((result_folder(out, key) / RECORD).read_bytes())
    except (OSError, InputFault):
        return None
    return record if record.key == key else None


def run_json(run: Run, out: Path) -> bytes:
    """run.json of the folder `out`; the benchmark is named from there, where both lie on one drive."""
    body = asdict(run)
    del body["records"]
    try:
        body["bench"] = Path(os.path.relpath(run.bench, out)).as_posix()
    except ValueError:  # another drive of Windows
        body["bench"] = run.bench.absolute().as_posix()
    return json.dumps({"format": FORMAT, **body}, indent=1).encode()


def read_run(out: Path) -> Run:
    """run.json alone, without records; InputFault where there is none."""
    path = out / RUN
    try:
        body = json.loads(path.read_text("utf-8"))
        if body.pop("format") != FORMAT:
            raise ValueError("another format")
        methods = {
            name: MethodFacts(**{**facts, "given": tuple(facts["given"])})
            for name, facts in body.pop("methods").items()
        }
        planned = tuple((str(m), str(o), str(c), int(seed)) for m, o, c, seed in body.pop("planned"))
        return Run(
            bench=out / body["bench"],
            digest=body["digest"],
            methods=methods,
            kinds=tuple(body["kinds"]),
            seeds=body["seeds"],
            alignments=tuple(body["alignments"]),
            planned=planned,
        )
    except OSError:
        raise InputFault("no_run", f"There is no run in “{out}”.", "Make one: deocc bench run.") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputFault("bad_run", f"“{path}” can't be read: {error}.", "Run it again.") from error


def read_records(out: Path) -> Run:
    """A run with all its records that are of its benchmark and recipes; InputFault where there is none."""
    run = read_run(out)
    found = (stored_record(out, key) for key in run.planned)
    fitting = tuple(one for one in found if one is not None and fits(one, run))
    return Run(**{**run.__dict__, "records": fitting})


def fits(record: Record, run: Run) -> bool:
    """Whether a record was made on this benchmark, in the way the run's file says."""
    return record.bench == run.digest and record.recipe == run.methods[record.method].recipe
