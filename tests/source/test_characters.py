"""What is not allowed in a text, however it is written: as it is, in a comment, by an escape, in an expression."""

from __future__ import annotations

import json
import unicodedata

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.diagnostics import Collector
from archspec.source import forbidden, read_text
from archspec.source.document import default_parser, pure_parser

NEVER = [
    *(chr(code) for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc" and chr(code) not in "\t\n\r"),
    *"\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff",
]
"""Not even in a file. A carriage return ends a line there, but comes into no text by an escape."""
SPEC = "archspec: 1\nname: n\ninput: [4]\ndescription: {}\nlayers: [linear: 2] {}\n"


def codes(text: str) -> list[str]:
    with pytest.raises(archspec.SpecError) as error:
        archspec.compile(text)
    return [diagnostic.code for diagnostic in error.value.diagnostics]


@pytest.mark.parametrize("character", NEVER, ids=lambda character: f"U+{ord(character):04X}")
def test_it_stands_nowhere_in_a_file(character: str) -> None:
    assert codes(SPEC.format(f"a{character}b", "")) == ["A111"]
    assert codes(SPEC.format("a", f"# {character}")) == ["A111"]


@pytest.mark.parametrize("character", [*NEVER, "\r"], ids=lambda character: f"U+{ord(character):04X}")
def test_no_escape_brings_it_into_a_text(character: str) -> None:
    escape = f"\\u{ord(character):04x}"
    assert codes(SPEC.format(f'"a{escape}b"', "")) == ["A111"]
    assert codes(SPEC.format("a", f'\nparams: {{"a{escape}b": 1}}')) == ["A111"]
    assert codes(SPEC.format("a", f"\nparams:\n  a: $(['{escape}'])")) == ["A111"]
    whole = {"archspec": 1, "name": "n", "input": [4], "layers": ["act"], "reference": character, "act": "relu"}
    assert codes(json.dumps(whole)) == ["A111"]
    if character != "\r":
        with pytest.raises(archspec.SpecError, match="A111"):
            archspec.compile(whole)
    with pytest.raises(archspec.UsageError, match=f"U\\+{ord(character):04X}, which is not allowed"):
        archspec.compile(SPEC.format("a", "\nparams: {a: b}"), params={"a": ["c", character]})


@pytest.mark.parametrize("surrogate", [chr(0xD800), chr(0xDFFF)])
def test_half_a_character_is_none(surrogate: str) -> None:
    assert codes(SPEC.format(surrogate, "")) == ["A111"]
    assert codes(SPEC.format(f'"\\u{ord(surrogate):04x}"', "")) == ["A102"]
    assert codes(SPEC.format("a", f"\nparams:\n  a: $('\\u{ord(surrogate):04x}')")) == ["A111"]


@given(text=st.text(st.characters(codec="utf-8") | st.sampled_from([*NEVER, *'\r\n\t\\"'])))
def test_the_finding_is_at_the_escape(text: str) -> None:
    """Whatever is written in double quotes is read as it is, or is a finding at an escape that stands for it."""
    written = "a: " + json.dumps(text, ensure_ascii=True)
    if "\\ud" in written:
        written = "a: " + yaml.dump(text, default_style='"', width=10**6, allow_unicode=False).strip()
    for parser in (default_parser(), pure_parser):
        collector = Collector()
        read_text(written, "a.yaml", collector, parser=parser)
        assert [d.code for d in collector.diagnostics] == ["A111"] * (forbidden(text) is not None)
        for diagnostic in collector.diagnostics:
            assert diagnostic.span is not None
            escape = diagnostic.span.text
            assert escape.startswith("\\")
            character = yaml.safe_load(f'"{escape}"')
            assert forbidden(character) == forbidden(text)
            assert f"`{escape}` stands for {forbidden(text)}," in diagnostic.message
