"""The two parsers read the same: the same trees, places and diagnostics, for whatever text."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostics import Collector
from archspec.source import read_text
from archspec.source.document import Parser, default_parser, pure_parser

pytestmark = pytest.mark.skipif(
    not yaml.__with_libyaml__ or default_parser() is pure_parser, reason="libyaml is not installed"
)

FRAGMENTS = [
    *"ab1-?:,[]{}#&*!|>'\"%@` \n\t\\.~=$",
    *("b: ", "key: value", "- ", "  ", "    ", "\n  ", "\n- ", ", ", ": ", "? ", " #c", "# c", "---", "--- ", "..."),
    *("!t", "!!str ", "!<x>", "!e!f ", "!%41 ", "!%e", "&a", "&a ", "&b [", "*a", "*a ", "*b", "<<: ", "<<", "[? "),
    *("|\n  ", "|-\n ", "|2\n", ">", ">+\n", "'a'", '"a"', "''", '""', "\\x41", "\\u2028", "\\q", "\\\n", "\\ud800"),
    *("\\U00110000", "\\U0001F600", "010", "1e5", ".nan", "true", "null", "1: ", "a: 1\n", "a: 2\n", "{a: 1, a: 2}"),
    *("\n---\n", "\n...\n", "%YAML 1.2\n", "%YAML 1.3\n", "%TAG ! x\n", "%FOO\n", "\r", "\r\n", "\0", "\x85", "\u2028"),
    *("\ufeff", "é", "日本", "😀", "e\u0301", "- - ", "a:\n  b:\n    c", "a?b", "x:y", "[a: b]", "{? a : b}"),
]

SPECS = [
    """\
archspec: 1
name: resnet50
description: ResNet-50, with the stride in the 3×3 convolution.
reference: He et al., Deep Residual Learning for Image Recognition, 2015
params: {classes: 1000}
input: [3, 224, 224]
norm: batch
act: relu
defaults: {conv: {bias: false}}
init:
  conv: {weight: {kaiming_normal: {mode: fan_out}}}
stem:
  - conv: {name: conv1, channels: 64, kernel: 7, stride: 2}
  - norm: {name: bn1}
  - act
  - max_pool: {kernel: 3, stride: 2, padding: 1}
stages:
  - {name: layer1, block: bottleneck, depth: 3, channels: 256}
  - {name: layer2, block: bottleneck, depth: 4, channels: 512, stride: 2}
head: [global_pool, {linear: {name: fc, features: $classes}}]
""",
    """\
archspec: 1
blocks:
  transformer:
    description: |
      A pre-norm transformer block.

      Dropping whole samples regularizes it.
    params: {heads: int, hidden_channels: $(4 * in_channels), drop_path: 0.0, attention: layers}
    layers:
      - residual:
          body:
            - norm: {name: norm1, type: layer, eps: 1e-6}
            - linear: {name: attn.qkv, features: "$(3 * in_channels)"}   # q, k, v
            - sdpa: {heads: $heads}
            - slot: attention
          shortcut: identity
          drop_path: $drop_path
          after: []
# shared by both
shared: &shared
  - conv: {channels: "$(widths[index])", kernel: [3, 3], padding: 'same'}
  - act: {type: gelu}

branches: {a: *shared, b: *shared, "c": [act], d: }
outputs:
  c2: layer1
  c3: >-
    layer2
    .0
""",
]


@st.composite
def changed(draw: st.DrawFn) -> str:
    """A spec in which some places were cut out, repeated or overwritten."""
    text = draw(st.sampled_from(SPECS))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        other = draw(st.integers(0, len(text)))
        text = text[:start] + draw(st.sampled_from([*FRAGMENTS, text[other : other + 12], ""])) + text[end:]
    return text


def outcome(text: str | bytes, parser: Parser) -> tuple[str, list[str]]:
    collector = Collector()
    _, tree = read_text(text, "x.yaml", collector, parser=parser)
    return repr(tree), [f"{d!r}\n{d}" for d in collector.diagnostics]


def agree(text: str | bytes) -> None:
    assert outcome(text, pure_parser) == outcome(text, default_parser())


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=20).map("".join))
@settings(max_examples=1000)
def test_fragments(text: str) -> None:
    agree(text)


@given(changed())
@settings(max_examples=500)
def test_changed_specs(text: str) -> None:
    agree(text)


@given(st.text(st.characters(codec=None)) | st.text(st.sampled_from("ab:-?[]{},#&*!|>'\"% \n\t\\1.")))
@settings(max_examples=500)
def test_any_text(text: str) -> None:
    agree(text)


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    agree(data)


@pytest.mark.parametrize("text", SPECS)
def test_specs(text: str) -> None:
    tree, diagnostics = outcome(text, pure_parser)
    assert tree != "None"
    assert diagnostics == []
    agree(text)


def test_every_doubtful_character() -> None:
    for code in (
        *range(0x300),
        *range(0x2000, 0x2070),
        *range(0xD7F0, 0xD810),
        *range(0xDFF0, 0xE010),
        *range(0xFDD0, 0x10010),
        0x10FFFF,
    ):
        agree(f'a: "{chr(code)}x" {chr(code)}\n{chr(code)}b: 1')


@pytest.mark.parametrize(
    "text",
    [
        "[? ]",
        "[? : x]",
        "[? , x]",
        "[a?b]",
        "{?a: b}",
        "{a:}",
        "{a:,}",
        "a:\tb",
        "- \tx",
        "a: b\t# c",
        "a: 1\n\tb: 2",
        "a: |\n\tb",
        "a: |\t\n b",
        "a: |#c\n b",
        "a: |0\n b",
        "a\n...\n@",
        "a\n...\n...\nb",
        "[!foo,x]",
        "!<a,b> x",
        "! x",
        "!! x",
        '"a\n---\nb"',
        '"a\\\n---\nb"',
        "'a\n...",
        "a: [1",
        "a\n%YAML 1.1\n",
        "[1,\n2]\n%TAG ! x\n---",
        "*a\n%YAML 1.3\n---\n\0",
        "{ #\n%YAML 1.3\n---",
        "&a\n  &b k: v",
        "a: &x\n\n\nb: *x",
        ">\n a\n  b\n\n c\n\n\n",
        "]",
        '"a" ] : b',
    ],
)
def test_where_they_once_differed(text: str) -> None:
    agree(text)


def test_the_parser_without_libyaml_or_with_an_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_parser() is yaml._yaml.CParser
    monkeypatch.setattr(yaml._yaml, "get_version", lambda: (0, 2, 4))
    assert default_parser() is pure_parser
    monkeypatch.undo()
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert default_parser() is pure_parser
