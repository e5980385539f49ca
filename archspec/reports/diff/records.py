"""What a difference is made of: changes, and what is different in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["added", "removed", "changed", "renamed", "moved"]


@dataclass(frozen=True, slots=True)
class Field:
    """An argument, or something else about an item, before and after; None is its default, or that it is not there."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """The same change in one or more places.

    `what` is the op, the block or the kind of scope. `before` and `after` are the paths in the module, as many in each;
    none before for what is added, none after for what is removed. `params` are the parameters in all places before and
    after; `everywhere` says that all nodes of an op in the network change so, and there are several.
    """

    kind: Kind
    what: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    params: tuple[int, int] = (0, 0)
    everywhere: bool = False

    @property
    def times(self) -> int:
        """In how many places it occurs."""
        return max(len(self.before), len(self.after))
