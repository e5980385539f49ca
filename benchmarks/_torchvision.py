"""`from _torchvision import torchvision`, also where its compiled operators do not fit the installed torch.

A torch built for the CPU beside a torchvision built for CUDA cannot load torchvision's operator library. torchvision is
made for that and disables what needs the library, but then describes two of the missing operators to torch all the
same, which is an error. Declaring these two lets it pass; its models, and timm's, never call them.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import torch

_MISSING = {
    "torchvision::nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "torchvision::qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def _import_torchvision() -> ModuleType:
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
    for name in [name for name in sys.modules if name.startswith("torchvision.")]:
        del sys.modules[name]  # what the first attempt left behind
    for operator, schema in _MISSING.items():
        torch.library.define(operator, schema)
    return importlib.import_module("torchvision")


torchvision = _import_torchvision()
