"""Do the networks learn, and what are shortcuts for?

    python benchmarks/learn.py [--seed N] [--quick]

Two experiments on scikit-learn's digits (1,797 images of 8 × 8), with nothing but Adam and a falling rate:

1. The bundled residual MLP, `mlp_residual`, on 64 inputs: at least 95 % of the test images within a minute on a CPU.
2. The bundled ResNet-56 for CIFAR (He et al. 2015, section 4.2) on the same data, beside a plain network that differs
   in nothing but `shortcut: none`: the same layers, weights, order of the images and learning rate.

Prints both curves. The exit code is 1 if the first experiment misses its 95 %.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

import archspec

REQUIRED = 0.95

MLP = """\
archspec: 1
extends: mlp_residual
input: [64]
"""

RESIDUAL = """\
archspec: 1
extends: resnet56_cifar
input: [1, 8, 8]
"""

PLAIN = f"""\
{RESIDUAL}defaults:
  basic: {{shortcut: none}}
"""


@dataclass(frozen=True)
class Data:
    """Images as vectors of values from 0 to 1, and the digits they show."""

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor


@dataclass(frozen=True)
class Epoch:
    """The mean loss over an epoch of training, the accuracy on the test images after it, and the time so far."""

    loss: float
    accuracy: float
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="for the weights, the order of the images, and dropout")
    parser.add_argument("--quick", action="store_true", help="fewer epochs")
    options = parser.parse_args()
    torch.set_num_threads(1)  # nothing here is large enough to share, and a busy machine then costs less
    data = digits()

    print(f"mlp_residual on 64 inputs\n\n{MLP}")
    epochs = train(MLP, data, 5 if options.quick else 10, options.seed)
    print_curves({"mlp_residual": epochs})

    print(f"\nA plain network of 56 layers, and its residual twin\n\n{PLAIN}")
    twins = {"plain": PLAIN, "residual": RESIDUAL}
    curves = {name: train(text, data, 3 if options.quick else 6, options.seed) for name, text in twins.items()}
    print_curves(curves)
    return conclude(epochs[-1], curves["plain"][-1], curves["residual"][-1])


def conclude(mlp: Epoch, plain: Epoch, residual: Epoch) -> int:
    reached = mlp.accuracy >= REQUIRED
    verdict = "as required" if reached else "too few"
    print(f"\nmlp_residual: {mlp.accuracy:.1%} after {mlp.seconds:.0f} s, {verdict} (at least {REQUIRED:.0%})")
    print(f"56 layers: {plain.accuracy:.1%} plain, {residual.accuracy:.1%} with shortcuts")
    return 0 if reached else 1


def digits() -> Data:
    """The digits; a quarter of them, the same for every seed, is for testing."""
    bunch = load_digits()
    x = torch.tensor(bunch.data / 16, dtype=torch.float32)
    y = torch.tensor(bunch.target)
    train, test = train_test_split(range(len(y)), test_size=0.25, random_state=0, stratify=bunch.target)
    return Data(x[train], y[train], x[test], y[test])


def train(spec: str, data: Data, epochs: int, seed: int, rate: float = 1e-3, batch: int = 64) -> list[Epoch]:
    """Build a network and train it; the learning rate falls in a line, so that the end does not depend on luck."""
    graph = archspec.compile(spec)
    shape = next(value.type.shape for value in graph.inputs.values() if value.type is not None)
    model = archspec.build(graph, seed=seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1 / epochs, total_iters=epochs - 1)
    train_x, test_x = (x.reshape(-1, *shape) for x in (data.train_x, data.test_x))
    torch.manual_seed(seed)
    start = time.perf_counter()
    found = []
    for _ in range(epochs):
        loss = one_epoch(model, optimizer, train_x, data.train_y, batch)
        schedule.step()
        found.append(Epoch(loss, accuracy(model, test_x, data.test_y), time.perf_counter() - start))
    return found


def one_epoch(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, batch: int) -> float:
    """Go once over the training images, in whole batches; the mean loss."""
    model.train()
    losses = []
    for chosen in torch.randperm(len(x))[: len(x) // batch * batch].split(batch):
        loss = cross_entropy(model(x[chosen]), y[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@torch.no_grad()
def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of images that the network recognizes."""
    model.eval()
    return (model(x).argmax(dim=1) == y).float().mean().item()


def print_curves(curves: dict[str, list[Epoch]], width: int = 30) -> None:
    """A row for each epoch: loss, accuracy on the test images, and that as a bar."""
    for name, epochs in curves.items():
        print(f"{name:<14}{'loss':>8}{'accuracy':>11}{'time':>8}")
        for number, epoch in enumerate(epochs, start=1):
            bar = "#" * round(epoch.accuracy * width)
            print(
                f"  epoch {number:<6}{epoch.loss:>8.3f}{epoch.accuracy:>11.1%}{epoch.seconds:>6.0f} s  |{bar:<{width}}|"
            )


if __name__ == "__main__":
    raise SystemExit(main())
