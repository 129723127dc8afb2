"""The table of weights as people and programs are shown it: what of it is here, and which backends use it."""

from __future__ import annotations

from collections.abc import Sequence

from deocc.backends.readiness import Readiness, users_of
from deocc.contract import WeightsReply, WeightsState
from deocc.weights import table
from deocc.weights.folder import WeightsFolder

HUB_NAME = "huggingface.co"


def weights_list(ready: Readiness) -> list[WeightsReply]:
    """All rows, but those that the licences' switch hides."""
    users = users_of(ready.weights)
    rows = [row for row in table.TABLE if row.commercial or not ready.commercial_only]
    return [weights_reply(ready.weights, row, users.get(row.name, [])) for row in rows]


def weights_reply(folder: WeightsFolder, row: table.Row, users: Sequence[str]) -> WeightsReply:
    """One row; nothing is known here of a fetch that runs."""
    state = folder.state(row.name)
    return WeightsReply(
        name=row.name,
        title=row.title,
        size_bytes=row.size_bytes,
        approximate=row.approximate,
        fetched_bytes=row.size_bytes if state == WeightsState.READY else folder.fetched_bytes(row.name),
        licence=row.licence,
        licence_url=row.licence_url,
        commercial=row.commercial,
        source=f"{HUB_NAME}/{row.repository}" if row.repository else "",
        state=state,
        backends=list(users),
    )
