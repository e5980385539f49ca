"""The originals of bundled specs that no package has, written after their repositories on github.com.

Modules bear the names that they have there, so that the published weights fit.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from _sized import Built, Maker, Params
from torch import Tensor, nn
from torch.nn.functional import log_softmax, scaled_dot_product_attention

# facebookresearch/DiT


def _code(x: Tensor, features: int) -> Tensor:
    """Angles of numbers: frequencies from 1 to, not including, 1/10000."""
    return x[..., None] * torch.exp(torch.arange(features) * (-math.log(10000) / features))


class DiT(nn.Module):
    """A transformer whose blocks a time and a class shift, scale and gate (Peebles and Xie 2022)."""

    def __init__(self, params: Params) -> None:
        super().__init__()
        width, self.patch, channels = params["width"], params["patch"], params["channels"]
        self.channels, self.side = 2 * channels, params["size"] // self.patch
        self.x_embedder = nn.ModuleDict({"proj": nn.Conv2d(channels, width, self.patch, self.patch)})
        mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))
        self.t_embedder = nn.ModuleDict({"mlp": mlp})
        self.y_embedder = nn.ModuleDict({"embedding_table": nn.Embedding(params["labels"] + 1, width)})
        self.pos_embed = nn.Parameter(self._positions(width), requires_grad=False)
        self.blocks = nn.ModuleList(DiTBlock(width, params["heads"]) for _ in range(params["blocks"]))
        self.final_layer = FinalLayer(width, self.patch**2 * self.channels)

    def _positions(self, width: int) -> Tensor:
        places = torch.cartesian_prod(torch.arange(self.side), torch.arange(self.side))
        angles = _code(places.flip(1), width // 4)
        return torch.cat([angles.sin(), angles.cos()], dim=2).flatten(1)[None]

    def forward(self, x: Tensor, t: Tensor, y: Tensor) -> Tensor:
        angles = _code(t[:, 0], 128)
        time = self.t_embedder.mlp(torch.cat([angles.cos(), angles.sin()], dim=1))
        condition = time + self.y_embedder.embedding_table(y[:, 0])
        x = self.x_embedder.proj(x).flatten(2).transpose(1, 2) + self.pos_embed
        for block in self.blocks:
            x = block(x, condition)
        x = self.final_layer(x, condition)
        x = x.reshape(len(x), self.side, self.side, self.patch, self.patch, self.channels)
        return x.permute(0, 5, 1, 3, 2, 4).flatten(4, 5).flatten(2, 3)


def _adaptation(width: int, parts: int) -> nn.Sequential:
    return nn.Sequential(nn.SiLU(), nn.Linear(width, parts * width))


def _modulated(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return x * (1 + scale[:, None]) + shift[:, None]


class DiTBlock(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = (nn.LayerNorm(width, eps=1e-6, elementwise_affine=False) for _ in range(2))
        self.attn = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "proj": nn.Linear(width, width)})
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})
        self.adaLN_modulation = _adaptation(width, 6)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(condition).chunk(6, dim=1)
        x = x + gate1[:, None] * self._attend(_modulated(self.norm1(x), shift1, scale1))
        hidden = self.mlp.fc1(_modulated(self.norm2(x), shift2, scale2))
        return x + gate2[:, None] * self.mlp.fc2(nn.functional.gelu(hidden, approximate="tanh"))

    def _attend(self, x: Tensor) -> Tensor:
        q, k, v = self.attn.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return self.attn.proj(scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class FinalLayer(nn.Module):
    def __init__(self, width: int, features: int) -> None:
        super().__init__()
        self.norm_final = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.linear = nn.Linear(width, features)
        self.adaLN_modulation = _adaptation(width, 2)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        return self.linear(_modulated(self.norm_final(x), *self.adaLN_modulation(condition).chunk(2, dim=1)))


# pytorch/examples


class RNNModel(nn.Module):
    """word_language_model with `--tied`; here the batch comes first, and the scores keep their axes."""

    def __init__(self, params: Params) -> None:
        super().__init__()
        width = params["width"]
        self.drop = nn.Dropout(params["dropout"])
        self.encoder = nn.Embedding(params["vocab"], width)
        self.rnn = nn.LSTM(width, width, params["layers"], dropout=params["dropout"])
        self.decoder = nn.Linear(width, params["vocab"])
        self.decoder.weight = self.encoder.weight

    def forward(self, ids: Tensor, *states: Tensor) -> dict[str, Tensor]:
        words = self.drop(self.encoder(ids.T))
        found, states = self.rnn(words, tuple(state.transpose(0, 1).contiguous() for state in states))
        scores = log_softmax(self.decoder(self.drop(found)), dim=2)
        return {"scores": scores.transpose(0, 1), **{str(i): state.transpose(0, 1) for i, state in enumerate(states)}}


def _dcgan(params: Params, discriminates: bool) -> nn.Module:
    """dcgan: maps of 4 × 4 to 64 × 64, and back."""
    width = params["width"]
    channels = [params["channels"], width, 2 * width, 4 * width, 8 * width, 1 if discriminates else params["latent"]]
    make, act = (nn.Conv2d, nn.LeakyReLU(0.2)) if discriminates else (nn.ConvTranspose2d, nn.ReLU())
    main = nn.Sequential()
    for i, (before, after) in enumerate(pairwise(channels if discriminates else channels[::-1])):
        main.append(make(before, after, 4, *((2, 1) if i != (4 if discriminates else 0) else (1, 0)), bias=False))
        main.extend([nn.BatchNorm2d(after)] if i not in ((0, 4) if discriminates else (4,)) else [])
        main.extend([act] if i < 4 else [nn.Sigmoid() if discriminates else nn.Tanh()])
    return nn.Sequential(OrderedDict(main=main, flat=nn.Flatten()) if discriminates else OrderedDict(main=main))


class SiameseNetwork(nn.Module):
    """siamese_network: two images through one ResNet-18 without its head."""

    def __init__(self, params: Params) -> None:
        from _torchvision import torchvision

        super().__init__()
        resnet = torchvision.models.resnet18(weights=None)
        resnet.conv1 = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.resnet = nn.Sequential(*list(resnet.children())[:-1])
        self.fc = nn.Sequential(nn.Linear(1024, 256), nn.ReLU(), nn.Linear(256, 1))

    def forward(self, *images: Tensor) -> Tensor:
        return self.fc(torch.cat([self.resnet(image).flatten(1) for image in images], dim=1)).sigmoid()


# meijieru/crnn.pytorch


class BidirectionalLSTM(nn.Module):
    def __init__(self, channels: int, hidden: int, features: int) -> None:
        super().__init__()
        self.rnn = nn.LSTM(channels, hidden, bidirectional=True)
        self.embedding = nn.Linear(2 * hidden, features)

    def forward(self, x: Tensor) -> Tensor:
        return self.embedding(self.rnn(x)[0])


class CRNN(nn.Module):
    """A convolutional network whose columns two LSTMs read; here the batch comes first in the output."""

    def __init__(self, params: Params) -> None:
        super().__init__()
        channels = [1, 64, 128, 256, 256, 512, 512, 512]
        pools = {0: nn.MaxPool2d(2), 1: nn.MaxPool2d(2)}
        pools |= {i: nn.MaxPool2d(2, stride=(2, 1), padding=(0, 1)) for i in (3, 5)}
        self.cnn = nn.Sequential()
        for i, (before, after) in enumerate(pairwise(channels)):
            kernel, padding = (2, 0) if i == 6 else (3, 1)
            self.cnn.add_module(f"conv{i}", nn.Conv2d(before, after, kernel, padding=padding))
            if i in (2, 4, 6):
                self.cnn.add_module(f"batchnorm{i}", nn.BatchNorm2d(after))
            self.cnn.add_module(f"relu{i}", nn.ReLU())
            if i in pools:
                self.cnn.add_module(f"pooling{i}", pools[i])
        hidden = params["features"]
        self.rnn = nn.Sequential(
            BidirectionalLSTM(512, hidden, hidden), BidirectionalLSTM(hidden, hidden, params["classes"])
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.rnn(self.cnn(x).squeeze(2).permute(2, 0, 1)).transpose(0, 1)


# junyanz/pytorch-CycleGAN-and-pix2pix


class ResnetBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        half = (nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels))
        other = (nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels))
        self.conv_block = nn.Sequential(*half, nn.ReLU(), *other)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv_block(x)


class ResnetGenerator(nn.Module):
    """resnet_9blocks with instance normalization."""

    def __init__(self, params: Params) -> None:
        super().__init__()
        channels, width = params["channels"], params["width"]
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
        for n in (2 * width, 4 * width):
            layers += [nn.Conv2d(n // 2, n, 3, stride=2, padding=1), nn.InstanceNorm2d(n), nn.ReLU()]
        layers += [ResnetBlock(4 * width) for _ in range(params["blocks"])]
        up = partial(nn.ConvTranspose2d, kernel_size=3, stride=2, padding=1, output_padding=1)
        for n in (2 * width, width):
            layers += [up(2 * n, n), nn.InstanceNorm2d(n), nn.ReLU()]
        self.model = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


# Jongchan/attention-module


class ChannelGate(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = channels // 16
        self.mlp = nn.Sequential(nn.Flatten(), nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels))

    def forward(self, x: Tensor) -> Tensor:
        attended = self.mlp(x.mean((2, 3), keepdim=True)) + self.mlp(x.amax((2, 3), keepdim=True))
        return x * attended.sigmoid()[..., None, None]


class SpatialGate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        conv, bn = nn.Conv2d(2, 1, 7, padding=3, bias=False), nn.BatchNorm2d(1, momentum=0.01)
        self.spatial = nn.Sequential(OrderedDict(conv=conv, bn=bn))

    def forward(self, x: Tensor) -> Tensor:
        pooled = torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], dim=1)
        return x * self.spatial(pooled).sigmoid()


def _cbam_resnet50(params: Params) -> nn.Module:
    """ResNet-50, whose blocks attend before they are added to their shortcuts (Woo et al. 2018)."""
    from _torchvision import torchvision

    class Bottleneck(torchvision.models.resnet.Bottleneck):
        def __init__(self, inplanes: int, planes: int, *others: Any, **more: Any) -> None:
            super().__init__(inplanes, planes, *others, **more)
            self.cbam = nn.Sequential(OrderedDict(ChannelGate=ChannelGate(4 * planes), SpatialGate=SpatialGate()))

        def forward(self, x: Tensor) -> Tensor:
            y = self.relu(self.bn1(self.conv1(x)))
            y = self.relu(self.bn2(self.conv2(y)))
            y = self.cbam(self.bn3(self.conv3(y)))
            return self.relu(y + (self.downsample(x) if self.downsample else x))

    return torchvision.models.ResNet(Bottleneck, [3, 4, 6, 3], params["classes"])


ORIGINALS = {
    "cbam_resnet50": Built(_cbam_resnet50, {}),
    "crnn": Built(CRNN, {"features": 32}),
    "dcgan_discriminator": Built(partial(_dcgan, discriminates=True), {}),
    "dcgan_generator": Built(partial(_dcgan, discriminates=False), {}),
    "cyclegan_generator": Built(ResnetGenerator, {"size": 32, "width": 8}),
    "dit_xl_2": Built(DiT, {"labels": 10, "size": 8, "width": 32, "heads": 4, "blocks": 2}),
    "lstm_650_tied": Built(RNNModel, {"vocab": 50, "width": 24}),
    "siamese_digits": Built(SiameseNetwork, {}),
}

maker = Maker(ORIGINALS)
