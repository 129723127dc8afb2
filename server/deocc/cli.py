"""The command line `deocc`, the only place that prints.

A subcommand is one function `_<name>(arguments)` that imports what it needs itself, and one `_add_<name>`.
Exit code 2: the user's mistake, told in one sentence; 1: ours.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deocc import __version__
from deocc.errors import DeoccError, InputFault, is_disk_full
from deocc.settings import (
    DEFAULT_PORT,
    Settings,
    default_commercial_only,
    default_data_dir,
    default_weights_dir,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    try:
        arguments.act(arguments)
    except InputFault as fault:
        return _complain(fault, 2)
    except DeoccError as fault:
        return _complain(fault, 1)
    except OSError as error:
        if not is_disk_full(error):
            raise
        full = DeoccError("disk_full", "The disk is full.", "Free some space, then try again.")
        return _complain(full, 1)
    except KeyboardInterrupt:
        return 130
    return 0


def _complain(fault: DeoccError, code: int) -> int:
    print(f"deocc: {fault.message} {fault.hint}".rstrip(), file=sys.stderr)
    return code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="deocc", description="Whole objects from photos that half hide them."
    )
    parser.add_argument("--version", action="version", version=f"deocc {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_serve(commands)
    _add_run(commands, words)
    _add_backends(commands)
    _add_weights(commands, words)
    _add_data(commands)
    _add_train(commands)
    _add_bench(commands)
    return parser


# -- demo --


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser("demo", help="see it work: from a photo to a Blender scene, in a checkout")
    parser.add_argument("--out", type=Path, default=Path("deocc-demo"), metavar="DIR")
    parser.set_defaults(act=_demo)


def _demo(arguments: argparse.Namespace) -> None:
    from deocc.demo import run_demo

    run_demo(arguments.out, lambda words: print(words, flush=True))


# -- serve --


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser("serve", help="start the server")
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="the data folder (else $DEOCC_DATA_DIR, else the system's usual place)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="any but this machine's own needs --tls-cert")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="a taken one means the next")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="PEM; with --tls-key")
    parser.add_argument("--tls-key", type=Path, metavar="FILE")
    parser.add_argument(
        "--idle-exit",
        type=_seconds,
        default=60.0,
        metavar="SECONDS|never",
        help="ends so long after the last client and the last job (default 60)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line once it listens")
    _add_weights_flags(parser)
    parser.set_defaults(act=_serve)


def _add_weights_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--weights-dir",
        type=Path,
        metavar="DIR",
        help="where weights lie (else $DEOCC_WEIGHTS_DIR, else “weights” in the data folder)",
    )
    parser.add_argument(
        "--commercial-only",
        action="store_true",
        help="hide and refuse weights whose recorded licence does not allow commercial use "
        "(also: $DEOCC_COMMERCIAL_ONLY=1)",
    )


def _serve(arguments: argparse.Namespace) -> None:
    from deocc.serve import serve

    settings = dataclasses.replace(
        _settings(arguments),
        host=arguments.host,
        port=arguments.port,
        tls_cert=arguments.tls_cert,
        tls_key=arguments.tls_key,
        idle_exit_s=arguments.idle_exit,
    )

    def announce(url: str) -> None:
        if arguments.json:
            print(
                json.dumps({"url": url, "data_dir": str(settings.data_dir), "version": __version__}),
                flush=True,
            )
        else:
            print(f"DeOcc serves at {url} (data folder {settings.data_dir})", flush=True)

    serve(settings, announce)


def _settings(arguments: argparse.Namespace) -> Settings:
    """The data folder, the weights and the licences' switch of a command; all else as by default."""
    data_dir = getattr(arguments, "data_dir", None) or default_data_dir()
    weights_dir = arguments.weights_dir.absolute() if arguments.weights_dir else default_weights_dir()
    return Settings(
        data_dir=data_dir.absolute(),
        weights_dir=weights_dir,
        commercial_only=arguments.commercial_only or default_commercial_only(),
    )


def _readiness(arguments: argparse.Namespace) -> Any:
    from deocc.backends.readiness import Readiness
    from deocc.weights.folder import WeightsFolder

    settings = _settings(arguments)
    return Readiness(WeightsFolder(settings.weights), settings.commercial_only)


def _seconds(text: str) -> float | None:
    if text == "never":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError(f"“{text}” is neither seconds nor “never”")
    return seconds


# -- run --


def _add_run(commands: Any, words: Sequence[str]) -> None:
    parser = commands.add_parser("run", help="reconstruct one object of one photo", allow_abbrev=False)
    parser.add_argument("photo", type=Path, metavar="PHOTO")
    parser.add_argument(
        "--object", type=Path, required=True, metavar="M.png", help="what is seen of the object"
    )
    parser.add_argument("--occluder", type=Path, metavar="M.png", help="what hides it")
    parser.add_argument("--keep", type=Path, metavar="M.png", help="what is never filled")
    parser.add_argument("--backend", default="draft")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--variants", type=int, default=1, metavar="K", help="how many: seeds N, N + 1 …")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="print the packages' folders as JSON")
    _add_weights_flags(parser)
    parser.set_defaults(act=_run, option_names=())
    if words[:1] == ["run"]:
        _add_options(parser, words)


def _add_options(parser: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """A flag for each option of the backend that `words` choose, read from its dataclass."""
    from deocc import backends
    from deocc.backends.base import option_fields

    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--backend", default="draft")
    name = first.parse_known_args(list(words))[0].backend
    if name not in backends.MODULES:  # told by _run, with the names there are
        return
    group = parser.add_argument_group(f"options of {name}")
    fields = option_fields(backends.card(name).options)
    for one in fields:
        flag, dest = f"--{one.name.replace('_', '-')}", f"option_{one.name}"
        bounded = one.minimum is not None and one.maximum is not None
        span = f"{one.minimum} to {one.maximum}, " if bounded else ""
        words_for_it = f"{one.help} ({span}default {one.default})".replace("%", "%%")
        if one.type == "bool":
            group.add_argument(flag, dest=dest, action=argparse.BooleanOptionalAction, help=words_for_it)
        else:
            kind, shown = {"int": (int, "N"), "float": (float, "X")}.get(one.type, (str, None))
            choices = one.choices or None  # shown where there is no metavar
            group.add_argument(flag, dest=dest, type=kind, choices=choices, metavar=shown, help=words_for_it)
    parser.set_defaults(option_names=tuple(one.name for one in fields))


def _run(arguments: argparse.Namespace) -> None:
    from deocc.door import check_seed_count
    from deocc.run_photo import RunRequest, run_photo

    check_seed_count(arguments.variants)  # before a huge number of seeds is written out
    given = {name: getattr(arguments, f"option_{name}") for name in arguments.option_names}
    request = RunRequest(
        photo=arguments.photo,
        object_mask=arguments.object,
        occluder_mask=arguments.occluder,
        keep_mask=arguments.keep,
        backend=arguments.backend,
        options={name: value for name, value in given.items() if value is not None},
        seeds=tuple(range(arguments.seed, arguments.seed + arguments.variants)),
        out=arguments.out,
    )
    progress = _progress_bar if sys.stderr.isatty() else lambda seed, stage, fraction: None
    folders = run_photo(request, progress, _readiness(arguments))
    if arguments.json:
        print(json.dumps({"packages": [str(folder) for folder in folders]}))
    else:
        for folder in folders:
            print(folder)


def _progress_bar(seed: int, stage: str, fraction: float) -> None:
    filled = round(fraction * 24)
    bar = "█" * filled + "░" * (24 - filled)
    end = "\n" if fraction >= 1 else ""
    print(f"\rseed {seed} {bar} {fraction:4.0%} {stage:<24.24}", end=end, file=sys.stderr, flush=True)


# -- backends --


def _add_backends(commands: Any) -> None:
    parser = commands.add_parser("backends", help="list the methods and their options")
    parser.add_argument("--json", action="store_true")
    _add_weights_flags(parser)
    parser.set_defaults(act=_backends)


def _backends(arguments: argparse.Namespace) -> None:
    from deocc import backends

    ready = _readiness(arguments)
    cards = [ready.reply(card) for card in map(backends.card, backends.MODULES) if not ready.hides(card)]
    if arguments.json:
        print(json.dumps({"backends": [dataclasses.asdict(card) for card in cards]}, indent=1))
        return
    for card in cards:
        print(f"{card.name}: {card.title}. {card.summary}")
        if card.blocked:
            print(f"  can't run here now: {card.blocked.message} {card.blocked.hint}")
        for one in card.options:
            choices = f" ({', '.join(one.choices)})" if one.choices else ""
            print(f"  --{one.name.replace('_', '-')} [{one.default}]  {one.help}{choices}")


# -- weights --


def _add_weights(commands: Any, words: Sequence[str]) -> None:
    parser = commands.add_parser(
        "weights", help="list, fetch, verify, import and remove the networks' weights"
    )
    if words[:1] == ["weights"]:  # what it takes needs libraries that no other command does
        from deocc.installing import command

        command.add_arguments(parser, _add_weights_flags)
        parser.set_defaults(act=_weights)


def _weights(arguments: argparse.Namespace) -> None:
    from deocc.installing.command import Console, run

    console = Console(
        say=lambda words: print(words, flush=True),
        draw=lambda words: print(words, end="", file=sys.stderr, flush=True),
        ask=input if sys.stdin and sys.stdin.isatty() else None,
    )
    run(arguments, _readiness(arguments), console)


# -- data --


def _add_data(commands: Any) -> None:
    from deocc.data import command

    parser = commands.add_parser("data", help="build what the draft's network is trained on")
    command.add_arguments(parser)
    parser.set_defaults(act=_data)


def _data(arguments: argparse.Namespace) -> None:
    progress = _count_bar if sys.stderr.isatty() else lambda done, total, words: None
    print(arguments.make(arguments, progress))


# -- train --


def _add_train(commands: Any) -> None:
    from deocc.training import command

    parser = commands.add_parser("train", help="train the draft's network")
    command.add_arguments(parser)
    parser.set_defaults(act=_train)


def _train(arguments: argparse.Namespace) -> None:
    print(arguments.train(arguments, lambda words: print(words, flush=True)))


# -- bench --


def _add_bench(commands: Any) -> None:
    from deocc.bench import command

    parser = commands.add_parser("bench", help="print how well and how fast it works here")
    command.add_arguments(parser)
    parser.set_defaults(act=_bench)


def _bench(arguments: argparse.Namespace) -> None:
    from deocc.bench.command import Console

    console = Console(
        say=lambda words: print(words, file=sys.stderr, flush=True),
        progress=_count_bar if sys.stderr.isatty() else lambda done, total, words: None,
    )
    print(arguments.measure(arguments, console))


def _count_bar(done: int, total: int, words: str) -> None:
    filled = round(done / max(total, 1) * 24)
    bar = "█" * filled + "░" * (24 - filled)
    end = "\n" if done >= total else ""
    print(f"\r{bar} {done} of {total} {words:<40.40}", end=end, file=sys.stderr, flush=True)
