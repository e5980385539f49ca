"""Arguments of torch's modules and functions, each at the op that is that module or function here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import einops
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import archspec
from archspec.diagnostics import arguments
from archspec.diagnostics.foreign import argument_of, plain
from archspec.language.combinators import COMBINATORS
from archspec.language.phrases import keys
from archspec.language.remedies import key_help
from archspec.ops import OPS
from tests.sentences.case import full

TORCH: dict[str, list[Callable[..., Any]]] = {
    "conv": [nn.Conv1d, nn.Conv2d, nn.Conv3d],
    "conv_transpose": [nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d],
    "linear": [nn.Linear],
    "norm": [nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d, nn.RMSNorm],
    "act": [nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.PReLU, nn.Softplus, nn.Hardtanh, nn.Softmax],
    "max_pool": [nn.MaxPool1d, nn.MaxPool2d],
    "avg_pool": [nn.AvgPool1d, nn.AvgPool2d],
    "adaptive_pool": [nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d],
    "flatten": [nn.Flatten],
    "dropout": [nn.Dropout],
    "upsample": [nn.Upsample, F.interpolate],
    "pixel_shuffle": [nn.PixelShuffle, nn.PixelUnshuffle],
    "softmax": [nn.Softmax],
    "embedding": [nn.Embedding],
    "attention": [nn.MultiheadAttention],
    "lstm": [nn.LSTM],
    "gru": [nn.GRU],
    "lstm_cell": [nn.LSTMCell],
    "gru_cell": [nn.GRUCell],
    "unfold": [nn.Unfold],
    "fold": [nn.Fold],
    "grid_sample": [F.grid_sample],
    "rearrange": [einops.rearrange],
    "reduce": [einops.reduce],
}
WRITTEN = {
    "sdpa": "query attn_mask dropout_p is_causal enable_gqa",
    "split": "chunks split_size split_size_or_sections sections dim",
    "einsum": "equation operands",
    "concat": "tensors dim axis",
    "add": "other alpha",
    "slice": "start end length",
    "roll": "shifts dims",
    "flip": "dims",
    "argmax": "keepdim axis",
    "lstm": "input_size hidden_size num_layers bias batch_first dropout bidirectional proj_size",
    "gru": "input_size hidden_size num_layers bias batch_first dropout bidirectional",
}
"""What functions take whose signature Python does not tell."""
ALIKE = {"input", "_weight", "_freeze", "tensor", "axes_lengths", "args", "kwargs", "self", "_stacklevel", "mode"}
"""Parameters of functions that no node has: the value itself, and private ones."""
MODELS = {**OPS, **COMBINATORS}


def told(op: str, word: str) -> str:
    """What is said of an argument of an op that it does not have."""
    return key_help(word, [*keys(MODELS[op]), "name", "from", "when"], [], argument_of(op))


@pytest.mark.parametrize("op", [*TORCH, *WRITTEN])
def test_what_torch_calls_an_argument_has_an_answer(op: str) -> None:
    names = {name for found in TORCH.get(op, ()) for name in inspect.signature(found).parameters}
    words = {*names, *WRITTEN.get(op, "").split()} - ALIKE - {*keys(MODELS[op]), "name", "from"}
    assert [word for word in sorted(words) if not told(op, word)] == []


@pytest.mark.parametrize("op", arguments.OF)
def test_what_is_meant_is_an_argument_of_the_op_and_what_it_has_is_not_foreign(op: str) -> None:
    known = [*keys(MODELS[op]), "name", "from", "when"]
    words = [word for line in arguments.OF[op].values() for word in line.split()]
    assert [meant for meant in arguments.OF[op] if " " not in meant and meant not in known] == []
    assert sorted(set(map(plain, words)) & set(map(plain, known))) == []
    assert sorted(map(plain, words)) == sorted(set(map(plain, words)))


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ("- lstm: {hidden_size: 8, num_layers: 2}", ["`features`", "`layers`"]),
        ("- lstm: {features: 8, num_layer: 2}", ["`layers`"]),
        ("- lstm: {features: 8, layers: 2, num_layers: 2}", ["it takes"]),
        ("- split: {chunks: 2}", ["`split: [a, b]`"]),
        ("- split: {split_size: 2}", ["{a: 8, b: 16}"]),
        ("- einsum: {from: [input], equation: 'ij,jk->ik'}", ["`pattern`"]),
        ("- rearrange: {pattern: n c h w -> n h w c, dims: [0, 2]}", ["both sides"]),
        ("- reduce: {pattern: n c h w -> n c, keepdim: true}", ["n c h w -> n 1 h w"]),
        ("- within: {window_size: [7, 7], layers: [act]}", ["`p: 7, q: 7`"]),
        ("- rearrange: {pattern: n c h w -> n h w c, whatever: x}", ["the sizes of axes in the pattern"]),
        ("- rearrange: {pattern: n c (a h) w -> n (c a) h w, a: x}", ["write for example `a: 3`"]),
        ("- conv_transpose: {channels: 8, kernel: 2, output_size: 8}", ["`output_padding`"]),
        ("- attention: {heads: 2, causal: true}", ["`sdpa: {heads: 8, causal: true}`"]),
        ("- conv: {kernel_size: 3, in_channels: 4}", ["`kernel`", "inferred"]),
    ],
)
def test_each_is_one_finding_with_one_answer(node: str, says: list[str]) -> None:
    found = archspec.validate(full(node))
    assert len(found) == len(says), "\n".join(map(str, found))
    for one, said in zip(found, says, strict=True):
        assert said in one.help
        assert not one.help.endswith(":")


def test_torch_takes_no_less_than_is_said_of_its_functions() -> None:
    """`WRITTEN` names true parameters."""
    x = torch.zeros(1, 1, 2, 2)
    F.scaled_dot_product_attention(x, x, x, attn_mask=None, dropout_p=0.0, is_causal=False, enable_gqa=False)
    torch.split(x, split_size_or_sections=1, dim=2)
