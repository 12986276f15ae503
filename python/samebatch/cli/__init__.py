"""The console script ``samebatch``: its commands and their options.

``--version``, ``--help``, ``doctor`` and ``verify`` need NumPy and Pillow only; ``demo`` imports what else it needs
when it runs.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import samebatch
from samebatch.cli import demo, doctor, verify

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; each command sets ``run`` to the function that carries it out."""
    root = argparse.ArgumentParser(
        prog="samebatch",
        description="Image batches whose every byte follows from the data, the pipeline, the seed and (epoch, step).",
    )
    root.add_argument("--version", action="version", version=f"samebatch {samebatch.__version__}")
    commands = root.add_subparsers(title="commands", metavar="COMMAND")
    doctor.add_to(commands)
    demo.add_to(commands)
    verify.add_to(commands)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (default: that of the process) and return its exit code.

    0: done. 1: the command found something wrong and has said what. 2: the command line itself is wrong.
    """
    root = parser()
    arguments = root.parse_args(argv)
    if not hasattr(arguments, "run"):
        root.print_help()
        return 2
    code: int = arguments.run(arguments)
    return code
