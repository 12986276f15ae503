"""Sources of tables: each kind of table, each kind of label, and what is said of what is missing."""

import csv
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import samebatch as sb
from image_files import picture, tree

ROWS = {
    "path": ["b.png", "a.png", "deep/c.png"],
    "y": ["dog", "cat", "dog"],
    "n": [2, 0, 1],
    "flag": [True, False, True],
    "score": [0.5, 1.5, -2.0],
    "w": [1.0, 2.0, 0.5],
}


class Column:
    """A column that tells no more than an array."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)

    def __iter__(self):
        return iter(self.values)


class Fake:
    """Like a data frame: columns' names, and columns by name."""

    def __init__(self, rows, attribute="columns"):
        self.rows = rows
        setattr(self, attribute, list(rows))

    def __getitem__(self, name):
        return Column(self.rows[name])


def installed(name):
    """Import a package of the test group; only outside of CI may it be missing, and then it shows as a skip."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if "CI" in os.environ:
            raise
        pytest.skip(f"{name} is not installed; it belongs to the test group of pyproject.toml")


def pandas(rows, _):
    return installed("pandas").DataFrame(rows)


def pandas_nullable(rows, _):
    return installed("pandas").DataFrame(rows).convert_dtypes()


def polars(rows, _):
    return installed("polars").DataFrame(rows)


def pyarrow(rows, _):
    return installed("pyarrow").table(rows)


def text(rows, folder, ending=".csv", delimiter=","):
    path = folder / f"table{ending}"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(rows)
        writer.writerows(zip(*rows.values(), strict=True))
    return path


def parquet(rows, folder):
    installed("pyarrow")
    importlib.import_module("pyarrow.parquet").write_table(pyarrow(rows, folder), folder / "table.parquet")
    return str(folder / "table.parquet")


TABLES = {
    "mapping": lambda rows, _: rows,
    "mapping of arrays": lambda rows, _: {name: np.array(values) for name, values in rows.items()},
    "fake": lambda rows, _: Fake(rows),
    "fake with column_names": lambda rows, _: Fake(rows, "column_names"),
    "pandas": pandas,
    "pandas nullable": pandas_nullable,
    "polars": polars,
    "pyarrow": pyarrow,
    "csv": text,
    "tsv": lambda rows, folder: text(rows, folder, ".TSV", "\t"),
    "parquet": parquet,
}
EVERY = pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)


@EVERY
def test_every_kind_of_table(make, tmp_path):
    tree(tmp_path, dict.fromkeys(ROWS["path"]))
    table = make(ROWS, tmp_path)
    source = sb.TableSource(table, label="y", weight="w", root=tmp_path, validate=True)
    assert list(source.paths) == [f"{tmp_path}/{name}" for name in ROWS["path"]]
    assert source.classes == ["cat", "dog"]
    assert (source.labels.dtype, source.labels.tolist()) == (np.int64, [1, 0, 1])
    assert source.weights.tolist() == [1.0, 2.0, 0.5]
    assert source.root == str(tmp_path)
    np.testing.assert_array_equal(source.read(2), np.asarray(picture(2)))
    assert repr(source) == "<TableSource: 3 files of 2 classes, rgb, labels int64[3], weights float64[3]>"
    raw = sb.TableSource(table, label=["score", "n"])
    assert raw.classes is None
    np.testing.assert_array_equal(raw.labels, [[0.5, 2], [1.5, 0], [-2, 1]])
    numbers = sb.TableSource(table, label="n")
    assert (numbers.labels.dtype, numbers.labels.tolist(), numbers.classes) == (np.int64, [2, 0, 1], None)
    assert sb.TableSource(table).labels is None


@EVERY
def test_a_missing_column_lists_those_that_are_there(make, tmp_path):
    table = make(ROWS, tmp_path)
    with pytest.raises(sb.SpecError, match=r"image: .* has no column 'paht' .did you mean 'path'.*'path', 'y', 'n'"):
        sb.TableSource(table, image="paht")
    for options in ({"label": "z"}, {"label": ["n", "z"]}, {"weight": "z"}):
        with pytest.raises(sb.SpecError, match="has no column 'z'; its columns are: 'path', 'y', 'n', 'flag', 'score'"):
            sb.TableSource(table, **options)


@pytest.mark.parametrize(
    "make", [make for name, make in TABLES.items() if name not in ("mapping of arrays", "csv", "tsv")]
)
@pytest.mark.parametrize(("column", "options"), [("path", {}), ("y", {"label": "y"}), ("w", {"weight": "w"})])
def test_a_missing_cell_names_its_row(make, column, options, tmp_path):
    table = make({**ROWS, column: [ROWS[column][0], None, ROWS[column][2]]}, tmp_path)
    with pytest.raises(sb.SpecError, match=rf"row 1 \(counted from 0\) has no value in column '{column}'"):
        sb.TableSource(table, **options)


@pytest.mark.parametrize("make", [TABLES["csv"], TABLES["tsv"], TABLES["mapping"]])
@pytest.mark.parametrize(("column", "options"), [("path", {}), ("y", {"label": "y"}), ("w", {"weight": "w"})])
def test_an_empty_cell_is_missing(make, column, options, tmp_path):
    table = make({**ROWS, column: [ROWS[column][0], ROWS[column][1], ""]}, tmp_path)
    with pytest.raises(sb.SpecError, match=rf"row 2 \(counted from 0\) has no value in column '{column}'"):
        sb.TableSource(table, **options)


@pytest.mark.parametrize("column", ["n", "score"])
@pytest.mark.parametrize("mode", ["sparse", "raw"])
def test_nan_names_its_row(column, mode):
    table = {**ROWS, column: np.array([1.0, 2.0, np.nan])}
    with pytest.raises(sb.SpecError, match=rf"row 2 .* no value in column '{column}', got nan"):
        sb.TableSource(table, label=column, label_mode=mode)


def test_label_modes():
    def labels(**options):
        return sb.TableSource(ROWS, **options).labels

    np.testing.assert_array_equal(labels(label="y", label_mode="categorical"), np.eye(2)[[1, 0, 1]])
    np.testing.assert_array_equal(labels(label="n", label_mode="categorical"), np.eye(3)[[2, 0, 1]])
    assert labels(label="n", label_mode="categorical").dtype == np.float32
    for column in ("y", "flag"):
        binary = labels(label=column, label_mode="binary")
        assert (binary.dtype, binary.tolist()) == (np.float32, [1.0, 0.0, 1.0])
    assert labels(label="flag").tolist() == [1, 0, 1]
    assert labels(label="score", label_mode="raw").shape == (3,)
    assert labels(label=["score"]).shape == (3,)
    assert labels(label=["score", "w"]).shape == (3, 2)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint8", "bool"])
def test_raw_keeps_the_type(dtype):
    labels = sb.TableSource({**ROWS, "v": np.array([0, 1, 1], dtype)}, label="v", label_mode="raw").labels
    assert labels.dtype == dtype


def test_classes_select_and_order():
    table = {"path": list("abcde"), "y": ["cat", "dog", "emu", "dog", "cat"], "w": np.arange(5)}
    source = sb.TableSource(table, label="y", weight="w", classes=["dog", "cat"])
    assert list(source.paths) == list("abde")
    assert source.labels.tolist() == [1, 0, 0, 1]
    assert source.weights.tolist() == [0, 1, 3, 4]
    assert source.classes == ["dog", "cat"]
    assert "1 rows of other classes left out" in repr(source)
    numbered = sb.TableSource({"path": list("abc"), "y": [3, 1, 2]}, label="y", classes=[1, 2, 3])
    assert (numbered.labels.tolist(), numbered.class_indices) == ([2, 0, 1], {"1": 0, "2": 1, "3": 2})
    assert sb.TableSource(table, label="y", classes=["cat", "dog", "emu", "fox"]).classes[3] == "fox"


@pytest.mark.parametrize(
    ("cells", "labels", "classes"),
    [
        (["10", "9", "0"], [10, 9, 0], None),
        (["10", "09", "0"], [2, 1, 0], ["0", "09", "10"]),
        (["1.0", "2.0", "1.0"], [0, 1, 0], ["1.0", "2.0"]),
        (["b", "A1", "B"], [2, 0, 1], ["A1", "B", "b"]),
        (["01", "+1", "-0"], [2, 0, 1], ["+1", "-0", "01"]),
    ],
)
def test_numbers_in_a_text(cells, labels, classes, tmp_path):
    source = sb.TableSource(text({"path": list("abc"), "y": cells}, tmp_path), label="y")
    assert source.classes == classes
    assert source.labels.tolist() == labels


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["1", "0", "1l"], r"2 of 3 labels are whole numbers, and row 2 .* is '1l' .*; mend it, or name the classes"),
        (["-1", "cat", "02"], r"2 of 3 labels are whole numbers, and row 1 .* is 'cat' .*classes=\["),
        (["1", "2.0", "3"], r"2 of 3 labels are whole numbers, and row 1 .* is '2.0' .*label_mode=\"raw\""),
        (["1.0", "1.5", "0.5"], r"all labels are numbers, and not all .* row 1 .* is '1.5' .*label_mode=\"raw\""),
    ],
)
def test_a_text_among_numbers_is_told(cells, told, tmp_path):
    path = text({"path": list("abc"), "y": cells}, tmp_path)
    with pytest.raises(sb.SpecError, match=rf"column 'y' of '.*table.csv': {told}"):
        sb.TableSource(path, label="y")
    assert sb.TableSource(path, label="y", classes=cells).labels.tolist() == [0, 1, 2]
    assert sb.TableSource({"path": list("abc"), "y": cells}, label="y").classes == sorted(cells)


def test_texts_as_spreadsheets_write_them(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffpath,y\r\n"a, b.png","cat ""big"""\r\n\r\n"ünï\r\ncode.png",dog\r\n'.encode())
    source = sb.TableSource(path, label="y")
    assert list(source.paths) == ["a, b.png", "ünï\r\ncode.png"]
    assert source.classes == ['cat "big"', "dog"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty; its first line must name the columns"),
        (b"path,y\n", "has no rows"),
        (b"path,y\na,b,c\n", "line 2 of .* has 3 cells, and its first line names 2 columns"),
        (b"path,y\na\n", "line 2 of .* has 1 cells"),
        (b"path,y\n\xe9.png,1\n", "is not UTF-8 .* at byte 7.*save it as UTF-8"),
        (b'path,y\n"a,1\n', "cannot be read as CSV"),
        (b"path,path\na,b\n", "has 2 columns 'path'"),
    ],
)
def test_texts_that_are_wrong(data, told, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(sb.SpecError, match=told):
        sb.TableSource(path)


def test_parquet_that_is_none(tmp_path):
    installed("pyarrow")
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 or not")
    with pytest.raises(sb.SpecError, match="cannot be read as Parquet"):
        sb.TableSource(path)


@pytest.mark.parametrize("reader", ["pyarrow", "polars", "pandas"])
def test_any_reader_of_parquet_will_do(reader, tmp_path, monkeypatch):
    path = parquet(ROWS, tmp_path)
    installed(reader)
    monkeypatch.setattr("samebatch.source.frames.READERS", ("pyarrow.parquet" if reader == "pyarrow" else reader,))
    assert sb.TableSource(path, label="y").labels.tolist() == [1, 0, 1]
    with pytest.raises(sb.SpecError, match=r"has no column 'z'.*'score', 'w'"):
        sb.TableSource(path, image="z")


def test_without_a_reader_of_parquet_one_is_named(tmp_path, monkeypatch):
    for name in ("pyarrow", "pyarrow.parquet", "polars", "pandas"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    with pytest.raises(sb.SpecError, match=r"one of pyarrow, polars and pandas is needed; .*pip install pyarrow"):
        sb.TableSource(tmp_path / "t.parquet")


def test_no_library_of_tables_is_imported(tmp_path):
    path = text(ROWS, tmp_path)
    code = (
        "import sys, samebatch as sb\n"
        f"sb.TableSource({str(path)!r}, label='y'); sb.TableSource(dict(path=['a']))\n"
        "print([name for name in ('pandas', 'polars', 'pyarrow', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_lazy_frames_are_to_be_collected():
    frame = installed("polars").DataFrame(ROWS).lazy()
    with pytest.raises(sb.SpecError, match=r"give table\.collect\(\)"):
        sb.TableSource(frame)


def test_categories_of_pandas():
    frame = installed("pandas").DataFrame(ROWS)
    frame["y"] = frame["y"].astype("category")
    frame = frame[frame["n"] > 0]
    source = sb.TableSource(frame, label="y")
    assert source.classes == ["dog"]
    assert list(source.paths) == ["b.png", "deep/c.png"]


def test_paths_are_validated_when_asked(tmp_path):
    tree(tmp_path, {"0.png": b"", "folder.png/x": b""})
    table = {"path": [f"{i}.png" for i in range(8)] + ["folder.png"]}
    assert len(sb.TableSource(table, root=tmp_path)) == 9
    with pytest.raises(
        sb.SpecError, match=r"8 of 9 files do not exist: .*1\.png'.*5\.png', \.\.\.; is root= right"
    ) as said:
        sb.TableSource(table, root=tmp_path, validate=True)
    assert "6.png" not in str(said.value)


def test_paths_may_be_path_objects(tmp_path):
    source = sb.TableSource({"path": [Path("a/b.png")]}, root=tmp_path)
    assert list(source.paths) == [f"{tmp_path}/a/b.png"]


def test_a_table_is_split_by_class_and_path(tmp_path):
    files = [f"{name}/{i}.png" for name in ("cat", "dog") for i in range(40)]
    tree(tmp_path, dict.fromkeys(files, b""))
    table = {"path": files[::-1], "y": [name.split("/")[0] for name in files[::-1]], "w": np.arange(80)}
    options = {"validation_split": 0.25, "split_seed": 9}
    parts = [
        sb.TableSource(table, label="y", weight="w", root=tmp_path, subset=side, **options)
        for side in ("training", "validation")
    ]
    for side, part in zip(("training", "validation"), parts, strict=True):
        assert sorted(part.paths) == sorted(sb.FolderSource(tmp_path, subset=side, **options).paths)
        assert part.classes == ["cat", "dog"]
        for path, label, weight in zip(part.paths, part.labels, part.weights, strict=True):
            assert path == f"{tmp_path}/{table['path'][int(weight)]}"
            assert f"/{part.classes[label]}/" in path
    raw = sb.TableSource(table, label="w", label_mode="raw", root=tmp_path, subset="validation", **options)
    assert [table["path"][row] for row in raw.labels] == [path.removeprefix(f"{tmp_path}/") for path in raw.paths]


@pytest.mark.parametrize(
    ("table", "options", "told"),
    [
        (3, {}, "table must be a data frame, a mapping of columns or the path"),
        ([["a.png", 1]], {}, "table must be a data frame"),
        ("nowhere.csv", {}, "there is no file 'nowhere.csv'"),
        ("labels.xlsx", {}, "must be a .csv, .tsv or .parquet file, got 'labels.xlsx'"),
        (".", {}, r"for a folder: FolderSource\('\.'\)"),
        ({"path": []}, {}, "has no rows"),
        ({}, {}, "its columns are: none"),
        ({"path": [3]}, {}, "row 0, column 'path' must be a path .* got 3"),
        ({"path": ["/a.png"]}, {"root": "r"}, "row 0 .* has the complete path '/a.png', and root is given"),
        (ROWS, {"image": 0}, "image must be the name of a column, got 0"),
        (ROWS, {"label": 3}, "label must be the name of a column, a list of names or None"),
        (ROWS, {"label": []}, "label is an empty list"),
        (ROWS, {"label": "score"}, 'labels of classes are strings or whole numbers, and row 0 .*label_mode="raw"'),
        (ROWS, {"label": "y", "label_mode": "raw"}, "column 'y' must hold numbers, and row 0 .* is 'dog'"),
        (ROWS, {"label": "n", "label_mode": "binary"}, "needs exactly 2 classes, and there are 3"),
        (ROWS, {"label": ["n", "w"], "label_mode": "sparse"}, 'several columns need label_mode="raw"'),
        (ROWS, {"label_mode": "sparse"}, 'label_mode="sparse" needs label='),
        (ROWS, {"label": "y", "label_mode": "none"}, "takes no labels"),
        (ROWS, {"label": "y", "label_mode": "int"}, "label_mode must be one of"),
        (ROWS, {"label": "y", "label_mode": "input"}, 'label_mode="input" takes no labels'),
        (ROWS, {"label_mode": "input", "classes": ["dog"]}, 'and label_mode is "input"'),
        (ROWS, {"label": "w", "label_mode": "raw", "classes": ["a"]}, "classes= needs labels that are classes"),
        (ROWS, {"label": "y", "classes": ["dog", "cta"]}, "names 'cta', which no row has .did you mean 'cat'"),
        (ROWS, {"label": "y", "classes": ["dog", "dog"]}, "names 'dog' twice"),
        (ROWS, {"label": "y", "classes": [1]}, "of the labels' type, str, got 1"),
        (ROWS, {"label": "y", "classes": "dog"}, "classes must be a list"),
        (ROWS, {"validate": 1}, "validate must be True or False"),
        (ROWS, {"weight": "y"}, "column 'y' must hold numbers"),
        ({"path": ["a", "b"], "y": [1, "cat"]}, {"label": "y"}, "strings and numbers mixed; row 1 .* is 'cat'"),
        ({"path": ["a"], "y": [-1]}, {"label": "y"}, r"numbers of classes go from 0, and -1 .*classes=\["),
        ({"path": ["a"], "y": [2**63]}, {"label": "y"}, "numbers of classes go from 0, and 9223372036854775808"),
        ({"path": ["a"], "y": [10**9]}, {"label": "y", "label_mode": "categorical"}, "1000000001 entries each"),
        ({"path": ["a"], "w": [np.inf]}, {"weight": "w"}, "weights must be finite, got inf at sample 0"),
        ({"path": ["a"], "y": [[1, 2]]}, {"label": "y"}, r"row 0 \(counted from 0\) is \[1, 2\]"),
    ],
)
def test_what_is_refused(table, options, told):
    with pytest.raises(sb.SpecError, match=told):
        sb.TableSource(table, **options)


@pytest.mark.parametrize("options", [{"label": "y"}, {"weight": "y"}, {"label": ["path2", "y"]}])
def test_columns_that_differ_in_length(options):
    table = {"path": ["a", "b", "c"], "path2": [1, 2, 3], "y": [1, 2]}
    with pytest.raises(sb.ShapeError, match=re.escape("3 paths and 2") + "|differ in length"):
        sb.TableSource(table, **options)
