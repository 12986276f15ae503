"""Find every CPython from 3.10 up on this machine: on PATH, in pyenv's and in uv's directories.

Run as a script it prints one line for each minor version: the version, a tab, the interpreter.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

OLDEST = 10
NEWEST = 20  # far enough ahead; a name that is not there costs one look
ASK = "import sys; print(sys.implementation.name, *sys.version_info[:2])"


def candidates() -> Iterator[Path]:
    """Yield what may be an interpreter, those on PATH first."""
    for minor in range(OLDEST, NEWEST + 1):
        found = shutil.which(f"python3.{minor}")
        if found:
            yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob("versions/*/bin/python"))
    yield from sorted(Path.home().glob(".local/share/uv/python/cpython-3*/bin/python3"))


def ask(candidate: Path) -> tuple[int, int] | None:
    """Return the version of a CPython; None for another implementation and for a shim with nothing behind it."""
    answer = subprocess.run([candidate, "-I", "-c", ASK], capture_output=True, text=True, check=False, timeout=60)
    if answer.returncode != 0:
        return None
    name, major, minor = answer.stdout.split()
    return (int(major), int(minor)) if name == "cpython" else None


def pythons() -> dict[str, Path]:
    """Return one interpreter for each version from 3.10 up, as {"3.10": path, ...}, oldest first."""
    found: dict[tuple[int, int], Path] = {}
    for candidate in candidates():
        version = ask(candidate)
        if version is not None and version >= (3, OLDEST):
            found.setdefault(version, candidate)
    return {f"{major}.{minor}": found[major, minor] for major, minor in sorted(found)}


if __name__ == "__main__":
    for version, python in pythons().items():
        print(version, python, sep="\t")
