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

    def within(self, parts: Sequence[str]) -> _Module:
        """The module at a path, which is there from now on."""
        home = self
        for part in parts:
            inner = home.children.get(part)
            if inner is None:
                inner = home.children[part] = _Module()
            home = inner
        return home

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
        root.within(path.split("."))
        for weight in weights:
            if weight.persistent:
                # a node may have modules of its own, and what stands under its very name belongs to the module around
                key = weight.key(path)
                root.within(key.split(".")[:-1]).own.append((key, weight))
    return list(root.walk())
