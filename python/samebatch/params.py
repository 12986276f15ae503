"""Params: what is drawn for each sample, as a table that can be printed, compared and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from samebatch import checks, indexing
from samebatch.checks import describe, nearest
from samebatch.errors import ShapeError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

SHOWN_ROWS = 20


class Params:
    """The drawn numbers of some samples: one row a sample, one column a number. Immutable; equal if all of it is equal.

    ``params["rotation.angle"]`` is a column, float64 of shape (n,); ``params[0]`` is a row, as a dict.

    Args:
        names: the columns, ``"<id of the transform>.<name>"``, in the pipeline's order.
        values: numbers of shape (n, len(names)): degrees for angles, fractions of the size for shifts, factors for zoom
            and brightness, 0.0 or 1.0 for flips, quarter turns counter-clockwise, fractions of the value range for
            channel shifts.
        indices: the sample of each row.
        repeats: which draw of the sample within the epoch each row is; None: the first, 0.
        seed: the seed they were drawn with.
        epoch: the epoch they were drawn for.

    Raises:
        ShapeError: the shapes do not fit together.
        SpecError: a value is not finite, or the seed or a name is wrong.
    """

    __slots__ = ("epoch", "indices", "names", "repeats", "seed", "values")

    names: tuple[str, ...]
    values: NDArray[np.float64]
    indices: NDArray[np.int64]
    repeats: NDArray[np.uint64]
    seed: int
    epoch: int

    def __init__(
        self,
        names: Sequence[str],
        values: ArrayLike,
        indices: ArrayLike,
        repeats: ArrayLike | None = None,
        *,
        seed: int,
        epoch: int = 0,
    ) -> None:
        columns = tuple(names)
        if len(set(columns)) != len(columns) or not all(isinstance(name, str) for name in columns):
            raise SpecError(f"names must be different strings, got {describe(columns)}")
        rows = indexing.samples("indices", indices)
        table = np.array(values, np.float64)
        if table.shape != (len(rows), len(columns)):
            raise ShapeError(f"values must have shape {(len(rows), len(columns))} (indices, names), got {table.shape}")
        if not np.isfinite(table).all():
            row, column = (int(i) for i in np.argwhere(~np.isfinite(table))[0])
            raise SpecError(f"values must be finite, got {table[row, column]} for {columns[column]!r} in row {row}")
        filled = {
            "names": columns,
            "values": _frozen(table),
            "indices": _frozen(rows),
            "repeats": _frozen(indexing.repeats(repeats, len(rows))),
            "seed": checks.seed("seed", seed),
            "epoch": indexing.epoch(epoch),
        }
        for name, value in filled.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.indices)

    def __iter__(self) -> Iterator[dict[str, float]]:
        """Iterate over the rows."""
        return (self[row] for row in range(len(self)))

    @overload
    def __getitem__(self, key: str) -> NDArray[np.float64]: ...
    @overload
    def __getitem__(self, key: int) -> dict[str, float]: ...
    def __getitem__(self, key: str | int) -> NDArray[np.float64] | dict[str, float]:
        """Return a column by its name, or a row by its number (from the end if negative) as a dict.

        Raises:
            KeyError: there is no such column.
            IndexError: there is no such row.
            TypeError: the key is neither a name nor a whole number.
        """
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(
                    f"no column {key!r}{nearest(key, self.names)}; there are {', '.join(self.names) or 'none'}"
                )
            return self.values[:, self.names.index(key)]
        if isinstance(key, bool) or not isinstance(key, int | np.integer):
            raise TypeError(f"params[...] takes a column's name or a row's number, got {describe(key)}")
        if not -len(self) <= key < len(self):
            raise IndexError(f"row {key} is out of range: there are {len(self)} rows")
        return dict(zip(self.names, self.values[key].tolist(), strict=True))

    def __eq__(self, other: object) -> bool:
        """Return whether names, values, indices, repeats, seed and epoch are all equal."""
        if not isinstance(other, Params):
            return NotImplemented
        return (self.names, self.seed, self.epoch) == (other.names, other.seed, other.epoch) and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in ("values", "indices", "repeats")
        )

    __hash__ = None  # type: ignore[assignment]  # as NumPy arrays, which it is made of

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Params is immutable: cannot set {name!r} to {value!r}; make a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Params is immutable: cannot delete {name!r}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle as what it was made from."""
        return _rebuild, (self.names, self.values, self.indices, self.repeats, self.seed, self.epoch)

    def __repr__(self) -> str:
        """Return its size and what it was drawn with."""
        return f"<Params: {len(self)} samples x {len(self.names)} numbers, seed={self.seed}, epoch={self.epoch}>"

    def __str__(self) -> str:
        """Return the table, at most 20 rows of it."""
        cells = [["sample", "repeat", *self.names]]
        for row in range(min(len(self), SHOWN_ROWS)):
            numbers = [f"{value:.6g}" for value in self.values[row].tolist()]
            cells.append([str(self.indices[row]), str(self.repeats[row]), *numbers])
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
        if len(self) > SHOWN_ROWS:
            lines.append(f"... {len(self) - SHOWN_ROWS} more")
        return "\n".join(lines)


def _frozen(array: NDArray[np.generic]) -> NDArray[np.generic]:
    array.flags.writeable = False
    return array


def _rebuild(
    names: tuple[str, ...],
    values: NDArray[np.float64],
    indices: NDArray[np.int64],
    repeats: NDArray[np.uint64],
    seed: int,
    epoch: int,
) -> Params:
    return Params(names, values, indices, repeats, seed=seed, epoch=epoch)
