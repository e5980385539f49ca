"""The network `mlp_residual` in plain PyTorch, written by archspec.

Reference: Xiong et al. 2020, On Layer Normalization in the Transformer Architecture (its feed-forward part)
Fingerprint: 0000000000000000000000000000000000000000000000000000000000000000

It starts with torch's own initialization. `mlp_residual.safetensors` has the weights under the same keys:

    from safetensors.torch import load_file

    model = MLPResidual()
    model.load_state_dict(load_file("mlp_residual.safetensors"))
"""

from __future__ import annotations

from torch import Tensor, nn


class MLPResidualBlock(nn.Module):
    """The block `mlp_residual`."""

    def __init__(self, channels: int, hidden_channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.fc1 = nn.Linear(channels, hidden_channels)
        self.act = nn.GELU()
        self.dropout = nn.Dropout(p=0.1)
        self.fc2 = nn.Linear(hidden_channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.fc1(self.norm(x)))
        return x + self.dropout(self.fc2(self.dropout(y)))


class MLPResidualShortcut(nn.Module):
    """The block `mlp_residual`."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(256)
        self.fc1 = nn.Linear(256, 512)
        self.act = nn.GELU()
        self.dropout = nn.Dropout(p=0.1)
        self.fc2 = nn.Linear(512, 128)
        self.shortcut = nn.Sequential(nn.Linear(256, 128, bias=False), nn.LayerNorm(128))

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.fc1(self.norm(x)))
        return self.shortcut(x) + self.dropout(self.fc2(self.dropout(y)))


class MLPResidual(nn.Module):
    """The network: (N, 784) to (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(784, 256)
        self.stage1 = nn.Sequential(MLPResidualBlock(256, 1024), MLPResidualBlock(256, 1024))
        self.stage2 = nn.Sequential(MLPResidualShortcut(), MLPResidualBlock(128, 512), MLPResidualBlock(128, 512))
        self.norm = nn.LayerNorm(128)
        self.linear_2 = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear(x)
        x = self.stage1(x)
        x = self.norm(self.stage2(x))
        return self.linear_2(x)
