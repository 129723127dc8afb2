"""Records in another alignment than the run measured: what is missing is measured and kept beside them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from deocc.bench.built import BenchObject
from deocc.bench.metrics.alignment import ALIGNMENTS
from deocc.bench.reporting.kept import Machines, Work, code_digest, keep
from deocc.bench.running.measure import SHAPE, Measures, rounded, shape_measures
from deocc.bench.running.methods import Given
from deocc.bench.running.record import DONE, Record, Run, result_folder
from deocc.errors import InputFault
from deocc.geometry.mesh import Mesh


@dataclass(frozen=True)
class AlignTask:
    """truth, made: the bytes of the true mesh, b"" where it is not known, and of the result's mesh.npz."""

    record: Record
    object: BenchObject
    truth: bytes
    made: bytes
    alignment: str


def realigned(
    run: Run, out: Path, bench: Path, objects: Mapping[str, BenchObject], alignment: str, machines: Machines
) -> Run:
    """The run with every done record measured in an alignment; InputFault for one that does not exist, and
    where a result can't be measured."""
    if alignment not in ALIGNMENTS:
        known = ", ".join(ALIGNMENTS)
        raise InputFault(
            "bad_alignment", f"No alignment is called “{alignment}”.", f"Choose one of: {known}."
        )
    lacking = [one for one in run.records if one.state == DONE and alignment not in one.measures]
    name = f"measured-{alignment}-{code_digest()}.json"
    kept = {one.key: result_folder(out, one.key) / name for one in lacking}
    works = [_work(one, objects[one.object], bench, alignment, kept[one.key]) for one in lacking]
    faults = keep(aligned_measures, works, machines, f"alignment {alignment}")
    for path, fault in faults.items():
        raise InputFault(
            "not_measured",
            f"The result in {path.parent} can't be measured: {fault.message}",
            "Remove that folder and run again.",
        )
    records = (_with(one, alignment, kept[one.key]) if one.key in kept else one for one in run.records)
    return replace(run, records=tuple(records))


def _work(record: Record, one: BenchObject, bench: Path, alignment: str, kept: Path) -> Work:
    truth = bench / "objects" / one.id / one.mesh if one.mesh else None

    def load() -> AlignTask:
        made = kept.with_name("mesh.npz").read_bytes()
        return AlignTask(record, one, truth.read_bytes() if truth else b"", made, alignment)

    return Work(kept, load)


def aligned_measures(task: AlignTask) -> bytes:
    """The figures of one result's surface as the run measures them, JSON."""
    record, one = task.record, task.object
    key = f"{record.method} {record.object} {record.case} {record.seed}"  # the same draws as in a run
    given = Given(one, one.case(record.case), {one.mesh: task.truth})
    measures = shape_measures(_mesh(task.made), given, record.frame, task.alignment, key)
    return json.dumps(rounded({task.alignment: measures})[task.alignment], allow_nan=False).encode()


def _with(record: Record, alignment: str, kept: Path) -> Record:
    """The record with the kept figures, and those that no alignment changes from what the run measured."""
    shape: Measures = json.loads(kept.read_text("utf-8"))
    of_run = next(iter(record.measures.values()), {})
    pictures = {name: value for name, value in of_run.items() if name not in SHAPE}
    return replace(record, measures={**record.measures, alignment: {**shape, **pictures}})


def _mesh(npz: bytes) -> Mesh:
    with np.load(io.BytesIO(npz), allow_pickle=False) as held:
        vertices, faces = held["vertices"], held["faces"]
    count = len(vertices)
    return Mesh(vertices, faces, np.zeros((count, 2), np.float32), np.zeros(count, np.float32))
