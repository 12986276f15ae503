"""What the tests of the benchmarks share: a peer that is right, and may be broken in one place."""

import numpy as np

import samebatch as sb
from benches import work


def honest(image, batch, layout="channels_last", broken=lambda draws: draws, wrong=lambda x: x):
    """Return ``make`` of a peer that is samebatch itself: ``broken`` changes what it is asked, ``wrong`` its output."""

    def make(draws):
        pipeline = work.pipeline(broken(draws), layout)
        batches = sb.Batches(sb.ArraySource(image[None].repeat(batch, axis=0)), pipeline, batch_size=batch, threads=1)
        return lambda: wrong(np.array(batches.batch(0, 0).x))

    return make
