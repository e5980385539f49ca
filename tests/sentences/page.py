"""Which words of a page are quoted above what shows them to be so.

A quote is a line of comment, or several, or a docstring, in any file of tests; `…` stands for words left out. Lists of
arguments are compared with the ops themselves.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path

TESTS = Path(__file__).parent.parent
LEAST = 3
"""Words that a quote has: fewer say nothing of where they stand."""
RUN = 6
"""Words in a row that are a quote, whatever stands around them."""

_COMMENTS = re.compile(r"^[ \t]*# .*(?:\n[ \t]*# .*)*", re.MULTILINE)
_ARGUMENTS = re.compile(r"^\| (`.*?`) \| (.*?[^\\]) \||^(`\w+`): ((?:.|\n(?!\n))*?(?=\. |\n\n))", re.MULTILINE)
_REST = re.compile(r"^(?:#.*|\|[-|]*\||\| op \|.*|- )", re.MULTILINE)
_EDGES = "()[].,;:|*`"


def words(text: str) -> list[str]:
    """The words of a text without marks around them."""
    plain = re.sub(r"[`…]|\*\*", "", text.replace("\\|", "|"))
    return [word for word in (part.strip(_EDGES) for part in plain.split()) if word]


def arguments(page: str) -> dict[str, dict[str, list[str]]]:
    """What the page has as arguments of each op, with the alternatives of each, the first of which is the default."""
    found: dict[str, dict[str, list[str]]] = {}
    for match in _ARGUMENTS.finditer(page):
        names, text = (match[1], match[2]) if match[1] else (match[3], match[4])
        parts = re.split(r"[,;]", text.replace("\\|", "|").replace("+", ""))
        told = {}
        for name, _, values in (part.strip().partition("=") for part in parts):
            if name.isidentifier():
                told[name] = values.split(" | ") if values else []
        found |= dict.fromkeys(re.findall(r"\w+", names), told)
    return found


def quotes(path: Path) -> Iterator[list[str]]:
    """The parts of all quotes in a file of tests."""
    source = path.read_text(encoding="utf-8")
    said = [re.sub(r"^[ \t]*# ", "", found[0], flags=re.MULTILINE) for found in _COMMENTS.finditer(source)]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            said.append(ast.get_docstring(node) or "")
    for text in said:
        for part in (*text.split("\n\n"), *re.split(r"…|\n\n", text)):
            yield words(part)


def unquoted(page: str, parts: Iterable[list[str]]) -> list[str]:
    """The passages of a page that nobody quotes, each with the word before it and the one after."""
    page_words = words(_REST.sub("", _ARGUMENTS.sub("", page)))
    places = defaultdict(list)
    for place in range(len(page_words) - LEAST + 1):
        places[tuple(page_words[place : place + LEAST])].append(place)
    seen = [False] * len(page_words)
    for part in parts:
        for start in range(len(part) - LEAST + 1):
            for place in places[tuple(part[start : start + LEAST])]:
                length = common(part[start:], page_words[place:])
                if length == len(part) or length >= RUN:
                    seen[place : place + length] = [True] * length
    text = "".join("·" if is_seen else " " for is_seen in seen)
    return [" ".join(page_words[max(0, gap.start() - 1) : gap.end() + 1]) for gap in re.finditer(" +", text)]


def common(some: list[str], others: list[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(some, others, strict=False)))
