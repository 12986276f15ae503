"""The console script: its answers, its exit codes, and what it needs to be installed."""

import os
import re
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

import samebatch as sb
from samebatch import cli
from samebatch.cli import packages, selfcheck
from samebatch.cli.demo import job as work
from samebatch.cli.demo import marks
from samebatch.cli.demo.witness import Epoch, Training, Witness, differences

FRAMEWORKS = ("keras", "tensorflow", "torch", "jax", "rich", "sklearn", "scipy")
BLOCK = f"""
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {FRAMEWORKS!r}:
            raise ImportError(name + ' is blocked')
sys.meta_path.insert(0, Block())
from samebatch.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(*arguments, timeout=240, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, **environment},
    )


def test_version():
    answer = run("-m", "samebatch", "--version")
    assert (answer.returncode, answer.stdout) == (0, f"samebatch {sb.__version__}\n")


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])
    assert end.value.code == 0
    assert {"doctor", "demo", "verify"} <= set(re.findall(r"^ +(\w+) ", capsys.readouterr().out, re.MULTILINE))


def test_no_command_shows_the_help_and_is_an_error(capsys):
    assert cli.main([]) == 2
    assert "usage: samebatch" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["dcotor"], ["demo", "--epochs", "0"], ["demo", "--seed", "-1"], ["demo", "x"]])
def test_a_wrong_command_line_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["doctor"], ["demo", "--help"], ["verify", "scripts"]]
)
def test_needs_numpy_and_pillow_only(arguments):
    answer = run("-W", "error", "-c", BLOCK, *arguments)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_doctor_says_what_is_there_and_that_the_bytes_are_right(capsys):
    assert cli.main(["doctor"]) == 0
    said = capsys.readouterr().out
    for text in (sb.__version__, np.__version__, "SAMEBATCH_LEVEL", "SAMEBATCH_THREADS", "memory pool", "keras"):
        assert text in said
    assert re.search(r"self-check\n  OK: \d+ images in \d+ batches equal the reference byte for byte", said)


def test_doctor_names_the_extra_of_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(packages.Package, "installed", lambda _: None)
    assert cli.main(["doctor"]) == 0
    said = capsys.readouterr().out
    for extra in ("keras", "tensorflow", "torch", "demo"):
        assert f'pip install "samebatch[{extra}]"' in said


def test_doctor_fails_on_one_wrong_byte(monkeypatch, capsys):
    right = selfcheck.reference.batch

    def wrong(batches, epoch, step):
        x, indices = right(batches, epoch, step)
        x.reshape(-1).view(np.uint8)[-1] ^= 1
        return x, indices

    monkeypatch.setattr(selfcheck.reference, "batch", wrong)
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "FAILED" in said
    assert "differs from the reference" in said
    assert "OK" not in said


def test_doctor_fails_where_both_make_other_bytes_than_other_machines(monkeypatch, capsys):
    monkeypatch.setattr(selfcheck, "EPOCH", selfcheck.EPOCH + 1)
    assert cli.main(["doctor"]) == 1
    assert "agree with each other but not with other machines" in capsys.readouterr().out


@pytest.mark.parametrize(("variable", "value"), [("SAMEBATCH_LEVEL", "abacus"), ("SAMEBATCH_THREADS", "many")])
def test_doctor_fails_on_a_setting_that_makes_no_sense(variable, value):
    answer = run("-m", "samebatch", "doctor", **{variable: value})
    assert answer.returncode == 1
    assert variable in answer.stdout
    assert value in answer.stdout


def test_demo_names_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(packages, "missing", lambda wanted: tuple(p for p in wanted if p.name in {"torch", "scipy"}))
    assert cli.main(["demo"]) == 1
    assert capsys.readouterr().err == 'The demo needs torch, scipy. To install: pip install "samebatch[demo]"\n'


@pytest.mark.parametrize(("place", "said"), [("nowhere/sheet.png", "there is no folder"), (".", "it is a folder")])
def test_demo_refuses_a_place_it_cannot_write_before_it_works(place, said, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(packages, "missing", lambda _: ())
    assert cli.main(["demo", "--output", str(tmp_path / place)]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_demo(backend, tmp_path):
    if packages.missing((*packages.FOR_THE_DEMO, *((packages.TENSORFLOW,) if backend == "tensorflow" else ()))):
        pytest.skip(f"the demo on {backend} needs what is not installed")
    sheet = tmp_path / "sheet.png"
    answer = run("-m", "samebatch", "demo", "--quick", "--output", str(sheet), KERAS_BACKEND=backend)
    assert (answer.returncode, answer.stderr) == (0, ""), answer.stdout
    assert "\x1b" not in answer.stdout
    assert f"on {backend} and PyTorch" in " ".join(answer.stdout.split())
    job = work.job(epochs=2, seed=7, count=300)
    wanted = [
        Epoch(tuple(job.train.batch(epoch, step).digest() for step in range(job.train.steps)), 0.0).digest
        for epoch in range(2)
    ]
    assert re.findall(r"\b[0-9a-f]{32}\b", answer.stdout) == [wanted[0], wanted[0], wanted[1], wanted[1]]
    assert answer.stdout.count("equal") == 2
    assert "images per second" in answer.stdout
    with Image.open(sheet) as image:
        assert image.format == "PNG"
        assert min(image.size) > 1000


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """The demo's command line, its trainings replaced by ``answers``, one after the other."""
    if packages.missing(packages.EXTRAS_OF_THE_DEMO):
        pytest.skip("the demo needs what is not installed")
    monkeypatch.setattr(packages, "missing", lambda _: ())

    def run_with(*answers):
        left = iter(answers)
        monkeypatch.setattr(import_module("samebatch.cli.demo.apart"), "train", lambda *_: next(left))
        return cli.main(["demo", "--quick", "--epochs", "1", "--output", str(tmp_path / "sheet.png")])

    return run_with


def test_demo_fails_when_the_bytes_differ(quick, capsys, tmp_path):
    assert quick(Training("Keras", (Epoch(("a", "b"), 0.9),)), Training("PyTorch", (Epoch(("a", "c"), 0.9),))) == 1
    said = capsys.readouterr().out
    assert "DIFFERENT: epoch 0: step 1 is the first of which the bytes differ" in said
    assert "images per second" not in said
    assert not (tmp_path / "sheet.png").exists()


def test_demo_fails_when_a_training_does(monkeypatch, capsys):
    if packages.missing(packages.EXTRAS_OF_THE_DEMO):
        pytest.skip("the demo needs what is not installed")
    monkeypatch.setattr(packages, "missing", lambda _: ())
    show = import_module("samebatch.cli.demo.show")
    monkeypatch.setattr(show, "FRAMEWORKS", (("Keras", "samebatch.cli.demo.no_such_module"),))
    assert cli.main(["demo", "--quick"]) == 1
    assert "no_such_module ended with exit code 1 before it was done" in " ".join(capsys.readouterr().out.split())


def test_a_witness_digests_what_it_sees():
    ticks = []
    witness = Witness(lambda: ticks.append(1))
    x, y = np.zeros((2, 3, 3, 1), np.float32), np.array([1, 2])
    witness.see(x, y)
    witness.see(x + 1, y)
    witness.end_epoch(0.5)
    witness.see(x, y)
    witness.end_epoch(0.75)
    assert witness.epochs == [Epoch((sb.digest(x, y), sb.digest(x + 1, y)), 0.5), Epoch((sb.digest(x, y),), 0.75)]
    assert len(ticks) == 3


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ([Epoch(("a", "b"), 0.1), Epoch(("c",), 0.2)], []),
        ([Epoch(("b", "a"), 0.1), Epoch(("c",), 0.2)], ["epoch 0: step 0 is the first of which the bytes differ"]),
        ([Epoch(("a", "b"), 0.1), Epoch(("c", "d"), 0.2)], ["epoch 1: 1 batches against 2"]),
        ([Epoch(("a", "b"), 0.1)], ["2 epochs against 1"]),
    ],
)
def test_differences_are_named(theirs, said):
    assert differences([Epoch(("a", "b"), 0.9), Epoch(("c",), 0.9)], theirs) == said


def test_the_marked_picture_has_no_symmetry():
    picture = marks.picture()
    for turned in (picture[::-1], picture[:, ::-1], picture[::-1, ::-1]):
        assert not np.array_equal(turned, picture)
    cells = marks.cells()
    np.testing.assert_array_equal(cells[0][0], picture)
    assert len({cell.tobytes() for cell, _ in cells}) == len(cells)
