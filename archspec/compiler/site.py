"""The calls that led to a node, and which of them chose a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, TypeAlias

from archspec.diagnostics import Diagnostic, Related, Span
from archspec.language import Argument, ParameterSpec, Template
from archspec.language.phrases import shown
from archspec.records import record


@record
class Site:
    """A call that led here: the name of the block, the place of the call, its arguments and the block's parameters.

    `bundled` says that the call itself stands in a bundled block.
    """

    block: str
    span: Span
    outer: Site | None = None
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    parameters: Mapping[str, ParameterSpec] = field(default_factory=dict)
    bundled: bool = False

    def chain(self) -> list[Site]:
        """The calls from the outermost to this."""
        found: list[Site] = []
        site: Site | None = self
        while site is not None:
            found.append(site)
            site = site.outer
        return found[::-1]

    def giver(self, value: Template, computed: bool) -> Giver | None:
        """The call, and its argument, that gave a value which only passes a parameter on: `$stride`.

        With `computed`, a value that is made of parameters counts, too: so it is in a bundled block, where no mistake
        is the block's own, and with an integer out of range. None where the block itself chose the value.
        """
        passed = value.alone
        found = (self.source(name, computed) for name in (value.names if computed else [passed] if passed else []))
        return next(filter(None, found), None)

    def source(self, name: str, computed: bool) -> Giver | None:
        """The call, and its argument, that gave the value of a parameter."""
        argument, parameter = self.arguments.get(name), self.parameters.get(name)
        if argument is not None:
            found = self.outer.giver(argument.template, self.bundled) if self.outer is not None else None
            return found or (None if self.bundled else (self, argument))
        if parameter is not None and parameter.default is not None:
            return self.giver(parameter.default, computed)
        return None


Giver: TypeAlias = tuple[Site, Argument]
"""A call, and its argument that gave a value."""


def passed_on(site: Site | None, argument: Argument, given: Giver | None) -> str:
    """The name that an argument is, if it, or the one that a call had `given`, stands outside of blocks; or nothing."""
    if (site if given is None else given[0].outer) is not None:
        return ""
    return (argument if given is None else given[1]).template.alone or ""


def origin(parameter: ParameterSpec | None, value: Any) -> tuple[Related, ...]:
    """Where a parameter of the spec has a value from, if that is its default."""
    default = None if parameter is None else parameter.default
    if parameter is None or default is None or not default.constant or default.run({}) != value:
        return ()
    return (Related(default.span, f"`{parameter.name}` is {shown(value)}"),)


def placed(found: Diagnostic, site: Site, given: Giver | None, of_call: bool) -> Diagnostic:
    """A finding about a node in a block where it is to be mended, with the calls that led there.

    That is the argument that a call had `given`, or else the outermost call where the mistake is one `of_call`, or else
    the node itself.
    """
    first, *inner = site.chain()
    called = Related(first.span, f"`{first.block}` is called here")
    if given is None and not of_call:
        return replace(found, related=(*found.related, called))
    assert found.span is not None
    node = Related(found.span, "here")
    if given is not None:
        at, label = given[1].at, f"passed to block `{given[0].block}`"
        is_beside = given[0] is first and at.source is first.span.source
        way = [node] if is_beside else [called, node] if given[0] is first else [node, called]
    else:
        at, label = first.span, f"in block `{first.block}`, called here"
        way = [*(Related(call.span, f"which calls `{call.block}` here") for call in inner), node]
    return replace(found, span=at, label=label, related=(*way, *found.related), fix=None)
