"""The formats by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archspec.compiler import check_formats
from archspec.errors import UsageError
from archspec.export.format import Format
from archspec.formats import ALL, EXPORTED, EXPORTS
from archspec.registry import Registry

FORMATS: Registry[Callable[..., Format]] = Registry("archspec.export", EXPORTS)

DEFAULT = EXPORTED


def select(formats: Iterable[str | Format], opset: int | None = None) -> tuple[Format, ...]:
    """The formats of these names, each once, those that archspec brings first and in its order: the same formats give
    the same manifest. `all` stands for every one. `opset` is for ONNX.

    Raises `UsageError` for a name that no format has, and for an opset without ONNX.
    """
    chosen: dict[str, Format] = {}
    for given in formats:
        if isinstance(given, Format):
            chosen[given.name] = given
            continue
        for name in FORMATS if given == ALL else (given,):
            chosen.setdefault(name, _make(name, opset))
    if opset is not None and "onnx" not in chosen:
        raise UsageError("an opset needs the format `onnx`")
    order = {name: position for position, name in enumerate(FORMATS)}
    return tuple(sorted(chosen.values(), key=lambda format: (order.get(format.name, len(order)), format.name)))


def _make(name: str, opset: int | None) -> Format:
    check_formats((name,))
    return FORMATS[name](opset=opset) if name == "onnx" and opset is not None else FORMATS[name]()
