"""The originals of bundled specs in diffusers, configured by the parameters of the specs."""

from __future__ import annotations

import diffusers
from _sized import Built, Maker, Params
from torch import Tensor, nn


class TextUNet(diffusers.UNet2DConditionModel):
    """One that takes times as a column, and gives the tensor itself."""

    def forward(self, sample: Tensor, timestep: Tensor, text: Tensor) -> Tensor:
        return super().forward(sample, timestep[:, 0], text).sample


class UNet(diffusers.UNet2DModel):
    """The same without a text."""

    def forward(self, sample: Tensor, timestep: Tensor) -> Tensor:
        return super().forward(sample, timestep[:, 0]).sample


class Autoencoder(diffusers.AutoencoderKL):
    """One that gives the image of the mean latent image, and the distribution of latent images."""

    def forward(self, sample: Tensor) -> dict[str, Tensor]:
        latent = self.encode(sample).latent_dist
        return {"sample": self.decode(latent.mean).sample, "mean": latent.mean, "logvar": latent.logvar}


def _ddpm(params: Params) -> nn.Module:
    width = params["width"]
    return UNet(
        sample_size=params["size"],
        in_channels=params["channels"],
        out_channels=params["channels"],
        block_out_channels=(width, 2 * width, 2 * width, 2 * width),
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=None,
        downsample_padding=0,
        flip_sin_to_cos=False,
        freq_shift=1,
        norm_eps=1e-6,
        norm_num_groups=params["groups"],
    )


def _unet(params: Params) -> nn.Module:
    width = params["width"]
    return TextUNet(
        sample_size=params["size"],
        in_channels=params["channels"],
        out_channels=params["channels"],
        block_out_channels=(width, 2 * width, 4 * width, 4 * width),
        attention_head_dim=params["heads"],  # the number of heads in version 1.5
        cross_attention_dim=params["text"],
        norm_num_groups=params["groups"],
    )


def _vae(params: Params) -> nn.Module:
    width = params["width"]
    return Autoencoder(
        in_channels=params["channels"],
        out_channels=params["channels"],
        latent_channels=params["latent"],
        block_out_channels=(width, 2 * width, 4 * width, 4 * width),
        down_block_types=4 * ("DownEncoderBlock2D",),
        up_block_types=4 * ("UpDecoderBlock2D",),
        layers_per_block=2,
        norm_num_groups=params["groups"],
    )


ORIGINALS = {
    "ddpm_cifar10": Built(_ddpm, {"size": 16, "width": 16, "groups": 4}),
    "stable_diffusion_unet": Built(_unet, {"size": 16, "width": 16, "groups": 4, "heads": 2, "text": 24}),
    "stable_diffusion_vae": Built(_vae, {"width": 16, "groups": 4}),
}

maker = Maker(ORIGINALS)
