"""Keras' ``fit`` on two cores, with a model that does nothing: what is left is Keras and the batches.

What Keras costs shows where one ready-made batch is handed out again and again, and what rendering costs where it is
done without Keras. Both use the same two cores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benches import work
from benches.harness import Benchmark, Contender, Ready
from benches.peers import image_data_generator
from benches.results import Floor
from benches.works import ours
from samebatch.cli import packages, workload
from samebatch.cli.workload import WrongOutputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import samebatch as sb

CORES = 2
EPOCHS = 4  # in one call of fit
SEQUENCE = "samebatch.keras.Sequence"
RENDERING = "batches.batch, without Keras"
SAME = "one ready-made batch, again and again"


def fit(*, quick: bool) -> Benchmark:
    """Return ``fit`` on TensorFlow: samebatch's Sequence, one batch again and again, and ImageDataGenerator."""
    peer = Contender(image_data_generator.NAME, lambda: _generator(quick=quick), SEQUENCE, cores=CORES, long=True)
    floors = (Floor(SEQUENCE, SAME, 0.9), Floor(SEQUENCE, peer.name, 20))
    return _benchmark("fit", "tensorflow", (peer,), floors, quick=quick)


def fit_on_torch(*, quick: bool) -> Benchmark:
    """Return ``fit`` on PyTorch: samebatch's Sequence, and one batch again and again."""
    return _benchmark("fit-torch", "torch", (), (Floor(SEQUENCE, SAME, 0.9),), quick=quick)


def _benchmark(
    name: str, backend: str, peers: tuple[Contender, ...], floors: tuple[Floor, ...], *, quick: bool
) -> Benchmark:
    backends = {"KERAS_BACKEND": backend}
    contenders = (
        Contender(SEQUENCE, lambda: _sequence(quick=quick), cores=CORES, environment=backends),
        Contender(SAME, lambda: _same(quick=quick), SEQUENCE, cores=CORES, environment=backends),
        Contender(RENDERING, lambda: ours.ready(_batches(quick=quick)), cores=CORES),
        *peers,
        ours.fill(beside=SEQUENCE),
    )
    words = work.in_words(work.SIZE, work.MAIN, "uint8", "float32", CORES)
    return Benchmark(name, f"Keras' fit on {backend}, a model that does nothing: {words}", contenders, floors, 0.6)


def _batches(*, quick: bool) -> sb.Batches:
    return ours.batches(work.images(quick=quick), work.MAIN, threads=None)


def _sequence(*, quick: bool) -> Ready:
    packages.choose_keras_backend("tensorflow")
    import samebatch.keras  # noqa: PLC0415 - keras is optional

    of = _batches(quick=quick)
    sequence = samebatch.keras.Sequence(of)
    run = _fitting(sequence)

    def verify() -> str:
        wanted = [
            [float(of.batch(epoch, step).x.mean(dtype=np.float64)) for step in range(of.steps)] for epoch in (0, 1)
        ]
        seen = _means_seen(samebatch.keras.Sequence(of), epochs=2, steps=of.steps)
        error = float(np.abs(seen - np.array(wanted)).max())
        if not error <= 1e-3:
            raise WrongOutputError(f"fit did not see the batches of its epochs: a mean is {error} off")
        return f"{ours.verify(of)}; the mean of every batch that fit saw"

    return Ready(_versions(ours.version()), verify, lambda: run(of.steps * work.BATCH))


def _same(*, quick: bool) -> Ready:
    packages.choose_keras_backend("tensorflow")
    import keras  # noqa: PLC0415 - keras is optional

    of = _batches(quick=quick)
    batch = of.batch(0, 0)

    class Same(keras.utils.PyDataset):  # type: ignore[misc]
        """Hands out one batch again and again: what Keras can take."""

        def __len__(self) -> int:
            """Return the number of steps of an epoch."""
            return of.steps

        def __getitem__(self, step: int) -> tuple[Any, Any]:
            """Return the batch."""
            return batch.x, batch.y

    run = _fitting(Same())
    return Ready(_versions(), lambda: ours.verify(of), lambda: run(of.steps * work.BATCH))


def _generator(*, quick: bool) -> Ready:
    packages.choose_keras_backend("tensorflow")
    images = work.images(quick=quick)
    generator = image_data_generator.generator(work.MAIN)
    flow = generator.flow(images, np.arange(len(images)), batch_size=work.BATCH, shuffle=True, seed=work.SEED)
    run = _fitting(flow, epochs=1)

    def verify() -> str:
        x, _ = flow[0]
        workload.check_keras(generator, images, x)
        return "each transform against SciPy"

    return Ready(_versions(), verify, lambda: run(len(images)))


def _fitting(data: Any, epochs: int = EPOCHS) -> Callable[[int], int]:  # noqa: ANN401 - Keras' types
    """Return a function that runs one ``fit`` over ``data`` and returns how many images it took, told those of one."""
    import keras  # noqa: PLC0415 - keras is optional

    class Nothing(keras.Model):  # type: ignore[misc]
        """Takes every batch and does nothing."""

        def call(self, x: Any) -> Any:  # noqa: ANN401 - as above
            """Return what comes; PyTorch's trainer wants to see it."""
            return x

        def train_step(self, _: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
            """Do nothing; TensorFlow wants a number for it."""
            return {"nothing": keras.ops.zeros(())}

    model = Nothing()
    model.compile()
    start = 0

    def run(images: int) -> int:
        nonlocal start
        model.fit(data, initial_epoch=start, epochs=start + epochs, shuffle=False, verbose=0)
        start += epochs
        return epochs * images

    return run


def _means_seen(data: Any, epochs: int, steps: int) -> np.ndarray:  # noqa: ANN401 - as above
    """Return the means of the images that a model saw in ``fit``, (epochs, steps)."""
    import keras  # noqa: PLC0415 - as above

    class Mean(keras.Model):  # type: ignore[misc]
        """Tells the mean of each batch."""

        def call(self, x: Any) -> Any:  # noqa: ANN401 - as above
            """Return what comes."""
            return x

        def train_step(self, data: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
            """Return the mean of the images."""
            return {"mean": keras.ops.mean(data[0])}

    seen: list[float] = []
    note = keras.callbacks.LambdaCallback(on_train_batch_end=lambda _, logs: seen.append(float(logs["mean"])))
    model = Mean()
    model.compile()
    model.fit(data, epochs=epochs, shuffle=False, verbose=0, callbacks=[note])
    return np.array(seen).reshape(epochs, steps)


def _versions(*first: str) -> str:
    import keras  # noqa: PLC0415 - as above

    backend = keras.backend.backend()
    versions = [*first, f"keras {keras.__version__}", backend]
    return "; ".join(versions)
