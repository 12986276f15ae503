"""The built wheel installs into a new environment of every CPython on this machine, and README's first snippet runs."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from pythons import pythons
from test_readme import ROOT, SNIPPET

# A clean checkout compiles here, and the first environments download NumPy and Pillow.
pytestmark = pytest.mark.timeout(1200)

INTERPRETERS = pythons()


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command without this environment's packages in its way; return what it printed."""
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "maturin", "build", "--release", "--locked", "--out", directory, cwd=ROOT)
    (built,) = directory.glob("*.whl")
    return built


def test_this_interpreter_is_among_those_found() -> None:
    assert "{}.{}".format(*sys.version_info) in INTERPRETERS


def test_one_wheel_is_for_every_python(wheel: Path) -> None:
    assert "-cp310-abi3-" in wheel.name


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE-THIRD-PARTY"])
def test_the_licences_are_in_it(name: str, wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (member,) = (member for member in archive.namelist() if member.endswith(f".dist-info/licenses/{name}"))
        assert archive.read(member) == (ROOT / name).read_bytes()


@pytest.mark.parametrize("version", INTERPRETERS)
def test_a_new_environment(version: str, wheel: Path, tmp_path: Path) -> None:
    run(INTERPRETERS[version], "-m", "venv", "environment", cwd=tmp_path)
    binaries = tmp_path / "environment" / ("Scripts" if os.name == "nt" else "bin")
    python = binaries / "python"
    run(python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel, cwd=tmp_path)

    snippet = SNIPPET.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert snippet is not None
    script = tmp_path / "readme.py"
    script.write_text(snippet.group(1), encoding="utf-8")
    run(python, "-W", "error", script, cwd=tmp_path)

    place = run(python, "-c", "import samebatch; print(samebatch.__file__)", cwd=tmp_path)
    assert tmp_path in Path(place).parents
    assert run(binaries / "samebatch", "--version", cwd=tmp_path).split()[-1] == "0.1.0"
    assert run(binaries / "samebatch", "doctor", cwd=tmp_path)
