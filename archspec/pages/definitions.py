"""Blocks that are called more than once: each kind is drawn once, with what differs between its calls as a word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from archspec.pages.open import Kinds
from archspec.pages.picture import OUTSIDE, Box, Frame, Net, Picture, Words
from archspec.pages.plan import Plan
from archspec.records import record

_DIGITS = re.compile(r"\d+(?:\.\d+)?")


@record
class Defined:
    """A picture with the definitions of its blocks: those are boxes of its last frame, and the frames that are open in
    them are copies, whose words are those of all calls."""

    picture: Picture
    opened: frozenset[int]


def defined(picture: Picture, known: Kinds, opened: frozenset[int]) -> Defined:
    """The picture with the definitions of the blocks that are closed in it, and in one another."""
    copies = _Copies([*picture.frames], set(opened))
    boxes: list[Box] = []
    closed = [*_closed(picture.frames, 0, opened)]
    seen: set[int] = set()
    for frame in closed:
        kind = known.of[frame]
        if kind not in seen and known.calls.get(kind, 0) > 1:
            seen.add(kind)
            copy = copies.of(known.frames[kind])
            boxes.append(_definition(picture, known.frames[kind], copy))
            closed += _closed(copies.frames, copy, copies.opened)
    nets: list[Net] = []
    ready = []
    for place, box in enumerate(_told_apart(boxes)):
        inner = copies.frames[box.frame]
        takes = range(len(nets), len(nets) + len(inner.takes))
        nets += [Net(value, OUTSIDE, (place,), False, "") for value in inner.takes]
        nets += [Net(value, place, (OUTSIDE,), False, "") for value in inner.gives]
        ready.append(replace(box, takes=tuple(takes), gives=inner.gives))
    plan = Plan("row", parts=tuple([Plan("box", place) for place in range(len(ready))]))
    last = Frame("", tuple(ready), tuple(nets), (), (), plan)
    return Defined(replace(picture, frames=(*copies.frames, last)), frozenset(copies.opened))


def _closed(frames: Sequence[Frame], number: int, opened: Collection[int]) -> Iterator[int]:
    """The frames of the boxes that are seen closed in a frame. Depth is bounded by the compiler."""
    for box in frames[number].boxes:
        if box.frame in opened:
            yield from _closed(frames, box.frame, opened)
        elif box.frame >= 0:
            yield box.frame


@record
class _Copies:
    """The frames with copies behind them, and the numbers of those that are open."""

    frames: list[Frame]
    opened: set[int]

    def of(self, alike: Sequence[int]) -> int:
        """The number of a copy, open, whose boxes say what is true of all frames alike."""
        boxes = []
        for column in zip(*(self.frames[frame].boxes for frame in alike), strict=True):
            box = replace(column[0], words=_words([box.words for box in column]))
            if box.frame in self.opened:
                box = replace(box, frame=self.of([one.frame for one in column]))
            boxes.append(box)
        self.frames.append(replace(self.frames[alike[0]], boxes=tuple(boxes)))
        self.opened.add(len(self.frames) - 1)
        return len(self.frames) - 1


def _definition(picture: Picture, frames: Sequence[int], copy: int) -> Box:
    """The box of a definition, with the words of all calls."""
    calls = [box for frame in picture.frames for box in frame.boxes if box.frame in frames]
    note = merged([call.words.note for call in calls])
    words = Words(calls[0].words.what, (), "", note)
    return replace(calls[0], path="", name="", words=words, times=1, frame=copy)


def _told_apart(boxes: Sequence[Box]) -> list[Box]:
    """Definitions of one name with a word for each: what its calls are marked with, or else a number."""
    names = [(box.words.what, box.words.note.partition(":")[0] if ":" in box.words.note else "") for box in boxes]
    counts, seen = Counter(names), Counter[tuple[str, str]]()
    found = []
    for box, (what, word) in zip(boxes, names, strict=True):
        seen[what, word] += 1
        title = f"{what} with {word}" if word else what
        if counts[what, word] > 1:
            title = f"{title} ({seen[what, word]})"
        found.append(replace(box, words=Words(title)))
    return found


def _words(words: Sequence[Words]) -> Words:
    names = dict.fromkeys(name for one in words for name, _ in one.arguments)
    arguments = []
    for name in names:
        arguments.append((name, _of_some([dict(one.arguments).get(name, "") for one in words])))
    return Words(
        merged([one.what for one in words]),
        tuple(arguments),
        _of_some([one.detail for one in words]),
        merged([one.note for one in words]),
    )


def _of_some(texts: Sequence[str]) -> str:
    """One text for several, in parentheses where some have none."""
    text = merged([text for text in texts if text] or [""])
    return text if all(texts) or not text else f"({text})"


def merged(texts: Sequence[str]) -> str:
    """One text for several: numbers that differ become their range; of anything else that does, what all end in."""
    distinct = list(dict.fromkeys(texts))
    patterns = [_DIGITS.sub("#", text) for text in distinct]
    short = min(patterns, key=len)
    if not all(pattern.endswith(short) for pattern in patterns) or (not short and len(distinct) > 1):
        return " or ".join(distinct) if len(distinct) == 2 and all(distinct) else _before_colon(distinct)
    count = short.count("#")
    columns = list(zip(*(_DIGITS.findall(text)[-count:] if count else () for text in distinct), strict=True))
    ranges = iter([_range(column) for column in columns])
    return _DIGITS.sub(lambda _: next(ranges), distinct[patterns.index(short)])


def _before_colon(texts: Sequence[str]) -> str:
    """What texts of the form `projection: …` have in common."""
    begins = {text.partition(": ")[0] for text in texts}
    return f"{begins.pop()}: …" if len(begins) == 1 else ""


def _range(numbers: Sequence[str]) -> str:
    low, high = min(numbers, key=float), max(numbers, key=float)
    return low if low == high else f"{low}–{high}"
