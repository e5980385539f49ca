"""The ops by name, one line each; a family is imported when one of its ops is asked for: a spec needs few of them."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module

from archspec.ops.base import Op

_FIRST = {
    "conv": "conv.Conv",
    "conv_transpose": "conv.ConvTranspose",
    "linear": "linear.Linear",
    "norm": "norm.Norm",
    "act": "act.Act",
    "max_pool": "pool.MaxPool",
    "avg_pool": "pool.AvgPool",
    "adaptive_pool": "pool.AdaptivePool",
    "global_pool": "pool.GlobalPool",
    "flatten": "shape.Flatten",
    "dropout": "elementwise.Dropout",
    "rearrange": "rearrange.Rearrange",
    "upsample": "shape.Upsample",
    "pixel_shuffle": "shape.PixelShuffle",
    "pad": "shape.Pad",
    "softmax": "shape.Softmax",
    "identity": "elementwise.Identity",
    "multiply": "elementwise.Multiply",
    "scale": "elementwise.Scale",
    "position": "elementwise.Position",
    "class_token": "elementwise.ClassToken",
    "select": "shape.Select",
    "embedding": "linear.Embedding",
    "attention": "attention.Attention",
    "sdpa": "attention.Sdpa",
}
_LATER = {
    "chunk": "join.Chunk",
    "drop_path": "join.DropPath",
}
LATER = frozenset(_LATER)
"""Ops that joined the language when specs and plugins may have called something of their own so: that hides them."""


class _Ops(MutableMapping[str, "type[Op]"]):
    """The classes by name; one that was not asked for yet is the name of its home."""

    def __init__(self) -> None:
        self._classes: dict[str, type[Op] | str] = {**_FIRST, **_LATER}

    def __getitem__(self, name: str) -> type[Op]:
        found = self._classes[name]
        if isinstance(found, str):
            found = self._classes[name] = _class_at(found)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._classes

    def __setitem__(self, name: str, cls: type[Op]) -> None:
        self._classes[name] = cls

    def __delitem__(self, name: str) -> None:
        del self._classes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)


OPS = _Ops()


def later_op(name: str) -> type[Op]:
    """The language's own class of one of the `LATER` ops, whatever hides it."""
    return _class_at(_LATER[name])


def _class_at(home: str) -> type[Op]:
    module, cls = home.split(".")
    found: type[Op] = getattr(import_module(f"archspec.ops.{module}"), cls)
    return found
