"""Batches of an iterator are pure: whoever asks, how often, in whatever order and on however many threads."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

import samebatch as sb
from samebatch.keras import ImageDataGenerator

X = np.random.default_rng(1).integers(0, 256, (23, 12, 10, 3), dtype=np.uint8)
Y = np.arange(23)
STEPS = 6


def generator(**more):
    return ImageDataGenerator(rotation_range=20, zoom_range=0.2, horizontal_flip=True, rescale=1 / 255, **more)


def flow(**more):
    return generator().flow(X, Y, **{"batch_size": 4, "seed": 7} | more)


def digests(made, keys):
    found = []
    for epoch, step in keys:
        made.set_epoch(epoch)
        found.append(sb.digest(*made[step]))
    return found


KEYS = [(epoch, step) for epoch in range(3) for step in range(STEPS)]
TRUTH = digests(flow(), KEYS)


def test_all_batches_differ():
    assert len(set(TRUTH)) == len(KEYS)


def test_the_order_of_asking_changes_nothing():
    shuffled = np.random.default_rng(0).permutation(len(KEYS))
    assert digests(flow(), [KEYS[i] for i in shuffled]) == [TRUTH[i] for i in shuffled]
    assert digests(flow(), [KEYS[1], KEYS[0], KEYS[1], KEYS[0]]) == [TRUTH[1], TRUTH[0], TRUTH[1], TRUTH[0]]


@pytest.mark.parametrize(
    "queue",
    [
        {"workers": 0},
        {"workers": 4},
        {"workers": 3, "max_queue_size": 1},
        {"workers": 1, "use_multiprocessing": True},
    ],
    ids=repr,
)
def test_next_gives_the_same_batches_endlessly(queue):
    made = flow(**queue)
    assert iter(made) is made
    assert [sb.digest(*next(made)) for _ in KEYS] == TRUTH
    assert made.total_batches_seen == len(KEYS)
    assert made.batch_index == 0


def test_looking_at_a_batch_disturbs_no_next():
    made, seen = flow(), []
    for number in range(8):
        made[number % 5]
        seen.append(sb.digest(*made.next()))
    assert seen == TRUTH[:8]


def test_threads_that_share_an_iterator_get_each_batch_once():
    made, lock, seen = flow(workers=2), threading.Lock(), []

    def take(_):
        digest = sb.digest(*next(made))
        with lock:
            seen.append(digest)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(take, KEYS))
    assert sorted(seen) == sorted(TRUTH)


def test_threads_that_index_an_iterator_get_what_they_ask_for():
    made = flow()
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda step: sb.digest(*made[step]), [5, 0, 3, 1, 4, 2] * 2))
    assert seen == [TRUTH[step] for step in [5, 0, 3, 1, 4, 2] * 2]


def test_a_sample_is_augmented_alike_whatever_the_batch_size_and_order():
    made, other = flow(), flow(batch_size=23, shuffle=False)
    x, y = made[2]
    np.testing.assert_array_equal(x, other[0][0][y])


def test_reset_begins_the_next_epoch_if_this_one_has_begun():
    made = flow()
    made.reset()
    assert sb.digest(*next(made)) == TRUTH[0]
    assert made.batch_index == 1
    made.reset()
    assert made.batch_index == 0
    assert sb.digest(*next(made)) == TRUTH[STEPS]


def test_a_loop_of_ones_own_says_when_an_epoch_ends():
    made, seen = flow(), []
    for _ in range(3):
        seen += [sb.digest(*made[step]) for step in range(len(made))]
        made.on_epoch_end()
    assert seen == TRUTH


def test_a_loop_that_never_says_so_is_warned_once():
    made = flow()
    for _ in range(2):
        for step in range(STEPS):
            made[step]
    with pytest.warns(UserWarning, match=r"all of them as augmented in epoch 0: call iterator.on_epoch_end\(\)"):
        made[0]
    for _ in range(2 * STEPS + 1):
        made[0]
    still = ImageDataGenerator().flow(X, batch_size=4)
    for _ in range(3 * STEPS):
        still[0]


@pytest.mark.parametrize(("step", "same"), [(-1, 5), (-6, 0), (np.int64(2), 2)])
def test_steps_count_from_the_end_as_well(step, same):
    assert sb.digest(*flow()[step]) == TRUTH[same]


@pytest.mark.parametrize("step", [6, -7, 10**9])
def test_there_are_no_other_steps(step):
    with pytest.raises(ValueError, match=f"Asked to retrieve element {step}, but the Sequence has length 6"):
        flow()[step]


@pytest.mark.parametrize("step", [0.5, "a", None, True, slice(2)])
def test_a_step_is_a_whole_number(step):
    with pytest.raises(TypeError, match="takes a whole number"):
        flow()[step]


def test_a_seed_is_drawn_told_and_used_again():
    first, second = flow(seed=None), flow(seed=None)
    assert first.seed != second.seed
    assert f"seed={first.seed}" in repr(first)
    assert sb.digest(*flow(seed=first.seed)[1]) == sb.digest(*first[1])
    assert sb.digest(*second[1]) != sb.digest(*first[1])


def test_neighbouring_seeds_have_nothing_in_common():
    one, other = flow(seed=1).batches.batch(0, 1).params, flow(seed=2).batches.batch(0, 0).params
    assert not np.isin(one["rotation.angle"], other["rotation.angle"]).any()


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002 (the promise is not to touch it)
    made = flow()
    next(made), made[3]
    generator().random_transform(X[0], seed=3)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_images_and_masks_of_one_seed_move_together():
    masks = X[..., :1].copy()
    images = ImageDataGenerator(rotation_range=20, zoom_range=0.2, horizontal_flip=True, brightness_range=(0.5, 1.5))
    pairs = zip(images.flow(X, seed=1, batch_size=4), generator().flow(masks, seed=1, batch_size=4), strict=False)
    plain = ImageDataGenerator(rotation_range=20, zoom_range=0.2, horizontal_flip=True).flow(X, seed=1, batch_size=4)
    for _ in range(8):
        (_, mask), whole = next(pairs), next(plain)
        np.testing.assert_allclose(mask, whole[..., :1] / 255, atol=1e-6)


def test_index_array_is_the_order_of_the_epoch_served():
    made = flow()
    assert made.index_array is None
    _, y = next(made)
    np.testing.assert_array_equal(made.index_array[:4], y)
    assert sorted(made.index_array) == list(range(23))
    np.testing.assert_array_equal(next(made.index_generator), made.index_array[4:8])
    x, y = made._get_batches_of_transformed_samples(np.array([3, 1]))
    assert y.tolist() == [3, 1]
    assert x.shape == (2, 12, 10, 3)


def test_the_batches_of_an_iterator_are_plain_ones():
    made = flow()
    plain = sb.Batches(sb.ArraySource(X, Y), made.pipeline, batch_size=4, seed=7)
    assert [plain.batch(*key).digest() for key in KEYS] == TRUTH


def test_torch_sees_the_same_batches():
    torch = pytest.importorskip("torch")
    loader = flow(sample_weight=np.arange(23) / 2).torch()
    x, y, weights = next(iter(loader))
    assert isinstance(x, torch.Tensor)
    assert sb.digest(x, y) == TRUTH[0]
    assert weights.tolist() == (y / 2).tolist()
    with pytest.raises(ValueError, match="gives several inputs"):
        generator().flow((X, Y), Y).torch()


def test_torch_sees_what_a_function_makes():
    pytest.importorskip("torch")
    made = generator(preprocessing_function=halved).flow(X, Y, batch_size=4, seed=7)
    loader = made.torch()
    assert [sb.digest(*batch) for batch in loader] == [sb.digest(*made[step]) for step in range(STEPS)]


def halved(image):
    return image / 2


def test_an_iterator_can_be_pickled():
    made = generator(preprocessing_function=halved).flow(X, Y, batch_size=4, seed=7)
    next(made)
    copy = pickle.loads(pickle.dumps(made))  # noqa: S301
    assert sb.digest(*next(copy)) == sb.digest(*next(made))


def test_the_callers_arrays_are_never_written():
    before = X.copy(), (X / 255).astype(np.float32)
    floats = before[1].copy()
    read_only = X.copy()
    read_only.flags.writeable = False
    made = generator(preprocessing_function=lambda image: image.__imul__(0))
    made.fit(X)
    for x in (X, floats, read_only):
        made.flow(x)[0]
        made.standardize(x)
        made.random_transform(x[0])
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(floats, before[1])
