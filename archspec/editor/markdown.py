"""Texts in Markdown: what somebody wrote shows as it is, whatever it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archspec.escape import escaped
from archspec.reports.table import markdown_code, markdown_text

_LEAD = re.compile(r"[-+=]|\d+(?=[.)])")
"""What would begin a list, a rule or a heading where a line begins."""
_TICKS = re.compile(r"`+")
_LONGEST = 2000


def prose(text: str) -> str:
    """A text that somebody wrote, as a paragraph in which nothing is markup."""
    found = " ".join(text[:_LONGEST].split()) + ("…" if len(text) > _LONGEST else "")
    match = _LEAD.match(found)
    if match is None:
        return markdown_text(found)
    lead = match.group() + "\\" if match.group().isdigit() else "\\" + match.group()
    return lead + markdown_text(found[match.end() :])


def code(text: object) -> str:
    """A name or a value as code."""
    found = " ".join(str(text).split())
    return markdown_code(found if len(found) <= _LONGEST else f"{found[:_LONGEST]}…")


def yaml(lines: Iterable[str]) -> str:
    """Lines of a file as a block of code, which no line of them ends."""
    body = "\n".join(escaped(line.expandtabs()) for line in lines)
    longest = max((len(match.group()) for match in _TICKS.finditer(body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}yaml\n{body}\n{fence}"


def items(lines: Iterable[str]) -> str:
    """A list of lines that are Markdown already; those that are empty are left out."""
    return "\n".join(f"- {line}" for line in lines if line)


def paragraphs(*parts: str) -> str:
    """Parts that are Markdown already, one below the other; those that are empty are left out."""
    return "\n\n".join(part for part in parts if part)
