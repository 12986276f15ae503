"""Gradients of DistributedDataParallel: run as ``gradients.py RESULT.json``, it writes what ranks have after a step.

The first step of an epoch, and its last, of 3 rows, which are fewer than 4 ranks.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import ranks
import scene
import torch
from torch import distributed, nn

import samebatch.torch


def gradients(_: int = 0) -> list[list[float]]:
    """Return the gradients of a model of convolutions after each of the steps, float64."""
    torch.manual_seed(0)
    model: nn.Module = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 5)
    ).double()
    parameters = list(model.parameters())
    if distributed.is_initialized():
        model = nn.parallel.DistributedDataParallel(model)
    loader = samebatch.torch.DataLoader(scene.batches(layout="channels_first"))
    seen = []
    for step in (0, scene.STEPS - 1):
        loader.set_epoch(0, step)
        x, y = next(iter(loader))
        losses = nn.functional.cross_entropy(model(x.double()), y.long(), reduction="none")
        model.zero_grad()
        (loader.row_weight(step) * losses.sum()).backward()
        seen.append([number for p in parameters for number in p.grad.flatten().tolist()])
    return seen


def main() -> None:
    importlib.import_module("torch._dynamo")  # a second's work, which DistributedDataParallel asks for in every rank
    told = {str(count): ranks.run(count, gradients) for count in (2, 4)}
    Path(sys.argv[1]).write_text(json.dumps(told | {"alone": gradients()}), encoding="utf-8")


if __name__ == "__main__":
    main()
