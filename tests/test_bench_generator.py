"""The benchmarks of ImageDataGenerator: both classes do the same work, and what is missing or wrong is found out."""

import numpy as np
import pytest

pytest.importorskip("rich")
pytest.importorskip("scipy")
pytest.importorskip("sklearn")
pytest.importorskip("torch", reason="PyTorch is not installed")
with pytest.MonkeyPatch.context() as environment:
    environment.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("keras", reason="Keras is not installed")

from benches import folder, work
from benches.peers import image_data_generator
from benches.works import every, generator, ours
from samebatch import reference
from samebatch.cli import workload
from samebatch.cli.workload import WrongOutputError

pytestmark = pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning")  # Keras' class and SciPy


@pytest.fixture(autouse=True)
def backend(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")


def started(**more):
    made = image_data_generator.generator(work.MAIN, ours=True, **{**generator.MORE, **more})
    return made.flow(work.images(32, quick=True), batch_size=work.BATCH, seed=1)


def test_both_works_are_on_the_list_with_their_floors():
    wanted = {"generator": {generator.UINT8: 40, generator.FLOAT32: 20}, "generator-files": {generator.FOLDER: 6}}
    for name, floors in wanted.items():
        benchmark = every.named(name, quick=True)
        assert {floor.ours: floor.least for floor in benchmark.floors} == floors
        names = [contender.name for contender in benchmark.contenders]
        assert all(floor.other in names and floor.ours in names for floor in benchmark.floors)


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_every_contender_of_flow_is_right(at, monkeypatch):
    small = work.images(32, quick=True)
    monkeypatch.setattr(work, "images", lambda **_: small)
    ready = generator.flow(quick=True).contenders[at].ready()
    assert ("as in the reference" in ready.verify()) == (at % 2 == 0)
    assert ready.work() == work.BATCH


def test_both_contenders_of_files_are_right():
    with folder.provided():
        for contender in generator.flow_from_directory(quick=True).contenders:
            ready = contender.ready()
            assert ready.verify().endswith("every label of an epoch")
            assert ready.work() == work.BATCH


def test_a_missing_transform_is_found_out():
    of = started(shear_range=0.0)
    with pytest.raises(WrongOutputError, match="its pipeline has RandomRotation, RandomShift, RandomZoom"):
        generator.verify(of.batches, lambda: next(of), ours.verify)


def test_another_batch_is_found_out():
    of = started()
    next(of)
    with pytest.raises(WrongOutputError, match="number 0 is not that batch"):
        generator.verify(of.batches, lambda: next(of), ours.verify)


def test_a_wrong_byte_is_found_out(monkeypatch):
    right = workload.reference.render_rows

    def wrong(*arguments):
        x = right(*arguments)
        x.reshape(-1).view(np.uint8)[0] ^= 1
        return x

    monkeypatch.setattr(reference, "render_rows", wrong)
    of = started()
    with pytest.raises(WrongOutputError, match="differs from the reference"):
        generator.verify(of.batches, lambda: next(of), ours.verify)


def test_another_shear_of_keras_is_found_out(monkeypatch):
    images = work.images(32, quick=True)
    made = image_data_generator.generator(work.MAIN, **generator.MORE)
    image_data_generator._check_shear(made, images[0])
    right = type(made).apply_transform
    monkeypatch.setattr(type(made), "apply_transform", lambda self, x, how: right(self, x, {"shear": how["shear"] + 1}))
    with pytest.raises(WrongOutputError, match="its shear is"):
        image_data_generator._check_shear(made, images[0])
