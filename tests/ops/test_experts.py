"""Experts are those of the published code, whichever way they are computed."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archspec.ops.experts import Experts
from archspec.torch_backend.build import imported
from tests.tensors import sequence

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)


def made(dtype: torch.dtype, experts: int = 6, **arguments: Any) -> nn.Module:
    torch.manual_seed(0)  # sums in another order are as near as the numbers allow: the same numbers in every run
    op = Experts(scores="s", hidden=5, **arguments)
    types = [sequence(8, 7), *[sequence(experts, 7)] * (1 + (op.by is not None))]
    op.infer(*types)
    call = op.lower(*types)
    module: nn.Module = imported(call.target)(**call.arguments)
    for weight in module.parameters():
        nn.init.normal_(weight)
    return module.to(dtype)


def loop(module: nn.Module, x: Tensor, indices: Tensor, weights: Tensor, act: str = "silu") -> Tensor:
    """transformers' experts: `gate_up_proj` and `down_proj`, one token after the other."""
    rows, found = x.flatten(0, -2), []
    state = module.state_dict()
    for row, chosen, share in zip(rows, indices.flatten(0, -2), weights.flatten(0, -2), strict=True):
        total = torch.zeros_like(row)
        for expert, weight in zip(chosen, share, strict=True):
            gate, up = F.linear(row, state["gate_up_proj"][expert]).chunk(2, -1)
            total = total + F.linear(getattr(F, act)(gate) * up, state["down_proj"][expert]) * weight
        found.append(total)
    return torch.stack(found).reshape(x.shape)


def deepseek_v3(scores: Tensor, bias: Tensor, groups: int, top_groups: int, top_k: int, scale: float) -> Any:
    """transformers' `DeepseekV3MoE.route_tokens_to_experts`, with scores after the sigmoid."""
    rows = scores.reshape(-1, scores.shape[-1])
    choice = rows + bias
    worth = choice.view(len(rows), groups, -1).topk(2, dim=-1)[0].sum(dim=-1)
    best = torch.topk(worth, k=top_groups, dim=-1, sorted=False)[1]
    mask = torch.zeros_like(worth).scatter_(1, best, 1)
    mask = mask.unsqueeze(-1).expand(-1, groups, rows.shape[-1] // groups).reshape(rows.shape)
    indices = torch.topk(choice.masked_fill(~mask.bool(), 0.0), k=top_k, dim=-1, sorted=False)[1]
    weights = rows.gather(1, indices)
    weights = weights / (weights.sum(dim=-1, keepdim=True) + 1e-20) * scale
    shape = (*scores.shape[:-1], top_k)
    return indices.reshape(shape), weights.reshape(shape)


@DTYPES
@pytest.mark.parametrize("lead", [(2, 7), (3,), (2, 2, 3), (1, 1)])
def test_the_largest_scores(dtype: torch.dtype, lead: tuple[int, ...]) -> None:
    """Each position goes through the `top_k` of its gated MLPs with the largest scores; the results are added

    Each position goes through the `top_k` of its gated MLPs with the largest `scores: ref` (channels, one an
    expert, of the first of equals); the results are added, weighted by those scores, divided by their sum with
    `normalize`, times `scale`.
    """
    for arguments in ({}, {"normalize": True}, {"scale": 2.5, "act": "gelu"}):
        module = made(dtype, top_k=2, **arguments)
        x, scores = torch.randn(*lead, 8, dtype=dtype), torch.randn(*lead, 6, dtype=dtype).softmax(-1)
        weights, indices = scores.topk(2, dim=-1)
        if "normalize" in arguments:
            weights = weights / weights.sum(-1, keepdim=True)
        wanted = loop(module, x, indices, weights * arguments.get("scale", 1.0), str(arguments.get("act", "silu")))
        torch.testing.assert_close(module(x, scores), wanted)


@DTYPES
def test_groups(dtype: torch.dtype) -> None:
    """only the experts of the `top_groups` best groups count, a group being worth its two largest (DeepSeek-V3)

    `by: ref` only chooses; with `groups` only the experts of the `top_groups` best groups count, a group being
    worth its two largest (DeepSeek-V3).
    """
    module = made(dtype, top_k=3, by="b", groups=3, top_groups=2, normalize=True, scale=2.5)
    x, scores = torch.randn(4, 7, 8, dtype=dtype), torch.randn(4, 7, 6, dtype=dtype).sigmoid()
    bias = torch.rand(6, dtype=dtype)
    indices, weights = deepseek_v3(scores, bias, 3, 2, 3, 2.5)
    torch.testing.assert_close(module(x, scores, scores + bias), loop(module, x, indices, weights))


def test_the_first_of_equals() -> None:
    """of the first of equals"""
    module = made(torch.float64, experts=40, top_k=3)
    x, scores = torch.randn(2, 7, 8, dtype=torch.float64), torch.ones(2, 7, 40, dtype=torch.float64)
    indices = torch.arange(3).expand(2, 7, 3)
    torch.testing.assert_close(module(x, scores), loop(module, x, indices, torch.ones(2, 7, 3, dtype=torch.float64)))


@DTYPES
def test_what_is_traced_computes_the_same(dtype: torch.dtype) -> None:
    module = made(dtype, top_k=2, normalize=True)
    x, scores = torch.randn(2, 7, 8, dtype=dtype), torch.rand(2, 7, 6, dtype=dtype)
    traced = torch.fx.symbolic_trace(module, {"by": None})
    torch.testing.assert_close(traced(x, scores), module(x, scores))


def test_gradients_reach_what_was_chosen() -> None:
    """What is not chosen is not computed"""
    module = made(torch.float64, top_k=1)
    scores = torch.zeros(1, 7, 6, dtype=torch.float64)
    scores[..., 2] = 1
    module(torch.randn(1, 7, 8, dtype=torch.float64), scores).sum().backward()
    touched = [bool(weight.grad.abs().sum()) for weight in module.parameters() if weight.grad is not None]
    assert touched == [True, True]
    for weight in module.parameters():
        assert weight.grad is not None
        assert weight.grad.flatten(1).abs().sum(1).nonzero().flatten().tolist() == [2]


@pytest.mark.parametrize("lacks", ["value", "scores", "by"])
def test_values_without_a_batch(lacks: str) -> None:
    module = made(torch.float64, top_k=2, by="b")
    named = {"value": torch.randn(3, 7, 8), "scores": torch.rand(3, 7, 6), "by": torch.rand(3, 7, 6)}
    values = [value.double()[: 1 if name == lacks else 3] for name, value in named.items()]
    wide = [value.expand(3, -1, -1) for value in values]
    torch.testing.assert_close(module(*values), module(*wide))


@pytest.mark.parametrize("top_k", [1, 2, 3])
def test_only_what_is_chosen_is_computed_in_one_product_an_expert(top_k: int) -> None:
    """What is not chosen is not computed, and not in the MACs; no loop over tokens."""
    module = made(torch.float32, top_k=top_k)
    x, scores = torch.randn(4, 7, 8), torch.zeros(4, 7, 6)
    scores[..., :4] = torch.rand(4, 7, 4) + 1
    products: list[int] = []
    with FlopCounterMode(display=False) as counter, pytest.MonkeyPatch.context() as patch:
        linear = F.linear
        patch.setattr(F, "linear", lambda x, weight: products.append(len(x)) or linear(x, weight))
        module(x, scores)
    op = Experts(scores="s", hidden=5, top_k=top_k)
    types = (sequence(8, 7), sequence(6, 7))
    assert counter.get_total_flops() == 2 * 4 * op.macs(op.infer(*types), *types)
    assert sum(products) == 2 * 4 * 7 * top_k
    assert len(products) <= 2 * 4
