"""What an op says of itself is what torch does: shapes, weights, multiply-adds, and which inputs cannot be."""

from __future__ import annotations

from dataclasses import replace
from inspect import Parameter, signature
from itertools import product
from math import prod

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from archspec.ops import OPS, Op, ShapeError
from archspec.ops.act import _MODULES
from archspec.ops.initializers import INITIALIZERS
from archspec.ops.norm import _ARGUMENTS
from archspec.torch_backend.build import imported
from archspec.types import Dim, TensorType
from archspec.types.sizes import evaluate
from tests.ops.strategies.cases import CASES

BATCH = 2
JOINS = {"add", "mul", "concat", "sub", "div", "einsum"}

# What the language does not allow although torch may compute something, by op and code.
FORBIDDEN = {
    **{(name, "A402"): "torch knows no layout: it would take another axis for the channels" for name in CASES},
    ("upsample", "A405"): "torch would take the sizes of `like` from the wrong axes",
    **{(name, "A404"): "torch broadcasts positions" for name in ("lstm_cell", "gru_cell")},
    **{(name, "A405"): "torch broadcasts positions" for name in ("lstm_cell", "gru_cell")},
    **{(name, code): "torch may crash" for name in ("lstm", "gru") for code in ("A404", "A405")},
    ("experts", "A404"): "groups that do not divide the experts are all used",
    ("experts", "A405"): "torch broadcasts scores with other numbers of axes",
    ("experts", "A406"): "experts of groups that do not count would be chosen",
    ("relative_position", "A403"): "the class token would be the only key",
    ("relative_position", "A404"): "torch would leave entries of the table unused",
    ("softmax", "A405"): "torch would take the channels, or the batch",
    ("pad", "A405"): "torch would pad the batch",
    ("pad", "A406"): "torch may crop by negative numbers in every mode",
    **{(name, "A405"): "torch would take the channels, or the batch" for name in ("slice", "flip", "roll", "argmax")},
    ("select", "A405"): "torch would take the channels",
    ("slice", "A406"): "Python takes what there is of a range",
    ("add", "A412"): "torch broadcasts values with other numbers of axes",
    ("mul", "A412"): "torch broadcasts values with other numbers of axes",
    ("sub", "A412"): "torch broadcasts values with other numbers of axes",
    ("div", "A412"): "torch broadcasts values with other numbers of axes",
    ("avg_pool", "A406"): "a window of nothing but padding has no mean",
    ("max_pool", "A406"): "a window of nothing but padding has no maximum",
    ("rope", "A404"): "torch broadcasts the angles of one token",
    ("global_pool", "A402"): "torch has no mask of positions, and knows no layout",
    ("global_pool", "A412"): "torch broadcasts masks with other numbers of positions",
    ("fold", "A405"): "torch would take the sizes of `like` from the wrong axes",
    ("concat", "A405"): "torch would join the channels",
    ("reduce", "A406"): "a pattern that reduces nothing is one of `rearrange`",
    ("concat", "A412"): "torch knows no layout: it would join channels with sizes",
}


def example(kind: TensorType, device: str, batch: int = BATCH) -> Tensor:
    shape = (batch if kind.batch else 1, *kind.shape)
    return torch.zeros(shape, dtype=torch.int64, device=device) if kind.vocab else torch.randn(shape, device=device)


def computed(op: Op, inputs: tuple[TensorType, ...], device: str, training: bool) -> list[Tensor]:
    """What torch makes of the lowering: the output, and what an op gives besides."""
    call = op.lower(*inputs)
    values = [example(kind, device) for kind in inputs]
    with torch.device(device):
        if call.is_module:
            output = imported(call.target)(**call.arguments).train(training)(*values)
        else:
            weights = [torch.zeros(weight.shape) for weight in op.weights(*inputs)]
            output = imported(call.target)(*values, *weights, **call.arguments)
    return [*output] if isinstance(output, tuple) else [output]


def inferred(op: Op, inputs: tuple[TensorType, ...]) -> TensorType | ShapeError:
    try:
        return op.infer(*inputs)
    except ShapeError as error:
        return error


def fails(op: Op, inputs: tuple[TensorType, ...]) -> bool:
    """Whether torch refuses too, as its module is made or when it is called, or gives nothing, or no numbers."""
    try:
        output, *_ = computed(op, inputs, "cpu", training=False)
        return output.numel() == 0 or not output.isfinite().all()
    except Exception:
        return True


def described(op: Op, inputs: tuple[TensorType, ...]) -> list[tuple[str, tuple[int, ...], bool, str]]:
    return [(w.name, w.shape, w.trainable, w.dtype) for w in op.weights(*inputs) if w.persistent]


def held(op: Op, inputs: tuple[TensorType, ...]) -> list[tuple[str, tuple[int, ...], bool, str]]:
    """Names, shapes and kinds of a module's state, in order."""
    call = op.lower(*inputs)
    with torch.device("meta"):
        module: nn.Module = imported(call.target)(**call.arguments)
    trainable = dict(module.named_parameters())
    return [
        (name, tuple(tensor.shape), name in trainable, str(tensor.dtype).removeprefix("torch."))
        for name, tensor in module.state_dict().items()
    ]


def test_every_op_has_its_laws() -> None:
    assert set(CASES) == {*OPS, *JOINS}


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_op(name: str, data: st.DataObject) -> None:
    op, inputs = data.draw(CASES[name])
    output = inferred(op, inputs)
    if isinstance(output, ShapeError):
        assert (name, output.code) in FORBIDDEN or fails(op, inputs), f"torch takes it: {output}"
        return
    call = op.lower(*inputs)
    found = computed(op, inputs, "cpu", training=False)
    batch = BATCH if (output.batch if op.beside or not inputs else op.has_batch(*inputs)) else 1
    for value, kind in zip(found, (output, *op.infer_more(*inputs)), strict=True):
        assert tuple(value.shape) == (batch, *kind.shape)
        assert value.isfinite().all()
    assert output.layout == "channels_last" or output.size
    if call.is_module:
        assert held(op, inputs) == described(op, inputs)
    else:
        assert [w.name for w in op.weights(*inputs)] in ([], [""])
    # these have an argument `init` for their one weight
    names = {"weight"} if name in ("act", "position") else set(op.weight_names())
    assert names >= {weight.initialized_as for weight in op.weights(*inputs) if weight.trainable and weight.name}
    # on the meta device and in training, where no fused attention hides its products
    with FlopCounterMode(display=False) as counter:
        computed(op, inputs, "meta", training=True)
    assert counter.get_total_flops() == 2 * batch * op.macs(output, *inputs)


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_defaults_written_out_change_nothing(name: str, data: st.DataObject) -> None:
    op, inputs = data.draw(CASES[name])
    output = inferred(op, inputs)
    if isinstance(output, ShapeError):
        return
    full = op.full(*inputs)
    assert full.full(*inputs) == full == type(op).model_validate(dict([*full]))
    assert full.infer(*inputs).shape == output.shape
    assert full.weights(*inputs) == op.weights(*inputs)
    calls = [op.lower(*inputs), full.lower(*inputs)]
    if calls[0].is_module:
        with torch.device("meta"):
            first, second = (str(imported(call.target)(**call.arguments)) for call in calls)
        assert first == second
    else:
        assert calls[0] == calls[1]


@pytest.mark.parametrize("kind", _ARGUMENTS)
@pytest.mark.parametrize("size", [(), (1,), (2,), (1, 1), (1, 2), (2, 2), (1, 1, 1), (2, 1, 2), (2, 2, 2, 2)], ids=str)
def test_a_norm_that_is_accepted_runs_and_trains_in_every_batch(kind: str, size: tuple[int, ...]) -> None:
    """But for batch norm of one position, which torch does not train in a batch of one."""
    for layout, channels, groups in product(("channels_first", "channels_last"), (1, 2, 4), (1, 2, 4)):
        x = TensorType(channels, size, layout if size else "channels_last")
        op = OPS["norm"].model_validate({"type": kind} | ({"groups": groups} if kind == "group" else {}))
        if isinstance(inferred(op, (x,)), ShapeError):
            continue
        call = op.lower(x)
        for batch, training in product((1, 2), (True, False)):
            if kind == "batch" and batch == 1 and training and prod(size) == 1:
                continue
            value = torch.randn(batch, *x.shape, requires_grad=True)
            output = imported(call.target)(**call.arguments).train(training)(value)
            output.square().sum().backward()
            assert output.isfinite().all()
            assert value.grad.isfinite().all()


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_what_is_accepted_runs_and_trains_in_every_batch(name: str, data: st.DataObject) -> None:
    """Forward and backward, with finite outputs and gradients; a batch norm of one value in training is documented."""
    op, inputs = data.draw(CASES[name])
    if isinstance(inferred(op, inputs), ShapeError):
        return
    call = op.lower(*inputs)
    weights = [
        torch.randn(weight.shape, requires_grad=True) if weight.trainable else torch.zeros(weight.shape)
        for weight in op.weights(*inputs)
    ]
    made = imported(call.target)(**call.arguments) if call.is_module else None
    for batch, training in product((1, 2), (True, False)):
        if name == "norm" and op.type == "batch" and batch == 1 and training and prod(inputs[0].size) == 1:
            continue
        values = [example(kind, "cpu", batch) for kind in inputs]
        given = [value.requires_grad_() for value in values if value.is_floating_point()]
        if made is None:
            output, trained = imported(call.target)(*values, *weights, **call.arguments), weights
        else:
            output, trained = made.train(training)(*values), list(made.parameters())
        outputs = output if isinstance(output, tuple) else (output,)
        assert all(value.isfinite().all() for value in outputs)
        if outputs[0].requires_grad:
            loss = sum(value.square().sum() for value in outputs)
            gradients = torch.autograd.grad(loss, [*given, *trained], allow_unused=True)
            assert all(gradient is None or gradient.isfinite().all() for gradient in gradients)


def test_defaults_are_those_of_torch() -> None:
    for home, arguments in _MODULES.values():
        taken = signature(getattr(nn, home)).parameters
        assert {name: taken[name].default for name in arguments} == arguments, home
    for kind, home in [("batch", nn.BatchNorm2d), ("layer", nn.LayerNorm), ("group", nn.GroupNorm), ("rms", nn.RMSNorm),
                       ("instance", nn.InstanceNorm2d)]:  # fmt: skip
        taken = signature(home).parameters
        renamed = {"affine": "elementwise_affine" if kind in ("layer", "rms") else "affine"}
        wanted = {renamed.get(name, name): value for name, value in _ARGUMENTS[kind].items() if name != "groups"}
        assert {name: taken[name].default for name in wanted} == wanted, kind
    for name, rule in INITIALIZERS.items():
        taken = signature(getattr(nn.init, f"{name}_")).parameters
        expected = {key: taken[key].default for key in rule.arguments if taken[key].default is not Parameter.empty}
        assert rule.defaults == expected, name


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_op_on_symbolic_sizes(name: str, data: st.DataObject) -> None:
    """What is inferred of names is, with their values, what is inferred of the values."""
    op, inputs = data.draw(CASES[name])
    named: list[TensorType] = []
    sizes: dict[str, int] = {}
    for kind in inputs:
        # equal sizes get one name, so that values which agree still do
        sizes |= {f"N{n}": int(n) for n in kind.size if n != 1}
        named.append(replace(kind, size=tuple(n if n == 1 else Dim.symbol(f"N{n}") for n in kind.size)))
    try:
        known, output = op.infer(*inputs), op.infer(*named)
        divisors = op.constraints(*named)
    except ShapeError:
        return
    assume(all(sizes[symbol] % divisor == 0 for symbol, divisor in divisors.items()))
    assert tuple(evaluate(n, sizes) for n in output.size) == known.size
    assert (output.channels, output.layout, output.dtype) == (known.channels, known.layout, known.dtype)
    assert evaluate(op.macs(output, *named), sizes) == op.macs(known, *inputs)
