"""``samebatch demo``: the same batches in Keras and in PyTorch, their speed, and what they look like."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from samebatch.cli import packages

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of the console script."""
    text = "train one small model in Keras and in PyTorch on the same batches, and compare, time and draw them"
    command = commands.add_parser(
        "demo",
        help=text,
        description=f"samebatch demo: {text}. Takes a minute or two on two cores. Exits with 1 if the two frameworks "
        "did not receive the same bytes.",
    )
    command.add_argument("--epochs", type=_count, default=2, metavar="N", help="epochs to train (default: 2)")
    command.add_argument("--seed", type=_seed, default=7, metavar="N", help="seed of every batch (default: 7)")
    command.add_argument(
        "--output",
        type=Path,
        default=Path("samebatch-demo.png"),
        metavar="PNG",
        help="where to write the contact sheet (default: samebatch-demo.png)",
    )
    command.add_argument("--quick", action="store_true", help="fewer images and rounds: a look, not a measurement")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo; 0 if both frameworks received the same bytes, 1 if not, or if it cannot run."""
    missing = packages.missing(packages.FOR_THE_DEMO)
    if missing:
        names = ", ".join(package.name for package in missing)
        print(f'The demo needs {names}. To install: pip install "samebatch[demo]"', file=sys.stderr)
        return 1
    if (obstacle := _obstacle(arguments.output.resolve())) is not None:
        print(f"The demo cannot write {arguments.output}: {obstacle}", file=sys.stderr)
        return 1
    from samebatch.cli.demo import show  # noqa: PLC0415 - imports what the demo needs besides NumPy and Pillow

    return show.everything(epochs=arguments.epochs, seed=arguments.seed, output=arguments.output, quick=arguments.quick)


def _obstacle(path: Path) -> str | None:
    """Return why no file can be written to ``path``, told before minutes of work, or None."""
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return None if os.access(path.parent, os.W_OK) else f"{path.parent} may not be written to"


def _count(text: str) -> int:
    """Return a whole number of at least 1."""
    value = int(text)
    if value < 1:
        raise ValueError(f"must be at least 1, got {value}")
    return value


def _seed(text: str) -> int:
    """Return a whole number that is a seed."""
    value = int(text)
    if not 0 <= value < 2**64:
        raise ValueError(f"must be from 0 to 2**64 - 1, got {value}")
    return value
