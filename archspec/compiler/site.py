"""The calls that led to a node, and which of them chose a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from archspec.diagnostics import Span
from archspec.spec import Argument, ParameterSpec, Scalar, Tree


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

    def giver(self, tree: Tree) -> tuple[Site, Argument] | None:
        """The call, and its argument, that gave a value which only passes a parameter on: `$stride`.

        None where the block itself chose it, or where the argument stands in a bundled block, which nobody can mend.
        """
        found: tuple[Site, Argument] | None = None
        site: Site | None = self
        name = _passed(tree)
        while name is not None and site is not None:
            argument, parameter = site.arguments.get(name), site.parameters.get(name)
            if argument is not None:
                found = site, argument
                name, site = _passed(argument.tree), site.outer
            else:
                name = _passed(parameter.default.tree) if parameter and parameter.default else None
        return None if found is None or found[0].bundled else found


_PASSED = re.compile(r"\$(?:([A-Za-z_]\w*)|\(\s*([A-Za-z_]\w*)\s*\))", re.ASCII)


def _passed(tree: Tree) -> str | None:
    """The name that a value is, where it is nothing but a name."""
    match = _PASSED.fullmatch(tree.value) if isinstance(tree, Scalar) and isinstance(tree.value, str) else None
    return match and (match[1] or match[2])
