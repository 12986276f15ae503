"""Files through Keras and PyTorch: the digests of the batches, in every kind of worker."""

import multiprocessing
import warnings

import numpy as np
import pytest

import samebatch as sb
from picture_files import PIPELINE, misnamed, pictures

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
with pytest.MonkeyPatch.context() as environment:
    environment.setenv("KERAS_BACKEND", "torch")  # which is imported already
    keras = pytest.importorskip("keras", reason="Keras is not installed")

import samebatch.keras  # noqa: E402 (when their frameworks are there)
import samebatch.torch  # noqa: E402

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),  # on machines with fewer cores
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # Python 3.12 warns of what PyTorch does
]
METHODS = [method for method in ("fork", "spawn", "forkserver") if method in multiprocessing.get_all_start_methods()]


@pytest.fixture
def paths(tmp_path):
    return pictures(tmp_path)


def batches_of(paths, **options):
    return sb.Batches(sb.FileSource(paths, np.arange(len(paths)), **options), PIPELINE, batch_size=5, seed=7)


def digests(batches, epoch):
    return [batches.batch(epoch, step).digest() for step in range(batches.steps)]


def test_keras_and_pytorch_get_the_same(paths):
    batches = batches_of(paths)
    sequence = samebatch.keras.Sequence(batches)
    dataset = samebatch.torch.Dataset(batches)
    for epoch in range(2):
        expected = digests(batches, epoch)
        sequence.set_epoch(epoch)
        assert [sb.digest(*sequence[step]) for step in range(len(sequence))] == expected
        assert [sb.digest(*dataset[epoch, step]) for step in range(len(sequence))] == expected
        dataset.set_epoch(epoch)
        whole = batches.samples(epoch, np.arange(len(paths)))
        for index in (0, 7, 22):
            np.testing.assert_array_equal(dataset[index][0].numpy(), whole.x[index])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore::samebatch.SkippedFilesWarning")  # a worker that is forked warns as its parent does
@pytest.mark.parametrize("options", [{}, {"cache": "memory"}, {"on_error": "skip"}], ids=str)
def test_workers_of_every_kind(paths, method, options):
    if options.get("on_error") == "skip":
        misnamed(paths[3])
    batches = batches_of(paths, **options)
    batches.batch(0, 0)  # what the parent has by now must not disturb its children
    loader = samebatch.torch.DataLoader(batches, num_workers=2, multiprocessing_context=method, persistent_workers=True)
    for epoch in range(2):
        loader.set_epoch(epoch)
        assert [sb.digest(x, y) for x, y in loader] == digests(batches, epoch)


def test_a_process_of_a_sequence(paths):
    batches = batches_of(paths)
    sequence = samebatch.keras.Sequence(batches, workers=1, use_multiprocessing=True)
    sequence.on_epoch_end()
    assert [sb.digest(*sequence[step]) for step in range(len(sequence))] == digests(batches, 0)


def test_fit_trains_from_files(paths):
    model = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(23, activation="softmax")])
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    train = batches_of(paths, cache="memory")
    history = model.fit(
        samebatch.keras.Sequence(train),
        validation_data=samebatch.keras.Sequence(train.evaluation()),
        epochs=2,
        shuffle=False,
        verbose=0,
    )
    assert np.isfinite(history.history["loss"] + history.history["val_loss"]).all()


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_in_a_worker_names_the_file(paths, workers):
    misnamed(paths[9])
    loader = samebatch.torch.DataLoader(batches_of(paths), num_workers=workers)
    with pytest.raises(sb.DecodeError, match=r"sample 9: .*not an image that Pillow knows"):
        list(loader)


def test_what_is_skipped_is_told_once(paths):
    misnamed(paths[9])
    misnamed(paths[4])
    for kind in (samebatch.torch.DataLoader, keras_steps):
        batches = batches_of(paths, on_error="skip")
        with pytest.warns(sb.SkippedFilesWarning) as caught:
            list(kind(batches))
        told = " ".join(str(warning.message) for warning in caught)
        assert told.count(repr(paths[9])) == told.count(repr(paths[4])) == 1
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            list(kind(batches))


def keras_steps(batches):
    sequence = samebatch.keras.Sequence(batches)
    return (sequence[step] for step in range(len(sequence)))
