"""The state of a run: where it is, and what has to stay the same for its remaining batches to be the same.

Two integers say where it is, since a batch needs nothing of those before it. The rest is there to be compared. Ranks
and workers are not in it: whoever goes on, with as many of them as there are then, sees the same global batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from samebatch import indexing
from samebatch.checks import describe
from samebatch.errors import SpecError

if TYPE_CHECKING:
    from samebatch.batch.settings import Settings

VERSION: Final = 1


def of(batches: Settings, epoch: int, step: int) -> dict[str, Any]:
    """Return the state of a run whose next batch is that of (epoch, step): whole numbers, text, booleans and None."""
    return {"version": VERSION, "epoch": epoch, "step": step, **_identity(batches)}


def after(batches: Settings, epoch: int, step: int) -> dict[str, Any]:
    """Return the same, where ``step`` may be the number of steps: the next batch is then the next epoch's first."""
    return of(batches, epoch, step) if step < batches.steps else of(batches, epoch + 1, 0)


def place(batches: Settings, state: object) -> tuple[int, int]:
    """Return (epoch, step) of a state; the step may be the number of steps, at the end of an epoch.

    Raises:
        SpecError: it is no state, or one of other batches; it names what differs.
        IndexError: there is no such epoch or step.
        TypeError: one of them is no whole number.
    """
    if not isinstance(state, Mapping) or "version" not in state:
        raise SpecError(
            f"a state must be a mapping with a version, as batches.state(epoch, step) returns it; got {describe(state)}"
        )
    if state["version"] != VERSION:
        raise SpecError(
            f"the state has version {state['version']!r}, and this release of samebatch reads version {VERSION}; "
            "go on with the release that wrote it"
        )
    identity = _identity(batches)
    missing = [name for name in ("epoch", "step", *identity) if name not in state]
    if missing:
        raise SpecError(f"the state lacks {', '.join(missing)}; give it as it was written")
    changed = [
        f"{name} was {state[name]!r} and is {now!r}"
        for name, now in identity.items()
        if state[name] != now or isinstance(state[name], bool) != isinstance(now, bool)
    ]
    if changed:
        raise SpecError(
            f"the state is of other batches: {'; '.join(changed)}. Go on with what the run began with, or begin "
            "one of its own at the epoch and step that the state has"
        )
    steps = batches.steps
    step = indexing.position("step of the state", state["step"], steps + 1, f"an epoch has {steps} steps")
    return indexing.epoch(state["epoch"]), step


def _identity(batches: Settings) -> dict[str, Any]:
    return {
        "pipeline": batches.pipeline.digest,
        "source": batches.source.digest,
        "seed": batches.seed,
        "batch_size": batches.batch_size,
        "shuffle": batches.shuffle,
        "last_batch": batches.last_batch,
        "balance": batches.balance,
        "n": len(batches.source),
    }
