"""The environment the benchmarks run in: ``python -m benches.environment .venv-bench``, by the python of ``.venv``.

It holds the peers, and sees the packages of ``.venv`` by a path file: TensorFlow and PyTorch are not downloaded twice,
and pip, which sees them too, finds the peers' needs satisfied. A peer that does not install is left out, and the reason
is kept for the table.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

PEERS = {
    "albumentations": "albumentations",
    "cv2": "opencv-python-headless",
    "kornia": "kornia",
    "matplotlib": "matplotlib",
    "nvidia.dali": "nvidia-dali-cuda130",
    "torchvision": "torchvision",
}
"""Module -> what to ask pip for. Versions stand in the two constraints.txt."""

CONSTRAINTS = ("constraints.txt", "benches/constraints.txt")
ABSENT = "samebatch_bench_absent.json"


def make(place: Path) -> dict[str, str]:
    """Make the environment anew at ``place``; return module -> reason for every peer that did not install."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", place], check=True)  # noqa: S603
    python = next(path for path in (place / "bin/python", place / "Scripts/python.exe") if path.exists())
    purelib = subprocess.run(  # noqa: S603
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    own = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    Path(purelib, "samebatch_bench.pth").write_text("\n".join(own) + "\n", encoding="utf-8")
    absent = {}
    if _install(python, *PEERS.values()):  # not together: one by one, to see which does not
        for module, requirement in PEERS.items():
            reason = _install(python, requirement)
            if reason:
                absent[module] = f"pip install {requirement}: {reason}"
    (place / ABSENT).write_text(json.dumps(absent, indent=2) + "\n", encoding="utf-8")
    return absent


def why_absent(module: str | None) -> str | None:
    """Return why ``module`` is not in the running environment, if it was meant to be there."""
    path = Path(sys.prefix, ABSENT)
    absent: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return next((reason for name, reason in absent.items() if module == name or name.startswith(f"{module}.")), None)


def _install(python: Path, *requirements: str) -> str:
    """Install packages; return the last line of what pip said if it failed, else nothing."""
    constraints = [word for path in CONSTRAINTS for word in ("-c", path)]
    # Wheels only: a peer that would have to be built here is one that does not install.
    command = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", *constraints, *requirements]
    answer = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)  # noqa: S603
    if answer.returncode == 0:
        return ""
    errors = [line for line in answer.stderr.splitlines() if line.startswith("ERROR: ")]
    return (errors or ["ERROR: it failed without a word"])[0].removeprefix("ERROR: ")


if __name__ == "__main__":
    for name, why in make(Path(sys.argv[1])).items():
        print(f"{name} is left out. {why}")
