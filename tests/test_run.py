"""A run: what engines know that number batches and know no epochs."""

import pytest

import samebatch as sb
from samebatch.run import Run, of_rank


def test_it_counts_on_over_epochs_from_its_start(train):
    assert [Run(train, 3).place(number) for number in (0, 2, 3, 8)] == [(0, 0), (0, 2), (1, 0), (2, 2)]
    later = Run(train, 3, (1, 2))
    assert [later.place(number) for number in range(later.length)] == [(1, 2), (2, 0), (2, 1), (2, 2)]
    assert Run(train, 3, (1, 3)).place(0) == (2, 0)


@pytest.mark.parametrize(
    ("epochs", "start", "length"),
    [
        (1, (0, 0), 3),
        (4, (0, 0), 12),
        (4, (3, 3), 0),
        (4, (4, 0), 0),
        (None, (5, 1), 2**63 - 1),
        (2**62, (0, 0), 2**63 - 1),
    ],
)
def test_it_knows_how_many_are_left(train, epochs, start, length):
    run = Run(train, epochs, start)
    assert run.length == length
    assert run.endless == (epochs is None)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((0,), sb.SpecError, "epochs must be a whole number"),
        ((1.0,), sb.SpecError, "epochs must be a whole number"),
        ((2, (2, 1)), sb.SpecError, "has ended by then"),
        ((2, (0, 4)), IndexError, "start's step 4 is out of range: an epoch has 3 steps"),
        ((2, (0, -1)), IndexError, "start's step -1"),
        ((2, (-1, 0)), IndexError, "epoch -1"),
        ((2, (0, 1.0)), TypeError, "start's step must be a whole number"),
        ((2, 3), TypeError, "start must be a pair"),
        ((2, (0, 1, 2)), TypeError, "start must be a pair"),
        ((2, (0, 0), 2, 2), sb.SpecError, "rank"),
        ((2, (0, 0), 0, 0), sb.SpecError, "world_size"),
    ],
)
def test_what_is_no_run_raises(train, arguments, error, words):
    with pytest.raises(error, match=words):
        Run(train, *arguments)


def test_a_rank_is_that_of_the_batches_unless_told(train):
    shard = train.shard(1, 3)
    assert of_rank(shard, None, None) is shard
    assert of_rank(shard, 1, 3) is shard
    other = of_rank(shard, 2, None)
    assert (other.rank, other.world_size) == (2, 3)
    assert (of_rank(train, 0, None).rank, of_rank(train, 1, 4).world_size) == (0, 4)
