"""Attention is what the formula says, computed one query at a time."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from archspec.ops import ShapeError
from archspec.ops.sdpa import Sdpa
from archspec.torch_backend.build import imported
from archspec.types import TensorType
from tests.ops.strategies.sequences import sdpa
from tests.tensors import image, sequence


def formula(op: Sdpa, types: tuple[TensorType, ...], values: list[Tensor]) -> Tensor:
    """The contract, in its order: scale, softcap, bias, what is hidden, sinks, softmax."""
    named = dict(zip([n for n in op.references if getattr(op, n) is not None], values[1:], strict=True))
    x, kv_heads, rank = values[0], op.kv_heads or op.heads, len(types[0].size)
    if "key" in named:
        q, k, v = x, named["key"], named.get("value", named["key"])
    elif "kv" in named:
        d = kv_heads * (x.shape[-1] // op.heads)
        q, k, v = x, named["kv"][..., :d], named["kv"][..., d:]
    else:
        d = op.head_dim or x.shape[-1] // (op.heads + 2 * kv_heads)
        q, k, v = torch.tensor_split(x, [op.heads * d, (op.heads + kv_heads) * d], -1)
    q = q.unflatten(-1, (op.heads, -1)).movedim(-2, 1)
    k, v = (
        part.unflatten(-1, (kv_heads, -1)).movedim(-2, 1).repeat_interleave(op.heads // kv_heads, 1) for part in (k, v)
    )
    logits = torch.einsum("...qd,...kd->...qk", q, k)
    logits = logits * (1 / math.sqrt(q.shape[-1]) if op.scale is None else op.scale)
    if op.softcap is not None:
        logits = op.softcap * torch.tanh(logits / op.softcap)
    if "bias" in named:
        bias = named["bias"]
        logits = logits + bias.reshape(*bias.shape[:2], *[1] * (rank + 3 - bias.dim()), *bias.shape[2:])
    keys = max(logits.shape[-1], v.shape[-2])
    logits = logits.expand(*logits.shape[:-1], keys).clone()
    v = v.expand(*v.shape[:-2], keys, v.shape[-1])
    if "mask" in named:
        mask = named["mask"]
        mask = mask.reshape(mask.shape[0], 1, *[1] * (rank + 1 - mask.dim()), *mask.shape[1:-1], 1, mask.shape[-1])
        logits = torch.where(mask == 1, logits, -math.inf)
    for i in range(logits.shape[-2]):
        for j in range(keys):
            beyond = not 0 <= i - j < op.window if op.window and op.causal else op.window and abs(i - j) > op.window
            if beyond or (op.causal and j > i):
                logits[..., i, j] = -math.inf
    if "sinks" in named:
        sink = named["sinks"].reshape(-1, op.heads, *[1] * (rank + 1))
        logits, sink = torch.broadcast_tensors(logits, sink)
        weights = torch.cat([logits, sink[..., :1]], -1).softmax(-1)[..., :-1]
    else:
        weights = logits.softmax(-1).nan_to_num(0)
    return torch.einsum("...qk,...kv->...qv", weights, v).movedim(1, -2).flatten(-2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@given(data=st.data())
def test_the_formula(dtype: torch.dtype, data: st.DataObject) -> None:
    """In this order: scale, softcap, bias, what mask, causality and window hide, sinks, softmax, dropout. `key: ref,
    value: ref` (the key's unless given) instead of the packed `kv`: queries heads·d, keys kv_heads·d, values
    kv_heads·v, result heads·v. `head_dim: d` is the width of a query and key head: packed, (heads + kv_heads)·d
    channels of queries and keys, then kv_heads·v of values. `causal` and `window` count queries and keys from
    0: with `window: n` a query sees the n keys up to itself when causal, otherwise n to each side. `sinks: ref`
    to heads numbers, each a logit that takes its share of the softmax and has no value. `softcap: c`:
    c·tanh(logits / c). `scale` instead of 1/√d. Axes of size 1, the leading ones too, are broadcast.

    `bias: ref` to heads (or 1) × the value's other sizes (or none) × queries × keys, channels first, in the logits'
    dtype.
    """
    op, types = data.draw(sdpa())
    try:
        output = op.infer(*types)
    except ShapeError:
        assume(False)
    torch.manual_seed(data.draw(st.integers(0, 99)))
    batches = [data.draw(st.sampled_from([2, 2, 2, 1])) for _ in types]
    values = [
        torch.randint(2, (n, *kind.shape)) if kind.vocab else torch.randn(n, *kind.shape, dtype=dtype) * 2
        for n, kind in zip(batches, types, strict=True)
    ]
    call = op.lower(*types)
    found = imported(call.target)(**call.arguments).eval()(*values)
    assert found.shape == (max(batches), *output.shape)
    assert found.dtype == dtype
    torch.testing.assert_close(found, formula(op, types, values))  # type: ignore[arg-type]


@pytest.mark.parametrize("wide", [{}, {"softcap": 30.0}, {"sinks": "s"}])
def test_a_query_with_no_key_left_gives_zeros_and_no_gradient(wide: dict[str, object]) -> None:
    """A query with no key left gives zeros."""
    op = Sdpa(heads=2, key="k", mask="m", **wide)  # type: ignore[arg-type]
    x, mask = TensorType(8, (3,)), TensorType(0, (4,), dtype="int64", vocab=2)
    more = (TensorType(2),) if "sinks" in wide else ()
    call = op.lower(x, TensorType(8, (4,)), mask, *more)
    value = torch.randn(2, 3, 8, requires_grad=True)
    hidden = torch.tensor([[0, 0, 0, 0], [0, 1, 1, 0]])
    sinks = [torch.randn(2, 2)] if more else []
    y = imported(call.target)(**call.arguments)(value, torch.randn(2, 4, 8), hidden, *sinks)
    assert not y[0].any()
    assert y[1].all()
    (gradient,) = torch.autograd.grad(y.square().sum(), value)
    assert gradient.isfinite().all()
    assert not gradient[0].any()


def test_dropout_is_of_the_weights_in_training() -> None:
    """dropout=0"""
    for wide in ({}, {"softcap": 5.0}):
        call = Sdpa(heads=1, dropout=0.5, **wide).lower(TensorType(3 * 64, (64,)))  # type: ignore[arg-type]
        module = imported(call.target)(**call.arguments)
        x = torch.cat([torch.zeros(1, 64, 128), torch.eye(64)[None]], -1)
        weights = module.train()(x)
        assert 0.4 < (weights == 0).double().mean() < 0.6
        torch.testing.assert_close(weights[weights != 0], torch.full_like(weights[weights != 0], 2 / 64))
        torch.testing.assert_close(module.eval()(x), torch.full((1, 64, 64), 1 / 64))


@pytest.mark.parametrize("kv_heads", [2, 1])
@pytest.mark.parametrize(
    ("arguments", "fused"),
    [
        ({}, (None, False)),
        ({"causal": True}, (None, True)),
        ({"causal": True, "scale": 0.3}, (None, True)),
        ({"key": "k", "value": "v", "causal": True}, (None, True)),
        ({"window": 2}, (torch.bool, False)),
        ({"window": 2, "causal": True}, (torch.bool, False)),
        ({"mask": "m"}, (torch.bool, False)),
        ({"mask": "m", "causal": True}, (torch.bool, False)),
        ({"bias": "b"}, (torch.float32, False)),
        ({"bias": "b", "mask": "m", "causal": True}, (torch.float32, False)),
        ({"softcap": 3.0}, None),
        ({"sinks": "s"}, None),
    ],
    ids=str,
)
def test_the_fused_kernel_where_it_can_be(
    arguments: dict[str, object],
    fused: tuple[torch.dtype | None, bool] | None,
    kv_heads: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a mask of its own where causality is all that hides keys, and without a copy of heads that are shared;
    by the formula for what it lacks."""
    op = Sdpa.model_validate({"heads": 2, "kv_heads": kv_heads, **arguments})
    width = 8 if "key" in arguments else (2 + 2 * kv_heads) * 4
    more = {
        "key": sequence(4 * kv_heads, 5),
        "value": sequence(4 * kv_heads, 5),
        "mask": TensorType(0, (5,), dtype="int64", vocab=2),
        "bias": image(2, 5, 5),
        "sinks": sequence(2),
    }
    types = (sequence(width, 5), *(more[name] for name in op.references if name in arguments))
    op.infer(*types)
    values = [torch.ones(2, *t.shape, dtype=torch.int64) if t.vocab else torch.randn(2, *t.shape) for t in types]
    seen = []
    kernel = F.scaled_dot_product_attention

    def called(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, *rest: Any, **more: Any) -> Tensor:
        causal = more.get("is_causal", rest[1] if len(rest) > 1 else False)
        assert (q.shape[1], k.shape[1], v.shape[1]) == (2, kv_heads, kv_heads)
        seen.append((None if mask is None else mask.dtype, causal))
        return kernel(q, k, v, mask, *rest, **more)

    monkeypatch.setattr(F, "scaled_dot_product_attention", called)
    call = op.lower(*types)
    imported(call.target)(**call.arguments).eval()(*values)
    assert seen == ([] if fused is None else [fused])
