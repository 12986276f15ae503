"""The two implementations behind one call, so that every truth is asked of both."""

import numpy as np
import pytest

import whitenings
from handwritten import canonical
from samebatch import _native, reference
from samebatch.reference.params.draws import columns


def _table(spec, channels, values, count):
    """Return params: `values` maps a column to one number, or to one a sample."""
    names = columns(spec, channels)
    assert set(names) == set(values)
    return np.array([np.broadcast_to(values[name], count) for name in names], np.float64).reshape(len(names), count).T


def by_reference(spec, images, values, value_range):
    table = _table(spec, images.shape[3], values, len(images))
    return reference.render_rows(spec, images, range(len(images)), table, value_range, whitenings.of(spec))


def by_native(spec, images, values, value_range):
    table = np.ascontiguousarray(_table(spec, images.shape[3], values, len(images)))
    whitening = whitenings.native(spec)
    pipeline = _native.Pipeline(canonical(spec), *images.shape[1:], images.dtype.name, *value_range, whitening)
    return pipeline.render(images, np.arange(len(images)), table, 2, None, None)


ENGINES = {"reference": by_reference, "native": by_native}
both = pytest.mark.parametrize("render", ENGINES.values(), ids=ENGINES)
"""Give a test the argument `render(spec, images, values, value_range)`, once for each implementation."""
