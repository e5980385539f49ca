"""A flat spec while it is written: its nodes in order, each of which takes values of those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archspec.importer.views import View
from archspec.resolver.text import Nodes, spec_text


@dataclass(eq=False)
class Item:
    """A node: its op, arguments, and the items whose values it takes. `weights` is the prefix of its keys.

    `channel` is the axis of the value that holds the channels, counted with the batch; a value `beside` is not what the
    next node takes.
    """

    op: str
    arguments: dict[str, Any]
    takes: tuple[Item, ...]
    name: str
    shape: tuple[int, ...]
    channel: int
    weights: str | None = None
    beside: bool = False
    references: dict[str, Item] = field(default_factory=dict)
    joins: bool = False


@dataclass(eq=False)
class Seen:
    """A value of torch's graph: an item's, seen through a view."""

    item: Item
    view: View


@dataclass
class Flat:
    """The items of a network, and its inputs by their names."""

    inputs: dict[str, Item] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)

    def add(self, item: Item) -> Item:
        """Put an item at the end."""
        self.items.append(item)
        return item

    def prune(self, output: Item) -> None:
        """Leave out what has no weights, and whose value nothing takes."""
        while True:
            taken = {one for item in self.items for one in (*item.takes, *item.references.values())} | {output}
            left = [item for item in self.items if item in taken or item.weights is not None]
            if len(left) == len(self.items):
                return
            self.items = left

    def layers(self) -> Nodes:
        """The nodes, of which those have names that have weights, or that something refers to."""
        names, referred = self._names(), self._referred()
        found, current = Nodes(), next(iter(self.inputs.values()))
        for item in self.items:
            given: dict[str, Any] = {}
            if item.weights is not None or item in referred:
                given["name"] = names[item]
            if item.joins:
                given["from"] = ["." if one is current else names[one] for one in item.takes]
            elif item.takes and item.takes[0] is not current:
                given["from"] = names[item.takes[0]]
            given |= item.arguments | {key: names[one] for key, one in item.references.items()}
            found.append({item.op: given} if given else item.op)
            current = current if item.beside else item
        return found

    def _referred(self) -> set[Item]:
        """The items that something takes which does not come right after them."""
        found: set[Item] = set()
        current = next(iter(self.inputs.values()))
        for item in self.items:
            found |= {one for one in item.takes if one is not current} | {*item.references.values()}
            current = current if item.beside else item
        return found

    def _names(self) -> dict[Item, str]:
        """A name for each item, none of which is that of a container or of another."""
        taken = {item.weights for item in self.items if item.weights is not None}
        taken |= {".".join(name.split(".")[:at]) for name in taken for at in range(1, name.count(".") + 1)}
        found = {item: name for name, item in self.inputs.items()}
        used = {*self.inputs, "input", "self", *taken}
        for item in self.items:
            name = item.name
            if item.weights is not None:
                found[item] = item.weights
                continue
            number = 1
            while name in used:
                number += 1
                name = f"{item.name}_{number}"
            used.add(name)
            found[item] = name
        return found


def text_of(name: str, inputs: Mapping[str, Any], layers: Sequence[Any], comment: str) -> str:
    """A spec as YAML text."""
    spec: dict[str, Any] = {"archspec": 1, "name": name}
    spec |= {"input": inputs["input"]} if list(inputs) == ["input"] else {"inputs": dict(inputs)}
    return spec_text(comment, {**spec, "layers": layers})
