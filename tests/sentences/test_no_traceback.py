"""No spec, however broken, produces a traceback: sound specs with something changed, taken out, renamed or put in."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.graph import Graph

CASES = Path(__file__).parent.parent / "cases" / "valid"
SPECS = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(CASES.glob("*.yaml"))]
CORPUS = [spec for spec in SPECS if not {"extends", "include"} & set(spec)]

VALUES: list[Any] = [
    None, True, False, 0, 1, 2, -1, 3, 1.5, 10**12, "", ".", "a", "a.b", "0", "input", "auto", "none", "batch", "relu",
    "int", "layers", "ref", "depthwise", "é", "x" * 300, "$x", "$$", "$(", "$(1/0)", "$in_channels", "$(in_size)",
    "$(in_channels // 2)", "$([1, 2])", "$('a')", "n c h w -> n h w c", [], {}, [1], [0], [3, 1], ["."], ["a"], [[]],
    ["act"], [{"conv": 8}], ["a", {}], {"a": 1}, {"conv": 8}, {"layers": []}, "$(null)", "i", "cx", [None], ["cx", "x"],
    [[1, 2], [3]], [[0, 1], [1, 0]], {"type": "linear", "factor": 2}, {"dim": -1}, {"reuse": "cx"}, {"tie": "cx"}, 1e30, 1e300,
]  # fmt: skip
KEYS = """
    name from when layers body shortcut merge drop_path after branches split times as block depth stride first names norm
    act channels kernel padding groups bias type init policy side default min max choices params defaults blocks stem
    stages head outputs input inputs budget lint numbered conv residual parallel seq repeat slot stage basic add concat
    scale position class_token sdpa attention upsample like kv eps pattern h size vocab length layout dtype
    reuse of tie share split parts within shift parameter shape buffer value persistent coordinates start normalize rope
    scaling factor positions grid skip mask window sinks key head_dim relative_position position_bias keys sinusoidal
    octaves experts scores by top_k einsum reduce rearrange slice stop flip roll fold unfold grid_sample select argmax
    weight standardize weight_norm offset frozen padding_mode single lstm gru state cell with after before inline dim
""".split()  # noqa: SIM905 - a list of many words is a page

Path_: TypeAlias = "tuple[str | int, ...]"


def paths(tree: Any, here: Path_ = ()) -> Iterator[Path_]:
    """The places of all values in a tree, but for the tree itself."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*here, key)
        yield from paths(value, (*here, key))


def at(tree: Any, path: Path_) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def mutated(spec: Any, random: Random) -> Any:
    """The spec with one thing changed."""
    spec = copy.deepcopy(spec)
    places = list(paths(spec))
    if not places:
        return spec
    *above, key = random.choice(places)
    home = at(spec, tuple(above))
    kind = random.choice(["set", "set", "delete", "rename", "add", "move"])
    other = random.choice(CORPUS)
    if kind == "set":
        home[key] = copy.deepcopy(random.choice(VALUES))
    elif kind == "move":
        home[key] = copy.deepcopy(at(other, random.choice(list(paths(other)))))
    elif kind == "delete" or isinstance(home, list):
        del home[key]
    elif kind == "rename":
        home[random.choice(KEYS)] = home.pop(key)
    else:
        home[random.choice(KEYS)] = copy.deepcopy(random.choice(VALUES))
    return spec


@given(st.sampled_from(range(len(CORPUS))), st.randoms(use_true_random=False), st.integers(1, 3))
def test_a_broken_spec_is_refused_and_a_sound_one_compiles(which: int, random: Random, changes: int) -> None:
    spec = CORPUS[which]
    for _ in range(changes):
        spec = mutated(spec, random)
    text = yaml.safe_dump(spec, sort_keys=False, allow_unicode=True)
    found = archspec.validate(text)
    assert all(d.span is not None and d.message and d.help and str(d) for d in found)
    if any(d.severity == "error" and not d.code.startswith("A6") for d in found):
        with pytest.raises(archspec.SpecError) as raised:
            archspec.compile(text)
        assert raised.value.diagnostics
    else:
        complete(archspec.compile(text))


def complete(graph: Graph) -> None:
    """Fail unless everything that can be asked of a graph has an answer."""
    assert str(graph)
    assert graph.parameter_count >= 0
    assert len(dict(graph.weights())) == len(graph.weights())
    assert str(archspec.summarize(graph))
    assert all(value.type is not None for value in graph.outputs.values())
    for _, node in graph.nodes():
        assert node.call.target
