from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from archspec import limits
from archspec.diagnostics import Collector, Diagnostic, Span
from archspec.source import Mapping, Scalar, Sequence, Tree, plain, read_file, read_text
from archspec.source.document import Parser, default_parser, pure_parser

PARSERS = [pytest.param(pure_parser, id="python")]
if yaml.__with_libyaml__:
    PARSERS.append(pytest.param(default_parser(), id="libyaml"))


@pytest.fixture(params=PARSERS)
def parser(request: pytest.FixtureRequest) -> Parser:
    found: Parser = request.param
    return found


def read(text: str | bytes, parser: Parser) -> tuple[Tree | None, list[Diagnostic]]:
    collector = Collector()
    _, tree = read_text(text, "spec.yaml", collector, parser=parser)
    assert all(d.help for d in collector.diagnostics), "every mistake has a remedy"
    return tree, collector.diagnostics


def sound(text: str | bytes, parser: Parser) -> Tree:
    tree, diagnostics = read(text, parser)
    assert diagnostics == []
    assert tree is not None
    return tree


def found(diagnostics: list[Diagnostic]) -> list[str]:
    return [f"{d.code} {where(d.span)}" for d in diagnostics]


def where(span: Span | None) -> str:
    assert span is not None
    return f"{span.line}:{span.column}-{span.end_line}:{span.end_column}"


def covered(span: Span) -> str:
    """The text that a span covers."""
    lines = span.source.lines[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def at(tree: Tree | None, *path: str | int) -> Any:
    for step in path:
        if isinstance(tree, Mapping):
            tree = tree.entries[str(step)]
        else:
            assert isinstance(tree, Sequence)
            assert isinstance(step, int)
            tree = tree.items[step]
    return tree


# ---------------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\nb: [x, 2.5, null]\nc: {d: true}", {"a": 1, "b": ["x", 2.5, None], "c": {"d": True}}),
        ("a:\n- x\n-\n  - y\n", {"a": ["x", ["y"]]}),
        ("a:\nb: ~\n", {"a": None, "b": None}),
        ("a: '1'\nb: \"true\"\nc: |\n  1\n", {"a": "1", "b": "true", "c": "1\n"}),
        ('"0": x\n\'null\': y\n"<<": z', {"0": "x", "null": "y", "<<": "z"}),
        ("no: yes\nTrue: no\n12:30: 1:30", {"no": "yes", "True": "no", "12:30": "1:30"}),
        ("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x", {"a": [1, 2], "b": [1, 2], "c": 3, "d": 3}),
        ("&k a: 1\nb: *k", {"a": 1, "b": "a"}),
        ("a: &k name\n*k : 2", {"a": "name", "name": 2}),
        ("a: &e\nb: *e", {"a": None, "b": None}),
        ("[a: 1, b]", [{"a": 1}, "b"]),
        ("{a, b: , c: }", {"a": None, "b": None, "c": None}),
        ("? a\n? b\n: 1", {"a": None, "b": 1}),
        ("%YAML 1.2 # the version\n---\na: 1\n...\n# the end\n", {"a": 1}),
        ("--- a", "a"),
        ("a: >-\n  one\n  two\n\n  three\n", {"a": "one two\nthree"}),
        ('a: "one\n  two \\\n  three\\n"', {"a": "one two three\n"}),
        ('a: "\\x41\\u00e9\\U0001F600\\t\\_\\n"', {"a": "Aé😀\t\xa0\n"}),
        ("a:\tb\t# tabs\nc: [1,\t2]", {"a": "b", "c": [1, 2]}),
        ("a: |\n  last line", {"a": "last line\n"}),
        ("a: why? so\nb: [what?, x:y]\nc: ::z", {"a": "why? so", "b": ["what?", "x:y"], "c": "::z"}),
        ("a: 'it''s'\nb: - x\n", None),
        ('{"a": {"b": [1, 2.5e3, "x", null, true]}}', {"a": {"b": [1, 2500.0, "x", None, True]}}),
    ],
)
def test_values(text: str, value: Any, parser: Parser) -> None:
    if value is None:
        assert found(read(text, parser)[1]) == ["A102 2:4-2:5"]
    else:
        assert plain(sound(text, parser)) == value


def test_quoted_scalars_know_it(parser: Parser) -> None:
    tree = sound("[a, 'b', \"c\", 1]\n", parser)
    assert [item.quoted for item in at(tree).items] == [False, True, True, False]
    assert at(sound("|\n a\n", parser)).quoted


def test_the_text_may_be_bytes_with_a_byte_order_mark(parser: Parser) -> None:
    for text in ("\ufeffa: é", "\ufeffa: é".encode(), "a: é".encode()):
        tree = sound(text, parser)
        assert plain(tree) == {"a": "é"}
        assert where(at(tree, "a").span) == "1:4-1:5"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_line_breaks(line_break: str, parser: Parser) -> None:
    tree = sound(line_break.join(["a: |", "  one", "  two", "b: 'x", "  y'", "c: [", "1]", ""]), parser)
    assert plain(tree) == {"a": "one\ntwo\n", "b": "x y", "c": [1]}
    assert [covered(item.span) for item in tree.entries.values()] == ["|\n  one\n  two", "'x\n  y'", "[\n1]"]  # type: ignore[union-attr]


# ------------------------------------------------------------------------------------------------------- positions


@pytest.mark.parametrize(
    ("text", "path", "part"),
    [
        ("a: b", ("a",), "b"),
        ("a: 'b c'  # d", ("a",), "'b c'"),
        ("a: one\n  two\nb: 1", ("a",), "one\n  two"),
        ("a: |  # c\n  one\n\n  two\n\n\n# end\nb: 1", ("a",), "|  # c\n  one\n\n  two"),
        ("a: |+\n  one\n\n\nb: 1", ("a",), "|+\n  one"),
        ("a: [1, {b: 2}]  # c", ("a",), "[1, {b: 2}]"),
        ("a: [1, {b: 2}]  # c", ("a", 1), "{b: 2}"),
        ("a: [b: 1, c]", ("a", 0), "b: 1"),
        ("a:\n  b: 1\n  c: 2\n\n  # end\n\nd: 3", ("a",), "b: 1\n  c: 2"),
        ("a:\n  - b\n  - c: 1\n    d: 2\n# end\n\ne: 3", ("a",), "- b\n  - c: 1\n    d: 2"),
        ("a:\n  - b\n  - c: 1\n    d: 2\n# end\n\ne: 3", ("a", 1), "c: 1\n    d: 2"),
        ("a:\n- b\n- c\n\nd: 3", ("a",), "- b\n- c"),
        ("- - a\n  - b\n\n- c", (0,), "- a\n  - b"),
        ("# c\n\na: 1\nb: {c: 2}\n\n# end\n", (), "a: 1\nb: {c: 2}"),
        ("a: &x b", ("a",), "b"),
        ("a: &x [1]\nb: 1", ("a",), "[1]"),
        ("a: &x # c\n  # d\n  k: 1\nb: 1", ("a",), "k: 1"),
        ("a: &x\n  - k\nb: 1", ("a",), "- k"),
        ("a: &x |\n  text\nb: 1", ("a",), "|\n  text"),
        ("a: &x [1]\nb: *x", ("b",), "[1]"),
        ("a: &x [1]\nb: [*x ]\n", ("b",), "[*x ]"),
        ("a: &x [1]\nb:\n  c: *x\n\n", ("b",), "c: *x"),
        ("é: 😀 x\nb: 1", ("é",), "😀 x"),
        ("x: [日本, 語]", ("x", 1), "語"),
        ("x: [e\u0301, f]", ("x", 1), "f"),
        ("x:\t[1,\t2]", ("x", 1), "2"),
    ],
)
def test_a_span_covers_the_value(text: str, path: tuple[str | int, ...], part: str, parser: Parser) -> None:
    assert covered(at(sound(text, parser), *path).span) == part


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a:\nb: 1", ("a",), "1:3-1:3"),
        ("a:   # c\n\nb: 1", ("a",), "1:3-1:3"),
        ("- a\n-\n- b", (1,), "2:2-2:2"),
        ("- a\n-\n", (1,), "2:2-2:2"),
        ("{a: , b}", ("a",), "1:4-1:4"),
        ("{a, b}", ("a",), "1:3-1:3"),
        ("{a  :\n }", ("a",), "1:6-1:6"),
        ("[a: ]", (0, "a"), "1:4-1:4"),
        ("? a\n\n\n? b", ("a",), "1:4-1:4"),
        ("a: &x\nb: 1", ("a",), "1:6-1:6"),
    ],
)
def test_a_value_that_is_not_written_has_a_place(
    text: str, path: tuple[str | int, ...], place: str, parser: Parser
) -> None:
    value = at(sound(text, parser), *path)
    assert value.value is None
    assert where(value.span) == place


def test_a_span_of_keys(parser: Parser) -> None:
    tree = at(sound("a: 1\n'b c': 2\nd: {e: &x f}\n*x : 3", parser))
    assert {key: covered(span) for key, span in tree.keys.items()} == {"a": "a", "b c": "'b c'", "d": "d", "f": "*x"}
    assert tree.get("a") == Scalar(1, tree.entries["a"].span)
    assert tree.get("z") is None


def test_an_aliased_subtree_is_shared(parser: Parser) -> None:
    tree = sound("a: &x {b: [1]}\nc: *x\n", parser)
    assert at(tree, "a") is at(tree, "c")


# -------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("text", "places"),
    [
        pytest.param("a: [1, 2", ["A102 1:4-1:5"], id="an open bracket"),
        pytest.param("a: {b: 1\n\n\n", ["A102 1:4-1:5"], id="an open brace"),
        pytest.param("a: [1\nb: 2\n", ["A102 2:2-2:3"], id="an open bracket, and then a key"),
        pytest.param("a: 'b\nc: d", ["A102 1:4-1:5"], id="an open quote"),
        pytest.param("a: 'b\n---\n", ["A102 1:4-1:5"], id="an open quote before a marker"),
        pytest.param("a: b: c", ["A102 1:5-1:6"], id="a colon in a text"),
        pytest.param("a: - b", ["A102 1:4-1:5"], id="a list entry in a line"),
        pytest.param("a: ? b", ["A102 1:4-1:5"], id="a question mark"),
        pytest.param("a: 1\n\tb: 2", ["A102 2:1-2:2"], id="a tab in front"),
        pytest.param("a: |\n  b\n\tc", ["A102 3:1-3:2"], id="a tab in a block scalar"),
        pytest.param("\ta: 1", ["A102 1:1-1:2"], id="a tab at the start"),
        pytest.param("a: @b", ["A102 1:4-1:5"], id="a reserved character"),
        pytest.param("a: %b", ["A102 1:4-1:5"], id="a percent sign"),
        pytest.param("a: *.b", ["A102 1:4-1:5"], id="an asterisk"),
        pytest.param("a: & b", ["A102 1:4-1:5"], id="an ampersand"),
        pytest.param('a: "\\d"', ["A102 1:5-1:6"], id="an unknown escape"),
        pytest.param('a: "\\xZZ"', ["A102 1:7-1:9"], id="a hexadecimal escape"),
        pytest.param('a: "\\ud800"', ["A102 1:7-1:11"], id="an escaped surrogate"),
        pytest.param('a: "\\U00110000"', ["A102 1:7-1:15"], id="an escape beyond Unicode"),
        pytest.param("{a:}", ["A102 1:3-1:4"], id="a colon before a brace"),
        pytest.param("a: | b", ["A102 1:6-1:7"], id="a text behind a bar"),
        pytest.param("a: {b: c d: e}", ["A102 1:11-1:12"], id="a missing comma"),
        pytest.param("a: [,]", ["A102 1:5-1:6"], id="a missing value"),
        pytest.param("a: [b]]", ["A102 1:7-1:8"], id="a bracket too many"),
        pytest.param("a:\n  b: 1\n c: 2", ["A102 3:2-3:3"], id="a key indented too little"),
        pytest.param("- a\nb: 1", ["A102 2:1-2:2"], id="a key after a list"),
        pytest.param("a: 1\nb\nc: 2", ["A102 2:1-2:2"], id="a key without a colon"),
        pytest.param("{a: 1} b", ["A102 1:8-1:9"], id="more after the end"),
        pytest.param("a\nb: 1", ["A102 2:2-2:3"], id="a key over two lines"),
        pytest.param("%TAG ! x\n---\na: 1", ["A102 1:1-1:9"], id="a directive"),
        pytest.param("%YAML 2.0\n---\na: 1", ["A102 1:1-1:10"], id="another version"),
        pytest.param("a: 1\n%YAML 1.2\nb: 2", ["A102 2:1-2:10"], id="a directive in the document"),
        pytest.param("a: 1\nb: 2\na: 3", ["A103 3:1-3:2"], id="a key twice"),
        pytest.param("{a: 1, b: {a: 2}, 'a': 3}", ["A103 1:19-1:22"], id="a key twice in braces"),
        pytest.param("a: !!int 1", ["A104 1:4-1:9"], id="a standard tag"),
        pytest.param("a: &x !foo 1\nb: !<bar> 2", ["A104 1:7-1:11", "A104 2:4-2:10"], id="tags of all kinds"),
        pytest.param("a: ! 1", ["A104 1:4-1:5"], id="the tag that says nothing"),
        pytest.param("!foo {a: 1}", ["A104 1:1-1:5"], id="a tag of the root"),
        pytest.param("a: !e!foo 1", ["A104 1:4-1:10"], id="a tag with a handle"),
        pytest.param("a: !%zz 1", ["A104 1:4-1:8"], id="a tag that is broken"),
        pytest.param("a: !%ED%A0%80 1", ["A104 1:4-1:14"], id="a tag that is no text"),
        pytest.param("a: &x {b: 1}\nc: {<<: *x, d: 2}", ["A105 2:5-2:7"], id="a merge key"),
        pytest.param("a: 010\nb: [.nan, -.inf]", ["A106 1:4-1:7", "A106 2:5-2:9", "A106 2:11-2:16"], id="numbers"),
        pytest.param("a: 1e999\nb: &x -01\n", ["A106 1:4-1:9", "A106 2:7-2:10"], id="more numbers"),
        pytest.param("a: *x", ["A107 1:4-1:6"], id="an alias without anchor"),
        pytest.param("a: *x\nb: &x 1", ["A107 1:4-1:6"], id="an alias before its anchor"),
        pytest.param("a: &x [1, *x]", ["A107 1:11-1:13"], id="an alias in its anchor"),
        pytest.param("&x a: {b: &y {c: *y}}", ["A107 1:18-1:20"], id="an alias in its anchor, in braces"),
        pytest.param("*x : 1", ["A107 1:1-1:3"], id="an alias as key"),
        pytest.param("", ["A109 1:1-1:1"], id="an empty file"),
        pytest.param("\ufeff", ["A109 1:1-1:1"], id="a byte-order mark alone"),
        pytest.param("\n# nothing\n", ["A109 1:1-1:1"], id="comments alone"),
        pytest.param("---\n", ["A109 1:1-1:1"], id="a marker alone"),
        pytest.param("a: 1\n---\nb: 2\n", ["A109 2:1-2:4"], id="two documents"),
        pytest.param("a: 1\n...\n# c\nb: 2\n", ["A109 4:1-4:2"], id="two documents without a marker"),
        pytest.param("---\n---\nb: 2\n", ["A109 2:1-2:4"], id="an empty document and another"),
        pytest.param("1: a\ntrue: b\nnull: c", ["A110 1:1-1:2", "A110 2:1-2:5", "A110 3:1-3:5"], id="keys"),
        pytest.param("1.5: a\n&x 010: b", ["A110 1:1-1:4", "A110 2:4-2:7"], id="numbers as keys"),
        pytest.param("? [a]\n: 1\n? {b: c}\n: 2\n", ["A110 1:3-1:6", "A110 3:3-3:9"], id="lists as keys"),
        pytest.param("?\n: a\n", ["A110 1:2-1:2"], id="an empty key"),
        pytest.param(": a", ["A102 1:1-1:2"], id="no key"),
        pytest.param(": 2", ["A102 1:1-1:2"], id="no key first of all"),
        pytest.param("{a: 1, : 2}", ["A102 1:8-1:9"], id="no key in braces"),
        pytest.param("a: &x 1\n*x : 2", ["A110 2:1-2:3"], id="an alias of a number as key"),
        pytest.param("a: b\x07c # \x00", ["A111 1:5-1:6", "A111 1:10-1:11"], id="control characters"),
        pytest.param("a: b\u2028c\n\ufeffd", ["A111 1:5-1:6", "A111 2:1-2:2"], id="invisible characters"),
        pytest.param("a: \ud800", ["A111 1:4-1:5"], id="half a character"),
    ],
)  # fmt: skip
def test_mistakes(text: str, places: list[str], parser: Parser) -> None:
    diagnostics = read(text, parser)[1]
    assert found(diagnostics) == places
    assert all(related.span[1:3] != d.span[1:3] for d in diagnostics if d.span for related in d.related)


@pytest.mark.parametrize(
    ("data", "place", "part"),
    [
        (b"a: 1\nb: \xe9\nc: 2", "2:4-2:5", "0xe9"),
        ("ä: ö\r\nb: ".encode() + b"\xff", "2:4-2:5", "0xff"),
        (b"\xef\xbb\xbf\xe9", "1:1-1:2", "0xe9"),
        ("a: 1".encode("utf-16"), "1:1-1:1", "UTF-16"),
        (b"\xfe\xff" + "a: 1".encode("utf-16-be"), "1:1-1:1", "UTF-16"),
        ("a: 1".encode("utf-32"), "1:1-1:1", "UTF-32"),
    ],
)
def test_other_encodings(data: bytes, place: str, part: str, parser: Parser) -> None:
    tree, diagnostics = read(data, parser)
    assert tree is None
    assert found(diagnostics) == [f"A101 {place}"]
    assert part in diagnostics[0].message
    assert str(diagnostics[0])


def test_all_mistakes_come_at_once(parser: Parser) -> None:
    text = "a: 1\na: 2\nb: !!str 010\n<<: {c: 3}\n1: x\nd: *e\nf: .nan\ng: &g [*g]\n? [h]\n: 010\nj: \x01\nk: [\n"
    _, diagnostics = read(text, parser)
    codes = ["A103", "A104", "A105", "A110", "A107", "A106", "A107", "A110", "A106"]
    assert [d.code for d in diagnostics] == [*codes, "A111"]
    # The control character may be the cause of whatever follows, so that the open bracket is told only without it.
    _, diagnostics = read(text.replace("\x01", "i"), parser)
    assert [d.code for d in diagnostics] == [*codes, "A102"]


def test_what_could_be_understood_is_kept(parser: Parser) -> None:
    tree, _ = read("a: 1\na: 2\nb: 010\n<<: 3\n1: x\nc: !!str 5\nd: !x 6\ne: *f\n", parser)
    assert plain(tree) == {"a": 1, "b": 10, "1": "x", "c": "5", "d": 6, "e": None}  # type: ignore[arg-type]


def test_a_key_that_stands_twice_shows_the_first(parser: Parser) -> None:
    _, (diagnostic,) = read("a: 1\n'a': 2\n", parser)
    assert diagnostic.message == "duplicate key `a` in one mapping"
    assert [(where(r.span), r.label) for r in diagnostic.related] == [("1:1-1:2", "first here")]


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("1: a", "the key `1` is a number, not a string", 'put it in quotes: `"1"`'),
        ("true: a", "the key `true` is a boolean, not a string", 'put it in quotes: `"true"`'),
        ("a: &shared 1\nb: *share", "the alias `*share` has no anchor before it", "did you mean `*shared`?"),
        ("a: [1", "the `[` is never closed", "add the `]`"),
        ("a: 1\nfoo bar\n", "expected a key, found `foo bar` without a `:`", "write `key: value`"),
        ("a: 1\n\tb: 2", "tab found where YAML allows only spaces", "indent with spaces"),
        ("a: {b: 1]", "expected `,` or the closing bracket, found `]`", None),
        ("a: !!str 1", "tags are not allowed: `!!str`", None),
        ("a: \u2028", "the character U+2028 is not allowed", "remove it"),
        ('a: "b\\e"', "the escape `\\e` stands for U+001B, which is not allowed", None),
    ],
)
def test_messages_name_the_values(text: str, message: str, help: str | None, parser: Parser) -> None:
    _, (diagnostic,) = read(text, parser)
    assert diagnostic.message == message
    assert help is None or diagnostic.help == help


# ------------------------------------------------------------------------------------------------- hostile input


def nested_aliases(depth: int, times: int = 1) -> str:
    """Each list holds the one before: the tree is deep, and large, although no line is."""
    return "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [{f'*a{i}, ' * times}]\n" for i in range(depth))


HOSTILE = {
    "an alias bomb": (nested_aliases(50, 10), "A108"),
    "aliases inside each other": (nested_aliases(100), "A108"),
    "deep brackets": ("[" * 100_000, "A108"),
    "deep brackets with ends": ("[" * 100_000 + "]" * 100_000, "A108"),
    "deep braces": ("{a: " * 100_000, "A108"),
    "deep lists": ("- " * 100_000, "A108"),
    "deep keys": ("? " * 100_000, "A108"),
    "deep mappings": ("\n".join(" " * i + "a:" for i in range(1_300)), "A108"),
    "a megabyte key": ("a: 1\n" + "k" * 1_000_000 + ": 1", "A108"),
    "a megabyte key, quoted": ("a: 1\n'" + "k" * 1_000_000 + "': 1", "A108"),
    "a megabyte key, explicit": ("? " + "k" * 1_000_000 + "\n: 1", "A108"),
    "a long key": ("k" * 300 + ": 1", "A108"),
    "a megabyte text": ("a: " + "x" * 1_000_000, "A108"),
    "a megabyte block": ("a: |\n" + "  x y z\n" * 100_000, "A108"),
    "a megabyte of colons": ("a: " + ":" * 1_000_000, "A108"),
    "a number of 5,000 digits": ("a: " + "1" * 5_000, "A106"),
    "a number of a million digits": ("a: " + "1" * 1_000_000, "A106"),
    "an exponent of 5,000 digits": ("a: 1e" + "1" * 5_000, "A106"),
    "a version of 5,000 digits": ("%YAML 1." + "1" * 5_000 + "\n---\na", "A102"),
    "control characters": ("\0" * 1_000_000, "A111"),
    "line separators": ("a: 1\u2028" * 100_000, "A111"),
    "too many mistakes": ("1: x\n" * 100_000, "A108"),
    "too many values": ("[" + "1," * 200_000 + "]", "A108"),
    "too large": ("# x\n" * 1_000_000, "A108"),
    "a megabyte of comments": ("{a\n" + "#" * 1_000_000 + "\n b", "A102"),
    "a megabyte of blanks": ("{a" + " " * 1_000_000 + "b", "A102"),
    "a megabyte of lines": ("\n" * 1_000_000, "A109"),
    "a megabyte of directives": ("%\n" * 500_000, "A102"),
    "aliases of similar names": ("".join(f"- &a{i} x\n" for i in range(9_000)) + "- *b\n" * 90, "A107"),
    "names of a megabyte": ("- &" + "a" * 500_000 + " x\n- *" + "a" * 400_000, "A107"),
    "tags": ("- !" + "x" * 500_000 + "%41 y", "A104"),
    "a cyclic alias": ("a: &a\n  b: *a", "A107"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_input_is_a_diagnostic(text: str, code: str, parser: Parser) -> None:
    start = time.process_time()
    _, diagnostics = read(text, parser)
    # Nothing takes a second on a machine of 2020; whatever is quadratic would take minutes.
    assert time.process_time() - start < 10
    assert code in [d.code for d in diagnostics]
    assert len(diagnostics) <= limits.FINDINGS + 20
    assert all(len(d.message) < 200 for d in diagnostics)


def test_a_limit_is_not_passed_by_what_it_allows(parser: Parser) -> None:
    sound("[" * limits.NESTING + "]" * limits.NESTING, parser)
    sound(nested_aliases(limits.NESTING - 3), parser)
    sound("k" * limits.KEY_LENGTH + ": " + "v" * limits.SCALAR_LENGTH, parser)
    collector = Collector()
    _, tree = read_text("[" + "1," * (limits.VALUES - 1) + "]", "x", collector)
    assert isinstance(tree, Sequence)
    assert len(tree.items) == limits.VALUES - 1


def test_nested_aliases_count_as_deep(parser: Parser) -> None:
    _, (diagnostic,) = read(nested_aliases(limits.NESTING), parser)
    assert diagnostic.message == f"lists and mappings are nested more than {limits.NESTING} deep"


# ----------------------------------------------------------------------------------------------------------- files


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"a: 1\r\nb: \xc3\xa9\r\n")
    collector = Collector()
    source, tree = read_file(path, collector)
    assert plain(tree) == {"a": 1, "b": "é"}  # type: ignore[arg-type]
    assert source.name == str(path)
    source, _ = read_file(str(path), collector, name="short.yaml")
    assert source.name == "short.yaml"
    assert len(collector) == 0


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    collector = Collector()
    for path in (tmp_path / "missing.yaml", tmp_path, "nul\0byte.yaml", tmp_path / ("long" * 1000)):
        source, tree = read_file(path, collector)
        assert tree is None
        assert source.name == str(path)
    assert [d.code for d in collector.diagnostics] == ["A112"] * 4
    assert all(d.help and str(d) for d in collector.diagnostics)
    assert "No such file" in str(collector.diagnostics)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    collector = Collector()
    assert read_file(path, collector)[1] is None
    assert [d.code for d in collector.diagnostics] == ["A112"]


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"#" * (limits.TEXT_BYTES + 1))
    collector = Collector()
    assert read_file(path, collector)[1] is None
    assert [d.code for d in collector.diagnostics] == ["A108"]


def test_reading_loads_nothing_but_yaml() -> None:
    code = """if True:
        import sys, types, yaml
        # The package itself loads more; that is tested elsewhere.
        package = sys.modules["archspec"] = types.ModuleType("archspec")
        package.__path__ = sys.argv[1:]
        before = set(sys.modules)
        import archspec.source
        from archspec.diagnostics import Collector
        archspec.source.read_text("a: 1", "x", Collector())
        loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
        print(*sorted(loaded - sys.stdlib_module_names))
    """
    folder = Path(limits.__file__).parent
    result = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["archspec"]
