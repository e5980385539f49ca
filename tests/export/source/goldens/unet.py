"""The network `unet` in plain PyTorch, written by archspec.

Reference: Ronneberger et al. 2015, U-Net (valid convolutions, cropped skips)
Fingerprint: 0000000000000000000000000000000000000000000000000000000000000000

It starts with torch's own initialization. `unet.safetensors` has the weights under the same keys:

    from safetensors.torch import load_file

    model = UNet()
    model.load_state_dict(load_file("unet.safetensors"))
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DoubleConv(nn.Module):
    """The block `double_conv`."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, kernel_size=3)
        self.act = nn.ReLU(inplace=True)
        self.conv_2 = nn.Conv2d(channels, channels, kernel_size=3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.conv(x))
        return self.act(self.conv_2(x))


class Up(nn.Module):
    """The block `up`."""

    def __init__(self, in_channels: int, channels: int, crop: int) -> None:
        super().__init__()
        self.crop = crop
        self.up = nn.ConvTranspose2d(in_channels, channels, kernel_size=2, stride=2)
        self.double_conv = DoubleConv(in_channels, channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = torch.cat([F.pad(skip, (-self.crop, -self.crop, -self.crop, -self.crop)), self.up(x)], dim=1)
        return self.double_conv(x)


class UNet(nn.Module):
    """The network: (N, 1, 572, 572) to (N, 2, 388, 388)."""

    def __init__(self) -> None:
        super().__init__()
        self.down1 = DoubleConv(1, 64)
        self.max_pool = nn.MaxPool2d(kernel_size=2)
        self.down2 = DoubleConv(64, 128)
        self.down3 = DoubleConv(128, 256)
        self.down4 = DoubleConv(256, 512)
        self.bottom = DoubleConv(512, 1024)
        self.up4 = Up(1024, 512, 4)
        self.up3 = Up(512, 256, 16)
        self.up2 = Up(256, 128, 40)
        self.up1 = Up(128, 64, 88)
        self.out = nn.Conv2d(64, 2, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        down1 = self.down1(x)
        x = self.max_pool(down1)
        down2 = self.down2(x)
        x = self.max_pool(down2)
        down3 = self.down3(x)
        x = self.max_pool(down3)
        down4 = self.down4(x)
        x = self.max_pool(down4)
        x = self.bottom(x)
        x = self.up4(x, down4)
        x = self.up3(x, down3)
        x = self.up2(x, down2)
        x = self.up1(x, down1)
        return self.out(x)
