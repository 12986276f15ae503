"""Sources of folders: which files and classes there are, in which order, and what is refused."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samebatch as sb
from image_files import content, picture, tree
from strategies import SETTINGS


def names(source, root):
    return [os.path.relpath(path, root).replace(os.sep, "/") for path in source.paths]


@pytest.fixture
def animals(tmp_path):
    files = ["dog/2.jpg", "dog/10.PNG", "dog/old/deep/1.webp", "cat/b.tiff", "cat/a.GIF", "Zebra/z.jpeg", "äffin/x.bmp"]
    others = ["cat/notes.txt", "cat/.hidden.jpg", "cat/jpg", ".git/x.png", "cat/.ipynb_checkpoints/b.png", "stray.jpg"]
    return tree(tmp_path, dict.fromkeys([*files, *others]))


def test_classes_files_and_labels(animals):
    source = sb.FolderSource(animals)
    assert names(source, animals) == [
        *("Zebra/z.jpeg", "cat/a.GIF", "cat/b.tiff", "dog/10.PNG", "dog/2.jpg", "dog/old/deep/1.webp", "äffin/x.bmp")
    ]
    assert source.classes == ["Zebra", "cat", "dog", "äffin"]
    assert source.class_indices == {"Zebra": 0, "cat": 1, "dog": 2, "äffin": 3}
    assert source.labels.dtype == np.int64
    assert source.labels.tolist() == [0, 1, 1, 2, 2, 2, 3]
    assert source.root == str(animals)
    assert repr(source) == (
        f"<FolderSource: 7 files of 4 classes, rgb, labels int64[7], 1 file directly in {str(animals)!r} ignored>"
    )
    np.testing.assert_array_equal(source.read(6), np.asarray(picture(6)))


def test_paths_may_end_in_a_slash_and_be_relative(animals, monkeypatch):
    monkeypatch.chdir(animals.parent)
    for root in (animals.name, f"{animals.name}/", f"./{animals.name}"):
        source = sb.FolderSource(root)
        assert len(source) == 7
        assert source.read(0).shape == (6, 5, 3)
        assert "//" not in source.paths[0]


def test_without_recursion(animals):
    source = sb.FolderSource(animals, recursive=False)
    assert "dog/old/deep/1.webp" not in names(source, animals)
    assert len(source) == 6


@pytest.mark.parametrize("extensions", [["jpg", "webp"], (".JPG", ".webp"), {"Jpg", "WEBP"}])
def test_extensions(animals, extensions):
    source = sb.FolderSource(animals, extensions=extensions, classes=["dog"])
    assert names(source, animals) == ["dog/2.jpg", "dog/old/deep/1.webp"]


def test_classes_select_and_order(animals):
    source = sb.FolderSource(animals, classes=["dog", "Zebra"])
    assert source.classes == ["dog", "Zebra"]
    assert names(source, animals) == ["dog/10.PNG", "dog/2.jpg", "dog/old/deep/1.webp", "Zebra/z.jpeg"]
    assert source.labels.tolist() == [0, 0, 0, 1]


def test_a_class_that_is_named_may_be_empty(animals):
    (animals / "emu").mkdir()
    with pytest.raises(sb.SpecError, match=r"the folder 'emu' in .* holds no images .*classes=\[\.\.\.\]"):
        sb.FolderSource(animals)
    source = sb.FolderSource(animals, classes=["emu", "cat"], label_mode="categorical")
    np.testing.assert_array_equal(source.labels, np.array([[0, 1], [0, 1]], np.float32))


def test_label_modes(animals):
    labels = sb.FolderSource(animals, label_mode="categorical").labels
    assert labels.dtype == np.float32
    np.testing.assert_array_equal(labels, np.eye(4, dtype=np.float32)[[0, 1, 1, 2, 2, 2, 3]])
    labels = sb.FolderSource(animals, label_mode="binary", classes=["dog", "cat"]).labels
    assert labels.dtype == np.float32
    np.testing.assert_array_equal(labels, [0, 0, 0, 1, 1])
    with pytest.raises(sb.SpecError, match=r'"binary" needs exactly 2 classes, and there are 4 in .*classes='):
        sb.FolderSource(animals, label_mode="binary")


def test_without_labels_the_root_counts_too(animals):
    source = sb.FolderSource(animals, label_mode="none")
    assert (source.labels, source.classes, source.class_indices) == (None, None, None)
    assert names(source, animals) == ["stray.jpg", *names(sb.FolderSource(animals), animals)]
    assert names(sb.FolderSource(animals, label_mode="none", recursive=False), animals) == ["stray.jpg"]
    assert len(sb.FolderSource(animals, label_mode="none", classes=["cat"])) == 2


def test_options_are_passed_on(animals):
    source = sb.FolderSource(animals, color="grey", on_error="skip", cache="memory", fast=True, upright=True)
    assert (source.color, source.on_error, source.cache, source.fast, source.upright) == (
        *("grey", "skip", "memory"),
        *(True, True),
    )
    again = pickle.loads(pickle.dumps(source))  # noqa: S301
    assert again.paths == source.paths
    assert repr(again) == repr(source)


def link(target, path):
    Path(path).symlink_to(target, target_is_directory=Path(target).is_dir())


def test_links(animals, tmp_path_factory):
    elsewhere = tree(tmp_path_factory.mktemp("elsewhere"), {"1.png": None, "deep/2.png": None})
    link(elsewhere, animals / "linked")
    link(elsewhere / "1.png", animals / "cat" / "c.png")
    link("nowhere.png", animals / "cat" / "d.png")
    link("e.png", animals / "cat" / "e.png")
    source = sb.FolderSource(animals, classes=["cat"])
    assert names(source, animals) == ["cat/a.GIF", "cat/b.tiff", "cat/c.png", "cat/d.png", "cat/e.png"]
    assert source.read(2).shape == (6, 5, 3)
    for broken in (3, 4):
        with pytest.raises(sb.DecodeError):
            source.read(broken)
    assert "linked" not in sb.FolderSource(animals).classes
    assert "1 linked folder not followed" in repr(sb.FolderSource(animals))
    followed = sb.FolderSource(animals, follow_links=True)
    assert followed.classes == ["Zebra", "cat", "dog", "linked", "äffin"]
    assert [name for name in names(followed, animals) if name.startswith("linked")] == [
        "linked/1.png",
        "linked/deep/2.png",
    ]
    assert "not followed" not in repr(followed)


def test_loops_of_links_end(tmp_path):
    tree(tmp_path, {f"{a}/{b}/1.png": b"" for a in "abc" for b in "xyz"})
    for a in "abc":
        for b in "xyz":
            for target in "abc":
                link(tmp_path / target, tmp_path / a / b / target)
    link(tmp_path, tmp_path / "a" / "again")
    source = sb.FolderSource(tmp_path, follow_links=True)
    assert source.classes == ["a", "b", "c"]
    assert len(source) == len(set(map(os.path.realpath, source.paths))) * 3 == 27
    assert len(sb.FolderSource(tmp_path)) == 9


def test_a_folder_may_be_called_as_an_image(tmp_path):
    assert names(sb.FolderSource(tree(tmp_path, {"a.jpg/b.png/c.gif": b""})), tmp_path) == ["a.jpg/b.png/c.gif"]


def test_a_pipe_is_no_image(animals):
    os.mkfifo(animals / "cat" / "pipe.jpg")
    assert len(sb.FolderSource(animals)) == 7


@pytest.mark.parametrize(
    ("files", "options", "told"),
    [
        ({"1.jpg": b"", "2.jpg": b""}, {}, 'no class folders in .*2 images directly in it; .*label_mode="none"'),
        ({"readme.txt": b""}, {}, "no class folders and no images"),
        ({"a/readme.txt": b""}, {}, "no images in .* ends in .jpg, .jpeg"),
        ({"a/readme.txt": b""}, {"label_mode": "none"}, "no images in"),
        ({"a/1.jpg": b""}, {"classes": ["b"]}, "no folder 'b' in .*; there are 'a'"),
        ({"cats/1.jpg": b""}, {"classes": ["cat"]}, "did you mean 'cats'"),
        ({"a/1.jpg": b""}, {"classes": ["a", "a"]}, "names 'a' twice"),
        ({"a/1.jpg": b""}, {"classes": "a"}, "classes must be a list"),
        ({"a/1.jpg": b""}, {"classes": []}, "classes must be a list"),
        ({"a/1.jpg": b""}, {"classes": [1]}, "classes must be strings"),
        ({"a/1.jpg": b""}, {"extensions": "jpg"}, "extensions must be a list"),
        ({"a/1.jpg": b""}, {"extensions": []}, "extensions must be a list"),
        ({"a/1.jpg": b""}, {"extensions": ["."]}, "extensions must be strings"),
        ({"a/1.jpg": b""}, {"extensions": [1]}, "extensions must be strings"),
        ({"a/1.jpg": b""}, {"label_mode": "int"}, "label_mode must be one of"),
        ({"a/1.jpg": b""}, {"recursive": 1}, "recursive must be True or False"),
        ({"a/1.jpg": b""}, {"follow_links": "yes"}, "follow_links must be"),
        ({"a/1.jpg": b""}, {"color": "bgr"}, "color must be one of"),
    ],
)
def test_what_is_refused(files, options, told, tmp_path):
    with pytest.raises(sb.SpecError, match=told):
        sb.FolderSource(tree(tmp_path, files), **options)


def test_only_linked_classes(tmp_path):
    tree(tmp_path, {"there/a/1.png": b"", "here/.keep": b""})
    link(tmp_path / "there" / "a", tmp_path / "here" / "a")
    with pytest.raises(sb.SpecError, match="1 link to folders; use follow_links=True"):
        sb.FolderSource(tmp_path / "here")


@pytest.mark.parametrize(
    ("root", "told"),
    [
        ("nowhere", "there is no such folder"),
        (__file__, "it is a file; for files: FileSource"),
        ("", "empty string"),
        (b"bytes", "must be a path"),
        (["a"], "must be a path"),
        (None, "must be a path"),
    ],
)
def test_roots_that_are_none(root, told):
    with pytest.raises(sb.SpecError, match=told):
        sb.FolderSource(root)


@pytest.mark.parametrize("where", ["", "cat", "dog/old"])
def test_a_folder_that_cannot_be_read(animals, where, monkeypatch):
    forbidden = animals / where
    scan = os.scandir

    def scandir(path):
        if Path(os.fsdecode(path)).samefile(forbidden):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(sb.SpecError, match=rf"the folder '.*{where}' cannot be read: Permission denied"):
        sb.FolderSource(animals)


PART = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=6)
GOOD = PART.filter(lambda part: not part.startswith("."))


@SETTINGS
@given(st.dictionaries(GOOD, st.lists(GOOD, min_size=1, max_size=4, unique=True), min_size=1, max_size=5))
def test_any_names(tmp_path_factory, classes):
    root = tmp_path_factory.mktemp("any")
    tree(root, {f"{name}/{file}.png": b"" for name, files in classes.items() for file in files})
    source = sb.FolderSource(root)
    assert source.classes == sorted(classes)
    expected = [
        f"{name}/{file}.png" for name in sorted(classes) for file in sorted(classes[name], key=lambda f: f + ".png")
    ]
    assert [path.removeprefix(f"{root}/") for path in source.paths] == expected


def test_a_file_is_read_as_it_is_now(animals):
    source = sb.FolderSource(animals)
    other = picture(99, (3, 4))
    (animals / "cat" / "a.GIF").write_bytes(content(other))
    np.testing.assert_array_equal(source.read(1), np.asarray(other))


def test_files_are_in_the_order_of_their_paths(tmp_path):
    files = ["a/b-c/1.png", "a/b/2.png", "a/b/c/1.png", "a/b.png", "a/z.png", "a/B/9.png"]
    assert names(sb.FolderSource(tree(tmp_path, dict.fromkeys(files, b""))), tmp_path) == sorted(files)


def test_links_within_a_class_are_told_of(tmp_path):
    tree(tmp_path, {"a/1.png": b"", "b/1.png": b""})
    link(tmp_path / "b", tmp_path / "a" / "more")
    link(tmp_path / "b", tmp_path / "a" / "still")
    assert "2 linked folders not followed" in repr(sb.FolderSource(tmp_path))
