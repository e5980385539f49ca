"""The calls that led to a node, and which of them chose a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from archspec.diagnostics import Span
from archspec.spec import Argument, ParameterSpec, Scalar, Template, Tree


@dataclass(frozen=True, slots=True)
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

    def giver(self, value: Template, computed: bool) -> tuple[Site, Argument] | None:
        """The call, and its argument, that gave a value which only passes a parameter on: `$stride`.

        With `computed`, a value that is made of parameters counts, too: so it is in a bundled block, where no mistake
        is the block's own, and with an integer out of range. None where the block itself chose the value.
        """
        passed = _passed(value.tree)
        for name in value.names if computed else [passed] if passed else []:
            argument, parameter = self.arguments.get(name), self.parameters.get(name)
            found: tuple[Site, Argument] | None = None
            if argument is not None:
                found = self.outer.giver(argument.template, self.bundled) if self.outer is not None else None
                found = found or (None if self.bundled else (self, argument))
            elif parameter is not None and parameter.default is not None:
                found = self.giver(parameter.default, computed)
            if found is not None:
                return found
        return None


_PASSED = re.compile(r"\$(?:([A-Za-z_]\w*)|\(\s*([A-Za-z_]\w*)\s*\))", re.ASCII)


def _passed(tree: Tree) -> str | None:
    """The name that a value is, where it is nothing but a name."""
    match = _PASSED.fullmatch(tree.value) if isinstance(tree, Scalar) and isinstance(tree.value, str) else None
    return match and (match[1] or match[2])
