"""Modules by the names of what makes them, and examples of what they are called with."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from archspec.errors import UsageError


def named(text: str) -> nn.Module:
    """The module that `MODULE:CALLABLE` gives; MODULE is imported, from the working directory too, and what is no
    module is called. Raises `UsageError`, whatever that raises."""
    name, found, path = text.partition(":")
    if not (name and found and path):
        raise UsageError(f"`{text}` is no module and callable in it; write for example torchvision.models:resnet18")
    sys.path.insert(0, os.getcwd())
    try:
        target: Any = importlib.import_module(name)
        for part in path.split("."):
            target = getattr(target, part)
        made = target if isinstance(target, nn.Module) else target()
    except Exception as error:
        raise UsageError(f"cannot call `{text}`: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(os.getcwd())
    if not isinstance(made, nn.Module):
        raise UsageError(f"`{text}` gives a value of type `{type(made).__name__}`, not a torch.nn.Module")
    return made


def examples(shapes: Sequence[Sequence[int]], ids: int | None = None) -> list[torch.Tensor]:
    """A value of each shape, in a batch of two; or ids less than a number, the largest among them."""
    if ids is None:
        return [torch.randn(2, *shape) for shape in shapes]
    found = [torch.randint(ids, (2, *shape)) for shape in shapes]
    for one in found:
        one.view(-1)[0] = ids - 1
    return found
