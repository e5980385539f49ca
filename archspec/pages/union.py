"""Two pictures as one: all that stands in either, what both have in common once.

Boxes of two frames are the same if they have one path, open into frames both or neither, and stand in one order. What
has only been there before is kept where it was: its boxes, and the nets that lead to where nothing leads now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from archspec.pages.links import Link
from archspec.pages.picture import OUTSIDE, Box, Frame, Net, Picture
from archspec.pages.plan import plan
from archspec.records import record

Became: TypeAlias = Literal["added", "removed", "changed"]
_Pair: TypeAlias = "tuple[int | None, int | None]"
"""A box before and after, by its numbers in its frames."""


@record
class Union:
    """Both pictures as one, with what became of boxes and nets by frame and number; nothing is said of what is in a box
    that is added or removed. `same` maps the frame and number of each box that is in both to the one before."""

    picture: Picture
    boxes: dict[tuple[int, int], Became]
    nets: dict[tuple[int, int], Became]
    same: dict[tuple[int, int], Box]


def union(before: Picture, after: Picture, renamed: Callable[[str], str]) -> Union:
    """The union of two pictures; `renamed` gives the path after to one before."""
    last = max((net.value for frame in after.frames for net in frame.nets), default=0)
    made = _Union(before, after, [*after.frames], last + 1)
    made.pair(0, 0, renamed)
    made.match_values()
    made.find_gone()
    made.copy_removed()
    for old, new in made.paired.items():
        made.frames[new] = made.frame(old, new)
    return Union(replace(after, frames=tuple(made.frames)), made.boxes, made.coloured, made.same)


@record
class _Union:
    """What is known of the union so far. `paired` are the frames of both, `rows` the boxes of each pair in their order,
    `values` those before that are there after; `gone` are, by frame and net before, the ends that are not there after.
    Values that are gone have `shift` added to their number.
    """

    before: Picture
    after: Picture
    frames: list[Frame]
    shift: int
    paired: dict[int, int] = field(default_factory=dict)
    rows: dict[int, list[_Pair]] = field(default_factory=dict)
    values: dict[int, int] = field(default_factory=dict)
    gone: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    copies: dict[int, int] = field(default_factory=dict)
    boxes: dict[tuple[int, int], Became] = field(default_factory=dict)
    coloured: dict[tuple[int, int], Became] = field(default_factory=dict)
    same: dict[tuple[int, int], Box] = field(default_factory=dict)

    def pair(self, old: int, new: int, renamed: Callable[[str], str]) -> None:
        """Find the boxes that two frames have in common, and the frames in these. Depth is bounded by the compiler."""
        self.paired[old] = new
        one, other = self.before.frames[old].boxes, self.after.frames[new].boxes
        self.rows[old] = [
            *_aligned([(renamed(box.path), box.frame < 0) for box in one], [(box.path, box.frame < 0) for box in other])
        ]
        for mine, its in self.rows[old]:
            if mine is not None and its is not None and one[mine].frame >= 0 and other[its].frame >= 0:
                self.pair(one[mine].frame, other[its].frame, renamed)

    def match_values(self) -> None:
        """Find the values that come from the same boxes; the innermost decides."""
        for old, new in self.paired.items():
            for mine, its in self.rows[old]:
                if mine is not None and its is not None:
                    gives = self.before.frames[old].boxes[mine].gives, self.after.frames[new].boxes[its].gives
                    if len(gives[0]) == len(gives[1]):
                        self.values.update(zip(*gives, strict=True))

    def find_gone(self) -> None:
        """Find the ends that are gone, and lead to each from where its value begins, through all frames."""
        for old, new in self.paired.items():
            place = self.places(old)
            there = {(net.value, net.source, net.dashed): {*net.ends} for net in self.after.frames[new].nets}
            for number, net in enumerate(self.before.frames[old].nets):
                known = there.get((self.values.get(net.value, -1), place.get(net.source, -2), net.dashed), set())
                if gone := {end for end in net.ends if place.get(end, -2) not in known}:
                    self.gone[old, number] = gone
        inner = {box.frame: (old, at) for old in self.paired for at, box in enumerate(self.before.frames[old].boxes)}
        leading: dict[tuple[int, int, int], list[int]] = {}
        for old in self.paired:
            for number, net in enumerate(self.before.frames[old].nets):
                for end in net.ends:
                    leading.setdefault((old, net.value, end), []).append(number)
        stack = [*self.gone]
        while stack:
            old, number = stack.pop()
            net = self.before.frames[old].nets[number]
            if net.source == OUTSIDE:
                frame, end = inner.get(old, (-1, OUTSIDE))
            else:
                frame, end = self.before.frames[old].boxes[net.source].frame, OUTSIDE
            for other in leading.get((frame, net.value, end), ()):
                if end not in self.gone.setdefault((frame, other), set()):
                    self.gone[frame, other].add(end)
                    stack.append((frame, other))

    def places(self, old: int) -> dict[int, int]:
        """The number of each box of a frame before in the one after."""
        return {OUTSIDE: OUTSIDE} | {mine: its for mine, its in self.rows[old] if mine is not None and its is not None}

    def copy_removed(self) -> None:
        """Copy the frames of boxes that are not there any more, with all in them."""
        stack = [
            self.before.frames[old].boxes[mine].frame
            for old in self.paired
            for mine, its in self.rows[old]
            if mine is not None and its is None
        ]
        while stack:
            old = stack.pop()
            if old >= 0 and old not in self.copies:
                self.copies[old] = len(self.frames) + len(self.copies)
                stack += [box.frame for box in self.before.frames[old].boxes]
        for old in self.copies:
            frame = self.before.frames[old]
            nets = tuple([replace(net, value=net.value + self.shift) for net in frame.nets])
            self.frames.append(
                replace(
                    frame,
                    boxes=tuple([self.removed(box) for box in frame.boxes]),
                    nets=nets,
                    takes=self.shifted(frame.takes),
                    gives=self.shifted(frame.gives),
                )
            )

    def removed(self, box: Box) -> Box:
        """A box that is not there any more; what it takes is as it was."""
        return replace(box, frame=self.copies.get(box.frame, -1), gives=self.shifted(box.gives))

    def shifted(self, values: Sequence[int]) -> tuple[int, ...]:
        """The numbers of values that are gone."""
        return tuple([value + self.shift for value in values])

    def frame(self, old: int, new: int) -> Frame:
        """The union of two frames."""
        one, other, rows = self.before.frames[old], self.after.frames[new], self.rows[old]
        was = {OUTSIDE: OUTSIDE} | {mine: at for at, (mine, _) in enumerate(rows) if mine is not None}
        now = {OUTSIDE: OUTSIDE} | {its: at for at, (_, its) in enumerate(rows) if its is not None}
        nets = [replace(net, source=now[net.source], ends=tuple([now[end] for end in net.ends])) for net in other.nets]
        in_both = {at for at, pair in enumerate(rows) if None not in pair} | {OUTSIDE}
        kept = {self.values[net.value] for net in one.nets if net.value in self.values}
        for at, net in enumerate(nets):
            # it was not there before, or only leads to boxes that were not
            if net.value not in kept or in_both.isdisjoint(net.ends):
                self.coloured[new, at] = "added"
        gone = self.gone_nets(old, was)
        numbers = {value: len(nets) + place for place, value in enumerate(gone)}
        self.coloured.update({(new, at): "removed" for at in numbers.values()})
        nets += gone.values()
        boxes = self.union_boxes(old, new, gone, numbers)
        takes = tuple([net.value for net in gone.values() if net.source == OUTSIDE])
        gives = tuple([net.value for net in gone.values() if OUTSIDE in net.ends])
        links = [Link(number, net.source, net.ends) for number, net in enumerate(nets)]
        arranged = plan(len(boxes), links)
        return Frame(other.path, boxes, tuple(nets), (*other.takes, *takes), (*other.gives, *gives), arranged)

    def gone_nets(self, old: int, was: Mapping[int, int]) -> dict[int, Net]:
        """For each value before that leads to where nothing leads now, its net; `was` are the places of boxes.

        That is one line, dashed only where nothing takes more of the value than its size.
        """
        found: dict[int, Net] = {}
        for number, net in enumerate(self.before.frames[old].nets):
            if gone := self.gone.get((old, number)):
                ends = tuple([was[end] for end in net.ends if end in gone])
                mine = found.get(net.value, replace(net, value=net.value + self.shift, source=was[net.source], ends=()))
                found[net.value] = replace(mine, ends=(*mine.ends, *ends), dashed=mine.dashed and net.dashed)
        return found

    def union_boxes(self, old: int, new: int, gone: Mapping[int, Net], numbers: Mapping[int, int]) -> tuple[Box, ...]:
        """The boxes of both frames; `gone` are the nets that are there no more by their values, with their numbers."""
        one, other = self.before.frames[old], self.after.frames[new]
        begun: dict[int, list[int]] = {}
        for net in gone.values():
            begun.setdefault(net.source, []).append(net.value)
        boxes = []
        for at, (mine, its) in enumerate(self.rows[old]):
            if mine is None:
                assert its is not None
                self.boxes[new, at] = "added"
                boxes.append(other.boxes[its])
                continue
            was = one.boxes[mine]
            values = [one.nets[net].value for net in was.takes]
            takes = tuple([numbers[value] for value in values if value in gone and at in gone[value].ends])
            if its is None:
                self.boxes[new, at] = "removed"
                boxes.append(replace(self.removed(was), takes=takes))
            else:
                self.same[new, at] = was
                box = other.boxes[its]
                boxes.append(replace(box, takes=(*box.takes, *takes), gives=(*box.gives, *begun.get(at, ()))))
        return tuple(boxes)


def _aligned(one: Sequence[object], other: Sequence[object]) -> Iterator[_Pair]:
    """The items of two sequences in an order that is that of both: what is equal together, all else by itself."""
    at, its = 0, 0
    for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        yield from ((number, None) for number in range(at, block.a))
        yield from ((None, number) for number in range(its, block.b))
        yield from ((block.a + more, block.b + more) for more in range(block.size))
        at, its = block.a + block.size, block.b + block.size
