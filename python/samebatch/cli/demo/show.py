"""The demo from its first line to its exit code."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import samebatch as sb
from samebatch.cli import machine, photographs, workload
from samebatch.cli.demo import apart, sheet, speed, terminal, witness
from samebatch.cli.demo import job as work

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

QUICK_DIGITS = 300
QUICK_CROPS = 2 * workload.BATCH
LEAST_CROPS = 1000
FRAMEWORKS = (("Keras", "samebatch.cli.demo.with_keras"), ("PyTorch", "samebatch.cli.demo.with_torch"))


def everything(*, epochs: int, seed: int, output: Path, quick: bool) -> int:
    """Train, compare, time and draw; return 0, or 1 if the frameworks received different bytes."""
    out = terminal.console()
    started = time.perf_counter()
    out.print(f"[bold]samebatch {sb.__version__}[/]: the same batches in Keras and in PyTorch\n")
    try:
        if not training(out, epochs=epochs, seed=seed, count=QUICK_DIGITS if quick else None):
            return 1
        timing(out, seed=seed, quick=quick)
    except apart.TrainingError as error:
        out.print(f"The demo could not train. {error}", markup=False)
        return 1
    except workload.WrongOutputError as error:
        out.print(f"No speed is shown, for an output is wrong. {error}", markup=False)
        return 1
    sheet.draw(output, seed)
    out.print(f"Contact sheet: {output}", markup=False, soft_wrap=True)
    out.print(f"Done in {time.perf_counter() - started:.0f} seconds.")
    return 0


def training(out: Console, *, epochs: int, seed: int, count: int | None) -> bool:
    """Train in both frameworks and print what each received; return whether that was the same."""
    job = work.job(epochs=epochs, seed=seed, count=count)
    out.print(
        f"A small convolutional network learns {len(job.train.source)} handwritten digits, augmented anew in every "
        f"epoch (rotation, shift, zoom, brightness), in batches of {job.train.batch_size}, with seed {seed}, in each "
        "framework from the same first weights."
    )
    trainings = []
    for name, module in FRAMEWORKS:
        with terminal.progress(f"training in {name}", epochs * job.train.steps) as tick:
            trainings.append(apart.train(module, job, tick))
    keras, pytorch = trainings
    rows = []
    for number, (a, b) in enumerate(zip(keras.epochs, pytorch.epochs, strict=False)):
        verdict = "equal" if a.digests == b.digests else "DIFFERENT"
        rows.append((f"{number}", "Keras", f"{len(a.digests)}", a.digest, "", f"{a.accuracy:.1%}"))
        rows.append(("", "PyTorch", f"{len(b.digests)}", b.digest, verdict, f"{b.accuracy:.1%}"))
    heads = ("epoch", "in", "steps", "digest of all it received", "", "accuracy")
    out.print(terminal.table(heads, rows, numbers=("steps", "accuracy")))
    wrong = witness.differences(keras.epochs, pytorch.epochs)
    for line in wrong:
        out.print(f"DIFFERENT: {line}", markup=False)
    if wrong:
        out.print("The two frameworks did not receive the same bytes. This is a defect of samebatch: please report it.")
        return False
    out.print(
        f"{keras.framework} and {pytorch.framework} received the same bytes in every batch. The accuracy is that on "
        f"{len(job.valid.source)} digits held out; it may differ slightly, for the frameworks do not add in the same "
        "order.\n"
    )
    return True


def timing(out: Console, *, seed: int, quick: bool) -> None:
    """Measure the speed beside ImageDataGenerator's and print it."""
    count = QUICK_CROPS if quick else photographs.enough(workload.SIZE, LEAST_CROPS)
    rounds = 1 if quick else 7
    with terminal.progress("timing, in turns", speed.pieces(rounds)) as tick:
        measured = speed.measure(seed=seed, rounds=rounds, count=count, tick=tick)
    rates = measured.rates
    out.print(
        f"Batches of {workload.BATCH} from {measured.images} crops of two photographs "
        f"({measured.source_bytes // machine.MEBIBYTE} MiB), 224x224x3, uint8 in, float32 out, one thread: "
        f"{workload.TRANSFORMS}."
    )
    ratios = rates.ratios(speed.OURS, speed.PEER)
    rows = [
        (speed.OURS, f"{rates.median(speed.OURS):,.0f}", f"{rates.ratio(speed.OURS, speed.PEER):.1f}"),
        (speed.PEER, f"{rates.median(speed.PEER):,.0f}", "1"),
    ]
    heads = ("", "images per second", "times as fast")
    out.print(terminal.table(heads, rows, numbers=heads[1:]))
    if quick:
        counted = "One pair of timings on few images: a look, not a measurement."
    else:
        counted = (
            f"Medians of {rounds} pairs timed in turns; times as fast: from {min(ratios):.1f} to {max(ratios):.1f}."
        )
    out.print(f"{counted} Outputs were checked first. On {machine.description()}.\n", markup=False)
