"""The training of the demo, in PyTorch: a plain loop over a ``samebatch.torch.DataLoader``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

import samebatch.torch
from samebatch.cli.demo.job import CLASSES, FILTERS, LEARNING_RATE, MOMENTUM, Job
from samebatch.cli.demo.witness import Training, Witness

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

CHANNELS_FIRST = (0, 3, 1, 2)
CHANNELS_LAST = (0, 2, 3, 1)


class Model(nn.Module):
    """The model that the demo trains in Keras, layer by layer."""

    def __init__(self, weights: tuple[NDArray[np.float32], ...]) -> None:
        super().__init__()
        one, two = FILTERS
        self.first = nn.Conv2d(1, one, 3, padding=1)
        self.second = nn.Conv2d(one, two, 3, padding=1)
        self.last = nn.Linear(4 * 4 * two, CLASSES)
        layers: tuple[nn.Conv2d | nn.Linear, ...] = (self.first, self.second, self.last)
        for layer, kernel, bias in zip(layers, weights[0::2], weights[1::2], strict=True):
            axes = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)  # noqa: PLR2004 - the rank of a convolution's kernel
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernel.transpose(axes))))
                layer.bias.copy_(torch.from_numpy(bias))  # type: ignore[union-attr]  # both layers have one

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits (batch, classes) of images (batch, height, width, channels)."""
        x = torch.relu(self.first(x.permute(CHANNELS_FIRST)))
        x = torch.max_pool2d(torch.relu(self.second(x)), 2)
        logits: torch.Tensor = self.last(x.permute(CHANNELS_LAST).flatten(1))
        return logits


def train(job: Job, tick: Callable[[], None]) -> Training:
    """Train by a loop; return what each epoch's training steps received, and the accuracy after it."""
    witness = Witness(tick)
    model = Model(job.weights)
    optimizer = torch.optim.SGD(model.parameters(), LEARNING_RATE, momentum=MOMENTUM)
    loader = samebatch.torch.DataLoader(job.train)
    for epoch in range(job.epochs):
        loader.set_epoch(epoch)
        for x, y in loader:
            witness.see(x, y)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        witness.end_epoch(_accuracy(model, job))
    return Training(f"PyTorch {torch.__version__}", tuple(witness.epochs))


def _accuracy(model: Model, job: Job) -> float:
    """Return the part of the images held out that the model gets right, 0 to 1."""
    right = 0
    with torch.no_grad():
        for x, y in samebatch.torch.DataLoader(job.valid):
            right += int((model(x).argmax(1) == y).sum())
    return right / len(job.valid.source)
