"""The command that looks at every file: each kind of fault and of note, the exit codes, and that nothing is written."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import samebatch as sb
from image_files import content, picture, tree
from samebatch import cli
from samebatch.cli.verify import examine

JPEG = content(picture(1, (40, 50)), "JPEG")
PNG = content(picture(2, (40, 40)))


def good(count=2):
    return {f"cat/{i}.png": content(picture(10 + i, (40, 40))) for i in range(count)}


def asked(capsys, *arguments):
    """Exit code and what was found."""
    code = cli.main(["verify", "--json", *map(str, arguments)])
    return code, json.loads(capsys.readouterr().out)


def told(findings):
    return [(one["kind"], one["file"]) for one in findings]


def test_a_folder_without_faults(tmp_path, capsys):
    tree(tmp_path, {**good(), "dog/1.jpg": JPEG, "dog/readme.txt": b"hello", "dog/empty": b"", ".hidden/1.png": b""})
    code, found = asked(capsys, tmp_path)
    assert code == 0
    assert found == {
        "folder": str(tmp_path),
        "faults": [],
        "notes": [],
        "images": 3,
        "others": 2,
        "classes": {"cat": 2, "dog": 1},
        "formats": {"PNG": 2, "JPEG": 1},
        "modes": {"RGB": 3},
        "smallest": [40, 40],
        "largest": [40, 50],
        "links": 0,
    }
    assert cli.main(["verify", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "3 images in 2 class folders, 0 faults, 0 notes, 2 other files" in said
    assert "classes: cat 2, dog 1" in said
    assert said.endswith("OK: every image can be read\n")


@pytest.mark.parametrize(
    ("name", "data", "kind", "reason"),
    [
        ("empty.jpg", b"", "empty", "0 bytes"),
        ("text.png", b"hello", "unknown", "not an image"),
        ("cut.jpg", JPEG[: len(JPEG) // 2], "truncated", "it is truncated"),
        ("cut.png", PNG[: len(PNG) // 2], "truncated", "it is truncated"),
        ("zeros.png", PNG[:1000] + bytes(1000) + PNG[2000:], "broken", "cannot be decoded"),
        ("head.gif", b"GIF89a", "truncated|unknown|broken", ""),
    ],
)
def test_faults_of_content(name, data, kind, reason, tmp_path, capsys):
    tree(tmp_path, {**good(), f"cat/{name}": data})
    code, found = asked(capsys, tmp_path)
    assert code == 1
    assert [one["file"] for one in found["faults"]] == [f"cat/{name}"]
    assert found["faults"][0]["kind"] in kind.split("|")
    assert reason in found["faults"][0]["reason"]
    assert found["images"] == 2
    with pytest.raises(sb.DecodeError):
        sb.FileSource([tmp_path / "cat" / name]).read(0)
    assert cli.main(["verify", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert f"'cat/{name}': " in said
    assert said.endswith("FAULTS: 1\n")


@pytest.mark.parametrize(
    ("largest", "limit", "kinds"),
    [
        (["--largest", "1999"], 10**9, ["bomb"]),
        (["--largest", "2000"], 10, []),
        ([], 999, ["bomb"]),
        ([], 1000, []),
        ([], None, []),
    ],
)
def test_bombs(largest, limit, kinds, tmp_path, capsys, monkeypatch):
    """40 x 50 = 2000 pixels; Pillow refuses more than twice its limit."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    tree(tmp_path, {"a/1.jpg": JPEG})
    code, found = asked(capsys, tmp_path, *largest)
    assert [one["kind"] for one in found["faults"]] == kinds
    assert code == bool(kinds)
    assert limit == Image.MAX_IMAGE_PIXELS


def test_what_cannot_be_read(tmp_path, capsys, monkeypatch):
    tree(tmp_path, {**good(), "cat/secret.png": PNG, "locked/1.png": PNG})
    (tmp_path / "cat" / "lost.png").symlink_to("nowhere")
    os.mkfifo(tmp_path / "cat" / "pipe.png")
    scan, read = os.scandir, Path.read_bytes

    def scandir(path):
        if os.fsdecode(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    def read_bytes(path):
        if path.name == "secret.png":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    code, found = asked(capsys, tmp_path)
    assert code == 1
    assert {one["file"]: one["reason"] for one in found["faults"]} == {
        "locked": "the folder cannot be read: Permission denied",
        "cat/lost.png": "there is no such file",
        "cat/pipe.png": "it is not a regular file",
        "cat/secret.png": "permission denied; let this user read it",
    }
    assert {one["kind"] for one in found["faults"]} == {"unreadable"}


def test_notes(tmp_path, capsys):
    files = {
        **good(41),
        "cat/again.png": content(picture(10, (40, 40))),
        "dog/again.png": content(picture(11, (40, 40))),
        "dog/really.png": JPEG,
        "dog/odd.png": content(picture(4, (40, 40), "LA")),
        "dog/small.png": content(picture(5, (40, 31))),
        "dog/icon.ico": content(picture(6, (32, 32)), "ICO", sizes=[(32, 32)]),
        "dog/noending": content(picture(7, (40, 40))),
        "stray.png": content(picture(8, (40, 40))),
    }
    code, found = asked(capsys, tree(tmp_path, files))
    assert code == 0
    assert found["faults"] == []
    notes = {(one["kind"], one["file"]): one["reason"] for one in found["notes"]}
    assert set(notes) == {
        ("misnamed", "dog/really.png"),
        ("misnamed", "dog/icon.ico"),
        ("misnamed", "dog/noending"),
        ("duplicated", "cat/again.png"),
        ("duplicated", "dog/again.png"),
        ("rare mode", "dog/odd.png"),
        ("rare mode", "dog/icon.ico"),
        ("small", "dog/small.png"),
        ("no class", "stray.png"),
    } - ({("rare mode", "dog/icon.ico")} if found["modes"].get("RGBA") is None else set())
    assert notes["misnamed", "dog/really.png"] == "it is JPEG, and its name says PNG"
    assert "sources pass over the ending '.ico'" in notes["misnamed", "dog/icon.ico"]
    assert notes["duplicated", "cat/again.png"] == "the same bytes as 'cat/0.png'"
    assert notes["duplicated", "dog/again.png"] == "the same bytes as 'cat/1.png', which is of another class"
    assert "LA, as of 1 of 49 images" in notes["rare mode", "dog/odd.png"]
    assert "40 x 31" in notes["small", "dog/small.png"]
    assert found["modes"]["LA"] == 1
    _, found = asked(capsys, tmp_path, "--small", 31)
    assert "small" not in [one["kind"] for one in found["notes"]]
    assert cli.main(["verify", "--small", "41", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "small: 49" in said
    assert said.count("pixels (height x width)") == 20
    assert "... and 29 more; --json names all" in said


def test_images_without_classes_are_no_note(tmp_path, capsys):
    _, found = asked(capsys, tree(tmp_path, {"1.png": PNG, "2.jpg": JPEG}))
    assert found["notes"] == []
    assert found["classes"] == {"": 2}


def test_links(tmp_path, capsys):
    tree(tmp_path, {"there/cat/1.png": PNG, "here/dog/1.jpg": JPEG})
    (tmp_path / "here" / "cat").symlink_to(tmp_path / "there" / "cat")
    (tmp_path / "there" / "cat" / "loop").symlink_to(tmp_path / "here")
    _, found = asked(capsys, tmp_path / "here")
    assert (found["images"], found["links"]) == (1, 1)
    _, found = asked(capsys, tmp_path / "here", "--follow-links")
    assert (found["images"], found["links"]) == (2, 0)


def test_a_native_decoder_that_differs_is_a_fault(tmp_path, capsys, monkeypatch):
    tree(tmp_path, {"a/1.jpg": JPEG, "a/2.png": PNG, "a/3.jpg": JPEG + b"!"})

    def decode(data, color):
        assert color == "rgb"
        pixels = sb.source.pillow_pixels(data)
        pixels[0, 0, 0] ^= data[-1] == ord("!")
        return None if data == PNG else pixels

    monkeypatch.setattr(examine, "NATIVE", decode)
    code, found = asked(capsys, tmp_path)
    assert code == 1
    assert told(found["faults"]) == [("differs", "a/3.jpg")]


def test_nothing_is_written(tmp_path, capsys):
    tree(tmp_path, {**good(), "cat/cut.jpg": JPEG[:300], "stray.png": PNG})

    def state():
        return {
            path: (path.stat().st_mtime_ns, path.is_file() and hashlib.sha256(path.read_bytes()).digest())
            for path in [tmp_path, *tmp_path.rglob("*")]
        }

    before = state()
    asked(capsys, tmp_path)
    assert state() == before


@pytest.mark.parametrize("threads", ["1", "7"])
def test_threads_change_nothing(threads, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("samebatch.cli.verify.survey.TOGETHER", 4)
    names = [f"a/{i}.png" for i in range(15)]
    tree(tmp_path, dict.fromkeys(names, b""))
    _, found = asked(capsys, tmp_path, "--threads", threads)
    assert [one["file"] for one in found["faults"]] == sorted(names)


@pytest.mark.parametrize("arguments", [[], ["nowhere"], [__file__], [".", "--largest", "0"], [".", "--threads", "-1"]])
def test_wrong_command_lines(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["verify", *arguments])
    assert end.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_names_that_cannot_be_printed(tmp_path):
    try:
        tree(tmp_path, {os.fsdecode(b"caf\xe9/\xc3\xa4\n.png"): b""})
    except OSError:
        pytest.skip("this file system holds no names that are not UTF-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "samebatch", "verify", str(tmp_path)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert rb"'caf\udce9/\xe4\n.png': it is empty" in done.stdout


def test_without_rich_it_counts(tmp_path, capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "samebatch.cli.demo.terminal", raising=False)
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setattr("samebatch.cli.verify.progress.PAUSE", -1.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    tree(tmp_path, good())
    assert cli.main(["verify", str(tmp_path)]) == 0
    assert "\rreading 1/2\rreading 2/2\r" in capsys.readouterr().err


def test_it_reads_as_a_source_does(tmp_path, capsys):
    tree(tmp_path, good(3))
    code, found = asked(capsys, tmp_path)
    source = sb.FolderSource(tmp_path)
    assert (code, found["images"], found["classes"]) == (0, len(source), {"cat": 3})
    assert all(source.read(i).dtype == np.uint8 for i in range(len(source)))
