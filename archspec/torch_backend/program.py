"""The steps of a scope: which values each takes and gives, in as few places as there are values alive at once."""

from __future__ import annotations

from collections import Counter

from archspec.graph.needed import Roles
from archspec.graph.nodes import Node, Scope
from archspec.records import record


@record
class Slots:
    """Where one item of a scope takes its values from and puts its results, and which places are free after it."""

    item: Node | Scope
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    free: tuple[int, ...]


def allocate(scope: Scope) -> tuple[list[Slots], tuple[int, ...], int]:
    """The slots of each item that runs, the places of the results, and the number of places."""
    roles = Roles(scope)
    uses = Counter(value for _, takes, _ in roles.items for value in takes)
    uses.update(roles.gives)
    places: dict[object, int] = {value: place for place, value in enumerate(roles.takes)}
    count = len(places)
    spare = sorted((places[value] for value in places if not uses[value]), reverse=True)
    slots: list[Slots] = []
    for item, arguments, gives in roles.items:
        inputs = tuple(places[value] for value in arguments)
        uses.subtract(arguments)
        dead = [places[value] for value in dict.fromkeys(arguments) if not uses[value]]
        spare += dead
        outputs = []
        for value in gives:
            # a scope without nodes gives back what it received
            place = (
                places[value]
                if value in places and uses[value] and value in arguments
                else spare.pop()
                if spare
                else count
            )
            count = max(count, place + 1)
            places[value] = place
            outputs.append(place)
        # of what a node gives besides, nobody may need a part
        unused = [place for value, place in zip(gives, outputs, strict=True) if not uses[value]]
        spare += unused
        free = tuple(place for place in (*dead, *unused) if place in unused or place not in outputs)
        slots.append(Slots(item, inputs, tuple(outputs), free))
    return slots, tuple(places[value] for value in roles.gives), count


def is_chain(scope: Scope) -> bool:
    """Whether every item is a module of its own that takes just the value of the one before."""
    if len(scope.takes) != 1 or not all(item.runs and item.of is None for item in scope.body):
        return False
    roles = Roles(scope)
    values = roles.takes
    for item, takes, gives in roles.items:
        if takes != values or len(gives) != 1 or "." in item.name:
            return False
        if isinstance(item, Node) and not item.call.is_module:
            return False
        values = gives
    return roles.gives == values
