"""Tensors of a file after the rules of a spec: what each is made of, without its values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from math import prod
from typing import TypeAlias

from archspec.errors import WeightsError
from archspec.graph.rules import Rules
from archspec.records import record
from archspec.weights.messages import printable, size
from archspec.weights.rename import Rename
from archspec.weights.stored import Stored
from archspec.weights.substitute import Item
from archspec.weights.trace import steps_of, trace

Shapes: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""A shape before, and after."""


@record
class Piece:
    """A tensor of a file, once its axes were exchanged and a number was `added`; or `rows` of it: first and number."""

    key: str
    transposed: bool = False
    added: float = 0.0
    rows: tuple[int, int] | None = None


@record
class Recipe:
    """Pieces that follow each other along the first axis, in another shape if one is given."""

    pieces: tuple[Piece, ...]
    shape: tuple[int, ...] | None = None


@record
class Told:
    """What rules did, with keys as they are in the file, and those of the network as they are there."""

    ignored: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    transposed: tuple[str, ...] = ()
    added: Mapping[str, float] = field(default_factory=dict)
    split: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    concatenated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reshaped: Mapping[str, Shapes] = field(default_factory=dict)
    idle: tuple[str, ...] = ()


@record
class Prepared:
    """The tensors of a file after rules, by key, each with its recipe, and what the rules did."""

    tensors: Mapping[str, Stored]
    recipes: Mapping[str, Recipe]
    told: Told


def prepare(
    stored: Mapping[str, Stored],
    wanted: Mapping[str, Stored],
    rules: Rules,
    renames: Sequence[Rename] = (),
) -> Prepared:
    """The tensors of a file after the rules of a spec, and after further renames, which follow those of the spec.

    `wanted` are the tensors of the network. Raises `WeightsError` for rules that cannot be carried out.
    """
    return _Preparation(stored, wanted, rules, renames).prepared()


class _Preparation:
    def __init__(
        self,
        stored: Mapping[str, Stored],
        wanted: Mapping[str, Stored],
        rules: Rules,
        renames: Sequence[Rename],
    ) -> None:
        self.keys, self.stored, self.wanted = list(stored), stored, wanted
        self.steps = steps_of(rules, renames)
        every = range(len(self.steps))
        self.given = self._met("rename", every)[len(rules.rename) :]
        self.numbers = dict(zip(self._met("add", every), (number for _, number in rules.add), strict=True))

    def prepared(self) -> Prepared:
        items = trace(self.steps, self.keys, list(self.wanted))
        leaves = [leaf for item in items for leaf in (item.of or (item,))]
        whole = {leaf.source: self._whole(leaf) for leaf in leaves}
        rows = self._rows(leaves, whole)
        tensors: dict[str, Stored] = {}
        recipes: dict[str, Recipe] = {}
        reshaped: dict[str, Shapes] = {}
        for item in items:
            parts = [self._part(leaf, whole[leaf.source], rows) for leaf in item.of or (item,)]
            found, recipe = self._together(item, [part for _, part in parts]), Recipe(tuple(p for p, _ in parts))
            shape = self._shape(item, found)
            if shape != found.shape:
                reshaped[item.key] = (found.shape, shape)
                found, recipe = replace(found, shape=shape), replace(recipe, shape=shape)
            tensors[item.key], recipes[item.key] = found, recipe
        return Prepared(tensors, recipes, self._told(items, leaves, reshaped))

    def _shape(self, item: Item, found: Stored) -> tuple[int, ...]:
        """The shape of what is loaded: the network's where a rule asks for it and as many values are there."""
        wanted = self.wanted.get(item.key, found).shape
        fits = self._met("reshape", item.marks) and prod(wanted) == prod(found.shape)
        return wanted if fits else found.shape

    def _met(self, name: str, marks: Iterable[int]) -> list[int]:
        return [number for number in marks if self.steps[number][0] == name]

    def _key(self, leaf: Item) -> str:
        return self.keys[leaf.source]

    def _rule(self, number: int) -> str:
        name, step = self.steps[number]
        return f"`{name}: {step.pattern}`"

    def _whole(self, leaf: Item) -> Stored:
        """The tensor that a leaf is, or is a part of."""
        found = self.stored[self._key(leaf)]
        for number in self._met("transpose", leaf.marks):
            if len(found.shape) != 2:
                what = f"`{printable(self._key(leaf))}`, which is {size(found.shape)}"
                raise WeightsError(f"{self._rule(number)} cannot take {what}: it exchanges two axes")
            return replace(found, shape=found.shape[::-1])
        return found

    def _rows(self, leaves: Iterable[Item], whole: Mapping[int, Stored]) -> dict[int, list[int]]:
        """How many rows of each tensor that is split its parts have, by its number."""
        parts: defaultdict[int, list[Item]] = defaultdict(list)
        for leaf in leaves:
            if leaf.parts > 1:
                parts[leaf.source].append(leaf)
        found = {}
        for source, group in parts.items():
            keys = [part.key for part in sorted(group, key=lambda part: part.part)]
            rows = _lengths(whole[source].shape, [self.wanted.get(key) for key in keys])
            if rows is None:
                (number, *_) = self._met("split", group[0].marks)
                what = f"`{printable(self.keys[source])}`, which is {size(whole[source].shape)}"
                raise WeightsError(f"{self._rule(number)} cannot divide {what}, into {len(keys)} parts")
            found[source] = rows
        return found

    def _part(self, leaf: Item, whole: Stored, rows: Mapping[int, Sequence[int]]) -> tuple[Piece, Stored]:
        added = sum(self.numbers[number] for number in self._met("add", leaf.marks))
        piece = Piece(self._key(leaf), bool(self._met("transpose", leaf.marks)), added)
        if leaf.parts == 1:
            return piece, whole
        lengths = rows[leaf.source]
        place = sum(lengths[: leaf.part]), lengths[leaf.part]
        return replace(piece, rows=place), replace(whole, shape=(place[1], *whole.shape[1:]))

    def _together(self, item: Item, parts: Sequence[Stored]) -> Stored:
        if not item.of:
            return parts[0]
        kinds = {(part.shape[1:], bool(part.shape), part.dtype) for part in parts}
        if len(kinds) > 1 or not parts[0].shape:
            shown = ", ".join(f"{size(part.shape)} of {part.dtype}" for part in parts[:4])
            rule = self._rule(self._met("concat", item.marks)[0])
            raise WeightsError(f"{rule} cannot put together the parts of `{printable(item.key)}`: {shown}")
        shape = (sum(part.shape[0] for part in parts), *parts[0].shape[1:])
        return Stored(shape, parts[0].dtype, all(part.dense for part in parts))

    def _told(
        self,
        items: Sequence[Item],
        leaves: Sequence[Item],
        reshaped: Mapping[str, Shapes],
    ) -> Told:
        kept = {leaf.source for leaf in leaves}
        split: defaultdict[str, list[str]] = defaultdict(list)
        for leaf in sorted(leaves, key=lambda leaf: (leaf.source, leaf.part)):
            if leaf.parts > 1:
                split[self._key(leaf)].append(leaf.key)
        met = {number for leaf in (*leaves, *items) for number in leaf.marks}
        adding = {self._key(leaf): self._met("add", leaf.marks) for leaf in leaves}
        return Told(
            ignored=tuple(key for number, key in enumerate(self.keys) if number not in kept),
            renamed={self._key(leaf): leaf.key for leaf in leaves if leaf.parts == 1 and leaf.key != self._key(leaf)},
            transposed=tuple(dict.fromkeys(self._key(leaf) for leaf in leaves if self._met("transpose", leaf.marks))),
            added={key: sum(self.numbers[number] for number in found) for key, found in adding.items() if found},
            split={key: tuple(parts) for key, parts in split.items()},
            concatenated={item.key: tuple(part.key for part in item.of) for item in items if item.of},
            reshaped=reshaped,
            idle=tuple(self.steps[number][1].pattern for number in self.given if number not in met),
        )


def _lengths(shape: tuple[int, ...], parts: Sequence[Stored | None]) -> list[int] | None:
    """The rows of the parts of a tensor: as many as the network has, or equally many; None where neither is possible.

    A part may have another shape in the network, with as many values.
    """
    if not shape:
        return None
    known = [part for part in parts if part is not None]
    values = prod(shape[1:])
    if len(known) == len(parts):
        for rows in (
            [part.shape[0] if part.shape else 0 for part in known],
            [prod(part.shape) // values for part in known] if values else [],
        ):
            if sum(rows) == shape[0] and len(rows) == len(parts):
                return rows
    return None if shape[0] % len(parts) else [shape[0] // len(parts)] * len(parts)
