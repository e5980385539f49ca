"""What an op says that it keeps until its gradient is computed is what torch keeps, alone and in place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

import archspec
from archspec.ops import OPS, Op
from archspec.torch_backend.build import imported
from archspec.types import TensorType
from archspec.types.kept import Kept, held
from archspec.types.sizes import evaluate
from tests.ops.strategies.cases import CASES as LAWS

BATCH = 2
OPEN = {"H": 8, "W": 8, "L": 6, "N": 4, "S": 5, "T": 7}
TOKENS = {"channels": 24, "size": [5], "layout": "channels_last"}
MAP = [4, 9, 8]

VARIANTS: list[tuple[Any, dict[str, Any]]] = [
    *[(TOKENS, {"sdpa": {"heads": 2, **more}}) for more in (
        {}, {"causal": True}, {"kv_heads": 1}, {"dropout": 0.1}, {"window": 3}, {"softcap": 3.0},
        {"causal": True, "softcap": 3.0, "dropout": 0.2}, {"scale": 0.3, "head_dim": 4}, {"head_dim": 3, "kv_heads": 2},
        {"dropout": 0.1, "window": 2}, {"causal": True, "window": 2},
    )],
    *[(TOKENS, {"dropout": p}) for p in (0, 0.3, 1)],
    *[(TOKENS, {"drop_path": p}) for p in (0, 1)],
    *[(TOKENS, {"act": name}) for name in (
        "quick_gelu", "squared_relu", "exp", "log", "abs", "sign", "square", "sqrt", "rsqrt", "reciprocal", "sin",
        "cos", "log_softmax", "softmax",
    )],
    *[(TOKENS, {name: {"features": 8, **more}}) for name in ("gru", "lstm") for more in (
        {}, {"bidirectional": True}, {"layers": 2, "dropout": 0.1}, {"layers": 3, "bidirectional": True},
    )],
    (TOKENS, {"act": {"type": "clamp", "max": 1}}),
    (TOKENS, {"attention": {"heads": 2, "dropout": 0.1}}),
    (TOKENS, {"rope": {"heads": 2, "skip": 1}}),
    *[(MAP, {"adaptive_pool": {"size": size, "type": kind}}) for size in (1, 3) for kind in ("avg", "max")],
    *[(MAP, {"upsample": {"scale": 2, "mode": mode}}) for mode in ("area", "bilinear", "nearest", "bicubic")],
    *[(MAP, {"pad": {"padding": [1, 1], "mode": mode}}) for mode in ("circular", "replicate", "reflect")],
    *[(MAP, {"conv": {"kernel": 3, "padding_mode": mode}}) for mode in ("circular", "replicate", "reflect")],
    *[(MAP, {"norm": {"type": name, **more}}) for name, more in (
        ("group", {"groups": 2, "offset": 1}), ("layer", {"offset": 1}), ("rms", {}), ("rms", {"affine": False}),
        ("l2", {}), ("batch", {"frozen": True}), ("instance", {"affine": True}), ("layer", {"affine": False}),
    )],
    *[(MAP, {"reduce": {"pattern": "n c h w -> n c", "type": name}}) for name in ("prod", "min", "sum")],
]  # fmt: skip


def nodes() -> Iterator[tuple[str, Op, tuple[TensorType, ...], bool]]:
    """Every op of the cases and variants with the types of its inputs, and whether it may work in place."""
    files = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
    specs: list[Any] = [*files]
    for number, (given, layer) in enumerate(VARIANTS):
        specs.append({"archspec": 1, "name": f"variant{number}", "input": given, "layers": [layer]})
    seen = set()
    for spec in specs:
        for _, node in archspec.compile(spec).nodes():
            types = tuple(
                replace(x, size=tuple(n if isinstance(n, int) else evaluate(n, OPEN) for n in x.size))
                for x in node.types
            )
            key = (repr(node.op), str([(str(x), x.batch, x.layout) for x in types]))
            if key not in seen:
                seen.add(key)
                yield f"{node.op.name}-{len(seen)}", node.op, types, bool(node.traits.overwrites)


NODES = {name: (op, types, may) for name, op, types, may in nodes()}
IN_PLACE = [name for name, (op, types, may) in NODES.items() if may and "axes" not in op.lower(*types).arguments]


@pytest.fixture(autouse=True)
def without_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """With oneDNN, recurrent layers keep what that library wants on this machine."""
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", False)


def example(kind: TensorType, dtype: torch.dtype) -> Tensor:
    shape = (BATCH if kind.batch else 1, *kind.shape)
    if kind.vocab is not None:
        return torch.zeros(shape, dtype=torch.int64)
    return torch.rand(shape).to(dtype).requires_grad_()


def saved(op: Op, types: tuple[TensorType, ...], dtype: torch.dtype, in_place: bool) -> tuple[set[int], bool, int]:
    """What torch saves: which inputs, whether an output, and the bytes of what is neither, nor a weight."""
    call, found, alive = op.lower(*types), dict[int, int](), list[Tensor]()
    inputs = [example(kind, dtype) for kind in types]
    given = [inputs[0] * 1, *inputs[1:]] if in_place else inputs
    if call.is_module:
        module = imported(call.target)(**call.arguments, **({"inplace": True} if in_place else {})).to(dtype)
        weights = [*module.parameters(), *module.buffers()]
    else:
        weights = [torch.rand(weight.shape).to(dtype).requires_grad_() for weight in op.weights(*types)]

    def pack(tensor: Tensor) -> Tensor:
        alive.append(tensor)
        found[place(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        if call.is_module:
            output = module(*given)
        else:
            output = imported(call.target + "_" * in_place)(*given, *weights, **call.arguments)
    outputs = output if isinstance(output, tuple) else (output,)
    for weight in weights:
        found.pop(place(weight), None)
    gives = any(found.pop(place(value), None) is not None for value in outputs)
    takes = {number for number, value in enumerate(given) if found.pop(place(value), None) is not None}
    return takes, gives, sum(found.values())


def place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def stated(op: Op, types: tuple[TensorType, ...], dtype: str) -> tuple[Kept, int]:
    """What the op says, and the bytes of its own tensors."""
    types = tuple(kind if kind.vocab is not None else replace(kind, dtype=dtype) for kind in types)
    output = op.infer(*types)
    kept = op.keeps(replace(output, dtype=dtype) if output.vocab is None else output, *types)
    samples = BATCH if op.has_batch(*types) else 1
    return kept, kept.own * samples + kept.once


def test_every_op_is_compared() -> None:
    assert {op.name for op, _, _ in NODES.values()} >= {name for name in LAWS if name not in OPS} | {
        name for name in OPS if OPS[name].__module__.startswith("archspec.")
    }


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", NODES)
def test_alone(name: str, dtype: str) -> None:
    op, types, _ = NODES[name]
    if dtype == "bfloat16" and getattr(op, "antialias", False):
        pytest.skip("torch has no antialiased interpolation in bfloat16")
    kept, own = stated(op, types, dtype)
    takes, gives, rest = saved(op, types, getattr(torch, dtype), False)
    assert (set(kept.inputs), kept.output, own) == (takes, gives, rest)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place(name: str, dtype: str) -> None:
    op, types, _ = NODES[name]
    kept, own = stated(op, types, dtype)
    _, gives, rest = saved(op, types, getattr(torch, dtype), True)
    copy = 0 in kept.inputs and not op.traits.restores
    whole = BATCH * held(types[0]) // (2 if dtype == "bfloat16" else 1)
    assert (kept.output or (op.traits.restores and 0 in kept.inputs), own + copy * whole) == (gives, rest)


@pytest.mark.parametrize("name", NODES)
def test_what_shares_gives_a_view(name: str) -> None:
    op, types, _ = NODES[name]
    call = op.lower(*types)
    inputs = [example(kind, torch.float32) for kind in types]
    if call.is_module:
        output = imported(call.target)(**call.arguments)(*inputs)
    else:
        weights = [torch.rand(weight.shape).requires_grad_() for weight in op.weights(*types)]
        output = imported(call.target)(*inputs, *weights, **call.arguments)
        inputs = [*inputs, *weights]
    output = output[0] if isinstance(output, tuple) else output
    assert op.keeps(op.infer(*types), *types).shares == (bool(inputs) and place(inputs[0]) == place(output))
