"""Positions count code units, and are those of the same characters on the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.editor import Range, Text

types = pytest.importorskip("lsprotocol.types")
positions = pytest.importorskip("archspec.server.positions")

UNITS = {
    "utf-8": lambda char: 1 + (char > "\x7f") + (char > "\u07ff") + (char > "\uffff"),
    "utf-16": lambda char: 1 + (char > "\uffff"),
    "utf-32": lambda char: 1,
}
# halves of surrogate pairs, alone and in both orders; what Python takes for the break of a line, and the protocol not
CHARS = "a:\t\u00e9\u20ac\u2028\x85\x0c\U0001f600\ud83d\ude00\ufeff"
TEXTS = st.lists(st.sampled_from([*CHARS, "\n", "\r", "\r\n"])).map("".join)


@pytest.mark.parametrize("encoding", UNITS)
@given(text=TEXTS)
def test_a_position_counts_units_and_leads_back(encoding: str, text: str) -> None:
    count, of = UNITS[encoding], Text(text)
    codec = positions.Positions(encoding)
    line = units = 0
    for offset, char in enumerate([*text, ""]):
        if text[offset - 1 : offset + 1] != "\r\n":  # between the two is no place
            found = codec.position(of, offset)
            assert (found.line, found.character) == (line, units)
            assert codec.offset(of, found) == offset
        if char and char in "\r\n":
            ends = char == "\n" or text[offset : offset + 2] != "\r\n"
            line, units = (line + 1, 0) if ends else (line, units)
        elif char:
            for inside in range(1, count(char)):
                assert codec.offset(of, types.Position(line, units + inside)) == offset
            units += count(char)


@pytest.mark.parametrize("encoding", UNITS)
@given(text=TEXTS, line=st.integers(0, 9), character=st.integers(0, 2**31 - 1))
def test_what_lies_outside_is_the_nearest_before(encoding: str, text: str, line: int, character: int) -> None:
    codec, of = positions.Positions(encoding), Text(text)
    offset = codec.offset(of, types.Position(line, character))
    assert 0 <= offset <= len(text)
    if line < len(of.starts):
        assert codec.position(of, offset).line == line
        assert codec.position(of, offset).character <= character
    span = types.Range(types.Position(line, character), types.Position(0, 1))
    assert codec.range(of, span).end >= codec.range(of, span).start
    assert isinstance(codec.range(of, span), Range)
