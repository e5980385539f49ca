"""What is typed at an offset, read from the text around it, which need be no YAML yet.

In block style the place is found upward, by the columns of keys and dashes; in braces and brackets from where they
open. What is not closed reaches no further than to the next line that starts an item, a section or an entry beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archspec.editor.spot import Given, Kind, Level, Spot, Typed, placed
from archspec.editor.text import Text

_KEY = r"""(?P<key>"[^"\r\n]*"|'[^'\r\n]*'|[\w$][^:#{}\[\],\r\n]*?)[ \t]*:(?=[ \t]|$)"""
_ENTRY = re.compile(rf"(?P<dash>-)(?=[ \t]|$)|{_KEY}")
_STARTS = re.compile(r"[ \t]*-(?=[ \t]|$)|[A-Za-z$_][\w$-]*[ \t]*:(?=[ \t]|$)")
_COLON = re.compile(r"[ \t]*:(?=[\s,\[\]{}]|\Z)")
_SECTION = re.compile(r"^([A-Za-z$_][\w$-]*)[ \t]*:(?=\s|\Z)[ \t]*([^\s{}\[\]#|>]*)", re.MULTILINE)
_FLOW = re.compile(
    r"""(?P<space>\s+(?:\#[^\r\n]*)?)|(?P<sign>[{}\[\],]|:(?=[\s,\[\]{}]|\Z))|(?P<quoted>"[^"\r\n]*"?|'[^'\r\n]*'?)"""
    r"""|(?P<plain>(?:\$\((?:[^(){}\r\n]|\([^()\r\n]*\))*\)?|[^\s,\[\]{}:]|:(?![\s,\[\]{}]|\Z)"""
    r"""|[ ](?=[^\s,\[\]{}:\#]))+)|."""
)
_REACH = 5000
"""Characters behind the place that are looked at for keys that stand beside it."""
_PLAIN = re.compile(r"""[^\s{}\[\],#&*!|>'"%@`](?:[^#\r\n]|(?<!\s)#)*""")


def scan(text: Text, offset: int) -> Spot | None:
    """What is typed at an offset; None where nothing can be: in a comment, behind a value."""
    line = text.position(offset)[0]
    if not text.starts[line - 1] <= offset <= text.ends[line - 1]:
        return None
    flow = _flow_around(text, line, offset)
    return _in_block(text, line, offset) if flow is None else _in_flow(text, *flow, offset)


def _flow_around(text: Text, line: int, offset: int) -> tuple[int, int] | None:
    """The line in which the braces or brackets open that an offset lies in, and where they do."""
    number = line
    while number > 1 and not _STARTS.match(text.line(number)):
        number -= 1
    closed = 0
    for current in range(number, line + 1):
        entries = _entries(text, current, offset)
        start = entries[-1][2] if entries else text.starts[current - 1] + _indent(text.line(current))
        if closed <= start < offset and text.text[start : start + 1] in ("{", "["):
            closed = _end(text, start, offset)
            if closed >= offset:
                return current, start
    return None


def _end(text: Text, start: int, offset: int) -> int:
    """Where braces or brackets close, up to an offset behind which nothing counts."""
    depth = 0
    opened = text.position(start)[0]
    for match in _FLOW.finditer(text.text, start, offset):
        if match["space"] and _closes(text, *match.span(), opened):
            return match.start()
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match["sign"], 0)
        if depth == 0:
            return match.end() - 1
    return offset


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _entries(text: Text, number: int, until: int) -> list[tuple[int, str | None, int]]:
    """The dashes and the key that a line begins with, up to an offset: column, key, and where the rest starts."""
    start, line = text.starts[number - 1], text.line(number)
    found: list[tuple[int, str | None, int]] = []
    at = _indent(line)
    while (match := _ENTRY.match(line, at)) is not None and start + match.end() <= until:
        rest = match.end() + _indent(line[match.end() :])
        found.append((at, match["key"] and match["key"].strip("\"'"), start + rest))
        at = rest
        if match["key"] is not None:
            break
    return found


def _scalar(text: Text, at: int) -> str | None:
    match = _PLAIN.match(text.text, at)
    return match.group().strip() if match else None


def _climb(text: Text, number: int, column: int, at: int) -> tuple[list[Level], Given, bool, int | None]:
    """What leads to a column of a line, from the outer to the inner, the keys beside it, whether a dash is missing
    there, and where the rest of the line starts that it hangs below."""
    levels: list[Level] = []
    given: Given = {}
    key: str | None = ""
    index, before, rest = 0, None, None
    inner, missing, first = given, False, True
    lines = iter([number, *range(number - 1, 0, -1)])
    start = at
    for current in lines:
        line = text.line(current)
        if column == 0 and key is not None and current != number:
            break
        if current != number and line[: column + 1].isspace():
            continue
        if current != number and key is None and line[column : column + 2] == "- " and _indent(line) == column:
            index, before = index + 1, before if before is not None else text.starts[current - 1] + column
            continue
        if (_indent(line) > column or not line.strip() or line.lstrip()[0] in "#}]") and current != number:
            continue
        for col, name, behind in reversed(_entries(text, current, at if current == number else len(text.text))):
            if col == column and (name is None) == (key is None):
                if name is None:
                    index, before = index + 1, before if before is not None else text.starts[current - 1] + col
                else:
                    given.setdefault(name, _scalar(text, behind))
            elif col == column and name is None and key == "" and first and not given:
                key, index, before, missing = None, 1, text.starts[current - 1] + col, True
            elif col < column or (col == column and key is None):
                if not first or missing:
                    levels.append(Level(index if key is None else key or "", start, before, given))
                elif current != number:
                    rest = behind
                first = False
                column, key, start = col, name, text.starts[current - 1] + col
                given, index, before = {}, 0, None
    if not first or missing:
        levels.append(Level(index if key is None else key or "", start, before, given))
    return levels[::-1], {} if missing else inner, missing, rest


def _sections(text: Text, levels: list[Level], given: Given, own: str) -> None:
    """Add the keys of the file that stand elsewhere."""
    outer = levels[0].given if levels else given
    own = str(levels[0].step) if levels else own
    for match in _SECTION.finditer(text.text.removeprefix("\ufeff")):
        if match[1] != own:
            outer.setdefault(match[1], match[2] or None)


def _below(text: Text, number: int, column: int, given: Given) -> None:
    """Add the keys that stand below at the same column."""
    while number < len(text.starts):
        number += 1
        line = text.line(number)
        indent = _indent(line)
        if not line.strip() or indent > column:
            continue
        entries = _entries(text, number, len(text.text))
        if indent < column or not entries or entries[0][1] is None:
            return
        given.setdefault(entries[0][1], _scalar(text, entries[0][2]))


def _in_block(text: Text, line: int, offset: int) -> Spot | None:
    entries = _entries(text, line, offset)
    first, end = text.starts[line - 1], text.ends[line - 1]
    start = min(entries[-1][2] if entries else first + _indent(text.line(line)), offset)
    lead = " " if entries and text.text[offset - 1] in "-:" else ""
    if text.text[start:offset].isspace() or (
        start == offset and text.text[offset : offset + 1] in (" ", "-", "{", "[")
    ):
        if text.text[offset:end].strip() and not _COLON.match(text.text, offset):
            return None
        start = offset
    typed = _typed(text, start, offset, end)
    if typed is None:
        return None
    if entries and entries[-1][1] is not None:
        levels, _, _, _ = _climb(text, line, len(text.text), offset)
        given: Given = {}
        _sections(text, levels, given, "")
        return placed(text, offset, typed, "value", levels, given, lead, False)
    begin = typed.start - typed.quoted
    levels, given, missing, rest = _climb(text, line, begin - first, begin)
    if rest is not None and not given and not missing and _is_filled(text, rest, line):
        return None
    if not missing:
        _below(text, line, begin - first, given)
        lone = not levels
        _sections(text, levels, given, text.text[typed.start : typed.end])
        kind: Kind = "key" if given or lone or typed.named else "either"
        return placed(text, offset, typed, kind, levels, given, lead, False)
    _sections(text, levels, given, "")
    return placed(text, offset, typed, "either", levels, given, "- ", False)


def _is_filled(text: Text, rest: int, line: int) -> bool:
    """Whether a value stands at an offset, in a line above another."""
    number = text.position(rest)[0]
    value = text.text[rest : text.ends[number - 1]]
    return number < line and bool(value) and value[0] not in "#&"


def _typed(text: Text, start: int, offset: int, end: int) -> Typed | None:
    """The scalar at an offset in a line of block style."""
    quote = text.text[start : min(start + 1, end)]
    if quote in ('"', "'") and quote and start < offset:
        closes = text.text.find(quote, start + 1, end)
        stop = end if closes < 0 else closes
        return None if offset > stop else Typed(start + 1, stop, True, text.text[stop + 1 : stop + 2] == ":")
    if start == offset and _COLON.match(text.text, offset):
        return Typed(offset, offset, False, True)
    if (named := _ENTRY.match(text.text[:end], start)) and named["key"]:
        stop = start + len(named["key"])
        return Typed(start, stop, False, True) if offset <= stop else None
    plain = _PLAIN.match(text.text, start, end)
    stop = start + len(plain.group().rstrip()) if plain else start
    return Typed(start, stop) if start <= offset <= stop else None


@dataclass
class _Frame:
    """What is open in flow style: its sign, where its item starts and the one before, and the key and the `last`
    scalar of that, empty for what is no scalar; `holds` says that the spot is in it."""

    sign: str
    start: int
    index: int = 0
    before: int | None = None
    key: str | None = None
    last: str | None = None
    given: Given = field(default_factory=dict)
    holds: bool = False

    def add(self) -> None:
        """Keep the entry that ends."""
        name = self.last if self.key is None else self.key
        if self.sign == "{" and name and not self.holds:
            self.given.setdefault(name, (self.last or None) if self.key is not None else None)


def _in_flow(text: Text, number: int, start: int, offset: int) -> Spot | None:
    frames: list[_Frame] = []
    spot: tuple[list[Level], Typed, Kind, Given] | None = None
    lead = " " if text.text[offset - 1] == ":" else ""
    for match in _FLOW.finditer(text.text, start):
        at, end = match.span()
        if spot is None and (end > offset or (end == offset and (match["plain"] or match["quoted"]))):
            typed = _typed_in_flow(text, match, offset, number)
            if typed is None or not frames or frames[-1].last is not None:
                return None
            spot = _of_frames(frames, typed)
            for frame in frames:
                frame.holds = True
        if spot is not None and (at > offset + _REACH or (match["space"] and _closes(text, at, end, number))):
            break
        if match["sign"] in ("}", "]") and len(frames) == 1:
            frames.pop().add()
            break
        _step(frames, match)
    if spot is None:
        if not frames or frames[-1].last is not None:
            return None
        spot = _of_frames(frames, Typed(offset, offset))
    inner, typed, kind, given = spot
    outer, *_ = _climb(text, number, start - text.starts[number - 1], start)
    levels = [*outer, *inner]
    _sections(text, levels, given, "")
    return placed(text, offset, typed, kind, levels, given, lead, True)


def _step(frames: list[_Frame], match: re.Match[str]) -> None:
    """Go on by one sign or scalar."""
    sign, scalar = match["sign"], match["plain"] or match["quoted"]
    if sign in ("{", "["):
        frames.append(_Frame(sign, match.end()))
    elif scalar:
        frame = frames[-1]
        frame.last = scalar.strip("\"'")
        frame.start = match.start() if frame.key is None else frame.start
    elif sign == ":" and frames[-1].key is None:
        frames[-1].key, frames[-1].last = frames[-1].last or "", None
    elif sign == ",":
        frame = frames[-1]
        frame.add()
        frame.key = frame.last = None
        frame.index, frame.before, frame.start, frame.holds = frame.index + 1, frame.start, match.end(), False
    elif sign in ("}", "]"):
        frames.pop().add()
        frames[-1].last = ""


def _typed_in_flow(text: Text, match: re.Match[str], offset: int, number: int) -> Typed | None:
    """The scalar at an offset in flow style, where a match is the first that reaches it."""
    at, end = match.span()
    scalar, space = match["plain"] or match["quoted"], match["space"] or ""
    if "#" in space and at < offset:
        return None
    follows = text.text[end : end + 1]
    if space and follows not in ("", ",", "]", "}") and not _closes(text, at, end, number):
        return None
    if (match["quoted"] and at >= offset) or match["sign"] in ("{", "["):
        return None
    if not scalar:
        return Typed(offset, offset, False, _COLON.match(text.text, offset) is not None)
    quoted = bool(match["quoted"])
    stop = end - (quoted and len(scalar) > 1 and scalar[-1] == scalar[0])
    named = _COLON.match(text.text, end) is not None
    return Typed(at + quoted, stop, quoted, named) if at <= offset <= stop else Typed(offset, offset)


def _closes(text: Text, at: int, end: int, opened: int) -> bool:
    """Whether a line starts behind a space that starts an item, a section, or an entry beside what opened in a line."""
    number = text.position(end)[0]
    if text.starts[number - 1] <= at:
        return False
    line = text.line(number)
    return _STARTS.match(line) is not None or (
        number > opened and _indent(line) <= _indent(text.line(opened)) and bool(_entries(text, number, len(text.text)))
    )


def _of_frames(frames: list[_Frame], typed: Typed) -> tuple[list[Level], Typed, Kind, Given]:
    levels: list[Level] = []
    for frame in frames:
        if frame.sign == "[":
            levels.append(Level(frame.index, frame.start, frame.before, {}))
        if frame.key is not None:
            levels.append(Level(frame.key, frame.start, None, frame.given if frame.sign == "{" else {}))
    last = frames[-1]
    if last.key is not None:
        return levels, typed, "value", {}
    if last.sign == "{":
        return levels, typed, "key", last.given
    return levels, typed, "key" if typed.named else "either", {}
