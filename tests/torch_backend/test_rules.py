"""Section 19: rules for weights of foreign files, each sentence with a file that it changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import archspec
from archspec.errors import WeightsError
from archspec.export import export
from archspec.graph.rules import Rules
from archspec.resolver import write_out
from archspec.weights.recipe import prepare
from archspec.weights.report import WeightsReport
from archspec.weights.stored import Stored
from tests.sentences.case import full

LAYERS = r"""
input: [3]
layers:
  - linear: {name: qkv, features: 12}
  - parallel:
      branches: [[linear: {name: q, features: 4}], [linear: {name: k, features: 2}]]
  - norm: {type: layer, name: norm}
  - linear: {name: out, features: 8}
  - scale: {name: gamma}
"""
GENERATOR = torch.Generator().manual_seed(1)


def network(rules: str, layers: str = LAYERS) -> str:
    return full(f"{layers}weights:\n  {rules}\n")


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=GENERATOR)


def state(layers: str = LAYERS) -> dict[str, Tensor]:
    """Values for all keys of the network."""
    return {
        key: drawn(*weight.shape) if weight.dtype == "float32" else torch.tensor(3)
        for key, weight in archspec.compile(full(layers)).weights()
    }


def write(tensors: Mapping[str, Tensor], path: Path) -> Path:
    torch.save(dict(tensors), path)
    return path


def loads(text: str, foreign: Mapping[str, Tensor], folder: Path, **options: Any) -> tuple[nn.Module, WeightsReport]:
    """The network with these weights; checking them finds the same as loading, from every kind of source."""
    model = archspec.build(text, seed=0)
    report = archspec.load_weights(model, write(foreign, folder / "w.pth"), **options)
    assert archspec.check_weights(text, folder / "w.pth", **options) == report
    assert archspec.check_weights(text, dict(foreign), **options) == report
    plain = {key: tensor.contiguous().clone() for key, tensor in foreign.items()}
    save_file(plain, folder / "w.safetensors")
    again = archspec.build(text, seed=5, weights=folder / "w.safetensors", **options)
    assert all(torch.equal(tensor, again.state_dict()[key]) for key, tensor in model.state_dict().items())
    return model, report


def moved(tensors: dict[str, Tensor], *keys: str) -> list[Tensor]:
    return [tensors.pop(key) for key in keys]


def _ignored(tensors: dict[str, Tensor]) -> None:
    tensors["mask_token"] = drawn(4)


def _renamed(tensors: dict[str, Tensor]) -> None:
    tensors |= {f"model.{key}": tensors.pop(key) for key in list(tensors)}


def _transposed(tensors: dict[str, Tensor]) -> None:
    tensors["out.weight"] = tensors["out.weight"].T


def _added(tensors: dict[str, Tensor]) -> None:
    tensors["norm.weight"] = tensors["norm.weight"] - 1.5


def _split(tensors: dict[str, Tensor]) -> None:
    for name in ("weight", "bias"):
        tensors[f"in_{name}"] = torch.cat(moved(tensors, f"q.{name}", f"k.{name}"))


def _joined(tensors: dict[str, Tensor]) -> None:
    for name in ("weight", "bias"):
        (whole,) = moved(tensors, f"qkv.{name}")
        tensors |= {f"{part}.{name}": rows for part, rows in zip("xyz", whole.split([6, 2, 4]), strict=True)}


def _reshaped(tensors: dict[str, Tensor]) -> None:
    tensors["gamma"] = tensors["gamma"].reshape(1, 2, 1, 4)


RULES: dict[str, tuple[str, Callable[[dict[str, Tensor]], None], dict[str, Any]]] = {
    "ignore": (r"ignore: ['mask_token$']", _ignored, {"ignored": ("mask_token",)}),
    "rename": (r"rename: {'^model\.': ''}", _renamed, {}),
    "transpose": (r"transpose: ['out\.weight$']", _transposed, {"transposed": ("out.weight",)}),
    "add": (r"add: {'norm\.weight$': 1.5}", _added, {"added": {"norm.weight": 1.5}}),
    "split": (
        r"split: {'in_(weight|bias)$': ['q.\1', 'k.\1']}",
        _split,
        {"split": {"in_weight": ("q.weight", "k.weight"), "in_bias": ("q.bias", "k.bias")}},
    ),
    "concat": (
        r"concat: {'qkv\.(weight|bias)$': ['x.\1', 'y.\1', 'z.\1']}",
        _joined,
        {"concatenated": {f"qkv.{name}": (f"x.{name}", f"y.{name}", f"z.{name}") for name in ("weight", "bias")}},
    ),
    "reshape": (r"reshape: ['gamma$']", _reshaped, {"reshaped": {"gamma": ((1, 2, 1, 4), (8,))}}),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_makes_the_weights_and_is_told(rule: str, tmp_path: Path) -> None:
    text, foreign_of, told = RULES[rule]
    wanted = state()
    foreign = dict(wanted)
    foreign_of(foreign)
    model, report = loads(network(text), foreign, tmp_path, own=False)
    assert all(torch.allclose(tensor, wanted[key]) for key, tensor in model.state_dict().items())
    assert report.complete
    assert {key: getattr(report, key) for key in told} == told
    others = {"ignored", "transposed", "added", "split", "concatenated", "reshaped"} - told.keys()
    assert not any(getattr(report, key) for key in others)
    row = {"rename": "renamed", "concat": "joined", "ignore": "ignored", "transpose": "transposed"}.get(rule, rule)
    assert row in str(report)


def test_they_come_in_their_order_whatever_that_of_the_file(tmp_path: Path) -> None:
    """Each sees the keys that those before it have left: the file's go through all of them.

    In this order, each told in the report. Patterns search keys of the file as the steps before left them,
    """
    wanted = state()
    foreign = dict(wanted)
    for rule in reversed(RULES):
        RULES[rule][1](foreign)
    texts = [text for text, _, _ in reversed(RULES.values())]
    model, report = loads(network("\n  ".join(texts)), foreign, tmp_path)
    assert all(torch.allclose(tensor, wanted[key]) for key, tensor in model.state_dict().items())
    assert report.split == {"model.in_weight": ("q.weight", "k.weight"), "model.in_bias": ("q.bias", "k.bias")}
    rows = [line.split()[0] for line in str(report).splitlines()[1:]]
    assert list(dict.fromkeys(rows)) == ["ignored", "transposed", "added", "split", "joined", "reshaped"]


def test_one_tensor_goes_through_several(tmp_path: Path) -> None:
    """those of `concat` keys of the network, whose parts are used up;"""
    layers = "input: [4]\nlayers: [linear: {name: a, features: 6, bias: false}, linear: {name: b, bias: false}]\n"
    rules = r"""
  rename: {'^h\.': ''}
  transpose: [fused]
  add: {fused: 1, 'fu.ed': 2}
  split: {'fused': [p, q, r]}
  concat: {'a\.weight': [r, q, p]}"""
    fused = drawn(4, 6)
    own = drawn(6, 6)
    text = full(f"{layers}weights:{rules}\n")
    model, report = loads(text, {"h.fused": fused, "b.weight": own}, tmp_path)
    assert torch.allclose(model.state_dict()["a.weight"], torch.cat((fused.T + 3).chunk(3)[::-1]))
    assert report.added == {"h.fused": 3}
    assert report.concatenated == {"a.weight": ("r", "q", "p")}
    assert report.loaded == ("a.weight", "b.weight")


@pytest.mark.parametrize(
    ("shapes", "file", "lengths"),
    [
        ([(4, 12), (2, 12)], (6, 12), [4, 2]),  # as many rows
        ([(2, 2, 12), (1, 2, 12)], (6, 12), [4, 2]),  # as many values, in another shape
        ([(4, 12), (4, 12)], (6, 12), [3, 3]),  # neither: even
        ([(4, 12), None], (6, 12), [3, 3]),  # not in the network
        ([(1,), (5,)], (6,), [1, 5]),
    ],
)
def test_parts_are_as_long_as_the_networks_or_even(
    shapes: list[tuple[int, ...] | None], file: tuple[int, ...], lengths: list[int]
) -> None:
    """parts of a `split` are as long as the network's weights, or even;"""
    wanted = {f"p{i}": Stored(shape, "float32") for i, shape in enumerate(shapes) if shape is not None}
    rules = Rules(split=(("w", tuple(f"p{i}" for i in range(len(shapes)))),))
    prepared = prepare({"w": Stored(file, "float32")}, wanted, rules)
    assert [recipe.pieces[0].rows for recipe in prepared.recipes.values()] == [
        (sum(lengths[:i]), length) for i, length in enumerate(lengths)
    ]
    assert [tensor.shape for tensor in prepared.tensors.values()] == [(length, *file[1:]) for length in lengths]


@pytest.mark.parametrize(
    ("rule", "tensors", "message"),
    [
        (
            "transpose: [w]",
            {"w": (3, 2, 1)},
            "`transpose: w` cannot take `w`, which is 3 × 2 × 1: it",
        ),
        ("transpose: [w]", {"w": (3,)}, "`transpose: w` cannot take `w`, which is 3"),
        ("split: {w: [a, b]}", {"w": (3, 2)}, "`split: w` cannot divide `w`, which is 3 × 2, into 2 parts"),
        ("split: {w: [a, b]}", {"w": ()}, "`split: w` cannot divide `w`, which is a single number"),
        ("split: {w: [a, a]}", {"w": (2,)}, "`w` and `w` of the file both become `a`"),
        ("split: {w: [a, b]}", {"w": (2,), "a": (1,)}, "both become `a`"),
        ("rename: {w: a}", {"w": (2,), "a": (1,)}, "are both renamed to `a`"),
        (
            r"concat: {'linear.weight': [a, b]}",
            {"a": (2, 3), "b": (2, 4)},
            "cannot put together the parts of `linear",
        ),
        (r"concat: {'linear.weight': [a, b]}", {"a": (), "b": ()}, "cannot put together the parts of `linear"),
    ],
)
@pytest.mark.parametrize("partial", [False, True])
def test_a_rule_that_cannot_be_carried_out_is_an_error_and_nothing_is_loaded(
    rule: str, tensors: dict[str, tuple[int, ...]], message: str, partial: bool, tmp_path: Path
) -> None:
    """`transpose` takes two axes."""
    text = full(f"input: [4]\nlayers: [linear: 4]\nweights: {{{rule}}}\n")
    path = write({key: torch.zeros(shape) for key, shape in tensors.items()}, tmp_path / "w.pth")
    model = archspec.build(text, seed=0)
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    with pytest.raises(WeightsError, match=re.escape(message)):
        archspec.load_weights(model, path, partial=partial)
    with pytest.raises(WeightsError, match=re.escape(message)):
        archspec.check_weights(text, path, partial=partial)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())


def test_what_lacks_a_part_is_missing(tmp_path: Path) -> None:
    foreign = state()
    _joined(foreign)
    del foreign["y.weight"]
    report = archspec.check_weights(network(RULES["concat"][0]), write(foreign, tmp_path / "w.pth"))
    assert report.missing == ("qkv.weight",)
    assert report.unexpected == ("x.weight", "z.weight")


def test_reshape_keeps_the_number_of_values(tmp_path: Path) -> None:
    """`reshape` keeps the number of values,"""
    foreign = {**state(), "gamma": drawn(1, 7)}
    report = archspec.check_weights(network(RULES["reshape"][0]), write(foreign, tmp_path / "w.pth"))
    assert [(m.key, m.found, m.wanted) for m in report.mismatched] == [("gamma", (1, 7), (8,))]


def test_a_number_is_added_in_double_precision(tmp_path: Path) -> None:
    """Half precision has no room for 1 + 2^-10, which the network's float32 has."""
    foreign = {**state(), "norm.weight": torch.full((6,), 2.0**-10, dtype=torch.bfloat16)}
    model, _ = loads(network(r"add: {'norm\.weight$': 1.0}"), foreign, tmp_path, own=False)
    assert model.state_dict()["norm.weight"].tolist() == [1 + 2.0**-10] * 6


def test_given_renames_follow_those_of_the_spec_and_come_before_the_other_rules(tmp_path: Path) -> None:
    wanted = state()
    foreign = dict(wanted)
    _transposed(foreign)
    foreign = {f"m.h.{key}": tensor for key, tensor in foreign.items()}
    text = network("rename: {'^m\\.': ''}\n  transpose: ['^out\\.weight$']")
    model, _ = loads(text, foreign, tmp_path, rename={r"^h\.": ""})
    assert all(torch.equal(tensor, wanted[key]) for key, tensor in model.state_dict().items())


class TestOwn:
    LAYERS = LAYERS.replace("features: 8}", "features: 6}")
    TEXT = network(r"transpose: ['out\.weight$']", LAYERS)

    def test_what_archspec_wrote_is_its_own(self, tmp_path: Path) -> None:
        """They apply to foreign files. A file is the network's own if archspec wrote it (its metadata says so),"""
        model = archspec.build(self.TEXT, seed=3)
        export(archspec.compile(self.TEXT), model, tmp_path, ["safetensors"])
        (path,) = tmp_path.glob("*.safetensors")
        loaded = archspec.build(self.TEXT, seed=4, weights=path)
        assert torch.equal(loaded.state_dict()["out.weight"], model.state_dict()["out.weight"])
        turned = archspec.build(self.TEXT, seed=4, weights=path, own=False)
        assert torch.equal(turned.state_dict()["out.weight"], model.state_dict()["out.weight"].T)
        report = archspec.check_weights(self.TEXT, path, own=False)
        assert report.transposed == ("out.weight",)

    def test_what_could_be_either_stops_and_asks(self, tmp_path: Path) -> None:
        """if they are, there is no mark and there are other rules, nothing can tell: loading stops and asks for
        `--own` or `--foreign`."""
        tensors = state(self.LAYERS)
        path = write(tensors, tmp_path / "w.pth")
        model = archspec.build(self.TEXT)
        for check in (lambda: archspec.load_weights(model, path), lambda: archspec.check_weights(self.TEXT, path)):
            with pytest.raises(WeightsError, match="pass `--own` to load it as it is, or `--foreign`"):
                check()
        archspec.load_weights(model, path, own=True)
        assert torch.equal(model.state_dict()["out.weight"], tensors["out.weight"])
        archspec.load_weights(model, tensors, own=False)
        assert torch.equal(model.state_dict()["out.weight"], tensors["out.weight"].T)

    @pytest.mark.parametrize(
        "rule", ["transpose: [z]", "add: {z: 1}", "split: {z: [a]}", "concat: {z: [a]}", "reshape: [z]"]
    )
    def test_every_rule_that_changes_values_asks(self, rule: str, tmp_path: Path) -> None:
        path = write(state(self.LAYERS), tmp_path / "w.pth")
        with pytest.raises(WeightsError, match="nothing tells"):
            archspec.check_weights(network(rule, self.LAYERS), path)

    @pytest.mark.parametrize("rule", ["ignore: [weight]", "rename: {weight: gewicht}"])
    def test_with_other_rules_keys_and_shapes_tell(self, rule: str, tmp_path: Path) -> None:
        """or if all its keys and shapes are the network's and the only rules are `rename` and `ignore`;"""
        tensors = state(self.LAYERS)
        path = write(tensors, tmp_path / "w.pth")
        assert archspec.check_weights(network(rule, self.LAYERS), path).complete
        assert not archspec.check_weights(network(rule, self.LAYERS), path, own=False).complete
        other = write({**tensors, "out.weight": drawn(9, 9)}, tmp_path / "other.pth")
        assert archspec.check_weights(network(rule, self.LAYERS), other).missing
        assert archspec.check_weights(network(rule, self.LAYERS), other, own=True).mismatched

    def test_shards_are_its_own_where_all_of_them_are(self, tmp_path: Path) -> None:
        tensors = state(self.LAYERS)
        keys = list(tensors)
        for marks in ((True, True), (True, False)):
            for number, marked in enumerate(marks):
                shard = {key: tensors[key] for key in keys[number::2]}
                save_file(shard, tmp_path / f"{number}.safetensors", {"archspec": "1"} if marked else None)
            index = {"weight_map": {key: f"{i % 2}.safetensors" for i, key in enumerate(keys)}}
            path = tmp_path / "model.safetensors.index.json"
            path.write_text(json.dumps(index))
            if all(marks):
                assert archspec.check_weights(self.TEXT, path).complete
            else:
                with pytest.raises(WeightsError, match="nothing tells"):
                    archspec.check_weights(self.TEXT, path)


STAGES = """
input: [3, 8, 8]
norm: batch
act: relu
stages: [{name: a, block: conv_norm_act, channels: 4}, {name: b, block: conv_norm_act, channels: 6}]
"""
STACKED = r"""weights:
  split: {'stacked': ['a.0.1.weight', 'b.0.1.weight', 'b.0.1.bias']}
  concat: {'b\.0\.0\.weight': [upper, lower]}
"""


@pytest.mark.parametrize("features", [False, ["a"], ["b"]])
def test_features_take_a_foreign_file_of_the_whole_network(features: Any, tmp_path: Path) -> None:
    wanted = state(STAGES)
    foreign = dict(wanted)
    foreign["stacked"] = torch.cat(moved(foreign, "a.0.1.weight", "b.0.1.weight", "b.0.1.bias"))
    foreign["upper"], foreign["lower"] = moved(foreign, "b.0.0.weight")[0].split([1, 5])
    path = write(foreign, tmp_path / "w.pth")
    model = archspec.build(full(STAGES + STACKED), weights=path, features=features)
    assert all(torch.equal(tensor, wanted[key]) for key, tensor in model.state_dict().items())


TIED = """
input: {vocab: 9, length: 3}
layers: [embedding: {name: wte, features: 4}, linear: {name: head, features: 9, bias: false, tie: wte}]
weights: {rename: {'^lm_head': head}}
"""


@pytest.mark.parametrize("keys", [["lm_head.weight"], ["wte.weight"], ["lm_head.weight", "wte.weight"]])
def test_tied_weights_of_a_foreign_file(keys: list[str], tmp_path: Path) -> None:
    """loading takes a file with either key or both"""
    values = drawn(9, 4)
    model, report = loads(full(TIED), dict.fromkeys(keys, values), tmp_path)
    assert torch.equal(model.state_dict()["wte.weight"], values)
    assert report.complete
    assert len(report.tied) == 2 - len(keys)
    assert ("tied" in str(report)) == bool(report.tied)


def test_two_values_of_what_is_tied_are_an_error(tmp_path: Path) -> None:
    """with either key or both (two that differ are an error);"""
    values = drawn(9, 4)
    path = write({"lm_head.weight": values, "wte.weight": values + 1}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"different values for `wte.weight` and `head.weight`"):
        archspec.build(full(TIED), weights=path)


def test_nothing_of_this_is_architecture() -> None:
    """Nothing of this is architecture, and none is in the fingerprint."""
    plain = archspec.compile(full(LAYERS))
    for text, _, _ in RULES.values():
        graph = archspec.compile(network(text))
        assert graph.fingerprint == plain.fingerprint
        assert str(graph) == str(plain)


@pytest.mark.parametrize("rule", RULES)
def test_the_resolved_spec_has_the_rules(rule: str) -> None:
    graph = archspec.compile(network(RULES[rule][0]))
    again = archspec.compile(write_out(graph))
    assert again.rules == graph.rules != Rules()


BASE = """ignore: [a]
  transpose: [b]
  add: {x: 1, y: 2}
  split: {s: [p, q]}"""
OVER = """
archspec: 1
extends: ./base.yaml
weights: {ignore: [c, d], reshape: [e], add: {y: 3, z: 4}, split: {s: [r], t: [u]}}
"""


def test_over_a_base_lists_append_and_mappings_merge(tmp_path: Path) -> None:
    """Over a base, lists append."""
    (tmp_path / "base.yaml").write_text(network(BASE))
    (tmp_path / "over.yaml").write_text(OVER)
    rules = archspec.compile(tmp_path / "over.yaml").rules
    assert rules == Rules(
        ignore=("a", "c", "d"), transpose=("b",), reshape=("e",), add=(("x", 1), ("y", 3), ("z", 4)),
        split=(("s", ("r",)), ("t", ("u",))),
    )  # fmt: skip


@pytest.mark.parametrize("rule", ["ignore: [_]", "rename: {_: b}", "transpose: [_]", "add: {_: 1}", "split: {_: [b]}",
                                  "reshape: [_]"])  # fmt: skip
def test_patterns_that_never_end_are_stopped(rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archspec.weights.trace.PATTERN_SECONDS", 0.3)
    path = write({"a" * 60 + "!": drawn(1)}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=r"takes more than 0.3 s on these keys"):
        archspec.check_weights(network(rule.replace("_", "'(a+)+$'")), path)
