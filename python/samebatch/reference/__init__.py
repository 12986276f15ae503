"""The executable specification: the six steps of samebatch in plain NumPy, written to be read.

    source  ->  plan  ->  params  ->  kernels  ->  batch

Nothing here is fast and nothing here is shared with the native core: what this package computes, the native core must
equal to the byte, at every SIMD level and with any number of threads. It starts from a pipeline's canonical form
(:meth:`samebatch.Pipeline.to_json`), so that it depends on what was asked for and on nothing else.
"""

from samebatch.reference.batch import batch, render_rows

__all__ = ["batch", "render_rows"]
