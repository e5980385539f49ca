"""Values that a file sets over a base: a sound base does not fit them, and they are to blame."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from archspec.compiler.site import Site, origin
from archspec.diagnostics import Diagnostic, Related, Source, moved
from archspec.language import Argument, Spec, Template


def overridden(
    found: Diagnostic, uses: Iterable[Template], site: Site | None, spec: Spec, params: Mapping[str, Any]
) -> Diagnostic:
    """A finding at a base where a value of a file that extends it is to blame: it stands there, and the place in the
    base beside it.

    That is a value of which the expressions are made that it `uses`, however often it is passed on, or a place that is
    related to the finding, or what the file says else of the calls that led there. A bundled base is sound: where none
    of these is set, the input is to blame, or the one thing that is.
    """
    over = found.span.source.above if found.span is not None else []
    if not over:
        return found
    places = chain(
        _used(uses, site, spec, params),
        found.related,
        (Related(argument.at, f"`{key}` is set here") for call in _calls(site) for key, argument in call.items()),
        _set(spec, over) if found.span is not None and found.span.source.bundled else (),
    )
    place = next((place for place in places if place.span.source in over), None)
    return found if place is None else moved(found, place)


def _calls(site: Site | None) -> Iterator[Mapping[str, Argument]]:
    """The arguments of the calls that led to a place, the innermost first."""
    while site is not None:
        yield site.arguments
        site = site.outer


def _used(uses: Iterable[Template], site: Site | None, spec: Spec, params: Mapping[str, Any]) -> Iterator[Related]:
    """Where the values are set of which expressions are made, from the innermost call outward."""
    waiting = [(site, template) for template in uses]
    seen: set[tuple[int, str]] = set()
    while waiting:
        call, template = waiting.pop(0)
        for name in template.names:
            if (id(call), name) in seen:
                continue
            seen.add((id(call), name))
            if call is None:
                yield from origin(spec.params.get(name), params.get(name))
                continue
            parameter = call.parameters.get(name)
            if name in call.arguments:
                yield Related(call.arguments[name].at, f"`{name}` is set here")
                waiting.append((call.outer, call.arguments[name].template))
            elif parameter is not None and parameter.default is not None:
                waiting.append((call, parameter.default))


def _set(spec: Spec, over: Collection[Source]) -> Iterator[Related]:
    """The input, where files set it, or else the one value that they set on which shapes depend."""
    yield from (Related(argument.at, "the input is set here") for argument in spec.inputs.values())
    found = list(spec.set_over(over))
    if len(found) == 1:
        yield Related(found[0][1], f"`{found[0][0]}` is set here")
