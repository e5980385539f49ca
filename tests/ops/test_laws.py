"""What an op says of itself is what torch does: shapes, weights, multiply-adds, and which inputs cannot be."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archspec.graph import TensorType
from archspec.ops import OPS, Op, ShapeError
from archspec.torch_backend.build import resolve
from tests.ops.strategies import CASES

BATCH = 2
INSERTED = {"add", "mul", "concat", "chunk", "drop_path"}

# What the language does not allow although torch may compute something.
FORBIDDEN = {
    "A402": "torch knows no layout: it would take another axis for the channels",
}


def example(kind: TensorType, device: str) -> Tensor:
    shape = (BATCH, *kind.shape)
    return torch.zeros(shape, dtype=torch.int64, device=device) if kind.vocab else torch.randn(shape, device=device)


def computed(op: Op, inputs: tuple[TensorType, ...], device: str, training: bool) -> Tensor:
    """What torch makes of the lowering."""
    call = op.lower(*inputs)
    values = [example(kind, device) for kind in inputs]
    with torch.device(device):
        if call.is_module:
            output: Tensor = resolve(call.target)(**call.arguments).train(training)(*values)
        else:
            weights = [torch.zeros(weight.shape) for weight in op.weights(*inputs)]
            output = resolve(call.target)(*values, *weights, **call.arguments)
    return output


def fails(op: Op, inputs: tuple[TensorType, ...]) -> bool:
    """Whether torch refuses too, be it as its module is made or when it is called."""
    try:
        computed(op, inputs, "cpu", training=False)
    except Exception:
        return True
    return False


def described(op: Op, inputs: tuple[TensorType, ...]) -> list[tuple[str, tuple[int, ...], bool, str]]:
    return [(w.name, w.shape, w.trainable, w.dtype) for w in op.weights(*inputs) if w.persistent]


def held(op: Op, inputs: tuple[TensorType, ...]) -> list[tuple[str, tuple[int, ...], bool, str]]:
    """Names, shapes and kinds of a module's state, in order."""
    call = op.lower(*inputs)
    with torch.device("meta"):
        module: nn.Module = resolve(call.target)(**call.arguments)
    trainable = dict(module.named_parameters())
    return [
        (name, tuple(tensor.shape), name in trainable, str(tensor.dtype).removeprefix("torch."))
        for name, tensor in module.state_dict().items()
    ]


def test_every_op_has_its_laws() -> None:
    assert set(CASES) == {*OPS, *INSERTED}


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_op(name: str, data: st.DataObject) -> None:
    op, inputs = data.draw(CASES[name])
    try:
        output = op.infer(*inputs)
    except ShapeError as error:
        assert error.code in FORBIDDEN or fails(op, inputs), f"torch takes what {error.code} forbids: {error}"
        return
    call = op.lower(*inputs)
    assert tuple(computed(op, inputs, "cpu", training=False).shape) == (BATCH, *output.shape)
    assert output.layout == "channels_last" or output.size
    if call.is_module:
        assert held(op, inputs) == described(op, inputs)
    else:
        assert [w.name for w in op.weights(*inputs)] in ([], [""])
    # on the meta device and in training, where no fused attention hides its products
    with FlopCounterMode(display=False) as counter:
        computed(op, inputs, "meta", training=True)
    assert counter.get_total_flops() == 2 * BATCH * op.macs(output, *inputs)


def test_names_that_init_may_set_are_those_of_weights() -> None:
    """Every weight that an op ever has can be initialized, and no other name is offered."""
