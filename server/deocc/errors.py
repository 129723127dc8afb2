"""Faults that people read: a stable code, what is wrong, what to do, and which action mends it.

DeoccError            anything told to a person: HTTP 500 (or 507), exit code 1
  InputFault          the user's or a client's mistake: HTTP 400 (or 404, 409, 413, 422), exit code 2
    InputFaults       several of them, found together at the door
Cancelled             the user asked for it; no fault at all
"""

from __future__ import annotations

import errno
from collections.abc import Sequence


class DeoccError(Exception):
    """A fault with words for people.

    code: stable, snake_case, never shown alone.  message: one sentence, what is wrong.  hint: what to do.
    action: the remedy a client may offer as a button (see `docs/http.md`), or "".
    status: the HTTP status it is answered with where a request causes it.
    """

    status = 500

    def __init__(self, code: str, message: str, hint: str = "", action: str = "", status: int | None = None):
        super().__init__(message)
        self.code, self.message, self.hint, self.action = code, message, hint, action
        if status is not None:
            self.status = status

    def __reduce__(self):  # faults cross from the worker's process to the server's
        return (type(self), (self.code, self.message, self.hint, self.action, self.status))


class InputFault(DeoccError):
    """The user's mistake; nothing was changed by it."""

    status = 400


class InputFaults(InputFault):
    """All input faults of one request together; reads as the first and lists the rest."""

    def __init__(self, faults: Sequence[DeoccError]):
        first = faults[0]
        self.faults = tuple(faults)
        message = " ".join(fault.message for fault in faults)
        super().__init__(first.code, message, first.hint, first.action, first.status)

    def __reduce__(self):
        return (InputFaults, (self.faults,))


def disk_full() -> DeoccError:
    """The fault of every write that finds no room."""
    return DeoccError(
        "disk_full",
        "The disk with the data folder is full.",
        "Free some space, then try again.",
        "free_space",
        507,
    )


def is_disk_full(error: OSError) -> bool:
    """Whether a write failed for want of room: on the disk, or in the user's share of it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def shape_fault(where: str, what: str) -> InputFault:
    """The fault of a request that has not the shape of the wire: its program's mistake, not its user's."""
    return InputFault(
        "bad_request",
        f"The request is wrong at “{where[:120] or 'its beginning'}”: {what}.",
        "The add-on and the server may not fit together: update the older one.",
        "update_addon",
        422,
    )


class Cancelled(Exception):
    """Raised by `tick` inside a backend when its job was cancelled; backends let it pass."""
