"""What makes tensors of foreign files those of a network."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from archspec.records import record


@record
class Rules:
    """The rules of a spec for weights that archspec did not write, in the order in which they are applied.

    All patterns are Python's regular expressions, searched for anywhere in a key. `ignore`d keys are left out, what
    `rename` matches is replaced, `transpose`d tensors have two axes, and to others a number is `add`ed. `split` divides
    a tensor along its first axis into several, whose keys are replacements for what the pattern matches; `concat` has
    patterns for keys of the network, which are put together from such parts. `reshape` gives the network's shape.
    """

    ignore: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    transpose: tuple[str, ...] = ()
    add: tuple[tuple[str, float], ...] = ()
    split: tuple[tuple[str, tuple[str, ...]], ...] = ()
    concat: tuple[tuple[str, tuple[str, ...]], ...] = ()
    reshape: tuple[str, ...] = ()

    @property
    def of_values(self) -> bool:
        """Whether they do more than choose and rename keys."""
        return bool(self.transpose or self.add or self.split or self.concat or self.reshape)

    def written(self) -> dict[str, Any]:
        """The section `weights` of a spec that has these rules."""
        found: dict[str, Any] = {}
        for field in fields(self):
            rules = getattr(self, field.name)
            if rules and isinstance(rules[0], str):
                found[field.name] = list(rules)
            elif rules:
                found[field.name] = {
                    pattern: list(value) if isinstance(value, tuple) else value for pattern, value in rules
                }
        return found
