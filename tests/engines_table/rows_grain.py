"""Grain: its loader, in this process and with workers."""

from __future__ import annotations

from functools import partial

from common import EPOCHS, Rows, batches

NEEDS = ("grain",)


def of_loader(workers: int) -> list[str]:
    import grain  # noqa: PLC0415
    from absl import flags  # noqa: PLC0415

    import samebatch as sb  # noqa: PLC0415
    import samebatch.grain  # noqa: PLC0415

    flags.FLAGS.mark_as_parsed()  # which Grain's worker processes ask for
    source = samebatch.grain.source(batches(), EPOCHS)
    loader = grain.DataLoader(
        data_source=source,
        sampler=grain.samplers.SequentialSampler(len(source), grain.sharding.NoSharding()),
        worker_count=workers,
        read_options=grain.ReadOptions(num_threads=2, prefetch_buffer_size=4),
    )
    return [sb.digest(*record) for record in loader]


def rows() -> Rows:
    return {f"Grain, workers: {count}": partial(of_loader, count) for count in (0, 2)}
