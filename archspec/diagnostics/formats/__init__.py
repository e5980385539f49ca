"""The forms in which findings are told: one file a format, imported when it is used.

A format is a function `render` of its module: from `Findings` and a `Style` to the whole output as one text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from archspec.diagnostics.formats.findings import Findings, Style
from archspec.registry import Registry

__all__ = ["FORMATS", "Findings", "Format", "Style"]

Format: TypeAlias = Callable[[Findings, Style], str]

FORMATS: Registry[Format] = Registry(
    "archspec.diagnostics.formats",
    {
        "text": "text.render",
        "concise": "concise.render",
        "json": "json.render",
        "github": "github.render",
        "gitlab": "gitlab.render",
        "sarif": "sarif.render",
        "junit": "junit.render",
    },
)
"""Every format by its name."""
