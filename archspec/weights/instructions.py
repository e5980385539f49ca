"""The pickles that torch.save writes, read without executing anything: their instructions, one after the other.

They are those that torch's own reader of weights knows. What is called or built is not: `values` says what takes its
place. Nothing that a file holds is hashed or compared but its texts, so that time and memory grow with the number of
instructions alone, whatever they make.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any, TypeAlias

from archspec.limits import PICKLE_INSTRUCTIONS
from archspec.weights import values
from archspec.weights.messages import Unsound

_STOP = ord(".")
_LENGTH, _INT, _SHORT, _FLOAT = Struct("<I"), Struct("<i"), Struct("<H"), Struct(">d")
_MISUSES = (AttributeError, EOFError, LookupError, RecursionError, StopIteration, TypeError, ValueError)
"""What comes of instructions that make no sense."""


class Pickles:
    """Pickles that stand one behind the other.

    `position` is the byte behind the last one that was read, `storages` are those that have been named, by key.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.left = PICKLE_INSTRUCTIONS
        self.storages: dict[str, values.Storage] = {}
        self.stack: list[Any] = []
        self.marked: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def load(self) -> Any:
        """What the next pickle holds. Raises `Unsound`, without words where it is no pickle of torch.save at all."""
        self.stack, self.marked, self.memo = [], [], {}
        try:
            while (code := self.data[self.position]) != _STOP:
                self.position += 1
                self.left -= 1
                if self.left < 0:
                    most = PICKLE_INSTRUCTIONS
                    raise Unsound(f"its pickle has more than {most:,} instructions, the most archspec reads")
                _INSTRUCTIONS[code](self)
            self.position += 1
            return self.stack.pop()
        except Unsound:
            raise
        except _MISUSES:
            raise Unsound from None

    def take(self, count: int) -> bytes:
        """The next bytes."""
        found = self.data[self.position : self.position + count]
        if len(found) < count:
            raise EOFError
        self.position += count
        return found

    def number(self, kind: Struct) -> Any:
        """The next number."""
        return kind.unpack(self.take(kind.size))[0]

    def line(self) -> str:
        """The text up to the end of the line."""
        end = self.data.index(b"\n", self.position)
        return self.take(end + 1 - self.position)[:-1].decode("utf-8")

    def since_mark(self) -> list[Any]:
        """What has been put on the stack since the last mark."""
        found, self.stack = self.stack, self.marked.pop()
        return found


_Instruction: TypeAlias = Callable[[Pickles], None]


def _push(value: Callable[[Pickles], Any]) -> _Instruction:
    def instruction(pickles: Pickles) -> None:
        found = value(pickles)  # which may exchange the stack
        pickles.stack.append(found)

    return instruction


def _tuple(count: int) -> _Instruction:
    def instruction(pickles: Pickles) -> None:
        if len(pickles.stack) < count:
            raise IndexError
        pickles.stack[-count:] = [tuple(pickles.stack[-count:])]

    return instruction


def _mark(pickles: Pickles) -> None:
    pickles.marked.append(pickles.stack)
    pickles.stack = []


def _append(pickles: Pickles, items: list[Any]) -> None:
    target = pickles.stack[-1]
    if type(target) is not list:
        raise TypeError
    target.extend(items)


def _set(pickles: Pickles, items: list[Any]) -> None:
    for key, value in zip(items[::2], items[1::2], strict=True):
        values.put(pickles.stack[-1], key, value)


def _pair(pickles: Pickles) -> list[Any]:
    value = pickles.stack.pop()
    return [pickles.stack.pop(), value]


def _call(pickles: Pickles) -> None:
    function, arguments = _pair(pickles)
    # a list that was made once may be given again and again
    pickles.left -= sum(len(argument) for argument in arguments[:1] if type(argument) is list)
    pickles.stack.append(values.called(function, arguments))


def _build(pickles: Pickles) -> None:
    """The attributes of an object: a state dict has some, which say nothing of its tensors."""
    pickles.stack.pop()
    if type(pickles.stack[-1]) not in (dict, values.Other):
        raise TypeError


def _storage(pickles: Pickles) -> values.Storage:
    found = values.storage(pickles.stack.pop())
    return pickles.storages.setdefault(found.key, found) if found.first == 0 else found


def _remember(kind: Struct) -> _Instruction:
    def instruction(pickles: Pickles) -> None:
        pickles.memo[pickles.number(kind)] = pickles.stack[-1]

    return instruction


_BYTE = Struct("<B")
_INSTRUCTIONS: dict[int, _Instruction] = {
    0x80: lambda pickles: pickles.number(_BYTE),  # the protocol
    ord("}"): _push(lambda _: {}),
    ord("]"): _push(lambda _: []),
    ord(")"): _push(lambda _: ()),
    0x8F: _push(lambda _: values.Other("set")),
    ord("N"): _push(lambda _: None),
    0x88: _push(lambda _: True),
    0x89: _push(lambda _: False),
    ord("K"): _push(lambda pickles: pickles.number(_BYTE)),
    ord("M"): _push(lambda pickles: pickles.number(_SHORT)),
    ord("J"): _push(lambda pickles: pickles.number(_INT)),
    0x8A: _push(lambda pickles: int.from_bytes(pickles.take(pickles.number(_BYTE)), "little", signed=True)),
    ord("G"): _push(lambda pickles: pickles.number(_FLOAT)),
    ord("X"): _push(lambda pickles: str(pickles.take(pickles.number(_LENGTH)), "utf-8", "surrogatepass")),
    ord("U"): _push(lambda pickles: pickles.take(pickles.number(_BYTE)).decode("ascii")),
    ord("("): _mark,
    ord("t"): _push(lambda pickles: tuple(pickles.since_mark())),
    0x85: _tuple(1),
    0x86: _tuple(2),
    0x87: _tuple(3),
    ord("a"): lambda pickles: _append(pickles, [pickles.stack.pop()]),
    ord("e"): lambda pickles: _append(pickles, pickles.since_mark()),
    ord("s"): lambda pickles: _set(pickles, _pair(pickles)),
    ord("u"): lambda pickles: _set(pickles, pickles.since_mark()),
    ord("c"): _push(lambda pickles: values.named(pickles.line(), pickles.line())),
    ord("R"): _call,
    0x81: _call,
    ord("b"): _build,
    ord("Q"): _push(_storage),
    ord("q"): _remember(_BYTE),
    ord("r"): _remember(_LENGTH),
    ord("h"): _push(lambda pickles: pickles.memo[pickles.number(_BYTE)]),
    ord("j"): _push(lambda pickles: pickles.memo[pickles.number(_LENGTH)]),
}
