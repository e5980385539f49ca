"""The originals of bundled specs that find and segment objects: what their heads return, before boxes are decoded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn

SMALL: Mapping[str, Mapping[str, Any]] = {
    name: {"size": 128} for name in ("retinanet_resnet50_fpn", "fcos_resnet50_fpn")
}
"""Parameters of specs with which outputs are compared in less time."""


def running(module: nn.Module, run: Callable[[nn.Module, Tensor], Any]) -> nn.Module:
    """The module, so that a call of it is `run` of it."""
    module.forward = partial(run, module)
    return module


def torchvision_detectors(torchvision: Any) -> dict[str, Callable[[], nn.Module]]:
    """By name. Norms are frozen, as in the published weights."""
    detection, above = torchvision.models.detection, torchvision.ops.feature_pyramid_network.LastLevelP6P7

    def heads(module: nn.Module, image: Tensor) -> dict[str, Tensor]:
        return module.head([*module.backbone(image).values()])

    def pyramid(detector: Callable[..., nn.Module]) -> nn.Module:
        levels = {"returned_layers": [2, 3, 4], "extra_blocks": above(256, 256)}
        backbone = detection.backbone_utils.resnet_fpn_backbone(backbone_name="resnet50", weights=None, **levels)
        return running(detector(backbone, num_classes=91), heads)

    return {
        "retinanet_resnet50_fpn": lambda: pyramid(detection.RetinaNet),
        "fcos_resnet50_fpn": lambda: pyramid(detection.FCOS),
        "ssd300_vgg16": lambda: running(detection.ssd300_vgg16(weights=None, weights_backbone=None), heads),
    }


def ultralytics() -> Callable[[str], nn.Module]:
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    os.environ.setdefault("YOLO_CONFIG_DIR", "build")
    import _torchvision  # noqa: F401  (ultralytics imports torchvision)
    from ultralytics.nn.tasks import DetectionModel

    def heads(module: nn.Module, image: Tensor) -> dict[str, Tensor]:
        found = type(module).forward(module, image)[1]
        return {name: found[name] for name in ("boxes", "scores")}

    return lambda name: running(DetectionModel(f"{name}.yaml", verbose=False), heads)


def segmentation_models_pytorch() -> Callable[[str], nn.Module]:
    import _torchvision  # noqa: F401  (segmentation_models_pytorch imports torchvision)
    import segmentation_models_pytorch as models

    makers = {
        "deeplabv3plus_resnet50": partial(models.DeepLabV3Plus, "resnet50"),
        "pspnet_resnet50": partial(models.PSPNet, "resnet50", encoder_depth=5, output_stride=8),
        "unetplusplus_resnet34": partial(models.UnetPlusPlus, "resnet34"),
    }
    return lambda name: makers[name](encoder_weights=None)
