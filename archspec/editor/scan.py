"""What is typed at an offset, read from the text around it, which need be no YAML yet.

In block style the place is found upward, by the columns of keys and dashes; in braces and brackets from the last line
that starts an item or a section, so that what is not closed reaches no further.
"""

from __future__ import annotations

import re

from archspec.editor.spot import Given, Kind, Level, Spot, Typed, placed
from archspec.editor.text import Text

_KEY = r"""(?P<key>"[^"\r\n]*"|'[^'\r\n]*'|[\w$][^:#{}\[\],\r\n]*?)[ \t]*:(?=[ \t]|$)"""
_ENTRY = re.compile(rf"(?P<dash>-)(?=[ \t]|$)|{_KEY}")
_STARTS = re.compile(r"[ \t]*-(?=[ \t]|$)|[A-Za-z$_][\w$-]*[ \t]*:(?=[ \t]|$)")
_SECTION = re.compile(r"^([A-Za-z$_][\w$-]*)[ \t]*:(?=\s|\Z)[ \t]*([^\s{}\[\]#|>]*)", re.MULTILINE)
_FLOW = re.compile(
    r"""(?P<space>\s+(?:\#[^\r\n]*)?)|(?P<sign>[{}\[\],]|:(?=[\s,\[\]{}]|\Z))|(?P<quoted>"[^"\r\n]*"?|'[^'\r\n]*'?)"""
    r"""|(?P<plain>(?:\$\((?:[^(){}\r\n]|\([^()\r\n]*\))*\)?|[^\s,\[\]{}:]|:(?![\s,\[\]{}]|\Z)"""
    r"""|[ ](?=[^\s,\[\]{}:\#]))+)|."""
)
_PLAIN = re.compile(r"""[^\s{}\[\],#&*!|>'"%@`](?:[^#\r\n]|(?<!\s)#)*""")


def scan(text: Text, offset: int) -> Spot | None:
    """What is typed at an offset; None where nothing can be: in a comment, behind a value."""
    line = text.position(offset)[0]
    if not text.starts[line - 1] <= offset <= text.ends[line - 1]:
        return None
    number = line
    while number > 1 and not _STARTS.match(text.line(number)):
        number -= 1
    entries = _entries(text, number, offset)
    start = entries[-1][2] if entries else text.starts[number - 1] + _indent(text.line(number))
    if start < offset and text.text[start : start + 1] in ("{", "["):
        return _in_flow(text, number, start, offset, entries)
    return _in_block(text, line, offset)


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
        if text.text[offset:end].strip():
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
    if (named := _ENTRY.match(text.text[:end], start)) and named["key"]:
        stop = start + len(named["key"])
        return Typed(start, stop, False, True) if offset <= stop else None
    plain = _PLAIN.match(text.text, start, end)
    stop = start + len(plain.group().rstrip()) if plain else start
    return Typed(start, stop) if start <= offset <= stop else None


def _in_flow(
    text: Text, number: int, start: int, offset: int, entries: list[tuple[int, str | None, int]]
) -> Spot | None:
    # a frame: its sign, its key, its index, where its item starts and the one before, its keys, whether a value is done
    frames: list[list[object]] = []
    spot: tuple[list[Level], Typed, Kind, Given] | None = None
    word, lead = "", ""
    for match in _FLOW.finditer(text.text, start):
        at, end = match.span()
        scalar = match["plain"] or match["quoted"]
        if spot is not None and (at > offset + 5000 or (match["space"] and _closes(text, at, end))):
            break
        if spot is None and (at >= offset or (scalar and end >= offset) or (match["space"] and end > offset)):
            if not frames or frames[-1][6] or ("#" in (match["space"] or "") and at < offset):
                return None
            if match["space"] and text.text[end : end + 1] not in ("", ",", "]", "}") and not _closes(text, at, end):
                return None
            if (scalar and match["quoted"] and at >= offset) or (match["sign"] in ("{", "[")):
                return None
            quoted = bool(match["quoted"])
            stop = end - (quoted and len(match.group()) > 1 and match.group()[-1] == match.group()[0])
            named = bool(scalar) and re.compile(r"\s*:(?=[\s,\[\]{}]|\Z)").match(text.text, end) is not None
            typed = (
                Typed(at + quoted, stop, quoted, named) if scalar and at <= offset <= stop else Typed(offset, offset)
            )
            spot = _of_frames(frames, typed)
            lead = " " if text.text[offset - 1] == ":" else ""
            word = match.group().strip("\"'") if scalar else ""
        if match["sign"] in ("{", "["):
            frames.append([match.group(), None, 0, end, None, {}, False])
        elif match["sign"] and frames:
            frame = frames[-1]
            own = spot is not None and word and (frame[1] == word or frame[6] == word) and frame[5] is spot[3]
            if match["sign"] == ":" and frame[1] is None and isinstance(frame[6], str):
                frame[1], frame[6] = frame[6], False
            elif match["sign"] != ":":
                key = frame[1] if frame[1] is not None else frame[6]
                if frame[0] == "{" and isinstance(key, str) and not own:
                    frame[5].setdefault(key, frame[6] if frame[1] is not None and isinstance(frame[6], str) else None)  # type: ignore[attr-defined]
                if match["sign"] == ",":
                    frame[1], frame[2], frame[4], frame[3], frame[6] = None, frame[2] + 1, frame[3], end, False  # type: ignore[operator]
                else:
                    frames.pop()
                    if not frames:
                        break
                    frames[-1][6] = True
        elif scalar and frames:
            frames[-1][6] = scalar.strip("\"'")
            frames[-1][3] = at if frames[-1][1] is None else frames[-1][3]
    if spot is None and (not frames or frames[-1][6]):
        return None
    levels, typed, kind, given = spot or _of_frames(frames, Typed(offset, offset))
    outer, *_ = _climb(text, number, start - text.starts[number - 1], start)
    levels = [*outer, *levels]
    _sections(text, levels, given, "")
    return placed(text, offset, typed, kind, levels, given, lead or (" " if text.text[offset - 1] == ":" else ""), True)


def _closes(text: Text, at: int, end: int) -> bool:
    """Whether a line starts behind a space that starts an item or a section."""
    line = text.position(end)[0]
    return text.starts[line - 1] > at and _STARTS.match(text.line(line)) is not None


def _of_frames(frames: list[list[object]], typed: Typed) -> tuple[list[Level], Typed, Kind, Given]:
    levels: list[Level] = []
    for sign, key, index, start, before, given, _ in frames:
        if sign == "[":
            levels.append(Level(index, start, before, {}))  # type: ignore[arg-type]
        if key is not None:
            levels.append(Level(key, start, None, given if sign == "{" else {}))  # type: ignore[arg-type]
    sign, key, given = frames[-1][0], frames[-1][1], frames[-1][5]
    if key is not None:
        return levels, typed, "value", {}
    if sign == "{":
        return levels, typed, "key", given  # type: ignore[return-value]
    return levels, typed, "key" if typed.named else "either", {}
