"""The steps of a scope: which values each takes and gives, in as few places as there are values alive at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from archspec.graph.nodes import Node, Scope, Value


@dataclass(frozen=True, slots=True)
class Slots:
    """Where one item of a scope takes its values from and puts its results, and which places are free after it."""

    item: Node | Scope
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    free: tuple[int, ...]


def allocate(scope: Scope) -> tuple[list[Slots], tuple[int, ...], int]:
    """The slots of each item that runs, the places of the results, and the number of places."""
    uses = Counter(value for item in scope.body if item.runs for value in item.takes)
    uses.update(scope.gives)
    places: dict[Value, int] = {value: place for place, value in enumerate(scope.takes)}
    count = len(places)
    spare = sorted((places[value] for value in places if not uses[value]), reverse=True)
    slots: list[Slots] = []
    for item in scope.body:
        if not item.runs:
            continue
        arguments = item.takes
        inputs = tuple(places[value] for value in arguments)
        uses.subtract(arguments)
        dead = [places[value] for value in dict.fromkeys(arguments) if not uses[value]]
        spare += dead
        outputs = []
        for value in item.gives:
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
        free = tuple(place for place in dead if place not in outputs)
        slots.append(Slots(item, inputs, tuple(outputs), free))
    return slots, tuple(places[value] for value in scope.gives), count


def is_chain(scope: Scope) -> bool:
    """Whether every item is a module that takes just the value of the one before."""
    if len(scope.takes) != 1:
        return False
    values = scope.takes
    for item in scope.body:
        if not item.runs or item.takes != values or len(item.gives) != 1 or "." in item.name:
            return False
        if isinstance(item, Node) and not item.call.is_module:
            return False
        values = item.gives
    return scope.gives == values
