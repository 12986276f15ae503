"""Training with Lightning: a DataModule whose loader knows where the run is, so a checkpoint within an epoch goes on.

    python examples/lightning_module.py --checkpoints runs --stop-after 5
    python examples/lightning_module.py --checkpoints runs

Lightning asks the loader for its state when it writes a checkpoint, gives it back when ``fit`` is told ``ckpt_path=``,
and tells the loader's sampler each epoch. Trainer has to be told ``use_distributed_sampler=False``: the loader takes
its rows of every global batch by itself, and Lightning would put a sampler of its own in its place.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from torch import nn
from torch.nn.functional import cross_entropy

import samebatch as sb
import samebatch.torch
from samebatch.cli import photographs


class Photographs(lightning.LightningDataModule):
    """Crops of two photographs, labelled by which it is; in real life a folder or a set of shards."""

    def __init__(self, images: int = 203, batch_size: int = 32, seed: int = 7, workers: int = 0) -> None:
        super().__init__()
        self.save_hyperparameters()
        pipeline = sb.Pipeline(
            [sb.RandomFlip(), sb.RandomRotation(15), sb.RandomBrightness(0.8, 1.2), sb.Normalize(0.5, 0.25)],
            layout="channels_first",
        )
        source = sb.ArraySource(photographs.crops(images, 32), np.arange(images) % 2)
        self.batches = sb.Batches(source, pipeline, batch_size=batch_size, seed=seed)
        self.workers = workers

    def train_dataloader(self) -> samebatch.torch.DataLoader:
        """Return the loader. It takes its rank from torch.distributed, which Lightning has set up by now."""
        return samebatch.torch.DataLoader(self.batches, num_workers=self.workers)

    def val_dataloader(self) -> samebatch.torch.DataLoader:
        """Return every image once, as it is."""
        return samebatch.torch.DataLoader(self.batches.evaluation())


class Classifier(lightning.LightningModule):
    """A small network."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Sequential(nn.Conv2d(3, 16, 3, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 8 * 8, 2))

    def training_step(self, batch: Any, step: int) -> torch.Tensor:  # noqa: ANN401 (tensors)
        """Return the loss, so that the average over ranks is the mean over the global batch."""
        x, y = batch
        loader: Any = self.trainer.train_dataloader
        return cross_entropy(self.network(x), y, reduction="sum") * float(loader.row_weight(step))

    def validation_step(self, batch: Any, _: int) -> None:  # noqa: ANN401 (tensors)
        """Log how many are right, and of how many: sums, since ranks may have other numbers of rows, or none."""
        x, y = batch
        right = (self.network(x).argmax(1) == y).sum().float()
        self.log_dict({"right": right, "seen": float(len(y))}, reduce_fx="sum", sync_dist=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimizer."""
        return torch.optim.SGD(self.parameters(), lr=0.05)


class Witness(Callback):
    """Tells the digest of every batch, and stops before one of them, as if the machine were wanted elsewhere."""

    def __init__(self, stop_after: int | None) -> None:
        self.left = stop_after

    def on_train_batch_start(self, trainer: Any, _: Any, batch: Any, step: int) -> None:  # noqa: ANN401 (Lightning's)
        """Tell of a batch."""
        if self.left == 0:
            raise KeyboardInterrupt
        self.left = None if self.left is None else self.left - 1
        print(f"epoch {trainer.current_epoch} step {step}: {sb.digest(*batch, layout='channels_first')}", flush=True)

    def on_validation_epoch_end(self, trainer: Any, _: Any) -> None:  # noqa: ANN401 (Lightning's)
        """Tell of a validation."""
        if not trainer.sanity_checking:
            right, seen = (int(trainer.callback_metrics[name]) for name in ("right", "seen"))
            print(f"epoch {trainer.current_epoch}: {right} of {seen} right", flush=True)


def main() -> None:
    """Train, and go on if there is a checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--checkpoints", type=Path, default=Path("runs"))
    parser.add_argument("--every", type=int, default=1, help="steps from checkpoint to checkpoint")
    parser.add_argument("--stop-after", type=int, help="steps, as if the machine were wanted for something else")
    arguments = parser.parse_args()
    lightning.seed_everything(0, verbose=False)
    trainer = lightning.Trainer(
        max_epochs=arguments.epochs,
        accelerator="cpu",
        devices=arguments.ranks,
        strategy="auto" if arguments.ranks == 1 else "ddp",
        use_distributed_sampler=False,
        callbacks=[
            ModelCheckpoint(
                arguments.checkpoints,
                filename="last",
                every_n_train_steps=arguments.every,
                enable_version_counter=False,
            ),
            Witness(arguments.stop_after),
        ],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    checkpoint = arguments.checkpoints / "last.ckpt"
    data = Photographs(workers=arguments.workers)
    trainer.fit(Classifier(), datamodule=data, ckpt_path=checkpoint if checkpoint.exists() else None)


if __name__ == "__main__":
    main()
