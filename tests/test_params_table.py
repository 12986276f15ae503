"""The table of params: to look at, to compare, to keep; and what cannot be drawn."""

import pickle

import numpy as np
import pytest

import samebatch as sb
from samples import DRAWN


class TestTable:
    params = DRAWN.params(seed=7, epoch=3, indices=[5, 2, 5], repeats=[0, 0, 1])

    def test_it_tells_what_it_was_drawn_with(self):
        assert (self.params.seed, self.params.epoch) == (7, 3)
        assert self.params.indices.tolist() == [5, 2, 5]
        assert self.params.repeats.tolist() == [0, 0, 1]
        assert repr(self.params) == "<Params: 3 samples x 19 numbers, seed=7, epoch=3>"

    def test_columns_and_rows(self):
        assert len(self.params) == 3
        np.testing.assert_array_equal(self.params["rotation.angle"], self.params.values[:, 2])
        assert list(self.params[1]) == list(self.params.names)
        assert list(self.params[1].values()) == self.params.values[1].tolist()
        assert self.params[-1] == self.params[2] == self.params[np.int64(2)]
        assert list(self.params) == [self.params[0], self.params[1], self.params[2]]
        with pytest.raises(KeyError, match=r"no column 'rotation.angel' .did you mean 'rotation.angle'"):
            self.params["rotation.angel"]
        for row in (3, -4):
            with pytest.raises(IndexError, match=f"row {row} is out of range: there are 3 rows"):
                self.params[row]
        for key in (1.0, True, None, slice(1)):
            with pytest.raises(TypeError, match=r"takes a column's name or a row's number"):
                self.params[key]

    def test_it_prints_as_a_table(self):
        lines = str(self.params).splitlines()
        assert lines[0].split() == ["sample", "repeat", *self.params.names]
        assert lines[2].split()[:2] == ["2", "0"]
        assert lines[3].split()[4] == f"{self.params['rotation.angle'][2]:.6g}"
        assert len({len(line) for line in lines}) == 1
        assert str(DRAWN.params(seed=7, indices=range(25))).endswith("\n... 5 more")

    def test_it_is_a_value(self):
        again = DRAWN.params(seed=7, epoch=3, indices=[5, 2, 5], repeats=[0, 0, 1])
        for same in (again, pickle.loads(pickle.dumps(self.params))):  # noqa: S301
            assert same == self.params
        names, values = self.params.names, self.params.values
        others = [
            sb.Params(names, values, [5, 2, 5], [0, 0, 1], seed=8, epoch=3),
            sb.Params(names, values, [5, 2, 5], [0, 0, 1], seed=7, epoch=4),
            sb.Params(names, values, [5, 2, 6], [0, 0, 1], seed=7, epoch=3),
            sb.Params(names, values, [5, 2, 5], [0, 0, 2], seed=7, epoch=3),
            sb.Params(names, values[:2], [5, 2], [0, 0], seed=7, epoch=3),
            sb.Params(names, values + 1, [5, 2, 5], [0, 0, 1], seed=7, epoch=3),
            sb.Params([name.upper() for name in names], values, [5, 2, 5], [0, 0, 1], seed=7, epoch=3),
        ]
        assert sb.Params(names, values, [5, 2, 5], [0, 0, 1], seed=7, epoch=3) == self.params
        for other in others:
            assert other != self.params
        assert self.params != "params"
        with pytest.raises(TypeError, match="unhashable"):
            hash(self.params)

    def test_it_is_immutable(self):
        for name in ("values", "indices", "repeats"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(self.params, name)[0] = 1
            with pytest.raises(AttributeError, match="immutable"):
                setattr(self.params, name, None)
            with pytest.raises(AttributeError, match="immutable"):
                delattr(self.params, name)
        given = np.zeros((1, 1))
        made = sb.Params(["a.b"], given, [0], seed=0)
        given[0, 0] = 5
        assert made["a.b"][0] == 0.0, "it must not change with what it was made from"

    @pytest.mark.parametrize(
        ("make", "error", "told"),
        [
            (lambda: sb.Params(["a"], [[1, 2]], [0], seed=0), sb.ShapeError, r"shape \(1, 1\).* got \(1, 2\)"),
            (lambda: sb.Params(["a"], [[1]], [0, 1], seed=0), sb.ShapeError, r"shape \(2, 1\)"),
            (lambda: sb.Params(["a", "a"], [[1, 1]], [0], seed=0), sb.SpecError, "different strings"),
            (
                lambda: sb.Params(["a"], [[1], [np.nan]], [0, 1], seed=0),
                sb.SpecError,
                "finite, got nan for 'a' in row 1",
            ),
            (lambda: sb.Params(["a"], [[1]], [0], [1, 2], seed=0), sb.ShapeError, "repeats has length 2"),
            (lambda: sb.Params(["a"], [[1]], [0], seed=-1), sb.SpecError, "seed must be"),
            (lambda: sb.Params(["a"], [[1]], [0], seed=0, epoch=-1), IndexError, "epoch -1 is out of range"),
        ],
    )
    def test_what_it_is_not_made_of(self, make, error, told):
        with pytest.raises(error, match=told):
            make()


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"seed": -1}, sb.SpecError, "seed must be a whole number from 0 to 18446744073709551615, got -1"),
        ({"seed": 2**64}, sb.SpecError, "seed must be"),
        ({"seed": 1.0}, sb.SpecError, "seed must be"),
        ({"seed": True}, sb.SpecError, "seed must be"),
        ({"epoch": -1}, IndexError, "epoch -1 is out of range"),
        ({"epoch": 2**63}, IndexError, "epoch 9223372036854775808 is out of range"),
        ({"epoch": 1.0}, TypeError, "epoch must be a whole number, got 1.0"),
        ({"epoch": True}, TypeError, "epoch must be a whole number, got True"),
        ({"indices": [0, -2]}, IndexError, r"indices\[1\] is -2"),
        ({"indices": [2**63]}, IndexError, r"indices\[0\] is 9223372036854775808"),
        ({"indices": [0.5]}, TypeError, "indices must be whole numbers, got dtype float64"),
        ({"indices": [True, False]}, TypeError, "flatnonzero"),
        ({"indices": 3}, sb.ShapeError, "indices must be a sequence"),
        ({"indices": [[1]]}, sb.ShapeError, "indices must be a sequence"),
        ({"repeats": [0]}, sb.ShapeError, "repeats has length 1, and there are 2 indices"),
        ({"repeats": [0, -1]}, IndexError, r"repeats\[1\] is -1"),
        ({"channels": 0}, sb.SpecError, "channels must be a whole number from 1 to 32, got 0"),
        ({"channels": 33}, sb.SpecError, "channels must be"),
    ],
)
def test_what_cannot_be_drawn(arguments, error, told):
    with pytest.raises(error, match=told):
        DRAWN.params(**{"seed": 0, "indices": [0, 1], **arguments})
