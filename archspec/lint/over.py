"""Advice over a base: who extends a file cannot change it, but what is set over it."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, Related, Source, Span, moved
from archspec.language import Spec

_CAUSES = {
    "A701": ("norm", "lint"),
    "A706": ("norm", "input", "inputs"),
    "A707": ("norm",),
    "A709": ("input", "inputs"),
    "A714": ("outputs",),
    "A717": ("norm",),
}
"""The sections that give rise to advice."""


class Over:
    """Moves advice on a base of a spec to where a file that extends the base sets what gives rise to it.

    That is a section that the advice is about, or the one value that the file sets.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._set: dict[tuple[Source, ...], list[tuple[str, Span]]] = {}

    def __call__(self, found: Diagnostic) -> Diagnostic:
        files = tuple(found.span.source.above) if found.span is not None else ()
        if not files:
            return found
        spans = self._spec.spans
        causes = [(key, spans[key]) for key in _CAUSES.get(found.code, ()) if key in spans]
        places = [(key, at) for key, at in causes if at.source in files][:1] or self._set_over(files)
        return moved(found, Related(places[0][1], f"`{places[0][0]}` is set here")) if len(places) == 1 else found

    def _set_over(self, files: tuple[Source, ...]) -> list[tuple[str, Span]]:
        """What the files set, for which the whole spec is searched: once for all findings."""
        if files not in self._set:
            self._set[files] = list(self._spec.set_over(files))
        return self._set[files]
