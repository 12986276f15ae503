"""Training in several processes with Ray Train: each worker gets its rows of every global batch.

    python examples/ray_train.py                                        # two workers, three epochs
    python examples/ray_train.py --epochs 1 --storage runs              # one epoch, and a checkpoint
    python examples/ray_train.py --workers 3 --resume runs/.../checkpoint_...   # the other two, by three workers

A resumed run sees the remaining global batches, whatever the number of workers was before and is now.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import ray
import ray.data
import ray.train
import torch
from ray.train import Checkpoint, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer, prepare_model

import samebatch as sb
import samebatch.ray
from samebatch.cli import photographs

EPOCHS = 3
SIZE = 64


def batches(count: int) -> sb.Batches:
    """Return the batches of crops of two photographs; which one, is the label."""
    source = sb.ArraySource(photographs.crops(count, SIZE), np.arange(count) % 2)
    pipeline = sb.Pipeline(
        [sb.RandomFlip(), sb.RandomRotation(20), sb.RandomZoom(0.8, 1.2), sb.Rescale(1 / 255)], layout="channels_first"
    )
    return sb.Batches(source, pipeline, batch_size=24, seed=7, last_batch="drop")


def loop(config: dict[str, Any]) -> None:
    """Train; each worker runs this."""
    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(3, 8, 3, stride=4), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8 * 256, 2)]
    model = prepare_model(torch.nn.Sequential(*layers))
    if config["weights"] is not None:
        model.load_state_dict(config["weights"])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses: list[float] = []
    for batch in samebatch.ray.iter_torch_batches(ray.train.get_dataset_shard("train")):
        loss = torch.nn.functional.cross_entropy(model(batch["x"]), batch["y"])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # PyTorch's own
        optimizer.step()
        losses.append(float(loss.detach()))
        if batch["step"] == config["steps"] - 1:
            state = config["state"] | {"epoch": batch["epoch"] + 1, "step": 0}
            report(model, state, {"epoch": batch["epoch"], "loss": float(np.mean(losses[-config["steps"] :]))})


def report(model: torch.nn.Module, state: dict[str, Any], metrics: dict[str, Any]) -> None:
    """Tell the driver how an epoch went; the first worker adds a checkpoint: weights, and where to go on."""
    if ray.train.get_context().get_world_rank() != 0:
        ray.train.report(metrics)
        return
    with tempfile.TemporaryDirectory() as folder:
        torch.save(model.state_dict(), Path(folder, "weights.pt"))
        Path(folder, "run.json").write_text(json.dumps(state), encoding="utf-8")
        ray.train.report(metrics, checkpoint=Checkpoint.from_directory(folder))


def main() -> None:
    """Parse the command line, and train on a cluster of this machine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of the whole run")
    parser.add_argument("--count", type=int, default=480, help="images")
    parser.add_argument("--storage", type=Path, help="where checkpoints are kept; nowhere if it is not given")
    parser.add_argument("--resume", type=Path, help="a checkpoint to go on from")
    arguments = parser.parse_args()
    # A worker has one CPU, and the tasks that make its batches need others. CPUs are what Ray counts, not the machine.
    ray.init(address="local", num_cpus=arguments.workers + 2, include_dashboard=False, object_store_memory=400_000_000)
    train, start, weights = batches(arguments.count), (0, 0), None
    if arguments.resume:
        start = train.resume(json.loads((arguments.resume / "run.json").read_text(encoding="utf-8")))
        weights = torch.load(arguments.resume / "weights.pt")
    ray.data.DataContext.get_current().enable_progress_bars = False
    data = samebatch.ray.dataset(train, epochs=arguments.epochs, start=start)
    with tempfile.TemporaryDirectory() as temporary:
        result = TorchTrainer(
            loop,
            train_loop_config={"steps": len(train), "state": train.state(0, 0), "weights": weights},
            scaling_config=ScalingConfig(num_workers=arguments.workers),
            run_config=RunConfig(storage_path=str((arguments.storage or Path(temporary)).resolve())),
            datasets={"train": data},
            dataset_config=samebatch.ray.DataConfig(),
        ).fit()
        metrics, checkpoint = result.metrics or {}, result.checkpoint
        print(
            f"epoch {metrics['epoch']}: loss {metrics['loss']:.4f}; {checkpoint.path if checkpoint else 'nothing kept'}"
        )
    ray.shutdown()


if __name__ == "__main__":
    main()
