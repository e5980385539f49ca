"""The forms in which findings are told: one file a format, imported when it is used.

A format is a function `render` of its module: from `Findings` and a `Style` to the whole output as one text.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from archspec.diagnostics.formats.findings import Findings, Style

__all__ = ["FORMATS", "Findings", "Format", "Style"]

Format: TypeAlias = Callable[[Findings, Style], str]


def _format(name: str) -> Format:
    def render(findings: Findings, style: Style) -> str:
        found: Format = import_module(f"{__name__}.{name}").render
        return found(findings, style)

    return render


FORMATS: dict[str, Format] = {
    name: _format(name) for name in ("text", "concise", "json", "github", "gitlab", "sarif", "junit")
}
"""Every format by its name."""
