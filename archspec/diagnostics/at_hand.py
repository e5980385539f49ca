"""Findings where somebody can mend them: in no installed file alone, and never out of sight of the file at hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from archspec.diagnostics.finding import Finding, Related

F = TypeVar("F", bound=Finding)


def at_hand(found: F) -> F:
    """A finding with a place in the file at hand, and each place once.

    One in an installed file moves to the nearest place that is in none: a related one, or else the `extends` or
    `include` that leads there. One in another file of the user's stays, and is told who brings that in.
    """
    span = found.span
    if span is None or (span.source.via is None and not found.related):
        return found
    if span.source.bundled:
        found = _moved(found)
    return replace(found, related=_merged((*found.related, *_way(found))))


def _moved(found: F) -> F:
    """A finding in an installed file at the first place that is in none, if there is one."""
    assert found.span is not None
    way = _steps(found)
    others = [place for place in (*found.related, *way) if not place.span.source.bundled]
    if not others:
        return found
    first = others[0]
    before = way[: way.index(first)] if first in way else []
    related = [place for place in found.related if place is not first]
    return moved(replace(found, related=(*before, *related)), first)


def moved(found: F, place: Related) -> F:
    """A finding at another place; the one that it was at becomes its first related one."""
    assert found.span is not None
    here = Related(found.span, found.label or "here")
    related = [other for other in found.related if other != place]
    return replace(found, span=place.span, label=place.label, related=(here, *related), fix=None)


def _way(found: Finding) -> list[Related]:
    """The places that lead from a finding to the file at hand, where no place of it is there."""
    assert found.span is not None
    *_, home = found.span.source.way
    spans = [found.span, *(place.span for place in found.related)]
    return [] if any(span.source is home for span in spans) else _steps(found)


def _steps(found: Finding) -> list[Related]:
    assert found.span is not None
    return [Related(source.via, f"{source.verb} here") for source in found.span.source.way if source.via is not None]


def _merged(related: tuple[Related, ...]) -> tuple[Related, ...]:
    """Every place once, with all that is said of it."""
    labels: dict[object, dict[str, None]] = {}
    for place in related:
        labels.setdefault(place.span, {})[place.label] = None
    first = {place.span: place for place in reversed(related)}
    return tuple(replace(first[span], label=", ".join(said)) for span, said in labels.items())  # type: ignore[index]
