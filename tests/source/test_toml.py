"""TOML with places: they are found in whatever Python's own parser accepts, and whatever it refuses is a finding."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import Collector
from archspec.limits import SETTINGS_BYTES
from archspec.source import Mapping, Scalar, Sequence, Tree, plain
from archspec.source.toml import read_toml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    TEXTS.map(lambda text: "'" + text.replace("'", "") + "'"),
)
SPACE = st.sampled_from(["", " ", "\t", "  "])


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


SCALARS = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    TEXTS.map(quoted),
    TEXTS.map(lambda text: f"'{text.replace(chr(39), '')}'"),
    TEXTS.map(lambda text: '"""\n[x]\n a = ' + text.replace("\\", "").replace('"', "") + '""""'),
    TEXTS.map(lambda text: "'''[y] # " + text.replace("'", "") + "\n'''''"),
    st.sampled_from(["1.5", "inf", "1979-05-27", "1979-05-27 07:32:00", "07:32:00", "0x1F", "1_000"]),
)


@st.composite
def lists(draw: st.DrawFn, of: st.SearchStrategy[str]) -> str:
    ends = st.sampled_from([",", " ,\n", ", # ]\n\t", "\n,"])
    return "[" + draw(SPACE) + "".join(draw(of) + draw(ends) for _ in range(draw(st.integers(0, 3)))) + "]"


@st.composite
def tables(draw: st.DrawFn, of: st.SearchStrategy[str]) -> str:
    keys = draw(st.lists(st.from_regex(r"[a-z]{1,3}", fullmatch=True), unique=True, max_size=3))
    return "{" + ", ".join(f"{key}{draw(SPACE)}={draw(SPACE)}{draw(of)}" for key in keys) + "}"


VALUES = st.recursive(SCALARS, lambda of: st.one_of(lists(of), tables(of)), max_leaves=5)


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines = []
    for _ in range(draw(st.integers(0, 6))):
        key = draw(st.sampled_from([".", " . "])).join(draw(st.lists(KEYS, min_size=1, max_size=2)))
        lines.append(draw(st.sampled_from([f"{key} = {draw(VALUES)}", f"[{key}] # [z]", f"[[{key}]]", "# x = 1", ""])))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


def read(path: Path, data: bytes, section: tuple[str, ...] = ()) -> tuple[Mapping | None, Collector]:
    path.write_bytes(data)
    collector = Collector()
    return read_toml(path, "archspec.toml", collector, section), collector


def trees(tree: Tree) -> list[Tree]:
    if isinstance(tree, Scalar):
        return [tree]
    inner = tree.items if isinstance(tree, Sequence) else tree.entries.values()
    return [tree, *(found for item in inner for found in trees(item))]


def strings(value: Any) -> Any:
    """Dates as the tree has them."""
    if isinstance(value, dict):
        return {key: strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [strings(item) for item in value]
    return value if isinstance(value, (bool, int, float, str)) else str(value)


@given(text=documents())
def test_every_value_is_read_and_stands_where_it_is_written(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree, collector = read(tmp_path_factory.mktemp("toml") / "a.toml", text.encode())
    try:
        expected = tomllib.loads(text)
    except ValueError:
        assert tree is None
        (found,) = collector.diagnostics
        assert found.code == "A102"
        assert found.help
        return
    assert tree is not None
    assert not collector.diagnostics
    assert plain(tree) == strings(expected)
    for value in trees(tree):
        if isinstance(value, Scalar) and value.span.text:
            (again,) = tomllib.loads(f"x = {value.span.text}").values()
            assert strings(again) == value.value
    for key, span in tree.keys.items():
        assert next(iter(tomllib.loads(f"{span.text} = 0"))) == key


BROKEN = {
    b"a = ": ("A102", 1, 5),
    b"a = 1\nb = [1,\n": ("A102", 3, 1),
    b"a = 1\na = 2\n": ("A102", 2, 6),
    b"a\n": ("A102", 1, 2),
    b"x = 1\n\n[x]\n": ("A102", 3, 3),
    b"\xff\xfea\x00": ("A101", 1, 1),
    b"a = 1\nb = '\xe9'\n": ("A101", 2, 6),
    b"\x00\x01\x02": ("A102", 1, 1),
    b"#" * (SETTINGS_BYTES + 1): ("A112", 1, 1),
    b"a = " + b"[" * 100_000: ("A108", 1, 1),
    b"a" + b".a" * 100_000 + b" = 1": ("A102", 1, 1),
    b"x = {a" + b" . a" * 50_000 + b" = 1}": ("A102", 1, 1),
    b"a = " + b"{a = " * 50_000: ("A108", 1, 1),
    b"a = " + b"9" * 10_000: ("A102", 1, 1),
    b"[" + b"a." * 10_000 + b"a]\n" + b"b = 1\n" * 10: ("A102", 1, 1),
}


@pytest.mark.parametrize(("data", "expected"), BROKEN.items(), ids=[repr(data[:12]) for data in BROKEN])
def test_what_is_broken_is_one_finding_at_its_place(
    data: bytes, expected: tuple[str, int, int], tmp_path: Path
) -> None:
    tree, collector = read(tmp_path / "archspec.toml", data)
    (found,) = collector.diagnostics
    assert tree is None
    assert found.span is not None
    assert (found.code, found.span.line, found.span.column) == expected
    assert found.help


@pytest.mark.parametrize("data", [b"", b"[tool]\n", b"[tool.other]\narchspec = 1\n", b"tool = 1\n"])
def test_without_the_table_there_is_none(data: bytes, tmp_path: Path) -> None:
    tree, collector = read(tmp_path / "pyproject.toml", data, ("tool", "archspec"))
    assert tree is None
    assert not collector.diagnostics


@pytest.mark.parametrize("data", [b"tool.archspec = 1\n", b"[[tool.archspec]]\n", b"tool = {archspec = ['x']}\n"])
def test_the_table_must_be_one(data: bytes, tmp_path: Path) -> None:
    _, collector = read(tmp_path / "pyproject.toml", data, ("tool", "archspec"))
    assert [d.code for d in collector.diagnostics] == ["A203"]
