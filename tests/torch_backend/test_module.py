"""The module is what one written by hand would be: it is copied, pickled, traced, compiled and exported like any."""

from __future__ import annotations

import copy
import io
import pickle
import re
import tracemalloc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import archspec
from archspec.compiler.names import MODULE_ATTRIBUTES, Names, NameTaken
from archspec.graph import graph_of
from archspec.graph.nodes import Scope
from archspec.identifiers import class_name
from archspec.ops import OPS
from archspec.torch_backend import build
from tests.torch_backend.networks import RESNET, SPECS, UNET, flat, graph, inputs

every = pytest.mark.parametrize("name", SPECS)


def built(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    found = graph(name)
    return archspec.build(found, seed=0).eval(), inputs(found)


def trained(module: nn.Module, xs: tuple[Tensor, ...]) -> list[Tensor]:
    """Outputs and gradients of one training step, dropout seeded."""
    torch.manual_seed(0)
    outputs = flat(module.train()(*xs))
    module.zero_grad()
    torch.stack([output.square().mean() for output in outputs]).sum().backward()
    gradients = [p.grad for p in module.parameters() if p.grad is not None]
    assert gradients
    return [*(output.detach() for output in outputs), *gradients]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return len(a) == len(b) and all(map(torch.equal, a, b))


@every
def test_copies(name: str) -> None:
    module, xs = built(name)
    with torch.no_grad():
        expected = flat(module(*xs))
    for copied in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert str(copied) == str(module)
        assert type(copied) is type(module)
        with torch.no_grad():
            assert same(flat(copied(*xs)), expected)
            next(copied.parameters()).zero_()
            assert same(flat(module(*xs)), expected)


@every
def test_whole_modules_are_saved(name: str) -> None:
    module, xs = built(name)
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    with torch.no_grad():
        assert same(flat(torch.load(file, weights_only=False)(*xs)), flat(module(*xs)))


@pytest.mark.parametrize(
    "layers",
    [
        # a value is taken by the next alone, by one further on, by several
        ["conv", "conv", {"add": [".", "input"]}, "conv", "conv"],
        [{"conv": {"name": "a"}}, "conv", "conv", {"add": [".", "a"]}, "conv", "conv", {"mul": [".", "."]}, "conv"],
        [{"conv": {"name": "a"}}, {"conv": {"name": "b"}}, {"add": [".", "a"]}, "conv", {"add": [".", "b"]}, "conv"],
        [
            {"conv": {"name": "a"}},
            {"conv": {"from": "input"}},
            {"add": [".", "a"]},
            "conv",
        ],
        [{"stage": {"name": "s", "layers": ["conv", "conv"]}}, "conv", "conv", {"concat": [".", "s"]}, "conv"],
    ],
)
def test_a_value_is_freed_as_soon_as_nothing_takes_it_any_more(
    layers: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each module of a network runs, those outputs alone are alive that it or a later node takes."""
    monkeypatch.setattr(build, "in_place", lambda *_: {})  # which makes one tensor of two values
    graph = archspec.compile({"archspec": 1, "input": [4, 6, 6], "layers": layers})
    model = archspec.build(graph, seed=0).eval()
    made: dict[str, weakref.ref[Tensor]] = {}
    seen: dict[str, set[str]] = {}

    def before(name: str) -> None:
        seen[name] = {key for key, value in made.items() if value() is not None}

    wanted: dict[str, set[str]] = {}
    body = graph.root.body
    for at, item in enumerate(body):
        later = {value for other in body[at:] for value in other.inputs}
        wanted[item.name] = {other.name for other in body[:at] if other.output in later}
    modules = dict(model.named_children())
    for name, module in modules.items():
        module.register_forward_pre_hook(lambda *_, name=name: before(name))
        module.register_forward_hook(lambda *args, name=name: made.update({name: weakref.ref(args[2])}))
    with torch.no_grad():
        model(torch.randn(2, 4, 6, 6))
    assert seen == {name: wanted[name] & modules.keys() for name in modules}


@pytest.mark.parametrize("taken", [[], ["state"], ["cell"], ["state", "cell"]])
def test_of_what_a_module_gives_besides_only_what_is_taken_stays_alive(taken: list[str]) -> None:
    layers = [{"lstm": {"name": "rnn", "features": 4}}, {"linear": {"name": "late", "features": 4}}]
    outputs = {"late": "late", **{name: f"rnn.{name}" for name in taken}}
    sizes = {"channels": 4, "size": [5], "layout": "channels_last"}
    model = archspec.build({"archspec": 1, "input": sizes, "layers": layers, "outputs": outputs}, seed=0)
    alive: list[str] = []
    made: dict[str, weakref.ref[Tensor]] = {}

    def keep(_: nn.Module, __: object, given: tuple[Tensor, ...]) -> None:
        made.update(zip(("output", *OPS["lstm"].more), map(weakref.ref, given), strict=True))

    model.rnn.register_forward_hook(keep)
    model.late.register_forward_hook(
        lambda *_: alive.extend(name for name, value in made.items() if value() is not None)
    )
    with torch.no_grad():
        model(torch.randn(2, 5, 4))
    assert alive == ["output", *taken]


@every
def test_symbolic_trace(name: str) -> None:
    module, xs = built(name)
    traced = torch.fx.symbolic_trace(module)
    with torch.no_grad():
        torch.testing.assert_close(traced(*xs), module(*xs))
        torch.testing.assert_close(pickle.loads(pickle.dumps(traced))(*xs), module(*xs))
    traced = torch.fx.symbolic_trace(copy.deepcopy(module).train())
    assert same(trained(traced, xs), trained(module, xs))


@every
def test_every_scope_can_be_traced(name: str) -> None:
    """Stages and blocks by themselves, those too that receive values from further out."""
    module, xs = built(name)
    seen: dict[str, tuple[Tensor, ...]] = {}
    for path, child in module.named_modules():
        if type(child).__module__.startswith("archspec.torch_backend.scope"):
            child.register_forward_hook(lambda _, given, output, path=path: seen.update({path: given}))
    with torch.no_grad():
        module(*xs)
    assert seen
    for path, given in seen.items():
        scope = copy.deepcopy(module.get_submodule(path))
        scope._forward_hooks.clear()
        before = [value.clone() for value in given]
        with torch.no_grad():
            torch.testing.assert_close(torch.fx.symbolic_trace(scope)(*given), scope(*given))
        assert same(list(given), before), "what a scope receives is not its own to overwrite"


@every
def test_compiles_without_a_break(name: str) -> None:
    torch._dynamo.reset()
    module, xs = built(name)
    with torch.no_grad():
        expected = module(*xs)
        torch.testing.assert_close(torch.compile(module, fullgraph=True, backend="eager")(*xs), expected)
    torch._dynamo.reset()
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(trained(compiled, xs), trained(module, xs))


@pytest.mark.slow
def test_compiles_to_machine_code() -> None:
    torch._dynamo.reset()
    module, xs = built("vit")
    with torch.no_grad():
        torch.testing.assert_close(torch.compile(module, fullgraph=True)(*xs), module(*xs))


@every
def test_exports(name: str) -> None:
    """With a dynamic batch, in evaluation and in training."""
    module, xs = built(name)
    batch = torch.export.Dim("batch", min=1)
    shapes = tuple({0: batch} for _ in xs)
    program = torch.export.export(module, xs, dynamic_shapes=shapes)
    for n in (1, 3):
        more = inputs(graph(name), n)
        with torch.no_grad():
            torch.testing.assert_close(program.module()(*more), module(*more))
    assert set(program.state_dict) == set(module.state_dict())
    torch.export.export(module.train(), xs)


@pytest.mark.parametrize("reentrant", [False, True])
def test_blocks_can_be_checkpointed(reentrant: bool) -> None:
    module, (x,) = built("resnet")
    expected = trained(module, (x,))
    again, _ = built("resnet")
    for stage in (again.layer1, again.layer2):
        for block in stage:
            inner = block.forward
            block.forward = lambda x, inner=inner: checkpoint(inner, x, use_reentrant=reentrant)
    torch.testing.assert_close(trained(again, (x,)), expected)


def test_hooks_see_and_change_what_blocks_return() -> None:
    module, (x,) = built("resnet")
    seen: list[tuple[int, ...]] = []
    for block in module.layer2:
        block.register_forward_hook(lambda _, given, output: seen.append(tuple(output.shape)))
    handle = module.layer1.register_forward_hook(lambda _, given, output: torch.zeros_like(output))
    silent = module(x)
    assert seen == [(2, 8, 4, 4)] * 2
    handle.remove()
    assert not torch.equal(module(x), silent)


def test_gradients_of_blocks_can_be_hooked() -> None:
    """As class activation maps do: nothing outside overwrites what a block returns."""
    module, (x,) = built("resnet")
    seen: list[Tensor] = []
    module.layer2.register_full_backward_hook(lambda _, given, gradients: seen.append(gradients[0]))
    module.layer1[0].register_full_backward_hook(lambda _, given, gradients: seen.append(gradients[0]))
    module(x).sum().backward()
    assert [tuple(gradient.shape) for gradient in seen] == [(2, 8, 4, 4), (2, 4, 8, 8)]


@pytest.mark.parametrize("name", ["mlp_residual", "vit"])
def test_dropout_is_for_training(name: str) -> None:
    module, xs = built(name)
    assert same(flat(module(*xs)), flat(module(*xs)))
    module.train()
    assert not same(flat(module(*xs)), flat(module(*xs)))


def test_running_statistics_are_for_training() -> None:
    module, (x,) = built("vit")
    module(x)
    norm = module.get_submodule("norm")
    assert norm.num_batches_tracked == 0
    module.train()(x)
    assert norm.num_batches_tracked == 1
    assert norm.running_mean.abs().sum() > 0


def test_modules_can_be_replaced() -> None:
    """Wrappers, adapters and quantization put other modules in the place of some."""
    module, (x,) = built("resnet")
    before = module(x)
    module.layer1[0].conv1 = nn.Sequential(module.layer1[0].conv1)
    assert torch.equal(module(x), before)
    module.layer1[0].conv1 = nn.Conv2d(4, 4, 3, padding=1)
    assert not torch.equal(module(x), before)
    with torch.no_grad():
        module.fc.weight = nn.Parameter(torch.zeros_like(module.fc.weight))
    assert torch.equal(module(x), module.fc.bias.expand(2, -1))


def test_attributes_and_numbers() -> None:
    module, _ = built("resnet")
    assert isinstance(module.layer1[0].conv1, nn.Conv2d)
    assert module.layer1[-1] is module.layer1[1] is list(module.layer1)[1]
    assert len(module.layer1) == 2
    assert module.layer2[0].downsample[0] is module.get_submodule("layer2.0.downsample.0")
    assert isinstance(module.layer1[0].bn1, nn.BatchNorm2d)
    assert [type(child).__name__ for child in module.layer1[:1]] == ["Basic"]
    assert "Basic" in str(module.layer1[:1])
    fpn, _ = built("fpn")
    assert fpn.body.layer2[0].conv1.out_channels == 4
    assert fpn.fpn.inner[1] is fpn.get_submodule("fpn.inner.1")
    with pytest.raises(IndexError):
        module.layer1[2]


@every
def test_classes_bear_the_names_of_blocks(name: str) -> None:
    """As profilers, `torchinfo` and wrappers of blocks know them; they are those of exported source."""
    found = graph(name)
    module = archspec.build(found, device="meta")
    scopes = {path: item for path, item in found.items() if isinstance(item, Scope)}
    assert type(module).__name__ == class_name(found.name)
    for path, scope in scopes.items():
        cls = type(module.get_submodule(path))
        assert (cls.__name__, cls.__qualname__) == (class_name(scope.label),) * 2
        assert str(module.get_submodule(path)).startswith(f"{cls.__name__}(")
    again = pickle.loads(pickle.dumps(module))
    assert [type(part) for part in again.modules()] == [type(part) for part in module.modules()]


@every
def test_a_module_knows_its_graph(name: str) -> None:
    found = graph(name)
    module = archspec.build(found, device="meta")
    assert module.graph is copy.deepcopy(module).graph is found
    again = pickle.loads(pickle.dumps(module)).graph
    assert (str(again), again.fingerprint) == (str(found), found.fingerprint)
    assert (again.params, again.rules, again.levels == ()) == (found.params, found.rules, found.levels == ())
    saved = io.BytesIO()
    torch.save(module, saved)
    assert torch.load(io.BytesIO(saved.getvalue()), weights_only=False).graph.fingerprint == found.fingerprint
    assert len(pickle.dumps(found)) < 20_000 + 1_000 * len(list(found.items()))


def test_a_node_without_module_keeps_its_number() -> None:
    layers = [{"seq": {"name": "s", "layers": [{"linear": 4}, {"add": [".", "."]}, {"linear": 3}]}}]
    module = archspec.build({"archspec": 1, "name": "a", "input": [4], "layers": layers})
    assert module.s[2].out_features == 3
    assert module.s[-1] is module.s[2]
    with pytest.raises(IndexError):
        module.s[1]


def test_containers_in_a_row_of_modules() -> None:
    layers = [{"seq": {"name": "s", "layers": [{"linear": {"name": "a.first", "features": 4}}, "identity"]}}]
    module = archspec.build({"archspec": 1, "name": "a", "input": [4], "layers": layers})
    assert list(module.state_dict()) == ["s.a.first.weight", "s.a.first.bias"]
    assert module(torch.zeros(2, 4)).shape == (2, 4)


def test_printed(golden: Callable[[Path, str], None]) -> None:
    """It reads like the file; what torch prints of its own modules changes with its version."""
    text = re.sub(r"(?<=: )(\w+)\(.+\)$", r"\1(…)", str(archspec.build(UNET, device="meta")), flags=re.MULTILINE)
    golden(Path(__file__).parent / "printed.txt", text + "\n")


def test_on_the_meta_device_there_is_no_memory() -> None:
    graph = archspec.compile("vgg16")
    archspec.build(graph, device="meta")
    tracemalloc.start()
    module = archspec.build(graph, device="meta")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000
    assert {tensor.device.type for tensor in module.state_dict().values()} == {"meta"}
    assert sum(p.numel() for p in module.parameters()) == 138_357_544
    assert module(torch.empty(5, 3, 224, 224, device="meta")).shape == (5, 1000)


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_weights_have_the_type_of_the_input(dtype: str, device: str) -> None:
    source = RESNET.replace("[3, 32, 32]", f"{{channels: 3, size: [32, 32], dtype: {dtype}}}")
    graph = archspec.compile(source)
    module = archspec.build(graph, device=device, seed=0).eval()
    kind = getattr(torch, dtype)
    assert {p.dtype for p in module.parameters()} == {kind}
    with torch.no_grad():
        output = module(torch.zeros(2, 3, 32, 32, dtype=kind, device=device))
    assert str(output.dtype) == f"torch.{graph.outputs['output'].type.dtype}" == f"torch.{dtype}"


def test_several_inputs_by_position_and_by_name() -> None:
    module, (position, direction) = built("nerf")
    expected = flat(module(position, direction))
    assert same(flat(module(direction=direction, position=position)), expected)
    with pytest.raises(TypeError, match="direction"):
        module(position)
    assert same(flat(pickle.loads(pickle.dumps(module))(position, direction=direction)), expected)


def test_outputs_have_their_names_in_order() -> None:
    module, xs = built("fpn")
    assert {key: tuple(value.shape) for key, value in module(*xs).items()} == {
        "fine": (2, 4, 16, 16),
        "coarse": (2, 4, 8, 8),
        "middle": (2, 16, 8, 8),
    }


def test_symbolic_sizes_are_built_and_run() -> None:
    module = archspec.build(RESNET.replace("[3, 32, 32]", "[3, H, W]"), seed=0).eval()
    assert module(torch.randn(1, 3, 40, 72)).shape == (1, 10)
    assert same([module(x := torch.randn(1, 3, 32, 32))], [built("resnet")[0](x)])


def test_no_name_breaks_a_module() -> None:
    """Whatever the compiler lets pass can be the name of a module and of a parameter, in scopes of every kind."""
    scopes = [nn.Module(), *(child for name in SPECS for child in built(name)[0].modules())]
    attributes = {attribute for scope in scopes for attribute in dir(scope) if attribute not in scope._modules}
    scopes = [scope for scope in scopes if type(scope).__module__.startswith("archspec.torch_backend.scope")]
    own = {attribute for scope in scopes for attribute in {*dir(scope)} - {*scope._modules, *scope._parameters}}
    passed = {attribute for attribute in own if _passes(attribute)}
    assert not passed, f"add to MODULE_ATTRIBUTES: {' '.join(sorted(passed))}"
    assert attributes >= MODULE_ATTRIBUTES
    for fine in ("_conv_stem", "conv1", "_", "weight", "features", "blocks", "head", "bn-1", "0"):
        assert _passes(fine)


def _passes(name: str) -> bool:
    try:
        return Names(False).claim(name, "x") == name
    except NameTaken:
        return False


@pytest.mark.parametrize(
    "own", ["conv: {name: graph}", "conv: {name: graph.a}", "parameter: {name: graph, shape: [3]}"]
)
def test_a_node_may_be_called_graph(own: str) -> None:
    text = f"archspec: 1\nname: g\ninput: [3, 8, 8]\nlayers: [{own}, {{act: {{name: a, type: relu}}}}]\n"
    model = archspec.build(text, seed=0)
    for found in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert isinstance(found.graph, (torch.nn.Module, torch.nn.Parameter))
        known = graph_of(found)
        assert known is not None
        assert known.fingerprint == archspec.compile(text).fingerprint
