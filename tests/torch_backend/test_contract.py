"""A call with what a network does not take is refused in the words of its spec; nothing that torch computes is."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.errors import InputError
from archspec.language import bundled_specs
from tests.torch_backend.networks import SPECS, flat, graph, inputs

TWO = "archspec: 1\nname: two\ninputs: {a: [3, H, 8], b: [1, H, 8]}\nlayers: [concat: [a, b], conv: 2]\n"
FOUR = "archspec: 1\nname: four\ninput: [3, H, W]\nlayers: [conv: {stride: 4}, upsample: 4, add: [., input]]\n"
TOKENS = "archspec: 1\nname: lm\ninput: {vocab: 10, length: L}\nlayers: [embedding: 4]\n"
LAST = "archspec: 1\nname: last\ninput: {channels: 3, size: 8, layout: channels_last}\nlayers: [linear: 4]\n"


def refused(spec: str, *given: object, **named: object) -> str:
    model = archspec.build(spec)
    for kind in (InputError, archspec.ArchspecError, RuntimeError, ValueError, TypeError):
        with pytest.raises(kind) as raised:
            model(*given, **named)
    assert raised.value.__cause__ is None
    return str(raised.value)


@pytest.mark.parametrize("name", ["resnet18", "unet", "gpt2", "vit_b_16", "mlp_mixer"])
def test_each_slip_with_an_input_names_it(name: str) -> None:
    """Whatever the network, nothing of it runs: on the device `meta` it has no values."""
    if name not in bundled_specs():
        pytest.skip(f"no spec `{name}`")
    found = archspec.compile(name)
    model = archspec.build(found, device="meta")
    (value,) = found.inputs.values()
    assert value.type is not None
    shape = (2, *(n if isinstance(n, int) else 64 for n in value.type.shape))
    ids = value.type.vocab is not None
    right = torch.zeros(shape, dtype=torch.long if ids else torch.float32, device="meta")
    model(right)
    slips = [right[0], right[None], right.float() if ids else right.long(), right.tolist, np.zeros(shape), None]
    slips += [] if ids else [right.repeat_interleave(2, value.type.channel_axis)]
    for slip in slips:
        with pytest.raises(
            InputError, match=rf"^the input of `{name}` \({name}\.yaml:\d+:\d+\) must be .*N × .*, found "
        ):
            model(slip)


@pytest.mark.parametrize(
    ("spec", "given", "words"),
    [
        (FOUR, (3, 8, 8), "must be N × 3 × H × W, found 3 × 8 × 8; `x.unsqueeze(0)` adds the batch"),
        (FOUR, (1, 8, 8, 3), "found 1 × 8 × 8 × 3; `x.movedim(-1, 1)` moves the channels"),
        (FOUR, (1, 4, 8, 8), "found 1 × 4 × 8 × 8; it must have 3 channels"),
        (FOUR, (1, 3, 10, 8), "found 1 × 3 × 10 × 8; H must be a multiple of 4: 8 or 12"),
        (FOUR, (1, 3, 3, 6), "H must be a multiple of 4: 4; W must be a multiple of 4: 4 or 8"),
        (FOUR, (8,), "found 8; it must have 4 axes with the batch"),
        (LAST, (2, 3, 8), "must be N × 8 × 3, found 2 × 3 × 8; `x.movedim(1, -1)` moves the channels"),
        (LAST, (8, 3), "`x.unsqueeze(0)` adds the batch"),
    ],
)
def test_the_words(spec: str, given: tuple[int, ...], words: str) -> None:
    assert words in refused(spec, torch.zeros(given))


def test_dtypes_are_of_their_kind() -> None:
    assert refused(TOKENS, torch.zeros(1, 3)).endswith(
        "(<text>:3:8) must be token ids, N × L, found 1 × 3 of float32; `x.long()` makes integers of them"
    )
    assert "found 1 × 3 × 8 × 8 of uint8; `x.float()`" in refused(FOUR, torch.zeros(1, 3, 8, 8, dtype=torch.uint8))
    assert archspec.build(TOKENS)(torch.zeros(1, 3, dtype=torch.int32)).shape == (1, 3, 4)
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        archspec.build(FOUR).to(dtype)(torch.zeros(1, 3, 8, 8, dtype=dtype))


@pytest.mark.parametrize(
    ("given", "named", "words"),
    [
        (0, "", "was called without `a` and `b`"),
        (1, "", "was called without `b`"),
        (0, "b", "was called without `a`"),
        (3, "", "was called with 1 too many"),
        (2, "a", "was called with `a` besides"),
        (1, "bb", "was called without `b` and with `bb` besides"),
    ],
)
def test_the_number_of_inputs(given: int, named: str, words: str) -> None:
    xs = [torch.zeros(1, channels, 8, 8) for channels in (3, 1, 1)[:given]]
    message = refused(TWO, *xs, **({named: torch.zeros(1, 1, 8, 8)} if named else {}))
    assert message == f"`two` takes `a` (N × 3 × H × 8) and `b` (N × 1 × H × 8), and {words}"


def test_the_input_of_a_network_with_one() -> None:
    assert refused(FOUR) == "`four` takes `x` (N × 3 × H × W), and was called without `x`"


def test_sizes_that_torch_computes_with_are_its_own_matter() -> None:
    resnet = archspec.build("resnet18").eval()
    with torch.no_grad():
        assert resnet(torch.zeros(1, 3, 70, 50)).shape == (1, 1000)
    levels = "stages: [{name: s, layers: [conv: {stride: 2}]}]\nhead: [upsample: 2, add: [., input]]\n"
    spec = f"archspec: 1\nname: x\ninput: [3, H, W]\n{levels}"
    assert "H must be a multiple of 2: 4 or 6" in refused(spec, torch.zeros(1, 3, 5, 4))
    # what the levels do not need asks for nothing
    found = archspec.build(spec, features=True)(torch.zeros(1, 3, 5, 4))
    assert found["s"].shape == (1, 3, 3, 2)


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@pytest.mark.parametrize("name", SPECS)
def test_whatever_the_network_is_called_with_by_libraries(name: str) -> None:
    """Copies, replicas, hooks, gradients and transforms of torch.func see the same network."""
    found = graph(name)
    model, xs = archspec.build(found, seed=0).eval(), inputs(found)
    with torch.no_grad():
        expected = flat(model(*xs))
    replica: Any = model._replicate_for_data_parallel()
    replica._modules = dict(model._modules)
    replica._parameters = dict(model._parameters)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), replica):
        with torch.no_grad():
            assert all(map(torch.equal, flat(other(*xs)), expected))
        with pytest.raises(InputError):
            other(*[x[0] for x in xs])
    with torch.no_grad():
        mapped = torch.func.vmap(lambda *x: flat(model(*x)))(*(x[None] for x in xs))
        called = flat(torch.func.functional_call(model, dict(model.named_parameters()), xs))
    assert all(torch.allclose(a[0], b, atol=1e-5) for a, b in zip(mapped, expected, strict=True))
    assert all(map(torch.equal, called, expected))


def test_a_hook_may_change_the_inputs() -> None:
    model = archspec.build(FOUR)
    model.register_forward_pre_hook(lambda _, inputs: (inputs[0].movedim(-1, 1).float(),))
    assert model(torch.zeros(1, 8, 8, 3, dtype=torch.uint8)).shape == (1, 3, 8, 8)


class Tagged(Tensor):
    """A tensor of some library, which knows itself what it is."""


def test_tensors_of_other_types_are_left_to_their_library() -> None:
    model = archspec.build(FOUR)
    assert model(torch.zeros(1, 3, 8, 8).as_subclass(Tagged)).shape == (1, 3, 8, 8)
    assert model(nn.Parameter(torch.zeros(1, 3, 8, 8))).shape == (1, 3, 8, 8)
    with pytest.raises(InputError):
        model(nn.Parameter(torch.zeros(1, 4, 8, 8)))


@pytest.mark.filterwarnings("ignore:`torch.jit.*` is deprecated", "ignore:Converting a tensor")
@pytest.mark.parametrize("name", SPECS)
def test_what_is_traced_has_no_trace_of_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graphs that torch makes are those of the steps alone: nothing is looked at while it traces."""
    found = graph(name)
    model, xs = archspec.build(found, seed=0).eval(), inputs(found)

    def looked_at(*_: object) -> None:
        raise AssertionError("an input was looked at")

    # networks share their code, of which torch compiles only so many versions in one process
    torch.compiler.reset()
    monkeypatch.setattr(type(model._contract), "check", looked_at)
    torch.export.export(model, xs, strict=False)
    torch.jit.trace(model, xs, strict=False, check_trace=False)
    torch.compile(model, fullgraph=True, backend="eager")(*xs)
    with pytest.raises(AssertionError, match="looked at"):
        model(*xs)
    monkeypatch.undo()
    traced = torch.fx.symbolic_trace(model)
    places = [node for node in traced.graph.nodes if node.op == "placeholder"]
    assert [node.target for node in places] == (["x"] if len(xs) == 1 else list(found.inputs))


@pytest.mark.parametrize(("node", "least"), [
    ("slice: {dim: 0, start: 3}", 4), ("slice: {dim: 0, start: -3}", 3), ("slice: {dim: 0, stop: 5}", 5),
    ("slice: {dim: 0, start: 1, stop: -1}", 3), ("select: 2", 3), ("select: -2", 2),
    ("pad: {padding: [0, 0, 2, 3], mode: reflect}", 4), ("pad: {padding: [0, 0, 2, 3], mode: circular}", 3),
    ("within: {pattern: n l c -> n c l, layers: [conv: {kernel: 7, padding_mode: reflect}]}", 4),
    ("within: {pattern: n l c -> n c l, layers: [conv: {kernel: 7, padding_mode: circular}]}", 3),
])  # fmt: skip
def test_an_open_size_is_as_large_as_a_node_needs(node: str, least: int, tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    head = "archspec: 1\nname: short\ninput: {channels: 4, size: [L], layout: channels_last}\n"
    file.write_text(f"{head}layers:\n- {node}\n", encoding="utf-8")
    module = archspec.build(file)
    assert module.eval()(torch.zeros(1, least, 4)).numel()
    with pytest.raises(InputError, match=f"L must be at least {least} for .*spec.yaml:5"):
        module(torch.zeros(1, least - 1, 4))
