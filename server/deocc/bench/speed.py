"""`deocc bench speed`: every figure of speed and memory for this machine beside its goal."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable

from deocc.bench.figure import Figure, figure_words, goal_words
from deocc.bench.speed_blender import measure_blender, missing_for_blender
from deocc.bench.speed_draft import measure_draft
from deocc.bench.speed_server import measure_server
from deocc.bench.table import table


def measure_speed(say: Callable[[str], None]) -> list[Figure]:
    """All figures, about a minute's work; `say` hears what is being measured."""
    say("Starting servers and running jobs …")
    figures = measure_server()
    say("Reconstructing on two cores …")
    figures += measure_draft()
    say(missing_for_blender() or "Importing into Blender …")
    return figures + measure_blender()


def speed_table(figures: list[Figure]) -> str:
    """Figures beside their goals, under the name of the machine."""
    rows = [(one.name, figure_words(one), goal_words(one)) for one in figures]
    return f"{machine()}\n\n{table(('what', 'here', 'goal'), rows)}"


def machine() -> str:
    """The system, its processor's architecture and its cores."""
    python = platform.python_version()
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {python}"
