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


def received(scope: Scope) -> list[Value]:
    """The values that a scope is called with: its inputs, then its captures."""
    return list(dict.fromkeys([*scope.inputs, *scope.captures]))


def returned(scope: Scope) -> list[Value]:
    """The values that a scope returns: its output, then its exports."""
    return [scope.output, *(value for value in scope.exports if value is not scope.output)]


def taken(item: Node | Scope) -> list[Value]:
    """The values that an item of a scope is called with."""
    return received(item) if isinstance(item, Scope) else list(item.inputs)


def given(item: Node | Scope) -> list[Value]:
    """The values that an item of a scope gives."""
    return returned(item) if isinstance(item, Scope) else [item.output]


def allocate(scope: Scope, results: list[Value]) -> tuple[list[Slots], tuple[int, ...], int]:
    """The slots of each item, the places of the results, and the number of places."""
    uses = Counter(value for item in scope.body for value in taken(item))
    uses.update(results)
    places: dict[Value, int] = {value: place for place, value in enumerate(received(scope))}
    count = len(places)
    spare = sorted((places[value] for value in places if not uses[value]), reverse=True)
    slots: list[Slots] = []
    for item in scope.body:
        arguments = taken(item)
        inputs = tuple(places[value] for value in arguments)
        uses.subtract(arguments)
        dead = [places[value] for value in dict.fromkeys(arguments) if not uses[value]]
        spare += dead
        outputs = []
        for value in given(item):
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
        unused = [places[value] for value in given(item) if not uses[value] and places[value] not in spare]
        spare += unused
        slots.append(Slots(item, inputs, tuple(outputs), (*free, *unused)))
    return slots, tuple(places[value] for value in results), count


def is_chain(scope: Scope, results: list[Value]) -> bool:
    """Whether every item is a module that takes just the value of the one before."""
    if len(received(scope)) != 1 or len(results) != 1:
        return False
    value = scope.inputs[0]
    for item in scope.body:
        arguments, outputs = taken(item), given(item)
        if arguments != [value] or len(outputs) != 1 or "." in item.name:
            return False
        if isinstance(item, Node) and not item.call.is_module:
            return False
        value = outputs[0]
    return results == [value]
