"""The check of peers passes what is right, and nothing that is wrong in any one place."""

from dataclasses import replace

import numpy as np
import pytest

from benches import check, work
from benches.work import Move
from samebatch.cli import photographs
from samebatch.cli.workload import WrongOutputError

pytest.importorskip("scipy")
pytest.importorskip("sklearn")

import benches_peer

BATCH = 16
SIZE = 96


@pytest.fixture(scope="module")
def image():
    return photographs.crops(1, SIZE)[0]


def verify(image, layout="channels_last", draws=work.MAIN, **broken):
    return check.check(benches_peer.honest(image, BATCH, layout, **broken), image, draws, layout, BATCH)


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("draws", [work.MAIN, work.FLIP])
def test_what_is_right_passes(image, layout, draws):
    assert "within 0." in verify(image, layout, draws)


def moving(**changes):
    """Break what a peer is asked to move."""
    return lambda draws: replace(draws, move=replace(draws.move, **{k: f(draws.move) for k, f in changes.items()}))


def negated(ends):
    return (-ends[1], -ends[0])


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda draws: replace(draws, flip=1 - draws.flip), "flip"),
        (moving(rotation=lambda move: negated(move.rotation)), "rotation"),
        (moving(right=lambda move: negated(move.right)), "shift"),
        (moving(down=lambda move: negated(move.down)), "shift"),
        (moving(right=lambda move: move.down, down=lambda move: move.right), "shift"),
        (moving(right=lambda move: (move.right[0] + 0.5 / SIZE, move.right[1] + 0.5 / SIZE)), "flip"),
        (moving(zoom=lambda move: (1 / move.zoom[1], 1 / move.zoom[0])), "zoom"),
        (lambda draws: replace(draws, brightness=(1.0, 1.0)), "brightness"),
        (lambda draws: replace(draws, brightness=tuple(end**2 for end in draws.brightness)), "brightness"),
    ],
)
def test_one_wrong_step_fails(image, broken, said):
    with pytest.raises(WrongOutputError, match=f"its {said} is .* levels off"):
        verify(image, broken=broken)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda x: x.astype(np.float64), "made float64"),
        (lambda x: x[1:], r"expected float32 \(16, 96, 96, 3\)"),
        (lambda x: x.transpose(0, 3, 1, 2), r"expected float32 \(16, 96, 96, 3\)"),
        (lambda x: np.where(x == x.min(), np.float32("nan"), x), "not finite"),
        (lambda x: x * np.float32(0.9), "its flip is"),
        (lambda x: x + np.float32(0.03), "its flip is"),
        (lambda x: x[..., ::-1], "its flip is"),
        (np.zeros_like, "its flip is"),
    ],
)
def test_a_wrong_output_fails(image, wrong, said):
    with pytest.raises(WrongOutputError, match=said):
        verify(image, wrong=wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda x: x[:1].repeat(BATCH, axis=0), "1 different images, expected at least 16"),
        (lambda x: x * np.float32(3), "outside 0 to 255"),
        (lambda x: np.full_like(x, x.mean()), "1 different images"),
        (lambda x: np.full_like(x, -1.5), "levels on average, and the image"),
    ],
)
def test_a_random_batch_that_cannot_be_right_fails(image, wrong, said):
    def random_only(draws):
        made = benches_peer.honest(image, BATCH, wrong=wrong if draws == work.MAIN else lambda x: x)
        return made(draws)

    with pytest.raises(WrongOutputError, match=said):
        check.check(random_only, image, work.MAIN, "channels_last", BATCH)


def test_an_adding_brightness_is_right_only_where_it_is_declared(image):
    def adding(draws):
        factor = draws.brightness[0]
        still = replace(draws, brightness=(1.0, 1.0))
        if draws.brightness[0] != draws.brightness[1]:
            return benches_peer.honest(image, BATCH)(draws)
        low, high = ((np.array([end]) - work.MEAN) / work.STD for end in (0.0, 1.0))
        offset = (factor - 1) / np.array(work.STD)

        def wrong(x):
            return np.clip(x + offset, low, high).astype(np.float32)

        return benches_peer.honest(image, BATCH, wrong=wrong)(still)

    check.check(adding, image, work.MAIN, "channels_last", BATCH, additive=True)
    with pytest.raises(WrongOutputError, match="its brightness is"):
        check.check(adding, image, work.MAIN, "channels_last", BATCH)


def test_every_drawn_transform_is_checked(image):
    names = [name for name, *_ in check.stages(work.MAIN, image.astype(np.float64), additive=False)]
    assert names == ["flip", "rotation", "shift", "zoom", "rotation, shift and zoom", "brightness", "normalise"]
    assert [name for name, *_ in check.stages(work.FLIP, image.astype(np.float64), additive=False)] == [
        "flip",
        "normalise",
    ]


def test_moves_of_scipy_have_the_signs_of_samebatch():
    image = np.zeros((9, 9, 1))
    image[4, 6] = 1.0  # right of the centre
    assert check.moved(image, 90.0, 0.0, 0.0, 1.0)[2, 4] == pytest.approx(1.0)  # counter-clockwise: above it
    assert check.moved(image, 0.0, 1 / 9, 0.0, 1.0)[4, 7] == pytest.approx(1.0)
    assert check.moved(image, 0.0, 0.0, 1 / 9, 1.0)[5, 6] == pytest.approx(1.0)
    assert check.moved(image, 0.0, 0.0, 0.0, 2.0)[4, 8] == pytest.approx(1.0)


def test_an_order_gives_each_row_once_an_epoch():
    order = work.Order(10, 3)
    epochs = [[order() for _ in range(3)] for _ in range(3)]
    for epoch in epochs:
        rows = np.concatenate(epoch)
        assert len(np.unique(rows)) == 9
    assert not np.array_equal(np.concatenate(epochs[0]), np.concatenate(epochs[1]))


@pytest.mark.parametrize("size", [32, 224, 512])
def test_a_data_set_is_whole_batches_larger_than_the_cache(size):
    count = work.count(size)
    assert count % work.BATCH == 0
    assert count >= 1000
    assert work.images(size, quick=True).shape == (2 * work.BATCH, size, size, 3)


def test_the_work_in_words():
    assert str(work.MAIN) == "flip, rotation 20 degrees, shift 10%, zoom 0.8 to 1.2, brightness 0.8 to 1.2, normalise"
    assert str(work.FLIP) == "flip, normalise"
    assert work.pipeline(work.FLIP, dtype="uint8").transforms[0].horizontal == 0.5
    assert str(replace(work.FLIP, flip=0.0, move=Move())) == "rotation 0 degrees, shift 0%, zoom 1 to 1, normalise"
