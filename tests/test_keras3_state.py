"""`compat="keras3"`: Keras' state, without NumPy's global generator: who draws from what, and in which order."""
# ruff: noqa: NPY002 -- it is the legacy generator that is looked after

from __future__ import annotations

import multiprocessing
import pickle
import threading

import numpy as np
import pytest

from keras_twins import GEOMETRY, assert_equal, pixels, theirs, twins
from samebatch.keras import ImageDataGenerator
from samebatch.keras.generator.keras3 import randomness

pytestmark = pytest.mark.filterwarnings("ignore:Please import .affine_transform:DeprecationWarning")

X, Y = pixels((11, 6, 5, 3)), np.arange(11)


@pytest.fixture(autouse=True)
def _global_state(monkeypatch):
    """Give the global generator back as it was, and let nothing be left in the stand-in."""
    state = np.random.get_state()
    monkeypatch.setattr(randomness, "stand_in", randomness.StandIn())
    yield
    np.random.set_state(state)


def flows(**arguments):
    return tuple(generator.flow(X, Y, batch_size=4, **arguments) for generator in twins(**GEOMETRY))


def state():
    _, words, *rest = np.random.get_state()
    return words.tobytes(), rest


def test_the_global_generator_is_neither_drawn_from_nor_seeded():
    np.random.seed(5)
    before = state()
    for seed in (None, 3):
        _, generator = twins(**GEOMETRY, featurewise_center=True, brightness_range=(0.5, 1.5))
        generator.fit(X, augment=True, seed=seed)
        generator.random_transform(X[0], seed=seed)
        generator.get_random_transform((6, 5, 3))
        flow = generator.flow(X, Y, seed=seed, batch_size=4)
        flow[1], next(flow), flow.on_epoch_end(), flow.reset(), flow[0]
        assert state() == before
    assert np.random.random() == np.random.RandomState(5).random_sample()


def test_any_order_of_asking_gives_what_keras_gives_for_it():
    one, other = flows(seed=9)
    for act in (
        lambda flow: flow[2],
        lambda flow: flow[0],
        next,
        next,
        lambda flow: flow[1],
        lambda flow: flow.reset(),
        next,
        lambda flow: flow.on_epoch_end(),
        lambda flow: flow[2],
        next,
        next,
        next,
        lambda flow: next(flow.index_generator),
        lambda flow: flow._get_batches_of_transformed_samples(np.array([3, 1])),
        lambda flow: flow[0],
    ):
        assert_equal(act(one), act(other))
        assert one.total_batches_seen == other.total_batches_seen
        assert one.batch_index == other.batch_index


def test_without_a_seed_all_draw_on_from_what_the_script_seeded():
    def script(kind):
        np.random.seed(12)
        generator = kind(**GEOMETRY)
        train, test = generator.flow(X, Y, batch_size=4), generator.flow(X[:5], batch_size=2)
        seen = [train[0], test[1], generator.get_random_transform((6, 5, 3)), next(test), train[1]]
        train.on_epoch_end()
        seen += [train[2], generator.random_transform(X[0]), next(train)]
        np.random.seed(13)
        again = generator.flow(X, Y, batch_size=4)
        return [*seen, again[0], next(train)]

    one = script(theirs.ImageDataGenerator)
    np.random.seed(99)
    other = script(lambda **arguments: ImageDataGenerator(**arguments, compat="keras3"))
    assert_equal(one, other)


def test_a_script_without_any_seed_is_random():
    _, one = flows()
    _, other = flows()
    assert (one[0][0] != other[0][0]).any()


def test_iterators_with_seeds_leave_their_state_to_each_other():
    one, other = ([generator.flow(X, Y, batch_size=4, seed=seed) for seed in (1, 2)] for generator in twins(**GEOMETRY))
    for train, test in (one, other):
        train[0], test[0], test[1]
        train.on_epoch_end()
    assert_equal(one[0][1], other[0][1])


def test_what_a_user_draws_between_batches_changes_nothing():
    _, one = flows(seed=4)
    _, other = flows(seed=4)
    for _ in range(5):
        np.random.random(100)
        assert_equal(next(one), next(other))


def test_threads_get_the_batches_that_one_thread_gets():
    _, alone = flows(seed=4)
    expected = sorted(next(alone)[0].tobytes() for _ in range(12))
    _, shared = flows(seed=4)
    found = []
    threads = [
        threading.Thread(target=lambda: found.extend(next(shared)[0].tobytes() for _ in range(3))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == expected


def test_a_subclass_is_asked_for_what_it_does_itself():
    def made(kind, **arguments):
        class Own(kind):
            def get_random_transform(self, img_shape, seed=None):
                return super().get_random_transform(img_shape, seed) | {"theta": 45}

            def standardize(self, x):
                return super().standardize(x) * 2

        return Own(**GEOMETRY, rescale=0.1, **arguments)

    one, other = made(theirs.ImageDataGenerator), made(ImageDataGenerator, compat="keras3")
    assert_equal(one.flow(X, Y, seed=1)[0], other.flow(X, Y, seed=1)[0])


def test_attributes_that_are_set_later_count():
    one, other = flows(seed=1)
    for flow in (one, other):
        flow[0]
        flow.image_data_generator.rotation_range = 90
        flow.image_data_generator.fill_mode = "wrap"
        flow.batch_size = 3
    assert_equal(one[1], other[1])


def test_a_pickled_iterator_goes_on_where_it_was():
    _, flow = flows(seed=3)
    flow[1], next(flow)
    copy = pickle.loads(pickle.dumps(flow))  # noqa: S301 (its own)
    for _ in range(4):
        assert_equal(next(flow), next(copy))


def test_no_such_batch():
    one, other = flows(seed=1)
    for flow in (one, other):
        with pytest.raises(ValueError, match="Asked to retrieve element 3, but the Sequence has length 3"):
            flow[3]
    assert_equal(one[2], other[-1])
    empty = ImageDataGenerator(compat="keras3").flow(X[:0])
    assert len(empty) == 0
    assert next(empty).shape == (0, 6, 5, 3)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_draws_on():
    _, flow = flows(seed=3)
    flow[0]
    with multiprocessing.get_context("fork").Pool(1) as pool:
        found = pool.apply_async(_in_child, (flow,)).get(60)
    assert_equal(found, flow[1])


def _in_child(flow):
    return flow[1]
