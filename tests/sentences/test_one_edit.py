"""One edit of a sound spec that breaks it is one finding, wherever in the bundled specs it is made."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import archspec
from archspec.diagnostics import Collector
from archspec.language import bundled_specs
from archspec.language.load import read_source

_KEY = re.compile(r"(?<![\w$.'\"/-])([a-z_]{3,}):(?=[ \n])")
_USE = re.compile(r"\$\(?\s*([a-z_]\w{2,})")
_WORD = re.compile(r"(?<![\w.])([a-z]\w{2,})(?![\w:(])")
_NO_KEYS = re.compile(r"description|reference|weights|.*(#|\bpattern:|rename)")
_ADDITIONS = Path(__file__).parents[1] / "additions"
SPECS = {**bundled_specs(), **{path.name: path for path in sorted(_ADDITIONS.glob("*.yaml"))}}
_EACH = 2
"""Edits of a kind in each spec."""


def slip(word: str, rng: random.Random) -> str:
    """A letter inside a word doubled, left out, swapped with the next, or another."""
    at = rng.randrange(1, len(word) - 1)
    left, letter, right = word[:at], word[at], word[at + 1 :]
    return rng.choice(
        (
            left + 2 * letter + right,
            left + right,
            left + right[0] + letter + right[1:],
            left + rng.choice("aeiou") + right,
        )
    )


def slipped(text: str, match: re.Match[str], rng: random.Random) -> str:
    return text[: match.start(1)] + slip(match[1], rng) + text[match.end(1) :]


def line_of(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : at]


def keys(text: str, rng: random.Random) -> Iterator[str]:
    """A key mistyped, parameters where they are declared among them."""
    for match in _KEY.finditer(text):
        if not _NO_KEYS.match(line_of(text, match.start()) + match[0]):
            yield slipped(text, match, rng)


def uses(text: str, rng: random.Random) -> Iterator[str]:
    """A parameter mistyped where it is used."""
    yield from (slipped(text, match, rng) for match in _USE.finditer(text))


def references(text: str, rng: random.Random) -> Iterator[str]:
    """The name of a node mistyped, where it is given or referred to."""
    names = set(re.findall(r"name: ([a-z]\w{2,})\b", text))
    for match in _WORD.finditer(text):
        if match[1] in names and not re.match(r"description|reference|name|.*#", line_of(text, match.start())):
            yield slipped(text, match, rng)


def blocks(text: str, rng: random.Random) -> Iterator[str]:
    """The definition of a block deleted."""
    section = re.search(r"^blocks:\n((?:(?:  .*)?\n)*)", text, re.MULTILINE)
    parts = re.split(r"(?m)^(?=  \w+:)", section[1]) if section else []
    yield from (text.replace(part, "", 1) for part in parts if re.match(r"  \w+:", part))


@pytest.mark.parametrize("name", SPECS)
def test_an_edit_is_one_finding(name: str) -> None:
    """An edit may also give another sound spec: a name that nothing refers to, an entry that a base has, too."""
    path = SPECS[name]
    text = path.read_text(encoding="utf-8")
    rng = random.Random(name)
    for edits in (keys, uses, references, blocks):
        every = [edited for edited in edits(text, rng) if edited != text]
        for edited in rng.sample(every, min(_EACH if name in bundled_specs() else 1, len(every))):
            spec = read_source(edited, path.name, Collector(), folder=path.parent)
            found = [finding for finding in archspec.validate(spec) if finding.severity == "error"]
            # a name that several bear, as that of a node in a block, is missed wherever it is referred to
            is_shared = edits is references and name not in bundled_specs()
            mistakes = {finding.code if is_shared else finding for finding in found}
            assert len(mistakes) <= 1, "\n\n".join(map(str, found))
            assert all(finding.help for finding in found)


def test_most_edits_are_found() -> None:
    rng = random.Random(0)
    text = bundled_specs()["resnet50"].read_text(encoding="utf-8")
    every = [*keys(text, rng), *uses(text, rng)]
    broken = [e for e in every if any(d.severity == "error" for d in archspec.validate(e))]
    assert len(broken) > 0.9 * len(every)


LINES = """
archspec: 1
name: lines
params: {width: 8}
input: [3, 32, 32]
norm: batch
act: relu
blocks:
  unit:
    params: {channels: int, kernel: 3}
    layers:
      - conv: {channels: $channels, kernel: $kernel}
      - norm
      - act
layers:
  - conv: {name: stem, channels: $width, kernel: 3}
  - norm
  - unit: {name: a, channels: $width}
  - unit: {name: b, channels: $width}
  - add: [a, b]
  - unit: {name: c, channels: $(2 * width)}
  - repeat: {times: 3, layers: [unit: $in_channels]}
  - unit: {channels: $(2 * width), kernel: 5}
  - add: [., c]
  - global_pool
  - linear: 10
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  unit:\n    params", "  untis:\n    params"),  # where it is defined
        ("channels: int", "chanels: int"),
        ("channels: int", "filters: int"),
        ("{channels: int, kernel: 3}", "{channels: int}"),
        ("width: 8", "with: 8"),
        ("params: {width: 8}\n", ""),
        ("params: {width: 8}", "param: {width: 8}"),
        ("params: {width: 8}", "width: 8"),
        ("input: [3", "inputs: [3"),
        ("input: [3, 32, 32]", "input: {image: [3, 32, 32]}"),
        ("input: [3, 32, 32]\n", ""),
        ("norm: batch\n", ""),
        ("act: relu", "activatoin: relu"),
        ("act: relu", "nonlinearity: relu"),
        ("layers:\n  - conv: {name: stem", "model:\n  - conv: {name: stem"),
        ("layers:\n  - conv: {name: stem", "backbone:\n  - conv: {name: stem"),
        ("layers:\n  - conv: {name: stem", "laeyrs:\n  - conv: {name: stem"),
        ("blocks:", "block:"),
        ("- conv: {name", "- conv {name"),
        ("- conv: {name", "- conv:{name"),
        ("- conv: {name: stem, channels: $width, kernel: 3}", "- conv {name: stem}"),
        ("  - norm\n  - unit", "    - norm\n  - unit"),
        ("  - norm\n  - unit", "   - norm\n  - unit"),
        ("kernel: $kernel", "kernel: $width"),
        ("kernel: 3}\n    layers", "first: 3}\n    layers"),
        ("name: c,", "name: d,"),
        ("kernel: 3}\n  - norm", "kernel: 3, act: relu}\n  - norm"),
        ("$channels, kernel", "$chanels, kernel"),
        ("      - norm\n", "      - nrom\n"),
        ("      - norm\n", "      - BatchNorm2d\n"),
    ],
)
def test_an_edit_of_what_much_depends_on_is_one_finding(old: str, new: str) -> None:
    assert old in LINES
    found = archspec.validate(LINES.replace(old, new, 1))
    assert len([d for d in found if d.severity == "error"]) == 1, "\n\n".join(map(str, found)) or "no finding"
    assert all(finding.help for finding in found)
