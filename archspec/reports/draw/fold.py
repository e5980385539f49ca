"""Equal blocks in a row are drawn once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import field, replace

from archspec.records import record
from archspec.reports.draw.parts import Box, Frame, Part, boxes

Arrow = tuple[str, str]


def fold(
    parts: Iterable[Part], arrows: Collection[Arrow], contents: Mapping[str, Hashable]
) -> tuple[tuple[Part, ...], tuple[Arrow, ...]]:
    """The same parts and arrows, each run of equal scopes as one that counts them; `contents` are those of scopes by
    path.

    They are one only where each but hands on to the next what it was handed: nothing else is taken from those before
    the last, and what else reaches those after the first reaches all at the same place, as a mask does.
    """
    ends: dict[str, list[str]] = defaultdict(list)
    starts: dict[str, list[str]] = defaultdict(list)
    for start, end in arrows:
        ends[start].append(end)
        starts[end].append(start)
    folding = _Folding(contents, starts, ends)
    found = folding.parts(parts)
    left = ((folding.shown(a), folding.shown(b)) for a, b in arrows if (a, b) not in folding.between)
    return found, tuple(dict.fromkeys(left))


@record
class _Folding:
    """What scopes hold, where arrows start and end, by path, and what was found: `shown_as` maps a box that is left out
    to the one that stands for it, `between` are the arrows from one of equal scopes to the next."""

    contents: Mapping[str, Hashable]
    starts: dict[str, list[str]]
    ends: dict[str, list[str]]
    shown_as: dict[str, str] = field(default_factory=dict)
    between: set[Arrow] = field(default_factory=set)

    def shown(self, path: str) -> str:
        """The path of the box that stands for one."""
        while path in self.shown_as:
            path = self.shown_as[path]
        return path

    def parts(self, parts: Iterable[Part]) -> tuple[Part, ...]:
        """The parts of one scope, folded."""
        found: list[Part] = []
        last: Part | None = None
        for part in parts:
            inner = replace(part, parts=self.parts(part.parts)) if isinstance(part, Frame) else part
            joint = self._joint(last, part) if last is not None else None
            if joint is not None and self._equal(found[-1], inner):
                self.between.update(joint)
                for box, other in zip(boxes(inner), boxes(found[-1]), strict=True):
                    self.shown_as[box.path] = other.path
                found[-1] = _joined(found[-1], part.name)
            else:
                found.append(inner)
            last = part
        return tuple(found)

    def _equal(self, one: Part, other: Part) -> bool:
        """Whether two scopes are equal, and what is in them is folded alike: more may be taken from inside of one."""
        return self.contents[one.path] == self.contents[other.path] and _counts(one) == _counts(other)

    def _joint(self, one: Part, other: Part) -> set[Arrow] | None:
        """The arrows between two scopes, where one gives to nothing but the other, which takes from nothing else but
        what the one takes there too."""
        if any(isinstance(part, Box) and part.kind != "scope" for part in (one, other)):
            return None
        inside, beyond = [box.path for box in boxes(one)], [box.path for box in boxes(other)]
        if len(inside) != len(beyond):
            return None
        twins, within = dict(zip(beyond, inside, strict=True)), set(inside)
        out = {(start, end) for start in inside for end in self.ends[start] if end not in within}
        into = {
            (start, end)
            for end, twin in twins.items()
            for start in self.starts[end]
            if start not in twins and (start in within or start not in self.starts[twin])
        }
        return out if out == into else None


def _counts(part: Part) -> object:
    """How often each part in a part stands there."""
    return () if isinstance(part, Box) else [(inner.times, _counts(inner)) for inner in part.parts]


def _joined(part: Part, last: str) -> Part:
    """A part that stands for one more."""
    return replace(part, name=f"{part.name.split(' … ')[0]} … {last}", times=part.times + 1)
