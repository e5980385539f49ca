"""Each tensor once, from its own generator, with torch's own defaults (docs/language.md, section 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

import archspec
from archspec.errors import UsageError
from archspec.export import export
from archspec.ops import OPS, Op
from archspec.torch_backend.initialize import generator, initialize
from archspec.torch_backend.origin import state_digest
from archspec.types import Call, TensorType, Weight
from archspec.types.call import module

EVERYTHING = {
    "archspec": 1,
    "name": "everything",
    "params": {"extra": False},
    "input": [4, 16],
    "norm": "batch",
    "act": {"type": "prelu", "init": 0.1},
    "layers": [
        {"conv": {"channels": 16, "kernel": 3}},
        {"conv": {"channels": 16, "kernel": 3, "name": "extra", "when": "$extra"}},
        "norm",
        "act",
        {"conv_transpose": {"channels": 16, "kernel": 2, "stride": 2}},
        {"norm": {"type": "group", "groups": 4}},
        {"scale": 0.25},
        {"rearrange": "n c l -> n l c"},
        {"position": {"init": {"trunc_normal": {"std": 0.02}}}},
        "class_token",
        {"attention": {"heads": 4}},
        {"norm": "affine"},
        {"norm": "rms"},
        {"norm": "layer"},
        {"linear": {"features": 8, "name": "head.fc"}},
    ],
}

Weights = dict[str, Tensor]


def drawn(spec: Any = EVERYTHING, **arguments: Any) -> Weights:
    return dict(archspec.build(spec, **arguments).state_dict())


def same(a: Weights, b: Weights) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def network(*layers: Any, **more: Any) -> dict[str, Any]:
    return {"archspec": 1, "name": "a", "input": [64, 8, 8], "layers": list(layers), **more}


def test_the_same_seed_gives_the_same_weights() -> None:
    first = drawn(seed=7)
    torch.rand(3)
    assert same(first, drawn(seed=7))
    assert not same(first, drawn(seed=8))


def test_weights_do_not_depend_on_the_rest_of_the_network() -> None:
    plain, more = drawn(seed=0), drawn(seed=0, params={"extra": True})
    assert plain.keys() < more.keys()
    assert all(torch.equal(plain[key], more[key]) for key in plain)


def test_weights_do_not_depend_on_their_place_in_the_file() -> None:
    layers = [{"conv": {"name": name, "channels": 64, "kernel": 3}} for name in "abc"]
    assert same(drawn(network(*layers), seed=0), drawn(network(*reversed(layers)), seed=0))


def test_tensors_of_one_shape_differ() -> None:
    weights = drawn(network({"repeat": {"times": 4, "layers": ["conv"]}}), seed=0)
    assert len({tuple(value.flatten().tolist()) for value in weights.values()}) == len(weights) == 8


def test_allocated_later_they_are_the_same() -> None:
    """From the meta device to memory with whatever in it: buffers get their values again too."""
    graph = archspec.compile(EVERYTHING)
    late = archspec.build(graph, device="meta").to_empty(device="cpu")
    for tensor in late.state_dict().values():
        tensor.fill_(77)
    initialize(late, graph, 3)
    assert same(dict(late.state_dict()), drawn(graph, seed=3))


def test_the_default_device_does_not_matter() -> None:
    with torch.device("meta"):
        weights = drawn(seed=1)
        unseeded = drawn()
    assert same(weights, drawn(seed=1))
    assert all(value.device.type == "cpu" for value in unseeded.values())


def test_threads_do_not_disturb_each_other() -> None:
    graph = archspec.compile(EVERYTHING)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda seed: drawn(graph, seed=seed % 2), range(8)))
    assert all(same(weights, found[number % 2]) for number, weights in enumerate(found))
    assert not same(found[0], found[1])


def test_without_a_seed_torch_draws_one() -> None:
    torch.manual_seed(11)
    first, second = drawn(), drawn()
    assert not same(first, second)
    torch.manual_seed(11)
    assert same(first, drawn())
    assert same(second, drawn())


def test_what_a_seed_means_stays() -> None:
    """The same weights tomorrow: the seed of a tensor's generator is part of the language."""
    assert generator(0, "conv1.weight").initial_seed() == 1195032321577439253
    assert generator(2**62 - 1, "fc.bias").initial_seed() == 1619591313816355309


def test_with_a_seed_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(4)
    torch.manual_seed(5)
    drawn(seed=0)
    assert torch.equal(torch.rand(4), expected)


def test_wider_types_hold_the_same_weights() -> None:
    """Drawn in float32 and then converted."""
    spec = network("conv", "flatten", {"linear": 3})
    wide = drawn(spec | {"input": {"channels": 64, "size": [8, 8], "dtype": "float64"}}, seed=0)
    assert {value.dtype for value in wide.values()} == {torch.float64}
    assert same({key: value.float() for key, value in wide.items()}, drawn(spec, seed=0))


DEFAULTS: dict[str, tuple[Any, nn.Module]] = {
    "conv": ({"conv": {"channels": 96, "kernel": 3, "groups": 2}}, nn.Conv2d(64, 96, 3, groups=2)),
    "conv_transpose": (
        {"conv_transpose": {"channels": 96, "kernel": 3, "groups": 2}},
        nn.ConvTranspose2d(64, 96, 3, groups=2),
    ),
    "linear": ({"linear": {"features": 2000, "from": "v"}}, nn.Linear(64, 2000)),
    "batch": ({"norm": {"type": "batch"}}, nn.BatchNorm2d(64)),
    "batch without affine": ({"norm": {"type": "batch", "affine": False}}, nn.BatchNorm2d(64, affine=False)),
    "batch, channels last": ({"norm": {"type": "batch", "from": "s"}}, nn.BatchNorm1d(64)),
    "layer": ({"norm": {"type": "layer", "from": "s"}}, nn.LayerNorm(64)),
    "layer, channels first": ({"norm": {"type": "layer"}}, nn.LayerNorm(64)),
    "group": ({"norm": {"type": "group"}}, nn.GroupNorm(32, 64)),
    "instance": ({"norm": {"type": "instance", "affine": True}}, nn.InstanceNorm2d(64, affine=True)),
    "rms": ({"norm": {"type": "rms"}}, nn.RMSNorm(64)),
    "prelu": ({"act": {"type": "prelu", "num_parameters": 64}}, nn.PReLU(64)),
    "attention": ({"attention": {"heads": 4, "from": "s"}}, nn.MultiheadAttention(64, 4)),
    "attention without bias": (
        {"attention": {"heads": 4, "bias": False, "from": "s"}},
        nn.MultiheadAttention(64, 4, bias=False),
    ),
}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_defaults_are_those_of_torch(kind: str) -> None:
    """The same constants, and draws of the same range and deviation."""
    layer, original = DEFAULTS[kind]
    ((op, arguments),) = layer.items()
    spec = network(
        {"identity": {"name": "i"}},
        {"global_pool": {"name": "v"}},
        {"rearrange": {"pattern": "n c h w -> n (h w) c", "name": "s", "from": "i"}},
        {op: {"from": "i", **arguments, "name": "it"}},
    )
    compare({key.removeprefix("it."): value for key, value in drawn(spec, seed=0).items()}, original.state_dict())


def test_embeddings_are_those_of_torch() -> None:
    spec = {"archspec": 1, "name": "a", "input": {"vocab": 500, "length": 4}, "layers": [{"embedding": 64}]}
    compare({"weight": drawn(spec, seed=0)["embedding.weight"]}, nn.Embedding(500, 64).state_dict())


def compare(ours: Weights, theirs: Weights) -> None:
    assert [*ours] == [*theirs]
    for key, tensor in theirs.items():
        found = ours[key]
        assert (found.shape, found.dtype) == (tensor.shape, tensor.dtype)
        if tensor.numel() < 2 or tensor.float().std() == 0:
            assert torch.equal(found, tensor), key
            continue
        assert abs(found.mean()) < 5 * found.std() / found.numel() ** 0.5, key
        error = 5 / found.numel() ** 0.5
        assert found.std() == pytest.approx(tensor.std().item(), rel=error), key
        # a uniform draw comes close to its bound, a normal one has tails
        assert found.abs().max() == pytest.approx(tensor.abs().max().item(), rel=0.5 if found.std() > 0.9 else error), (
            key
        )


def test_buffers_have_their_values() -> None:
    weights = drawn(network({"norm": "batch"}), seed=0)
    assert torch.equal(weights["norm.running_var"], torch.ones(64))
    assert torch.equal(weights["norm.running_mean"], torch.zeros(64))
    assert weights["norm.num_batches_tracked"] == 0


def test_initializers_of_the_spec_and_of_nodes() -> None:
    weights = drawn(
        network(
            {"conv": {"kernel": 3, "name": "a"}},
            {"conv": {"kernel": 3, "name": "b", "init": {"weight": "zeros"}}},
            {"residual": {"body": ["conv"], "shortcut": {"policy": "always", "layers": ["conv"], "name": "short"}}},
            "norm",
            {"norm": {"init": {"weight": {"constant": 3}}, "name": "last"}},
            init={"conv": {"weight": {"normal": {"std": 0.5}}, "bias": {"constant": 2}}, "norm": {"bias": "ones"}},
            norm="batch",
        ),
        seed=0,
    )
    assert weights["a.weight"].std() == pytest.approx(0.5, rel=0.02)
    assert weights["a.weight"].abs().max() > 1.5
    assert torch.equal(weights["a.bias"], torch.full((64,), 2.0))
    assert not weights["b.weight"].any()
    assert torch.equal(weights["b.bias"], weights["a.bias"])
    assert weights["short.0.weight"].std() == pytest.approx(0.5, rel=0.05)
    assert torch.equal(weights["norm.weight"], torch.ones(64))
    assert torch.equal(weights["last.weight"], torch.full((64,), 3.0))
    assert torch.equal(weights["last.bias"], torch.ones(64))


def test_inserted_projections_take_the_initializers_of_the_spec() -> None:
    init = {"conv": {"weight": {"constant": 2}}, "norm": {"weight": {"constant": 3}}}
    weights = drawn(network({"basic": 8}, norm="batch", act="relu", init=init), seed=0)
    assert (weights["basic.downsample.0.weight"] == 2).all()
    assert (weights["basic.downsample.1.weight"] == 3).all()


def test_parameters_under_a_nodes_own_name() -> None:
    spec = network(
        {"scale": {"init": 1e-6, "name": "gamma"}},
        {"rearrange": "n c h w -> n (h w) c"},
        {"position": {"init": {"trunc_normal": {"std": 0.02}}, "name": "embed.position"}},
        {"position": {"name": "zeros"}},
        {"class_token": {"init": {"normal": {"std": 3}}, "name": "cls"}},
    )
    weights = drawn(spec, seed=0)
    assert torch.equal(weights["gamma"], torch.full((64, 1, 1), 1e-6))
    assert weights["embed.position"].std() == pytest.approx(0.02, rel=0.05)
    assert not weights["zeros"].any()
    assert weights["cls"].std() == pytest.approx(3, rel=0.5)


@pytest.mark.parametrize(
    "init",
    [
        "zeros", "ones", "uniform", "normal", "trunc_normal", "xavier_uniform", "xavier_normal", "kaiming_uniform",
        "kaiming_normal", "orthogonal", "eye", {"sparse": {"sparsity": 0.25}}, {"constant": 3},
        {"kaiming_normal": {"mode": "fan_out", "nonlinearity": "relu"}}, {"uniform": {"a": -3, "b": -2}},
    ],
    ids=str,
)  # fmt: skip
def test_every_initializer_draws_from_the_tensors_generator(init: Any) -> None:
    layers = [{"linear": {"features": 32, "name": name, "init": {"weight": init}}} for name in ("a", "b")]
    first = drawn(network("flatten", *layers), seed=0)
    torch.rand(5)
    assert same(first, drawn(network("flatten", *layers), seed=0))
    again = drawn(network("flatten", *layers), seed=1)
    constant = init in ("zeros", "ones", "eye", {"constant": 3})
    assert torch.equal(first["b.weight"], again["b.weight"]) == constant


def test_dirac_keeps_the_channels() -> None:
    x = torch.randn(2, 64, 8, 8)
    module = archspec.build(network({"conv": {"kernel": 3, "bias": False, "init": {"weight": "dirac"}}}))
    torch.testing.assert_close(module(x), x)


class _Count(TorchFunctionMode):
    """Counts how often each tensor is drawn, by its address: by a function of `torch.nn.init` or by its own method."""

    def __init__(self) -> None:
        super().__init__()
        self.draws: Counter[int] = Counter()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        initializes = getattr(func, "__module__", "") == "torch.nn.init" and func.__name__ != "constant_"
        if initializes or func in (Tensor.uniform_, Tensor.normal_):
            self.draws[(args[0] if args else kwargs["tensor"]).data_ptr()] += 1
        return func(*args, **kwargs)


def test_weights_are_drawn_once() -> None:
    with _Count() as count:
        model = archspec.build(EVERYTHING, seed=0)
    owners = {p.data_ptr(): key for key, p in model.named_parameters()}
    times = {owners.get(address, "somewhere else"): number for address, number in count.draws.items()}
    kinds = ("conv", "conv_transpose", "attention.out_proj", "head.fc")
    drawn_ones = {f"{kind}.weight" for kind in kinds} | {"attention.in_proj_weight", "position"}
    # attention's output projection draws a bias and then zeroes it, in torch too
    drawn_ones |= {f"{kind}.bias" for kind in kinds}
    assert times == dict.fromkeys(drawn_ones, 1)


class Forgetful(nn.Module):
    """A module with a weight, and nothing that says how it starts."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


class Careful(Forgetful):
    """The same, which says so, with a layer of torch inside."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.inner = nn.Linear(channels, channels)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.normal_(self.weight, 5)
        if hasattr(self, "inner"):
            nn.init.zeros_(self.inner.bias)


class Weighted(Op):
    """An op of a plugin."""

    name = "weighted"
    careful: bool = False
    given: bool = False

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        from archspec.ops import Init

        c = inputs[0].channels
        inner = (Weight("inner.weight", (c, c)), Weight("inner.bias", (c,))) if self.careful else ()
        return Weight("weight", (c,), init=Init("ones") if self.given else None), *inner

    def lower(self, *inputs: TensorType) -> Call:
        return module(f"{__name__}.{'Careful' if self.careful else 'Forgetful'}", channels=inputs[0].channels)


def test_modules_of_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPS, "weighted", Weighted)
    with pytest.raises(UsageError, match="`Forgetful` needs a method `reset_parameters`"):
        drawn(network("flatten", "weighted"))
    assert archspec.build(network("flatten", "weighted"), device="meta") is not None
    assert (drawn(network("flatten", {"weighted": {"given": True}}))["weighted.weight"] == 1).all()
    careful = network("global_pool", {"weighted": {"careful": True}})
    weights = drawn(careful, seed=0)
    assert same(weights, drawn(careful, seed=0))
    assert weights["weighted.weight"].mean() == pytest.approx(5, abs=0.6)
    # what a module does to its children it does after they have started
    assert not weights["weighted.inner.bias"].any()
    assert weights["weighted.inner.weight"].std() == pytest.approx(64**-0.5 / 3**0.5, rel=0.05)


@contextmanager
def _default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def _default_device() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


CONTEXTS: dict[str, Any] = {
    "float64": lambda: _default_dtype(torch.float64),
    "bfloat16": lambda: _default_dtype(torch.bfloat16),
    "device": lambda: torch.device("meta"),
    "default device": _default_device,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "inference": torch.inference_mode,
    "no gradient": torch.no_grad,
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("name", CONTEXTS)
def test_torchs_defaults_and_modes_have_no_say(name: str, dtype: str) -> None:
    spec = {
        "archspec": 1,
        "name": "drawn",
        "input": {"channels": 3, "size": [8, 8], "dtype": dtype},
        "layers": [{"conv": {"channels": 4, "kernel": 3}}, {"norm": "batch"}, "global_pool", {"linear": 2}],
    }
    expected = archspec.build(spec, seed=7).state_dict()
    before = torch.get_default_dtype()
    with CONTEXTS[name]():
        model = archspec.build(spec, seed=7)
    assert torch.get_default_dtype() == before
    assert state_digest(model.state_dict()) == state_digest(expected)
    assert all(tensor.device.type == "cpu" and not tensor.is_inference() for tensor in model.state_dict().values())
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("name", CONTEXTS)
def test_they_have_none_in_what_is_written_and_read_either(name: str, dtype: str, tmp_path: Path) -> None:
    spec = {
        "archspec": 1,
        "name": "drawn",
        "input": {"channels": 3, "size": [8, 8], "dtype": dtype},
        "layers": [{"conv": {"channels": 4, "kernel": 3}}, {"norm": "batch"}, "global_pool", {"linear": 2}],
    }
    graph = archspec.compile(spec)
    expected = archspec.build(graph, seed=7)
    digest = state_digest(expected.state_dict())
    formats = ["resolved", "safetensors", "pt2"]
    former = export(graph, expected, tmp_path / "before", formats)
    with CONTEXTS[name]():
        found = export(graph, expected, tmp_path / "saved", formats)
        saved = archspec.from_pretrained(tmp_path / "saved")
        loaded = archspec.build(graph, seed=1)
        archspec.load_weights(loaded, tmp_path / "saved" / "drawn.safetensors")
    assert found.weights == former.weights
    assert [file.sha256 for file in found.files[:2]] == [file.sha256 for file in former.files[:2]]
    for model in (saved, loaded):
        state = model.state_dict()
        assert state_digest(state) == digest
        assert all(tensor.device.type == "cpu" and not tensor.is_inference() for tensor in state.values())
        assert all(parameter.requires_grad for parameter in model.parameters())
