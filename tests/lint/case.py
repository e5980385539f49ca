"""A small spec and the advice that it gets.

A text without `archspec:` is put below a header; if it is a list, it is the network's `layers`. Where a rule must fire,
the end of the line says so: `#! A703: part of the message`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from textwrap import dedent
from typing import Any

import pytest

import archspec

_MARK = re.compile(r"#! (A\d{3})(?:: (.*))?$")


def full(text: str) -> str:
    """A whole file: with a header, as far as the text does not set it itself."""
    text = dedent(text).strip("\n") + "\n"
    if text.startswith("- "):
        text = "layers:\n" + text
    given = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    head = {"archspec": "1", "input": "[16, 32, 32]", "norm": "batch", "act": "relu"}
    return "".join(f"{key}: {value}\n" for key, value in head.items() if not given & {key, f"{key}s"}) + text


def check(text: str, aside: Collection[str] = ("A712", "A713", "A714"), **options: Any) -> None:
    """Fail unless a spec gets exactly the advice that is marked in it, and can be compiled and loaded.

    Codes that are left `aside` say that something is unused, as much is in a spec that only shows something.
    """
    source = full(text)
    lines = enumerate(source.splitlines(), 1)
    wanted = [(number, found[1], found[2] or "") for number, line in lines if (found := _MARK.search(line))]
    found = [d for d in archspec.validate(source, **options) if d.code not in aside]
    shown = "\n\n".join(map(str, found)) or "no finding"
    places = [(d.span.line if d.span else 0, d.code) for d in found]
    assert places == [(line, code) for line, code, _ in wanted], shown
    for diagnostic, (*_, part) in zip(found, wanted, strict=True):
        assert part in diagnostic.message, shown
        assert diagnostic.severity == "warning"
        assert diagnostic.help, shown
        assert diagnostic.span is not None
        assert diagnostic.span.source.name == "<text>", shown
    archspec.compile(source)
    archspec.load(source)


def cases(**texts: str) -> pytest.MarkDecorator:
    """Parametrize a test by specs with what they show."""
    return pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in texts.items()])
