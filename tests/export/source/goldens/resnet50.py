"""The network `resnet50` in plain PyTorch, written by archspec.

Reference: He et al. 2015, Deep Residual Learning; torchvision (stride on the 3×3)
Fingerprint: 0000000000000000000000000000000000000000000000000000000000000000

It starts with torch's own initialization. `resnet50.safetensors` has the weights under the same keys:

    from safetensors.torch import load_file

    model = ResNet50()
    model.load_state_dict(load_file("resnet50.safetensors"))
"""

from __future__ import annotations

from torch import Tensor, nn


class Bottleneck(nn.Module):
    """The block `bottleneck`."""

    def __init__(self, channels: int, hidden_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, hidden_channels, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden_channels)
        self.act = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(hidden_channels, hidden_channels, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(hidden_channels)
        self.conv3 = nn.Conv2d(hidden_channels, channels, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.bn1(self.conv1(x)))
        y = self.act(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        y += x
        return self.act(y)


class BottleneckDownsample(nn.Module):
    """The block `bottleneck`."""

    def __init__(self, in_channels: int, channels: int, hidden_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, hidden_channels, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(hidden_channels)
        self.act = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(hidden_channels, hidden_channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(hidden_channels)
        self.conv3 = nn.Conv2d(hidden_channels, channels, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)
        self.downsample = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=1, stride=stride, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.bn1(self.conv1(x)))
        y = self.act(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        y += self.downsample(x)
        return self.act(y)


class ResNet50(nn.Module):
    """The network: (N, 3, 224, 224) to (N, 1000)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.act = nn.ReLU(inplace=True)
        self.max_pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = nn.Sequential(BottleneckDownsample(64, 256, 64, 1), Bottleneck(256, 64), Bottleneck(256, 64))
        self.layer2 = nn.Sequential(BottleneckDownsample(256, 512, 128, 2), *[Bottleneck(512, 128) for _ in range(3)])
        self.layer3 = nn.Sequential(BottleneckDownsample(512, 1024, 256, 2), *[Bottleneck(1024, 256) for _ in range(5)])
        self.layer4 = nn.Sequential(
            BottleneckDownsample(1024, 2048, 512, 2), Bottleneck(2048, 512), Bottleneck(2048, 512)
        )
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.bn1(self.conv1(x)))
        x = self.max_pool(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        return self.fc(x.mean((2, 3)))
