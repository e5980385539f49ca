"""The published implementations of bundled specs: which network has its original where, and how to make it there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn

Maker = Callable[[str], nn.Module]

_NETWORKS = {
    "torchvision": """
        alexnet
        convnext_tiny convnext_small convnext_base
        deeplabv3_resnet50 fcn_resnet50
        densenet121 densenet161 densenet169 densenet201
        efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_v2_s
        fcos_resnet50_fpn retinanet_resnet50_fpn ssd300_vgg16
        googlenet inception_v3
        mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3
        mobilenet_v2 mobilenet_v3_small mobilenet_v3_large
        r3d_18 mc3_18 r2plus1d_18 s3d
        regnet_x_400mf regnet_x_3_2gf regnet_y_400mf regnet_y_800mf regnet_y_1_6gf
        resnet18 resnet34 resnet50 resnet101 resnet152 resnet50_fpn resnet50_gn resnext50_32x4d wide_resnet50_2
        shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5
        squeezenet1_0 squeezenet1_1
        vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn
        vit_b_16 vit_b_32 vit_l_16
    """,
    "timm": """
        beit_base_patch16_224 beit_large_patch16_224
        cait_xxs24_224
        convmixer_768_32 convmixer_1024_20_ks9_p14 convmixer_1536_20
        darknet53 cspdarknet53
        deit_tiny_patch16_224 deit_small_patch16_224 deit_base_patch16_224
        deit3_small_patch16_224 deit3_base_patch16_224
        dla34
        dm_nfnet_f0
        edgenext_xx_small
        efficientformer_l1 efficientformer_l3
        eva02_tiny_patch14_224
        fasternet_t0
        gcvit_xxtiny
        ghostnet_050 ghostnet_100 ghostnet_130
        gmlp_ti16_224 gmlp_s16_224
        hgnetv2_b0
        hrnet_w18_small
        inception_next_atto
        levit_128s levit_128 levit_256
        maxvit_tiny_tf_224
        mixer_s32_224 mixer_s16_224 mixer_b16_224
        mobilenetv1_100 mobilenetv4_conv_small
        mobilevit_xxs mobilevit_xs mobilevit_s
        mobileone_s0 mobileone_s1 mobileone_s2
        nest_tiny nest_small
        pit_ti_224 pit_xs_224 pit_s_224
        poolformer_s12 poolformer_s24
        pvt_v2_b0 pvt_v2_b1
        repvgg_a0 repvgg_a1 repvgg_a2 repvgg_b0
        res2net50_26w_4s
        resmlp_12_224 resmlp_24_224
        resnest14d resnest26d resnest50d
        resnet50d resnetv2_50 resnetv2_50x1_bit seresnet50
        rexnet_100
        starnet_s1
        swin_tiny_patch4_window7_224 swin_small_patch4_window7_224 swin_base_patch4_window7_224
        swinv2_tiny_window8_256 swinv2_small_window8_256
        tiny_vit_5m_224
        tnt_s_patch16_224
        vit_small_patch16_dinov3 vit_base_patch16_dinov3
        xception41
        xcit_tiny_12_p16_224
    """,
    "rtdl_revisiting_models": "ft_transformer tabular_resnet",
    "segmentation_models_pytorch": "deeplabv3plus_resnet50 pspnet_resnet50 unetplusplus_resnet34",
    "ultralytics": "yolov8n yolov8s yolov8m yolo11n yolo11s",
    "diffusers": "ddpm_cifar10 stable_diffusion_unet stable_diffusion_vae",
    "github.com": """
        cbam_resnet50
        crnn cyclegan_generator dcgan_discriminator dcgan_generator dit_xl_2 lstm_650_tied siamese_digits
    """,
    "transformers": """
        albert_base_v2 bert_base_uncased roberta_base
        clip_vit_base_patch32 siglip_base_patch16_224
        dinov2_small_registers
        gemma2_2b gemma3_1b
        gpt2_tied
        gpt_neox_20b pythia_160m
        llama3_8b llama3_70b llama3_1_8b llama3_tiny mistral_7b mixtral_8x7b qwen3_8b qwen3_0_6b
        modernbert_base
        segformer_b0 segformer_b1
        t5_small
        wav2vec2_base
        whisper_tiny
    """,
}

LIBRARIES = {library: names.split() for library, names in _NETWORKS.items()}
"""The networks whose originals are in each library, by the names that they bear there and here."""

ARGUMENTS: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "init_weights": False, "transform_input": False},
    "inception_v3": {"aux_logits": False, "init_weights": False, "transform_input": False},
    "deeplabv3_resnet50": {"weights_backbone": None},
    "fcn_resnet50": {"weights_backbone": None},
    "tiny_vit_5m_224": {"num_classes": 1000},
}
"""What the originals are made with besides their names: no weights, no auxiliary heads, and ImageNet's classes."""

ADULT = [9, 16, 7, 15, 6, 5, 2, 42]
"""The numbers of categories in the columns of Adult."""


def libraries() -> tuple[dict[str, Maker], dict[str, str]]:
    """For each library that is installed, what makes its networks by name; for each other one, what was missing."""
    found: dict[str, Maker] = {}
    missing: dict[str, str] = {}
    prepare = {
        "torchvision": _torchvision,
        "timm": _timm,
        "rtdl_revisiting_models": _rtdl_revisiting_models,
        "segmentation_models_pytorch": _segmentation_models_pytorch,
        "ultralytics": _ultralytics,
        "transformers": _transformers,
        "diffusers": _diffusers,
        "github.com": _github,
    }
    for name in LIBRARIES:
        try:
            found[name] = prepare[name]()
        except ImportError as error:
            missing[name] = str(error)
    return found, missing


def _torchvision() -> Maker:
    from _detection import torchvision_detectors
    from _torchvision import torchvision

    detectors = torchvision_detectors(torchvision)

    def make(name: str) -> nn.Module:
        models = torchvision.models
        if name in detectors:
            return detectors[name]()
        if name == "resnet50_gn":
            return models.resnet50(norm_layer=partial(nn.GroupNorm, 32))
        if name == "resnet50_fpn":
            backbone = models.detection.backbone_utils.resnet_fpn_backbone
            return backbone(backbone_name="resnet50", weights=None, norm_layer=nn.BatchNorm2d)
        return models.get_model(name, weights=None, **ARGUMENTS.get(name, {}))

    return make


def _timm() -> Maker:
    import _torchvision  # noqa: F401  (timm imports torchvision)
    import timm

    return lambda name: timm.create_model(name, pretrained=False, **ARGUMENTS.get(name, {}))


def _transformers() -> Maker:
    import _transformers

    return _transformers.maker


def _diffusers() -> Maker:
    import _diffusers

    return _diffusers.maker


def _github() -> Maker:
    import _github

    return _github.maker


def _segmentation_models_pytorch() -> Maker:
    import _detection

    return _detection.segmentation_models_pytorch()


def _ultralytics() -> Maker:
    import _detection

    return _detection.ultralytics()


def _rtdl_revisiting_models() -> Maker:
    from rtdl_revisiting_models import FTTransformer, ResNet

    class ByTable(FTTransformer):
        """One that takes ids that are numbered on from column to column."""

        def forward(self, x_cont: Tensor, x_cat: Tensor) -> Tensor:
            return super().forward(x_cont, x_cat - torch.tensor([*accumulate(ADULT[:-1], initial=0)]))

    sizes = {"d_in": 100, "d_out": 1, "n_blocks": 2, "d_block": 192, "d_hidden": 384, "d_hidden_multiplier": None}
    adult = {"n_cont_features": 6, "cat_cardinalities": ADULT}
    makers = {
        "tabular_resnet": partial(ResNet, **sizes, dropout1=0.15, dropout2=0.0),
        "ft_transformer": partial(ByTable, **adult, d_out=1, **FTTransformer.get_default_kwargs()),
    }
    return lambda name: makers[name]()
