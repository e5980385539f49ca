"""Building modules and loading weights, as Python calls them; whatever is wrong is an error of archspec's own."""

from __future__ import annotations

import copy
import doctest
import inspect
from collections import UserDict, UserList
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import torch
from torch import nn

import archspec
from archspec.cli.build import command as build_command
from archspec.cli.weights import command as weights_command
from tests.tensors import same_state

SPEC = """\
archspec: 1
name: small
params: {classes: 5}
input: [3, 8, 8]
stages: [{layers: [conv: {name: conv1, channels: 4, kernel: 3}]}]
head: [global_pool, linear: {name: fc, features: $classes}]
"""
TWO = "archspec: 1\nname: two\ninputs: {rgb: [3, 8, 8], depth: [1, 8, 8]}\nlayers: [concat: [rgb, depth], conv: 4]\n"


def state(seed: int = 0, **options: Any) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = archspec.build(SPEC, seed=seed, **options).state_dict()
    return found


@pytest.mark.parametrize(
    "wrap",
    [
        lambda found: found,
        lambda found: {key: nn.Parameter(tensor) for key, tensor in found.items()},
        lambda found: UserDict(found),
        lambda found: {"epoch": 3, "model": found},
        lambda found: {"state_dict": dict(found), "optimizer": {"lr": 0.1}},
        lambda found: UserDict({"model": found, "model_ema": found}),
    ],
)
def test_a_state_dict_is_taken(wrap: Callable[[Any], Any]) -> None:
    found = state(1)
    model = archspec.build(SPEC, seed=2)
    report = archspec.load_weights(model, wrap(found))
    assert same_state(model.state_dict(), found)
    assert archspec.check_weights(SPEC, wrap(found)) == report
    assert same_state(archspec.build(SPEC, weights=wrap(found)).state_dict(), found)
    found["fc.bias"].fill_(7)
    assert not same_state(model.state_dict(), found)


def test_an_entry_of_a_state_dict() -> None:
    checkpoint = {"model": state(1), "model_ema": state(2)}
    assert same_state(archspec.build(SPEC, weights=checkpoint, key="model_ema").state_dict(), state(2))
    with pytest.raises(archspec.WeightsError, match=r"the state dict has no entry `none`; `--key` takes one of"):
        archspec.build(SPEC, weights=checkpoint, key="none")


def test_values_of_a_state_dict_have_no_file() -> None:
    model = archspec.build(SPEC, weights=state(1))
    assert model._origin == type(model._origin)()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({}, "does not fit the network"),
        ({"a": 3}, r"contains more than tensors: `a` \(int\)"),
        ({3: torch.ones(1)}, r"contains more than tensors: `3` \(Tensor\)"),
        (nn.Linear(2, 2), r"pass `state_dict\(\)` of the module"),
        (3, "weights must be a path, hf://OWNER/NAME or a state dict, found int"),
        ([torch.ones(1)], "found list"),
        (b"w.pth", "found bytes"),
        ("none.pth", "there is no file none.pth"),
    ],
)
def test_what_holds_no_weights(weights: Any, message: str) -> None:
    with pytest.raises(archspec.ArchspecError, match=message):
        archspec.build(SPEC, weights=weights)


def test_channels_of_several_inputs() -> None:
    graph = archspec.compile(TWO, in_channels={"depth": 2})
    assert [value.type.channels for value in graph.inputs.values() if value.type] == [3, 2]
    assert archspec.build(TWO, in_channels={"depth": 2, "rgb": 1}).conv.in_channels == 3
    for odd, message in (
        (4, "with several inputs, give channels by name: `rgb=4`"),
        ({"rbg": 4}, "there is no input `rbg`; did you mean `rgb`"),
        ({"rgb": 0}, "must be an integer of at least 1"),
        ({3: 4}, "there is no input `3`"),
    ):
        with pytest.raises(archspec.UsageError, match=message):
            archspec.compile(TWO, in_channels=odd)  # type: ignore[arg-type]
    with pytest.raises(archspec.UsageError, match="no channels"):
        archspec.compile("archspec: 1\ninput: {vocab: 9, length: 4}\nlayers: [embedding: 4]\n", in_channels=3)


@pytest.mark.parametrize(
    "given",
    [
        {"key": "a"},
        {"partial": True},
        {"adapt_in_channels": "keep"},
        {"adapt_positions": True},
        {"rename": {"a": "b"}},
        {"own": True},
        {"own": False},
    ],
)
def test_options_about_weights_need_some(given: dict[str, Any]) -> None:
    with pytest.raises(archspec.UsageError, match=f"`{next(iter(given))}` needs `weights`"):
        archspec.build(SPEC, **given)


def test_python_takes_what_the_commands_take() -> None:
    """But for artifacts, which are written by `archspec.export.export`."""
    written = {"formats", "output", "opset", "optimize", "verify"}
    shown = {"form"}
    for command, function in ((build_command, archspec.build), (weights_command, archspec.check_weights)):
        names = {parameter.name for parameter in command.params if isinstance(parameter, click.Parameter)}
        names = {"path" if name == "file" else name for name in names}
        names -= {"plugin"} if function is archspec.check_weights else set()
        assert names - written - shown <= inspect.signature(function).parameters.keys()


PUBLIC = [name for name in (*archspec.__all__, "list") if inspect.isfunction(getattr(archspec, name))]


@pytest.mark.parametrize("name", PUBLIC)
def test_help_explains_every_argument_and_has_an_example(name: str) -> None:
    function = getattr(archspec, name)
    text = inspect.getdoc(function) or ""
    arguments = inspect.signature(function).parameters
    if name != "op":
        section = text.partition("Arguments:")[2].partition("\n\n")[0]
        missing = [
            argument for argument in arguments if argument not in section.replace(",", " ").replace(":", " ").split()
        ]
        assert not missing, f"{name} does not explain {missing}"
    assert ">>> " in text, f"{name} has no example"
    assert "Raises" in text


@pytest.mark.parametrize("name", PUBLIC)
def test_the_example_in_help_works(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told: list[str] = []
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder(recurse=False).find(getattr(archspec, name), name, globs={}):
        runner.run(test, out=told.append)
    assert not told, "".join(told)


SOUND = [SPEC, archspec.compile(SPEC), archspec.build(SPEC, device="meta")]
ODD: list[Any] = [
    None, 3, b"x", "", "no_such", "./none.yaml", [], {}, object(), float("nan"), -1, "\0", {"archspec": {}},
    nn.Linear(1, 1), (1, 2), {"a": object()}, True, "x" * 5000, Path("none"), torch.ones(2), {1: 2}, "hf://", {3},
    2**80,
]  # fmt: skip


def calls() -> list[tuple[str, str, Any]]:
    found = []
    for name in PUBLIC:
        for argument in inspect.signature(getattr(archspec, name)).parameters.values():
            if argument.kind not in (argument.VAR_KEYWORD, argument.VAR_POSITIONAL):
                found += [(name, argument.name, odd) for odd in ODD]
    return found


def test_every_error_is_one_of_archspec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each public function, with something odd for each of its arguments."""
    monkeypatch.chdir(tmp_path)
    sound: dict[str, Any] = {
        "spec": SPEC, "a": SPEC, "b": SPEC, "model": archspec.build(SPEC, seed=0), "path": state(), "folder": "saved",
        "source": "saved", "module": "json", "cls": archspec.Op, "weights": state(),
        "inputs": torch.zeros(2, 4),
    }  # fmt: skip
    archspec.save_pretrained(archspec.build(SPEC, seed=0), "saved")
    wrong = []
    for name, argument, odd in calls():
        function = getattr(archspec, name)
        given = {
            key: sound[key]
            for key, known in inspect.signature(function).parameters.items()
            if key in sound and (known.default is known.empty or (name, key) == ("build", "weights"))
        }
        try:
            function(**{**given, argument: copy.copy(odd)})
        except archspec.ArchspecError:
            pass
        except Exception as error:
            wrong.append(f"{name}({argument}={odd!r:.40}): {type(error).__name__}: {str(error)[:80]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("spec", SOUND, ids=["text", "graph", "module"])
def test_whatever_describes_a_network_is_taken(spec: Any) -> None:
    assert archspec.compile(spec).fingerprint == SOUND[1].fingerprint
    assert archspec.load(spec).name == "small"
    assert archspec.summarize(spec, 1) == archspec.summarize(SOUND[1], 1)
    assert archspec.draw(spec).mermaid() == archspec.draw(SOUND[1]).mermaid()
    assert archspec.diff(spec, SOUND[0]).same
    assert archspec.resolve(spec) == archspec.resolve(SOUND[0])
    assert archspec.check_weights(spec, state()).fits
    assert same_state(archspec.build(spec, seed=0).state_dict(), state())
    with pytest.raises(archspec.SpecError if spec is SPEC else archspec.UsageError):
        archspec.compile(spec, {"classes": -1})


def test_mappings_of_any_kind() -> None:
    """As Hydra's, whose lists are no lists of Python."""
    layers = UserList([UserDict({"linear": UserDict({"features": "$classes"})})])
    spec = UserDict(
        {"archspec": 1, "name": "m", "input": UserList([4]), "params": UserDict({"classes": 3}), "layers": layers}
    )
    assert archspec.compile(spec).parameter_count == 15
    assert archspec.build(spec, UserDict({"classes": 2}), seed=0)(torch.ones(1, 4)).shape == (1, 2)
    text = "archspec: 1\ninput: [4]\nparams: {w: [1, 2]}\nlayers: [linear: '$(w[1])']\n"
    assert archspec.compile(text, {"w": UserList([5, UserList([6])[0]])}).params == {"w": (5, 6)}


def test_a_mapping_that_refuses_is_an_error() -> None:
    class Missing(UserDict):  # type: ignore[type-arg]
        def __getitem__(self, key: str) -> Any:
            raise ArithmeticError("Missing mandatory value: input")

    with pytest.raises(archspec.UsageError, match="Missing mandatory value: input"):
        archspec.compile(Missing({"archspec": 1}))


def test_omegaconf() -> None:
    omegaconf = pytest.importorskip("omegaconf")
    config = omegaconf.OmegaConf.create(
        {
            "width": 16,
            "model": {
                "archspec": 1, "name": "m", "input": [4], "params": {"classes": "${width}"},
                "layers": [{"linear": "$classes"}],
            },
            "params": {"classes": 7},
        }
    )  # fmt: skip
    assert archspec.compile(config.model).parameter_count == 80
    assert archspec.compile(config.model, config.params).parameter_count == 35
    config.model.input = "???"
    with pytest.raises(archspec.UsageError, match="input"):
        archspec.compile(config.model)
