"""What is found by a name, and imported when it is asked for: adding to it is a file and a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, Generic, NamedTuple, TypeVar, cast

T = TypeVar("T")


class _Home(NamedTuple):
    module: str
    attribute: str


class Registry(MutableMapping[str, T], Generic[T]):
    """Objects by name. Each stands as `module.attribute` of a package until somebody wants it; others may be added."""

    def __init__(self, package: str, homes: Mapping[str, str]) -> None:
        self._objects: dict[str, T | _Home] = {}
        for name, home in homes.items():
            module, attribute = home.rsplit(".", 1)
            self._objects[name] = _Home(f"{package}.{module}", attribute)

    def __getitem__(self, name: str) -> T:
        found = self._objects[name]
        if isinstance(found, _Home):
            found = self._objects[name] = cast(T, getattr(import_module(found.module), found.attribute))
        return found

    def get(self, name: str, default: Any = None) -> T | Any:
        """The object of a name, or else a default; as that of a mapping, but for every node of a network."""
        found = self._objects.get(name, default)
        return self[name] if isinstance(found, _Home) else found

    def __contains__(self, name: object) -> bool:
        return name in self._objects

    def __setitem__(self, name: str, value: T) -> None:
        self._objects[name] = value

    def __delitem__(self, name: str) -> None:
        del self._objects[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)
