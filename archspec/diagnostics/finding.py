"""What is wrong, where, and what to do about it, short enough to be read."""

from __future__ import annotations

import re
from typing import Literal

from archspec.diagnostics.fix import Fix
from archspec.diagnostics.span import Span
from archspec.records import record

Severity = Literal["error", "warning"]

_MESSAGE, _HELP, _LABEL, _NAME = 600, 500, 100, 80
"""Characters of the parts of a finding, and of a name in one that is too long."""
_RELATED = 10
"""Places that one finding shows: the first, and the last of many."""

_QUOTED = re.compile(rf"`[^`]{{{_NAME + 1},}}`")


@record
class Related:
    """A second place that explains the first: the other duplicate, a definition, the call that led there."""

    span: Span
    label: str

    def __post_init__(self) -> None:
        if len(self.label) > _LABEL:
            object.__setattr__(self, "label", shortened(self.label, _LABEL))


@record
class Finding:
    """One finding. `code` is stable and stands in the catalogue; `message` names the actual values.

    `fix` corrects it where that is safe: it never changes what a valid spec means. Whatever names and lists
    it is given, it stays short enough to be read: long texts are cut in the middle, and so are many related places.
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    help: str = ""
    related: tuple[Related, ...] = ()
    severity: Severity = "error"
    fix: Fix | None = None

    def __post_init__(self) -> None:
        for part, most in (("message", _MESSAGE), ("label", _LABEL), ("help", _HELP)):
            if len(getattr(self, part)) > most:
                object.__setattr__(self, part, shortened(getattr(self, part), most))
        if len(self.related) > _RELATED:
            object.__setattr__(self, "related", (*self.related[: _RELATED - 1], self.related[-1]))

    @property
    def fixable(self) -> bool:
        """Whether it can be fixed in its file: bundled files, and text that is in no file, cannot be changed."""
        return self.fix is not None and self.fix.span.source.path is not None


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters: long names in it are cut in the middle, or else the text is."""
    if len(text) <= most:
        return text
    text = _QUOTED.sub(lambda match: f"`{_cut(match.group()[1:-1], _NAME)}`", text)
    return _cut(text, most)


def _cut(text: str, most: int) -> str:
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[len(text) - half :]}"
