"""Training in several processes with PyTorch: the global batches of one process, whatever the number of ranks.

    torchrun --standalone --nproc-per-node=2 examples/ddp.py

The data loader takes rank and world size from torch.distributed. Each rank gets its rows of every global batch, and
the gradient is that of the mean over the global batch, even where the last one of an epoch cannot be shared out evenly.
With ``--checkpoint FILE`` a run that was stopped goes on where it was, with any number of ranks::

    torchrun --standalone --nproc-per-node=2 examples/ddp.py --checkpoint run.pt --stop-after 5
    torchrun --standalone --nproc-per-node=3 examples/ddp.py --checkpoint run.pt
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import distributed, nn
from torch.nn.functional import cross_entropy

import samebatch as sb
import samebatch.torch
from samebatch.cli import photographs


def data(count: int, batch_size: int) -> sb.Batches:
    """Return small crops of two photographs, labelled by which it is; in real life a folder or a set of shards."""
    source = sb.ArraySource(photographs.crops(count, 32), np.arange(count) % 2)
    pipeline = sb.Pipeline(
        [sb.RandomFlip(), sb.RandomRotation(15), sb.RandomBrightness(0.8, 1.2), sb.Normalize(0.5, 0.25)],
        layout="channels_first",
    )
    return sb.Batches(source, pipeline, batch_size=batch_size, seed=7)


class Training:
    """A model and where its training is."""

    def __init__(self, batches: sb.Batches, *, alone: bool = False) -> None:
        together = distributed.is_initialized() and not alone
        torch.manual_seed(0)  # the same weights on every rank
        # No batch normalisation: it sees the rows of its rank only, so the loss would depend on their number.
        self.model = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2), nn.ReLU(), nn.Flatten(),
            nn.Linear(32 * 7 * 7, 2),
        )  # fmt: skip
        self.trained: nn.Module = nn.parallel.DistributedDataParallel(self.model) if together else self.model
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.05)
        self.together = together
        self.loader = samebatch.torch.DataLoader(batches, **({} if together else {"rank": 0, "world_size": 1}))
        self.digests: list[str] = []
        self.losses: list[float] = []

    def step(self, step: int, x: torch.Tensor, y: torch.Tensor) -> None:
        """Train on this rank's rows of a global batch."""
        losses = cross_entropy(self.trained(x), y, reduction="none")  # of one loss a row, and of none if it has none
        loss = self.loader.row_weight(step) * losses.sum()  # the ranks' average is the mean over the global batch
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        parts: list[Any] = [(x.numpy(), y.numpy(), float(loss.detach()))]
        if self.together:  # for show; a training does not need it
            parts *= distributed.get_world_size()
            distributed.all_gather_object(parts, parts[distributed.get_rank()])
        xs, ys, means = zip(*parts, strict=True)
        self.digests.append(sb.digest(np.concatenate(xs), np.concatenate(ys), layout="channels_first"))
        self.losses.append(sum(means) / len(means))

    def run(self, epochs: int, checkpoint: Path | None = None, stop_after: int | None = None, *, show: bool) -> None:
        """Train up to ``epochs``, or for ``stop_after`` steps, and keep a checkpoint of every step."""
        for epoch in range(self.loader.epoch, epochs):
            first = self.loader.state_dict()["step"]
            self.loader.set_epoch(epoch)
            for step, (x, y) in enumerate(self.loader, first):
                self.step(step, x, y)
                if show:
                    print(f"epoch {epoch} step {step}: {self.digests[-1]}  loss {self.losses[-1]:.6f}", flush=True)
                if checkpoint is not None and show:  # one rank writes it: the state is the same on all
                    self.save(checkpoint)
                if len(self.losses) == stop_after:
                    return

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        states = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "loader": self.loader.state_dict(),
        }
        torch.save(states, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint, whatever the number of ranks that wrote it."""
        states = torch.load(path, weights_only=True)
        self.model.load_state_dict(states["model"])
        self.optimizer.load_state_dict(states["optimizer"])
        self.loader.load_state_dict(states["loader"])


def main() -> None:
    """Train, on as many ranks as torchrun has started."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--images", type=int, default=203, help="203 by default: the last batch of an epoch has 11")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument(
        "--checkpoint", type=Path, help="written after every step; read at the beginning if it is there"
    )
    parser.add_argument("--stop-after", type=int, help="steps")
    parser.add_argument("--compare", action="store_true", help="train once more in one process, and compare the losses")
    parser.add_argument("--write", type=Path, help="a JSON file for the digests and the losses")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if "RANK" in os.environ:  # torchrun started this
        distributed.init_process_group("gloo")
    first = not distributed.is_initialized() or distributed.get_rank() == 0
    batches = data(arguments.images, arguments.batch_size)
    training = Training(batches)
    if arguments.checkpoint is not None and arguments.checkpoint.exists():
        training.load(arguments.checkpoint)
    training.run(arguments.epochs, arguments.checkpoint, arguments.stop_after, show=first)
    if distributed.is_initialized():
        distributed.barrier()
    if first and arguments.compare:
        alone = Training(batches, alone=True)
        alone.run(arguments.epochs, show=False)
        steps = len(training.losses)
        apart = max(abs(one - other) for one, other in zip(training.losses, alone.losses[-steps:], strict=True))
        same = training.digests == alone.digests[-steps:]
        print(f"one process: {'the same' if same else 'OTHER'} batches, the losses differ by {apart:.1e} at most")
    if first and arguments.write is not None:
        arguments.write.write_text(json.dumps({"digests": training.digests, "losses": training.losses}))
    if distributed.is_initialized():
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
