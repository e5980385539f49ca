"""PyYAML's own parser, made to read exactly what libyaml reads.

Where PyYAML was installed without libyaml, its Python parser does the work. The two descend from one another but have
drifted apart: tabs, `?` inside flow collections, `:` before a bracket, invalid escapes, tags and directives. A spec
must not be valid on one machine and broken on another, so the scanners that differ are replaced here by ones that
follow libyaml 0.2.5, errors and their places included. They work on whole runs of characters instead of one after the
other, which also makes them several times faster.

The text must have been cleaned before: line breaks are newlines, and only printable characters occur.
"""

# The parser that is extended here has no types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import re
from typing import Any

from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError
from yaml.tokens import (
    DirectiveToken,
    FlowEntryToken,
    FlowSequenceEndToken,
    ScalarToken,
    TagToken,
    ValueToken,
)

_GAP = re.compile(r" *(?:#[^\n\0]*)?")
_GAP_WITH_TABS = re.compile(r"[ \t]*(?:#[^\n\0]*)?")
_EMPTY_LINES = re.compile(r"(?: *(?:#[^\n\0]*)?\n){0,999}")
_EMPTY_LINES_WITH_TABS = re.compile(r"(?:[ \t]*(?:#[^\n\0]*)?\n){0,999}")
_BLANKS = re.compile(r"[ \t\n]*")
_LINE = re.compile(r"[^\n\0]*")
_PLAIN_END = re.compile(r":?[ \t\n\0]")
_PLAIN_END_IN_FLOW = re.compile(r":?[ \t\n\0,\[\]{}]|:\?")
_SINGLE_QUOTED = re.compile(r"[^ \t\n\0']+")
_DOUBLE_QUOTED = re.compile(r'[^ \t\n\0"\\]+')
_BLOCK_HEADER = re.compile(r"[|>](?:([+-])([1-9])?|([1-9])([+-])?)?[ \t]*(?:#[^\n\0]*)?")
_SPACES = re.compile(" *")

# A byte of a tag written as %41; libyaml checks that the bytes look like UTF-8.
_ESCAPED = r"%[0-7]X|%[CD]XT|%EXTT|%F[0-7]XTTT".replace("T", "%[89AB]X").replace("X", "[0-9A-F]")
_TAG_CHARACTER = rf"(?:[-\w;/?:@&=+$.!~*'()]|(?i:{_ESCAPED}))"
_URI = rf"(?:{_TAG_CHARACTER}|[,\[\]])+"
_TAG = re.compile(rf"!<{_URI}>|(?P<handle>![-\w]*!){_TAG_CHARACTER}+|!(?![-\w]*!){_TAG_CHARACTER}*", re.A)
_DIRECTIVE = re.compile(
    rf"%(?:(YAML)[ \t]+([0-9]{{1,9}})\.([0-9]{{1,9}})|TAG[ \t]+(![-\w]*!|!)[ \t]+({_URI})(?=[ \t\n]))[ \t]*(?:#.*)?$",
    re.MULTILINE | re.ASCII,
)


class PureParser(Reader, Scanner, Parser):
    """Events of a YAML text, as `yaml._yaml.CParser` gives them."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def forward(self, length: int = 1) -> None:
        """Move on; the whole text is in the buffer."""
        start, end = self.pointer, self.pointer + length
        breaks = self.buffer.count("\n", start, end)
        if breaks:
            self.line += breaks
            self.column = end - self.buffer.rfind("\n", start, end) - 1
        else:
            self.column += length
        self.index = self.pointer = end

    def _take(self, pattern: re.Pattern[str]) -> str:
        """Move past what the pattern matches here."""
        match = pattern.match(self.buffer, self.pointer)
        text = match.group() if match else ""
        self.forward(len(text))
        return text

    def _fail(self, context: str, start: Any, problem: str) -> ScannerError:
        return ScannerError(f"while scanning {context}", start, problem, self.get_mark())

    def _at_document_marker(self) -> bool:
        return self.column == 0 and bool(self.check_document_start() or self.check_document_end())

    def scan_to_next_token(self) -> None:
        """Skip blanks and comments; tabs only where they cannot be taken for indentation."""
        while True:
            self._take(_GAP_WITH_TABS if self.flow_level or not self.allow_simple_key else _GAP)
            if self.peek() != "\n":
                return
            if self.flow_level:
                self._take(_EMPTY_LINES_WITH_TABS)
            else:
                self.forward()
                self.allow_simple_key = True
                self._take(_EMPTY_LINES)

    def fetch_flow_collection_end(self, token: Any) -> None:
        """A closing bracket, which may be one too many."""
        self.remove_possible_simple_key()
        self.flow_level = max(self.flow_level, 1)
        super().fetch_flow_collection_end(token)

    def parse_flow_sequence_entry_mapping_key(self) -> Any:
        """`[? …]`: libyaml drops the token after an empty key."""
        self.get_token()
        if self.check_token(ValueToken, FlowEntryToken, FlowSequenceEndToken):
            token = self.get_token()
            self.state = self.parse_flow_sequence_entry_mapping_value
            return self.process_empty_scalar(token.end_mark)
        self.states.append(self.parse_flow_sequence_entry_mapping_value)
        return self.parse_flow_node()

    def scan_directive(self) -> Any:
        """A `%` line."""
        start = self.get_mark()
        match = _DIRECTIVE.match(self.buffer, self.pointer)
        if match is None:
            raise self._fail("a directive", start, "found a bad directive")
        self.forward(match.end() - match.start())
        name, major, minor, handle, prefix = match.groups()
        value = (int(major), int(minor)) if name else (handle, prefix)
        return DirectiveToken(name or "TAG", value, start, self.get_mark())

    def scan_tag(self) -> Any:
        """`!tag`, `!handle!tag`, `!<tag>` or `!`."""
        start = self.get_mark()
        match = _TAG.match(self.buffer, self.pointer)
        text = match.group() if match else ""
        self.forward(len(text))
        following = self.peek()
        if match is None or (following not in " \t\n\0" and not (self.flow_level and following == ",")):
            raise self._fail("a tag", start, "did not find expected whitespace or line break")
        return TagToken((match["handle"], text), start, self.get_mark())

    def scan_plain(self) -> Any:
        """A plain scalar, over several lines where they are indented enough."""
        start = end = self.get_mark()
        end_of_run = _PLAIN_END_IN_FLOW if self.flow_level else _PLAIN_END
        chunks: list[str] = []
        gap = ""
        while self.peek() != "#" and not self._at_document_marker():
            match = end_of_run.search(self.buffer, self.pointer)
            length = match.start() - self.pointer if match else 0
            if length:
                chunks += [_folded(gap), self.prefix(length)]
                self.forward(length)
                gap = ""
                end = self.get_mark()
            if self.flow_level and self.peek() == ":" and self.peek(1) in ",?[]{}":
                raise self._fail("a plain scalar", start, "found unexpected ':'")
            if self.peek() not in " \t\n":
                break
            gap = self._plain_gap(start)
            if not self.flow_level and self.column <= self.indent:
                break
        # A key may follow on a new line, not on the same one.
        self.allow_simple_key = "\n" in gap
        return ScalarToken("".join(chunks), True, start, end)

    def _plain_gap(self, start: Any) -> str:
        gap: str = _BLANKS.match(self.buffer, self.pointer).group()  # type: ignore[union-attr]
        position = gap.find("\n") + 1
        for line in gap.split("\n")[1:]:
            spaces = len(line) - len(line.lstrip(" "))
            if spaces < len(line) and spaces <= self.indent:
                self.forward(position + spaces)
                raise self._fail("a plain scalar", start, "found a tab character that violates indentation")
            position += len(line) + 1
        self.forward(len(gap))
        return gap

    def scan_flow_scalar(self, style: str) -> Any:
        """A quoted scalar."""
        start = self.get_mark()
        run = _DOUBLE_QUOTED if style == '"' else _SINGLE_QUOTED
        chunks: list[str] = []
        self.forward()
        while True:
            if self._at_document_marker():
                raise self._fail("a quoted scalar", start, "found unexpected document indicator")
            if self.peek() == "\0":
                raise self._fail("a quoted scalar", start, "found unexpected end of stream")
            escaped_break = self._scan_non_blanks(style, run, chunks, start)
            if self.peek() == style:
                break
            gap = self._take(_BLANKS)
            chunks.append("\n" * gap.count("\n") if escaped_break else _folded(gap))
        self.forward()
        return ScalarToken("".join(chunks), False, start, self.get_mark(), style)

    def _scan_non_blanks(self, style: str, run: re.Pattern[str], chunks: list[str], start: Any) -> bool:
        """Collect up to a blank, the closing quote or an escaped line break; tell whether it was that."""
        while self.peek() not in " \t\n\0":
            chunks.append(self._take(run))
            following = self.peek()
            if following == "'" == style and self.peek(1) == "'":
                chunks.append("'")
                self.forward(2)
            elif following == style:
                break
            elif following == "\\" and style == '"':
                if self.peek(1) == "\n":
                    self.forward(2)
                    return True
                chunks.append(self._scan_escape(start))
        return False

    def _scan_escape(self, start: Any) -> str:
        letter = self.peek(1)
        if letter in self.ESCAPE_REPLACEMENTS:
            self.forward(2)
            return str(self.ESCAPE_REPLACEMENTS[letter])
        if letter not in self.ESCAPE_CODES:
            raise self._fail("a quoted scalar", start, "found unknown escape character")
        self.forward(2)
        length = self.ESCAPE_CODES[letter]
        digits = self.prefix(length)
        if not re.fullmatch(f"[0-9a-fA-F]{{{length}}}", digits):
            raise self._fail("a quoted scalar", start, "did not find expected hexdecimal number")
        code = int(digits, 16)
        if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            raise self._fail("a quoted scalar", start, "found invalid Unicode character escape code")
        self.forward(length)
        return chr(code)

    def scan_block_scalar(self, style: str) -> Any:
        """A `|` or `>` scalar."""
        start = self.get_mark()
        header = _BLOCK_HEADER.match(self.buffer, self.pointer)
        assert header is not None
        self.forward(header.end() - header.start())
        if self.peek() not in "\n\0":
            raise self._fail("a block scalar", start, "did not find expected comment or line break")
        self.forward()
        chomping = header[1] or header[4]
        increment = int(header[2] or header[3] or 0)
        indent, breaks = self._block_breaks(max(self.indent, 0) + increment if increment else 0, start)
        chunks: list[str] = []
        line_break = ""
        after_blank = False
        while self.column == indent and self.peek() != "\0":
            is_blank = self.peek() in " \t"
            if style == ">" and line_break and not after_blank and not is_blank:
                chunks.append("" if breaks else " ")
            else:
                chunks.append(line_break)
            chunks += [breaks, self._take(_LINE)]
            after_blank = is_blank
            line_break = "\n"
            self.forward()
            indent, breaks = self._block_breaks(indent, start)
        if chomping != "-":
            chunks.append(line_break)
        if chomping == "+":
            chunks.append(breaks)
        return ScalarToken("".join(chunks), False, start, self.get_mark(), style)

    def _block_breaks(self, indent: int, start: Any) -> tuple[int, str]:
        """Skip indentation and empty lines; the first line decides an indentation that is not given."""
        deepest = 0
        breaks = ""
        while True:
            match = _SPACES.match(self.buffer, self.pointer)
            spaces = match.end() - self.pointer if match else 0
            self.forward(min(spaces, max(indent - self.column, 0)) if indent else spaces)
            deepest = max(deepest, self.column)
            if self.peek() == "\t" and (not indent or self.column < indent):
                raise self._fail("a block scalar", start, "found a tab character where a space is expected")
            if self.peek() != "\n":
                break
            breaks += "\n"
            self.forward()
        return indent or max(deepest, self.indent + 1, 1), breaks


def _folded(gap: str) -> str:
    """What blanks between two words of a scalar come to: one line break is a space, each further one stays."""
    breaks = gap.count("\n")
    return gap if not breaks else "\n" * (breaks - 1) or " "
