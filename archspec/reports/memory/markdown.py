"""Memory in Markdown, for a comment or a page."""

from __future__ import annotations

from archspec.reports.memory.memory import Memory
from archspec.reports.memory.text import table
from archspec.reports.table import markdown, markdown_text


def to_markdown(memory: Memory) -> str:
    """A table, and a line that says for what."""
    return f"{markdown(table(memory.needs))}\n\n{markdown_text(memory.asked)}"
