"""Worker processes render into memory that they use again: no batch that is kept ever changes, and nothing is left."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
sys.path.insert(0, str(Path(__file__).parent / "frameworks"))

import scene  # noqa: E402 (it lies there)

import samebatch as sb  # noqa: E402
import samebatch.torch  # noqa: E402
from samebatch.torch import lent, ring  # noqa: E402

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(sys.platform != "linux" or not hasattr(os, "memfd_create"), reason="needs memfd_create"),
    pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning"),  # on machines with fewer cores
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),  # Python 3.12 warns of what PyTorch does
]
METHODS = ["fork", "spawn", "forkserver"]
MEMORY = "/memfd:samebatch"
SHARED = "/dev/shm"  # noqa: S108 (it is only looked at)


def loader_of(batches, **kwargs):
    return samebatch.torch.DataLoader(batches, **{"num_workers": 2} | kwargs)


def digests(made):
    return [sb.digest(*batch) for batch in made]


def expected(*epochs):
    return scene.digests(scene.batches(), *epochs)


def left():
    """Count what this process holds: mapped memory, open files, and names of shared memory."""
    gc.collect()
    mapped = Path("/proc/self/maps").read_text().count(MEMORY)
    return mapped, *(sum(1 for _ in Path(place).iterdir()) for place in ("/proc/self/fd", SHARED))


@pytest.fixture
def nothing_left():
    """Check that a test leaves nothing; what multiprocessing opens once is open before."""
    digests(loader_of(scene.batches()))
    before = 0, *left()[1:]

    def more():
        return any(now > then for now, then in zip(left(), before, strict=True))

    yield
    end = time.monotonic() + 20
    while more() and time.monotonic() < end:
        time.sleep(0.01)
    assert not more()


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_batches_that_are_kept_never_change(method, persistent):
    loader = loader_of(scene.batches(), multiprocessing_context=method, persistent_workers=persistent)
    all_kept, some_kept, seen = [], [], []
    for epoch in range(3):
        for step, batch in enumerate(loader):
            seen.append(sb.digest(*batch))
            if epoch == 0:
                all_kept.append(batch)
            elif step % 3 == 1:
                some_kept.append((batch[0][1:].numpy()[:, 2], batch[0][1:, 2].clone()))
    assert seen == expected(0, 1, 2)
    assert digests(all_kept) == expected(0)
    for view, before in some_kept:
        np.testing.assert_array_equal(view, before.numpy())


def test_users_own_loader_over_dataset_and_sampler():
    batches = scene.batches()
    dataset, sampler = samebatch.torch.Dataset(batches), samebatch.torch.Sampler(batches)
    loader = torch.utils.data.DataLoader(dataset, sampler=sampler, batch_size=None, num_workers=2)
    kept = [batch for _ in range(2) for batch in loader]
    assert digests(kept) == expected(0, 1)


def test_memory_is_used_again():
    loader = loader_of(scene.batches(), persistent_workers=True)
    places = []
    for epoch in range(10):
        for batch in loader:
            places.append(batch[0].data_ptr())
            assert sb.digest(*batch) == expected(epoch)[(len(places) - 1) % scene.STEPS]
    # For each worker two that wait, one that it renders, and two in the consumer's hands while they change.
    assert len(set(places)) <= 10
    assert sum(len(known) for known in lent._mapped.values()) <= 10


def halves_and_segments(batch):
    x, y = batch
    return x[:2], x[2:], y, len(ring._ring._segments)


def test_views_made_in_the_worker_hold_the_batch_and_segments_are_bounded():
    batches = scene.batches(batch_size=1)
    loader = loader_of(batches, num_workers=1, persistent_workers=True, collate_fn=halves_and_segments)
    kept = [next(iter(loader))[1]]
    for epoch in range(1, 7):
        made = list(loader)
        assert [sb.digest(torch.cat([a, b]), y) for a, b, y, _ in made] == scene.digests(batches, epoch)
        kept += made
    assert max(made[3] for made in kept[1:]) <= ring.MOST + 4
    del made
    kept.clear()
    for *_, segments in loader:  # noqa: B007
        pass
    assert segments <= ring.MOST_FREE + 4


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("persistent", [False, True])
def test_broken_off_nothing_is_left(persistent):
    loader = loader_of(scene.batches(), persistent_workers=persistent)
    running = iter(loader)
    first = next(running)
    assert Path("/proc/self/maps").read_text().count(MEMORY) > 0
    del running, loader
    assert sb.digest(*first) == expected(0)[0]


@pytest.mark.usefixtures("nothing_left")
def test_run_to_the_end_nothing_is_left():
    for _ in loader_of(scene.batches()):
        pass


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("persistent", [False, True])
def test_a_killed_worker_is_an_error_and_what_it_sent_stays(persistent):
    loader = loader_of(scene.batches(batch_size=1), persistent_workers=persistent)
    running = iter(loader)
    kept = [next(running) for _ in range(3)]
    os.kill(running._workers[0].pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="DataLoader worker"):
        for _ in running:
            pass
    assert digests(kept) == scene.digests(scene.batches(batch_size=1), 0)[:3]


@pytest.mark.usefixtures("nothing_left")
def test_an_error_in_a_worker_is_raised_in_its_step_and_the_others_still_come():
    images = np.ones((6, 5, 5, 1), np.float32)
    images[[2, 5]] = np.nan
    batches = sb.Batches(sb.ArraySource(images, range(6)), sb.Pipeline(), batch_size=1, shuffle=False)
    running = iter(loader_of(batches, num_workers=1))
    seen = []
    for step in range(6):
        if step in (2, 5):
            with pytest.raises(sb.PixelError, match=f"sample {step}"):
                next(running)
        else:
            seen += next(running)[1].tolist()
    assert seen == [0, 1, 3, 4]


def test_a_forked_child_sees_no_batch_of_its_parent_change():
    loader = loader_of(scene.batches(), persistent_workers=True)
    running = iter(loader)
    first = next(running)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.read(reader, 1)
            os._exit(0 if sb.digest(*first) == expected(0)[0] else 1)
        finally:
            os._exit(2)
    del first
    digests(running)
    for _ in range(3):
        digests(loader)
    os.write(writer, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(reader)
    os.close(writer)


def compare(batches, answers, wanted):
    held = [batches.get(timeout=60) for _ in wanted]
    answers.put([sb.digest(*batch) for batch in held] == wanted and batches.get(timeout=60) == "end")
    answers.put([sb.digest(*batch) for batch in held] == wanted)


def test_batches_that_are_passed_on_to_another_process_never_change():
    context = torch.multiprocessing.get_context("fork")
    batches, answers = context.Queue(), context.Queue()
    other = context.Process(target=compare, args=(batches, answers, expected(0)))
    other.start()
    loader = loader_of(scene.batches(), persistent_workers=True)
    for batch in loader:
        batches.put(batch)
    del batch
    for _ in range(4):
        digests(loader)
    batches.put("end")
    assert answers.get(timeout=60)
    assert answers.get(timeout=60)
    other.join()


def test_an_interpreter_ends_whatever_is_held():
    code = (
        "import sys; sys.path.insert(0, 'tests/frameworks'); import scene, samebatch.torch\n"
        "loader = samebatch.torch.DataLoader(scene.batches(), num_workers=2, persistent_workers=True)\n"
        "running = iter(loader); kept = [next(running), next(running)]"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_such_memory_batches_come_as_they_did(monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    before = dict(lent._mapped)
    loader = loader_of(scene.batches())
    assert digests(loader) == expected(0)
    assert all(x.is_shared() for x, _ in loader)
    assert lent._mapped == before
