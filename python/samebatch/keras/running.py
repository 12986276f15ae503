"""Which epoch Keras is at.

Keras tells a PyDataset that an epoch begins, but not which one: not under ``initial_epoch``, not after
BackupAndRestore, and the call is the same when it only looks ahead for shapes. So the running ``fit`` itself is looked
up on the call stack: its frame holds its arguments and the ``epoch`` of its loop. Where it is not found, the caller
raises and does not guess.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType


class Run(NamedTuple):
    """What Keras is doing right now.

    Attributes:
        kind: ``"fit"``: its loop over epochs; ``"look"``: a look at the first batch, for shapes; ``"evaluate"``: that,
            or ``predict``.
        epoch: the epoch ``fit`` is at, counted from 0.
        first: the epoch ``fit`` started at.
        shuffle: whether ``fit`` shuffles the order of batches.
        epochs: the epoch ``fit`` ends before.
        steps_per_epoch: as ``fit`` was told; None: all.
        model: the model that is fitted.
        data: what it is fitted to.
    """

    kind: Literal["fit", "evaluate", "look"]
    epoch: int = 0
    first: int = 0
    shuffle: bool = False
    epochs: int = 0
    steps_per_epoch: int | None = None
    model: Any = None
    data: Any = None


def now() -> Run | None:
    """Return what the innermost method of Keras does, or None if there is none, or none that is known."""
    for frame in _frames():
        if _within(frame, "keras"):
            name = frame.f_code.co_name
            if name.endswith("symbolic_build"):
                return Run("look")
            if name in ("evaluate", "predict"):
                return Run("evaluate")
            if name == "fit":
                return _fit(frame.f_locals)
    return None


def callback() -> tuple[str, int | None] | None:
    """Return the name of the callback method that Keras calls, and of which batch; None: it calls none.

    Keras fetches batches ahead of the model, so callbacks alone tell what the model was trained on.
    """
    for frame in _frames():
        name = frame.f_code.co_name
        if _within(frame, "keras") and name.startswith("on_") and "callback" in frame.f_globals["__name__"]:
            return name, frame.f_locals.get("batch")
    return None


class Adapter(NamedTuple):
    """What Keras reads a PyDataset with.

    Attributes:
        adapter: Keras' adapter, one for each call of ``fit``, ``evaluate`` or ``predict``.
        steps: the ``steps_per_epoch``, ``validation_steps`` or ``steps`` of that call; None: it gave none, or the
            caller is not Keras' loop over steps (a thread of the framework).
    """

    adapter: Any
    steps: int | None


def adapter_of(dataset: Any) -> Adapter | None:  # noqa: ANN401 (a PyDataset)
    """Return what asks for ``dataset`` right now, or None if Keras does not."""
    found: Any = None
    for frame in _frames():
        if not _within(frame, "keras"):
            if found is not None:
                break
            continue
        owner = frame.f_locals.get("self")
        if found is None:
            if getattr(owner, "py_dataset", None) is dataset:
                found = owner
        elif getattr(owner, "data_adapter", None) is found:
            steps = getattr(owner, "steps_per_epoch", None)
            return Adapter(found, steps if isinstance(steps, int) and steps > 0 else None)
    return None if found is None else Adapter(found, None)


def stacklevel() -> int:
    """Return the ``stacklevel`` with which a warning by the caller points to the line that called Keras."""
    level = -1  # not counting this function
    for frame in _frames():
        if not _within(frame, "keras") and not _within(frame, "samebatch"):
            break
        level += 1
    return level


def _fit(names: Mapping[str, Any]) -> Run | None:
    epoch, first = names.get("epoch"), names.get("initial_epoch")
    if not isinstance(epoch, int) or not isinstance(first, int):
        return None
    return Run(
        "fit",
        epoch,
        first,
        bool(names.get("shuffle")),
        epochs=names.get("epochs") or 0,
        steps_per_epoch=names.get("steps_per_epoch"),
        model=names.get("self"),
        data=names.get("x"),
    )


def _frames() -> Iterator[FrameType]:
    """Yield the frames of the stack, from this generator's own outwards."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 (there is no public way to the caller's names)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _within(frame: FrameType, package: str) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith(f"{package}.")
