"""What becomes of a checkpoint: the keys of `state_dict` before and after."""

from __future__ import annotations

from typing import Literal, TypeAlias

from archspec.errors import WeightsError
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node
from archspec.graph.rules import Rules
from archspec.records import record
from archspec.reports.diff.match import Match
from archspec.weights.prefixes import prefix_renames
from archspec.weights.rename import Rename

Loads: TypeAlias = Literal["strictly", "partially", "not at all"]
Shape: TypeAlias = tuple[int, ...]


@record
class Reshaped:
    """A key that stays and whose tensor has another shape."""

    key: str
    before: Shape
    after: Shape


@record
class Keys:
    """The keys of `state_dict`: those with an equal shape in both networks `survive`, the others are `reshaped`,
    `vanish` or `appear`.

    `renamed` are the old and new keys of tensors of one shape whose node has another name now, and `renames` the
    regular expressions that do it, in order, where a few can. `misplaced` are keys that survive but belong to another
    node now, so that a checkpoint loads them into the wrong place. `by_rules` says that the rules for published weights
    of the new spec make the old checkpoint that of the network.
    """

    survive: tuple[str, ...]
    reshaped: tuple[Reshaped, ...]
    vanish: tuple[str, ...]
    appear: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    misplaced: tuple[str, ...]
    renames: tuple[Rename, ...] = ()
    by_rules: bool = False

    @property
    def loads(self) -> Loads:
        """How a checkpoint of the network before loads into the one after."""
        if not (self.reshaped or self.vanish or self.appear):
            return "strictly"
        return "partially" if self.survive else "not at all"

    @property
    def loads_renamed(self) -> bool:
        """Whether it loads strictly once the `renamed` keys are."""
        if self.reshaped or not self.vanish:
            return False
        new = dict(self.renamed)
        return {new.get(key, key) for key in (*self.survive, *self.vanish)} == {*self.survive, *self.appear}


def keys(before: Graph, after: Graph, match: Match) -> Keys:
    """The keys of both, in the order of the network that has them."""
    one = {key: weight.shape for key, weight in before.weights()}
    two = one if after is before else {key: weight.shape for key, weight in after.weights()}
    renamed = {old: new for old, new in _renamed(match) if one.get(old) == two.get(new)}
    elsewhere = {*renamed, *renamed.values()}
    survive = tuple(key for key, shape in one.items() if two.get(key) == shape)
    left = [key for key in one if key not in renamed]
    return Keys(
        survive,
        tuple(Reshaped(key, one[key], two[key]) for key in one if key in two and one[key] != two[key]),
        tuple(key for key in one if key not in two),
        tuple(key for key in two if key not in one),
        tuple(renamed.items()),
        tuple(key for key in survive if key in elsewhere),
        prefix_renames(renamed, [key for key in left if key in two], [key for key in left if key not in two]),
        after is not before and _fits_by_rules(before, after),
    )


def _fits_by_rules(before: Graph, after: Graph) -> bool:
    """Whether the rules of the network after make its weights of those before."""
    if after.rules == Rules():
        return False
    from archspec.weights.contents import Contents
    from archspec.weights.fit import fit, wanted
    from archspec.weights.foreign import foreign

    try:
        report, _ = fit(wanted(after), Contents(wanted(before)), foreign(after), own=False)
    except WeightsError:
        return False
    return report.complete


def _renamed(match: Match, before: str = "", after: str = "") -> list[tuple[str, str]]:
    """The keys of matched nodes that have other paths, for the weights that both have."""
    found: list[tuple[str, str]] = []
    for inner in match.inside:
        if inner.before is None or inner.after is None:
            continue
        one, two = before + inner.before.name, after + inner.after.name
        if isinstance(inner.before, Node) and isinstance(inner.after, Node):
            if one != two and not inner.replaced:
                names = {weight.name for weight in inner.after.weights if weight.persistent}
                found += [
                    (weight.key(one), weight.key(two))
                    for weight in inner.before.weights
                    if weight.persistent and weight.name in names
                ]
        else:
            found += _renamed(inner, f"{one}.", f"{two}.")
    return found
