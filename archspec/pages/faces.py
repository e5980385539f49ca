"""The lines that a box shows, and how large it is for them."""

from __future__ import annotations

from archspec.escape import inline
from archspec.pages.arrange import Sizes
from archspec.pages.letters import text_width
from archspec.pages.picture import Box, Frame, Picture, Words
from archspec.records import record
from archspec.types.figures import count
from archspec.types.sizes import Size

TITLE, SMALL = 12, 10
"""Font sizes."""
_LINE, _SMALL_LINE, _PAD, _ABOVE = 15, 13, 16, 9
_ROUND = 24
_LONGEST = 64


@record
class Showing:
    """What is shown of boxes besides what they are."""

    shapes: bool = False
    params: bool = False
    macs: bool = False


@record
class Face:
    """The text of a box: its first line, and those below it in small letters."""

    title: str
    lines: tuple[str, ...]

    @property
    def is_round(self) -> bool:
        """Whether it is drawn as a circle, with a sign."""
        return len(self.title) == 1 and not self.lines


def face(box: Box, showing: Showing, words: Words | None = None) -> Face:
    """The face of a closed box; `words` are those to show in place of its own."""
    said = words or box.words
    times = f" × {box.times}" if box.times > 1 else ""
    name = box.name if box.kind == "block" and not box.name.isdigit() and _plain(box.name) != said.what else ""
    title = f"{said.title}{times}"
    if name:
        title = f"{name}: {title}" if said.what else f"{name}{times}"
    lines = [said.detail, said.note]
    if box.kind == "join" and len(said.what) == 1 and said.detail:
        title, lines = f"{title} {said.detail}", [said.note]
    if showing.shapes:
        lines.append(box.shape)
    costs = [_cost(box.params, "params") if showing.params else "", _cost(box.macs, "MACs") if showing.macs else ""]
    lines.append(", ".join(filter(None, costs)))
    return Face(short(title), tuple([short(line) for line in lines if line]))


def heading(box: Box) -> str:
    """The title of an open box."""
    said = box.words
    name = "" if box.name.isdigit() else box.name
    what = "" if said.what in {_plain(name), "stage", "seq"} else said.title
    times = f" × {box.times}" if box.times > 1 else ""
    return short((": ".join(filter(None, (name, what))) or box.path) + times)


def size(face: Face) -> tuple[int, int]:
    """The width and height of a closed box."""
    if face.is_round:
        return _ROUND, _ROUND
    widths = [text_width(face.title, TITLE), *(text_width(line, SMALL) for line in face.lines)]
    width = max(widths) + _PAD
    return width + width % 2, _LINE + _SMALL_LINE * len(face.lines) + _ABOVE


def sizes(picture: Picture, showing: Showing) -> Sizes:
    """The sizes of all boxes, and of their titles when they are open."""

    def closed(frame: Frame) -> list[tuple[int, int]]:
        return [size(face(box, showing)) for box in frame.boxes]

    titles = [[text_width(heading(box), TITLE, bold=True) for box in frame.boxes] for frame in picture.frames]
    return Sizes([closed(frame) for frame in picture.frames], titles)


def short(text: str) -> str:
    """A text in one line, without what is invisible, and its end if it is long."""
    plain = inline(text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _cost(value: Size, what: str) -> str:
    if isinstance(value, int):
        return f"{count(value)} {what}" if value else ""
    return f"{short(str(value))} {what}"
