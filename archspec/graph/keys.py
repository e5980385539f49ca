"""The order of the keys of `state_dict`, which is that of the modules that torch builds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archspec.types.call import Weight


class _Module:
    """A module: its own parameters, its own buffers, then those of its children, each where it is first mentioned."""

    __slots__ = ("children", "own")

    def __init__(self) -> None:
        self.own: list[tuple[str, Weight]] = []
        self.children: dict[str, _Module] = {}

    def walk(self) -> Iterator[tuple[str, Weight]]:
        stack = [self]
        while stack:
            module = stack.pop()
            # torch keeps parameters and buffers apart, and names the parameters first
            yield from sorted(module.own, key=lambda own: not own[1].trainable)
            stack.extend(reversed(module.children.values()))


def in_order(items: Iterable[tuple[str, Sequence[Weight]]]) -> list[tuple[str, Weight]]:
    """The keys of all weights, given the path of each module with the weights of its own, in the order of the file."""
    root = _Module()
    for path, weights in items:
        home = root
        for part in path.split("."):
            parent, inner = home, home.children.get(part)
            home = parent.children[part] = _Module() if inner is None else inner
        # what stands under the node's own name belongs to the module around
        home = parent if weights and not weights[0].name else home
        home.own += [(weight.key(path), weight) for weight in weights if weight.persistent]
    return list(root.walk())
