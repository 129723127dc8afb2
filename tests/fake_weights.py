"""A stand-in for a server whose heavy backend lacks its weights: its downloads move as tests say."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from deocc.contract import BackendReply, Estimate, Fault, OptionField, WeightsReply, WeightsState
from tests.fake_server import Answer, Asked, FakeServer, as_json

GB = 10**9
LARGE = WeightsReply(
    name="lrm-large",
    title="Reconstructor, large",
    size_bytes=3 * GB // 2,
    approximate=False,
    fetched_bytes=0,
    licence="Apache-2.0",
    licence_url="https://example.org/apache",
    commercial=True,
    source="example.org/lrm",
    state=WeightsState.MISSING,
    backends=["heavy", "student"],
)
UNET = replace(
    LARGE, name="views-unet", title="UNet of the views", size_bytes=23 * GB // 10, licence="CC-BY-NC-4.0",
    commercial=False, source="example.org/unet", backends=["heavy"],
)  # fmt: skip
STUDENT = replace(
    UNET, name="student", title="The student's UNet", size_bytes=0, source="", state=WeightsState.UNPUBLISHED,
    licence="not known", backends=["student"],
)  # fmt: skip
BASE = replace(LARGE, name="lrm-base", title="Reconstructor, base", size_bytes=GB, state=WeightsState.READY)
CHOICES = ["lrm-large", "lrm-base"]
CHOICE = OptionField("reconstructor", "choice", "lrm-large", "Reconstructor", "Which.", None, None, CHOICES)
MISSING = Fault("weights_missing", "Weights are missing.", "Fetch them.", "weights_fetch")
UNPUBLISHED = Fault("weights_unpublished", "They are not published.", "Import them.", "weights_import")
PACKAGES = Fault("packages_missing", "Libraries needs PyTorch.", "Install it with pip.", "install_packages")


def card(name: str, title: str, weights: tuple[str, ...] = (), blocked: Fault | None = None) -> BackendReply:
    options = [CHOICE] if weights else []
    return BackendReply(
        name, title, f"{title}.", options, list(weights), Estimate(2.0, 0.4, False), blocked is None, blocked
    )


@dataclass
class FakeWeights(FakeServer):
    """rows: the table, changed by what is asked. step_bytes: what a download brings between two looks.

    holds: downloads stay where they are.  refuses: what a download or an upload is answered.
    """

    rows: dict[str, WeightsReply] = field(
        default_factory=lambda: {row.name: row for row in (LARGE, UNET, STUDENT, BASE)}
    )
    step_bytes: int = GB
    holds: bool = False
    refuses: Fault | None = None
    uploads: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer:
        place = urlsplit(asked.path)
        if place.path == "/v1/backends":
            return as_json({"backends": [asdict(one) for one in self.cards()]})
        if not place.path.startswith("/v1/weights"):
            return super().answer(asked)
        name = place.path.removeprefix("/v1/weights").strip("/")
        if asked.method == "GET":
            listed = list(self.rows.values())
            self._move()
            return as_json({"weights": [asdict(row) for row in listed]})
        if self.refuses and asked.method != "DELETE":
            return as_json({"error": asdict(self.refuses), "faults": []}, 400)
        if asked.method == "POST":
            self.change(name, state=WeightsState.FETCHING, stage="fetching", error=None)
        elif asked.method == "DELETE":
            row = self.rows[name]
            kept = row.state == WeightsState.FETCHING and row.fetched_bytes
            self.change(name, state=WeightsState.PARTIAL if kept else WeightsState.MISSING, stage="")
        else:
            about = {key: values[0] for key, values in parse_qs(place.query).items()}
            self.uploads.append((name, about, asked.body))
            self.change(name, state=WeightsState.READY)
        return as_json(asdict(self.rows[name]), 202)

    def cards(self) -> list[BackendReply]:
        heavy = ("views-unet", "lrm-large")
        student = ("student", "lrm-large")
        return [
            card("draft", "Draft"),
            card("heavy", "Heavy", heavy, None if self._here(heavy) else MISSING),
            card("student", "Student", student, None if self._here(student) else UNPUBLISHED),
            card("libraries", "Libraries", (), PACKAGES),
        ]

    def change(self, name: str, **facts: Any) -> None:
        self.rows[name] = replace(self.rows[name], **facts)

    def _here(self, names: tuple[str, ...]) -> bool:
        return all(self.rows[name].state == WeightsState.READY for name in names)

    def _move(self) -> None:
        for name, row in self.rows.items():
            if row.state == WeightsState.FETCHING and not self.holds:
                here = row.fetched_bytes + self.step_bytes
                if row.fetched_bytes >= row.size_bytes:
                    self.change(name, state=WeightsState.READY, stage="")
                else:
                    stage = "fetching" if here < row.size_bytes else "checking"
                    self.change(name, fetched_bytes=min(here, row.size_bytes), stage=stage)
