"""Advice over a base: who extends a file cannot change it, but what is set over it."""

from __future__ import annotations

from archspec.diagnostics import Diagnostic, Related, Span, moved
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


def over(found: Diagnostic, spec: Spec) -> Diagnostic:
    """Advice at a base, where a file that extends it sets what gives rise to it: it stands there.

    That is a section that the advice is about, or the one value that the file sets.
    """
    files = set()
    for source in found.span.source.way if found.span is not None else ():
        if source.verb != "extended" or source.via is None:
            break
        files.add(source.via.source)
    if not files:
        return found
    causes = [(key, spec.spans[key]) for key in _CAUSES.get(found.code, ()) if key in spec.spans]
    places: list[tuple[str, Span]] = [(key, at) for key, at in causes if at.source in files]
    places = places[:1] or list(spec.set_over(files))
    return moved(found, Related(places[0][1], f"`{places[0][0]}` is set here")) if len(places) == 1 else found
