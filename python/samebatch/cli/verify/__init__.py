"""``samebatch verify``: read every image below a folder, and say what is wrong with any; nothing is written."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from samebatch.cli.verify import report, survey


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of the console script."""
    text = "read every image below a folder, and list what is broken, doubled, misnamed or odd"
    command = commands.add_parser(
        "verify",
        help=text,
        description=f"samebatch verify: {text}. Nothing is written. Names that begin with a dot are passed over, as "
        "sources do. Exits with 1 if a file cannot be read as an image.",
    )
    command.add_argument("folder", type=_folder, metavar="DIR", help="the folder; each folder in it is a class")
    command.add_argument(
        "--largest",
        type=_count,
        metavar="PIXELS",
        help="more pixels than this are a fault (default: where Pillow refuses, twice PIL.Image.MAX_IMAGE_PIXELS)",
    )
    command.add_argument(
        "--small", type=_count, default=32, metavar="N", help="note sides of fewer than N pixels (default: 32)"
    )
    command.add_argument("--follow-links", action="store_true", help="walk links to folders as well")
    command.add_argument("--threads", type=_count, metavar="N", help="files read at a time (default: one a processor)")
    command.add_argument("--json", action="store_true", help="print everything that was found, as JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read all files and print what was found; 1 if one is broken."""
    found = survey.take(
        arguments.folder,
        largest=arguments.largest,
        small=arguments.small,
        follow_links=arguments.follow_links,
        threads=arguments.threads or os.cpu_count() or 1,
    )
    print(json.dumps(report.as_dict(found), indent=2) if arguments.json else _printable(report.as_text(found)))
    return 1 if found.faults else 0


def _folder(text: str) -> str:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _printable(text: str) -> str:
    """Return the text with what standard output cannot show written as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
