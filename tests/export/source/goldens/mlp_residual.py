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

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        hidden_channels = 4 * channels
        self.norm = nn.LayerNorm(in_channels)
        self.fc1 = nn.Linear(in_channels, hidden_channels)
        self.act = nn.GELU()
        self.dropout = nn.Dropout(p=0.1)
        self.fc2 = nn.Linear(hidden_channels, channels)
        self.shortcut = nn.Identity()
        if in_channels != channels:
            self.shortcut = nn.Sequential(nn.Linear(in_channels, channels, bias=False), nn.LayerNorm(channels))

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.fc1(self.norm(x)))
        return self.shortcut(x) + self.dropout(self.fc2(self.dropout(y)))


class MLPResidual(nn.Module):
    """The network: (N, 784) to (N, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(784, 256)
        self.stage1 = nn.Sequential(MLPResidualBlock(256, 256), MLPResidualBlock(256, 256))
        self.stage2 = nn.Sequential(MLPResidualBlock(256, 128), MLPResidualBlock(128, 128), MLPResidualBlock(128, 128))
        self.norm = nn.LayerNorm(128)
        self.linear_2 = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear(x)
        x = self.stage1(x)
        x = self.norm(self.stage2(x))
        return self.linear_2(x)
