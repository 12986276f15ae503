"""``samebatch doctor``: what is installed, what is in use, and whether this machine makes the right bytes."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import samebatch as sb
from samebatch import _native
from samebatch.cli import packages, selfcheck
from samebatch.cli.machine import MEBIBYTE, processor
from samebatch.threads import resolve_threads

if TYPE_CHECKING:
    import argparse

WIDTH = 14


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of the console script."""
    text = "show versions, SIMD level, threads and frameworks, and check that this machine makes the right bytes"
    command = commands.add_parser("doctor", help=text, description=f"samebatch doctor: {text}.")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 0 if the self-check passes, 1 if it does not or cannot be made."""
    del arguments
    show("versions", versions())
    show("frameworks", installed(packages.FRAMEWORKS))
    show("for sources", installed(packages.SOURCES))
    show("for the demo", installed(packages.EXTRAS_OF_THE_DEMO))
    try:
        show("native core", native())
        checked = selfcheck.run()
    except (selfcheck.SelfCheckError, ValueError) as error:
        print(f"self-check\n  FAILED: {error}")
        return 1
    print(
        f"self-check\n  OK: {checked.images} images in {checked.batches} batches equal the reference byte for byte, "
        f"and those of every other machine\n  ({checked.digest})"
    )
    return 0


def versions() -> list[tuple[str, str]]:
    """Return (name, text) of what samebatch itself stands on."""
    system = f"{platform.system()} {platform.machine()}"
    return [
        ("samebatch", f"{sb.__version__} ({Path(sb.__file__).parent})"),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()}, {system})"),
        ("numpy", np.__version__),
        ("Pillow", metadata.version("pillow")),
    ]


def installed(group: tuple[packages.Package, ...]) -> list[tuple[str, str]]:
    """Return (name, version, or how to install it) of some packages; imports none."""
    lines = []
    for package in group:
        found = package.installed()
        if found is None:
            text = f'not found; to install: pip install "{package.install}"'
        else:
            distribution, version = found
            text = version if distribution == package.name else f"{version} ({distribution})"
        lines.append((package.name, text))
    return lines


def native() -> list[tuple[str, str]]:
    """Return (name, text) of what the native core uses.

    Raises:
        ValueError: ``SAMEBATCH_LEVEL``, ``SAMEBATCH_THREADS`` or ``SAMEBATCH_POOL_BYTES`` asks for what is not there.
    """
    levels = ", ".join(_native.levels())
    pool = sb.memory()
    in_use, free, limit = (size // MEBIBYTE for size in (pool.in_use, pool.free, pool.limit))
    threads = resolve_threads(None)
    return [
        ("processor", processor()),
        ("SIMD level", f"{_native.level()} in use; available: {levels}; {_set('SAMEBATCH_LEVEL')}"),
        ("threads", f"{threads} in use; processors: {_native.available_threads()}; {_set('SAMEBATCH_THREADS')}"),
        (
            "memory pool",
            f"{in_use} MiB in use, {free} MiB free, at most {limit} MiB; {_set('SAMEBATCH_POOL_BYTES')}",
        ),
    ]


def show(title: str, lines: list[tuple[str, str]]) -> None:
    """Print one part of the report."""
    print(title)
    for name, text in lines:
        print(f"  {name:<{WIDTH}}{text}")


def _set(variable: str) -> str:
    """Return what an environment variable says."""
    value = os.environ.get(variable)
    return f"{variable} is not set" if value is None else f"{variable}={value}"
