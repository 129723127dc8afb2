"""`deocc train`: what can be trained, how long, and where it lies; light until one is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from deocc.errors import InputFault

LIBRARIES = {"torch": "torch", "accelerate": "accelerate", "onnx": "onnx"}  # module -> package, extra “train”
Say = Callable[[str], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The chosen kind is `train(arguments, say) -> text` of the arguments."""
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    draft = kinds.add_parser("draft", help="the draft backend's small network")
    draft.add_argument("--data", type=Path, required=True, metavar="DIR", help="what `deocc data build` made")
    draft.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="its state, log and pictures; goes on if begun"
    )
    draft.add_argument("--hours", type=float, metavar="H", help="how long the whole training takes")
    draft.add_argument(
        "--steps", type=int, metavar="N", help="or how many steps it has; a begun one is made longer"
    )
    draft.add_argument("--seed", type=int, default=0, metavar="N")
    draft.add_argument(
        "--piece", type=float, metavar="MINUTES", help="save and end after so long; again for the next piece"
    )
    draft.add_argument("--readers", type=int, default=1, metavar="K", help="processes that draw pictures")
    draft.add_argument(
        "--begin-with",
        type=Path,
        metavar="RUN",
        help="a new one's first weights: those of this training, or of this exported file",
    )
    draft.add_argument(
        "--single", action="store_true", help="teach one completion, no latent: a network to compare with"
    )
    draft.add_argument(
        "--average-with",
        type=Path,
        metavar="RUN",
        help="export the mean of its weights and those of this training, or of this exported file",
    )
    draft.add_argument("--export", type=Path, metavar="FILE", help="write the network (ONNX) and its card")
    draft.set_defaults(train=_draft)


def _draft(arguments: argparse.Namespace, say: Say) -> str:
    missing = [package for module, package in LIBRARIES.items() if find_spec(module) is None]
    if missing:
        raise InputFault(
            "packages_missing",
            f"Training needs libraries that are not installed: {', '.join(missing)}.",
            "Install them: pip install 'deocc[train]', in a clone with “-e .” for “deocc”.",
            "install_packages",
        )
    if arguments.average_with is not None and arguments.export is None:
        raise InputFault("no_export", "--average-with says what to export.", "Give --export too.")
    import cv2

    from deocc.data.dataset.read import open_dataset
    from deocc.package import write_beside
    from deocc.training.draft.card import draft_card, last_look
    from deocc.training.draft.export import export
    from deocc.training.draft.exported import PICTURES, SECONDS, read_weights
    from deocc.training.draft.losses import Learner
    from deocc.training.draft.schedule import SIDES, plan_of_hours, plan_of_steps
    from deocc.training.draft.task import DraftTask
    from deocc.training.loop import Pace, train
    from deocc.training.state import NAME, average_with

    cv2.setNumThreads(1)  # its threads don't survive the fork to a reader, which then waits for them for ever
    task = DraftTask(open_dataset(arguments.data), single=arguments.single)
    fresh, plan = not (arguments.out / NAME).exists(), None
    begun, other = (
        read_weights(place, task.module(arguments.seed)) if place else None
        for place in (arguments.begin_with if fresh else None, arguments.average_with)
    )
    if fresh:
        if (arguments.hours is None) == (arguments.steps is None):
            raise InputFault("no_length", "A training needs one length.", "Give --hours or --steps.")
        plan = (
            plan_of_steps(arguments.steps, arguments.seed)
            if arguments.hours is None
            else plan_of_hours(task, arguments.hours, arguments.seed)
        )
        say(f"{plan.steps} steps: " + ", ".join(f"{one.steps} at {one.side} px" for one in plan.phases))
    piece_s = None if arguments.piece is None else arguments.piece * 60
    pace = Pace(piece_s=piece_s, readers=arguments.readers)
    state = train(
        task,
        plan,
        arguments.out,
        pace,
        lambda line: say(_words(line)),
        steps=arguments.steps or 0,
        begun=begun,
    )
    if arguments.export is not None:
        assert isinstance(state.average, Learner)
        look = last_look(arguments.out)
        if other is not None:
            average_with(state.average, other)
            look = task.validate(state.average, SIDES[-1])
        spent = state.spent()
        told = {"steps": str(state.step), PICTURES: str(spent.pictures), SECONDS: str(round(spent.seconds))}
        export(state.average.network, arguments.export, told | _flat(task.about()))
        words = draft_card(task.data.manifest, state, look, other and other.spent)
        write_beside(words.encode(), arguments.export.with_suffix(".md"))
    left = state.plan.steps - state.step
    words = f"{state.step} steps in {state.seconds / 3600:.2f} hours, in {arguments.out}."
    return words if left <= 0 else f"{words} {left} steps are left: run the same again."


def _words(line: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.{7 if name == 'step' else 4}g}" for name, value in line.items())


def _flat(about: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in about.items()}
