"""Whatever anybody writes into a spec stays text in what is written, or is refused with findings."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import archspec
from archspec.export import export
from archspec.export.source import check_source, source
from tests.export.source.written import executed

CANARY = "__import__('builtins').canary.append(0)"
PIECES = [
    *('"""', "'''", '"', "'", "\\", "\\\\", "\\N{DASH}", "\\x", "\\u12", "\\\n", "{", "}", "{x}", "{{", "#", ": "),
    *("\n", "\r", "\r\n", "\t", "\v", "\f", "\0", "\x1b[31m", "\x85", "\u2028", "\u2029", "\u202e", "\ufeff"),
    *(" ", "    ", "a" * 130, "é", "\xa0", "𝔸", "ﬁ", "$", "$$", "$(", "$(1)", "%s", "%(x)s", "&a", "*a", "!!x", "|"),
    *(".", "-", "_", "__", "a", "x", "0", ",", "(", ")", "[", "]", "->", "@", "`", "~", "null", "true", "...", "---"),
    *("n c h w -> n ", "c", "h w", "zeros", "index", "import os", "lambda", "<<", ">", "\ud800"),
    *(f";{CANARY}", f"\n{CANARY}\n", f"{{{CANARY}}}", f"\\\n{CANARY}", f"#\r{CANARY}", f'"{CANARY}', f"'+{CANARY}+'"),
    *(f'"""\n{CANARY}\n"""', f"'''\n{CANARY}\n'''"),
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(), min_size=1, max_size=6).map("".join)
RUNS = [
    "A" * 104 + '"' * 5 + f";{CANARY};x='''",
    "'''#",
    '"' * 3,
    "\\",
    "a\\\nb",
    "a b " * 40 + "\\",
    "x" * 119 + '"""',
]

SPEC: dict[str, Any] = {
    "archspec": 1,
    "name": "hostile",
    "description": "none",
    "reference": "none",
    "params": {"classes": 4, "kind": {"type": "str", "default": "relu", "choices": ["relu", "gelu"]}, "free": "text"},
    "inputs": {"first": [4, 4, "S"], "other": [4]},
    "norm": "batch",
    "act": "relu",
    "init": {"linear": {"bias": "zeros"}},
    "blocks": {
        "part": {
            "description": "none",
            "params": {"channels": "int", "mode": {"type": "str", "default": "relu", "description": "none"}},
            "layers": [{"conv": {"channels": "$channels", "name": "inner"}}, {"act": {"type": "$mode"}}],
        }
    },
    "stem": [{"conv": {"channels": 4, "name": "stem.conv-1"}}, "norm", "act"],
    "stages": [{"name": "stage", "block": "part", "depth": 3, "channels": 4, "names": "unit$(index + 1)"}],
    "head": [
        {"repeat": {"times": 3, "as": "turn", "layers": [{"scale": {"name": "scale$turn"}}]}},
        {"rearrange": {"pattern": "n c (a h) w -> n (c a) h w", "a": 2}},
        {"residual": {"body": [{"conv": {"name": "deep"}}], "shortcut": {"name": "short"}, "name": "joined"}},
        {"parallel": {"branches": {"left": [], "right": ["act"]}, "merge": "add"}},
        {"norm": {"name": "last", "init": {"weight": "zeros"}}},
        "global_pool",
        {"linear": {"features": "$classes", "name": "fc"}},
        {"add": {"from": [".", "other"], "name": "sum"}},
    ],
    "outputs": {"result": "sum", "features": "last"},
    "weights": {"rename": {"^module": "", "old": "fc"}},
    "lint": {"ignore": ["A701"]},
    "budget": {"depth": 100},
}
Place = tuple[Any, ...]


def places(value: Any, path: Place = ()) -> Iterator[tuple[Place, bool]]:
    """Every text of a spec by its path, and whether it is a key."""
    if isinstance(value, str):
        yield path, False
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(value, dict):
            yield (*path, key), True
        yield from places(item, (*path, key))


def changed(place: Place, is_key: bool, text: str) -> dict[str, Any]:
    """The spec with a text in one place; a name is the same wherever it is used."""
    spec: Any = deepcopy(SPEC)
    home = spec
    for step in place[:-1]:
        home = home[step]
    last = place[-1]
    if not is_key:
        old, home[last] = home[last], text
        return _renamed(spec, old, text) if last in ("name", "as") and len(place) > 1 else spec
    renamed = {(text if key == last else key): value for key, value in home.items()}
    home.clear()
    home.update(renamed)
    return _renamed(spec, last, text)


def _renamed(value: Any, old: str, new: str) -> Any:
    """The same with references to a name changed."""
    if isinstance(value, dict):
        return {key: _renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, new) for item in value]
    return new if value == old else value.replace(f"${old}", f"${new}") if isinstance(value, str) else value


PLACES = [*places(SPEC)]


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stays empty unless a text of a spec is executed."""
    found: list[int] = []
    monkeypatch.setattr(builtins, "canary", found, raising=False)
    return found


def compiled(spec: Any) -> archspec.Graph | None:
    """The graph of a spec; nothing where it is refused, with findings."""
    try:
        return archspec.compile(spec)
    except archspec.SpecError:
        assert any(finding.severity == "error" for finding in archspec.validate(spec))
        return None


def check_texts(graph: archspec.Graph) -> None:
    """What is written as Python and in the language itself holds texts as texts."""
    name, text = source(graph)
    check_source(text, graph)
    about = ast.parse(text).body[0]
    assert isinstance(about, ast.Expr)
    assert isinstance(about.value, ast.Constant)
    assert graph.reference in about.value.value
    with torch.device("meta"):
        assert [*executed(name, text)().state_dict()] == [key for key, _ in graph.weights()]
    again = archspec.compile(archspec.resolve(graph))
    assert (again.fingerprint, again.reference, again.name) == (graph.fingerprint, graph.reference, graph.name)


def test_the_spec_itself_is_exported(canary: list[int]) -> None:
    graph = compiled(SPEC)
    assert graph is not None
    check_texts(graph)


@settings(max_examples=200)
@given(place=st.sampled_from(PLACES), text=TEXTS)
def test_hostile_text_stays_text_or_is_refused(place: tuple[Place, bool], text: str) -> None:
    builtins.canary = found = []  # type: ignore[attr-defined]
    graph = compiled(changed(*place, text))
    if graph is not None:
        check_texts(graph)
    assert not found


@pytest.mark.parametrize("text", [*RUNS, "a-b", "class", "X"], ids=lambda text: ascii(text[-9:]))
def test_wherever_it_stands(text: str, canary: list[int]) -> None:
    found = {place: compiled(changed(*place, text)) for place in PLACES}
    for graph in filter(None, found.values()):
        check_texts(graph)
    assert found[("reference",), False]
    assert found[("description",), False]
    assert not canary


@pytest.mark.parametrize("text", RUNS[:3], ids=lambda text: ascii(text[-9:]))
@pytest.mark.parametrize("verify", [True, False], ids=["verified", "not verified"])
def test_every_format(text: str, verify: bool, folder: Path, canary: list[int]) -> None:
    spec = {"archspec": 1, "name": "n", "reference": text, "description": text, "params": {"free": text}}
    spec |= {"inputs": {"First": [4], "init": [4]}, "outputs": {"OUT-1": "a-b.c", "class": "add"}}
    spec |= {"layers": [{"linear": {"name": "a-b.c", "features": 4}}, {"add": [".", "init"]}]}
    graph = archspec.compile(spec)
    formats = ["pt2", "onnx", "safetensors", "python", "resolved"]
    manifest = export(graph, archspec.build(graph, seed=0), folder, formats if verify else formats[2:], verify=verify)
    assert manifest.reference == text
    assert executed("N", (folder / "n.py").read_text(encoding="utf-8"))
    assert archspec.compile(folder / "n.resolved.yaml").reference == text
    assert not canary


@pytest.mark.parametrize("text", RUNS)
@pytest.mark.parametrize("place", ["inputs", "outputs"])
def test_hostile_names_are_findings(place: str, text: str) -> None:
    with pytest.raises(archspec.SpecError):
        archspec.compile(changed((place, next(iter(SPEC[place]))), True, text))


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PLACES), TEXTS | st.sampled_from(["a-b", "class", "X", *RUNS]))
def test_hostile_text_in_files_of_weights_and_programs(
    tmp_path_factory: pytest.TempPathFactory, place: tuple[Place, bool], text: str
) -> None:
    """The formats that take torch's exporters are tried on a few examples: each of these costs seconds."""
    graph = compiled(changed(*place, text))
    assume(graph is not None)
    assert graph is not None
    export(graph, archspec.build(graph, seed=0), tmp_path_factory.mktemp("out"), ["safetensors", "pt2", "onnx"])
    assert not getattr(builtins, "canary", [])
