"""What expressions compute with: functions, arithmetic and comparisons of numbers, strings and lists (as tuples).

A symbolic size is a number whose value the input leaves open: it is computed with as far as that goes, and whatever
depends on its value is an error, never a guess.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

from archspec.limits import EXPRESSION_ITEMS
from archspec.types.sizes import Dim

Binary: TypeAlias = Callable[[Any, Any], Any]


def extent(value: Any) -> int:
    """The items or characters of a value, of lists in it too; of more than the limit, one more."""
    if not isinstance(value, (str, tuple)):
        return 0
    found, stack = 0, [value]
    while stack and found <= EXPRESSION_ITEMS:
        item = stack.pop()
        found += len(item)
        if isinstance(item, tuple):
            stack += [inner for inner in item[: EXPRESSION_ITEMS + 1] if isinstance(inner, (str, tuple))]
    return min(found, EXPRESSION_ITEMS + 1)


def is_long(value: Any) -> bool:
    """Whether a text has more characters, or a list more items, than the limit, those of the lists in it included:
    `[a, [a, a]]` has as many as it shows."""
    return extent(value) > EXPRESSION_ITEMS


class Open(ValueError):
    """A value that depends on a symbolic size."""

    def __init__(self, size: Dim) -> None:
        super().__init__(f"the size {size} is symbolic: the input does not set its value")


def numbers(values: Any) -> tuple[Any, ...]:
    """The same values, if they are a tuple of numbers. Raises `TypeError`."""
    if not isinstance(values, tuple) or not all(isinstance(v, (int, float, Dim)) for v in values):
        raise TypeError("these are not all numbers")
    return values


def number(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes numbers alone."""

    def checked(*values: Any) -> Any:
        return _computed(function, *numbers(values))

    return checked


def _computed(function: Callable[..., Any], *values: Any) -> Any:
    try:
        return function(*values)
    except TypeError:
        size = _symbol(values)
        if size is None:
            raise
        raise Open(size) from None


def _symbol(values: Any) -> Dim | None:
    """The first symbolic size among values and lists of them."""
    if isinstance(values, tuple):
        return next((found for value in values if (found := _symbol(value)) is not None), None)
    return values if isinstance(values, Dim) else None


def arithmetic(function: Binary) -> Binary:
    """`+ - * / // % **` on numbers; `+` on strings and lists, and a list times a number."""

    def apply(a: Any, b: Any) -> Any:
        kinds = {type(a), type(b)}
        if function is operator.add and kinds in ({str}, {tuple}):
            return a + b
        if function is operator.mul and tuple in kinds and int in kinds:
            count, items = (a, b) if isinstance(a, int) else (b, a)
            if count * len(items) > EXPRESSION_ITEMS:
                raise ValueError(f"a list of more than {EXPRESSION_ITEMS} items")
            return items * count
        numbers((a, b))
        return _computed(_power if function is operator.pow else function, a, b)

    return apply


def _power(a: Any, b: Any) -> Any:
    if abs(b) > 1024:
        raise ValueError("the exponent is beyond 1024")
    if isinstance(a, int) and b > 1 and b * abs(a).bit_length() > 256:
        raise ValueError("the result is too large")
    return a**b


_OPPOSITE: dict[Binary, Binary] = {
    operator.eq: operator.ne,
    operator.ne: operator.eq,
    operator.lt: operator.ge,
    operator.ge: operator.lt,
    operator.gt: operator.le,
    operator.le: operator.gt,
}


def compare(test: Binary, a: Any, b: Any) -> bool:
    """Whether a comparison holds. Raises `TypeError` where it has no meaning, `Open` where a symbolic size leaves it
    open."""
    size = _symbol((a, b))
    if size is None:
        return bool(test(a, b))
    if isinstance(a, tuple) and isinstance(b, tuple) and test in (operator.eq, operator.ne):
        same = len(a) == len(b) and all(compare(operator.eq, m, n) for m, n in zip(a, b, strict=True))
        return same is (test is operator.eq)
    numbers((a, b))
    if _surely(test, a, b):
        return True
    if _surely(_OPPOSITE[test], a, b):
        return False
    raise Open(size)


def _surely(test: Binary, a: Any, b: Any) -> bool:
    """Whether a comparison holds for every value of the symbols; two sizes that look different may be equal."""
    return bool(a < b or a > b) if test is operator.ne else bool(test(a, b))


def truth(value: Any) -> bool:
    """Whether a value counts as true. Raises `Open`."""
    return compare(operator.ne, value, 0) if isinstance(value, Dim) else bool(value)


def index(values: Any, position: Any) -> Any:
    """An item of a list."""
    if not isinstance(values, tuple):
        raise TypeError("only a list can be indexed")
    if isinstance(position, bool) or not isinstance(position, int):
        raise TypeError("an index is an integer")
    if not -len(values) <= position < len(values):
        raise IndexError(f"a list of {len(values)} has no item {position}")
    return values[position]


def _extreme(better: Binary) -> Callable[..., Any]:
    def best(*values: Any) -> Any:
        first, *others = numbers(values[0] if len(values) == 1 and isinstance(values[0], tuple) else values) or (None,)
        if first is None:
            raise ValueError("the list is empty")
        for other in others:
            first = other if compare(better, other, first) else first
        return first

    return best


def _make_divisible(value: float, divisor: int) -> int:
    n = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return n + divisor if n < 0.9 * value else n


def _round(value: Any, digits: Any = None) -> Any:
    # Python raises ten to the number of digits, however many they are
    if digits is not None and abs(digits) > 400:
        raise ValueError("the number of digits is beyond 400")
    return round(value, digits)


def _sum(values: tuple[Any, ...]) -> Any:
    return sum(numbers(values))


def _length(values: Any) -> int:
    if not isinstance(values, (tuple, str)):
        raise TypeError("only a list or a string has a length")
    return len(values)


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (_extreme(operator.lt), 1, 99),
    "max": (_extreme(operator.gt), 1, 99),
    "round": (number(_round), 1, 2),
    "ceil": (number(math.ceil), 1, 1),
    "floor": (number(math.floor), 1, 1),
    "int": (number(int), 1, 1),
    "abs": (number(abs), 1, 1),
    "sqrt": (number(math.sqrt), 1, 1),
    "log": (number(math.log), 1, 2),
    "log2": (number(math.log2), 1, 1),
    "sum": (_sum, 1, 1),
    "len": (_length, 1, 1),
    "make_divisible": (number(_make_divisible), 2, 2),
}
"""The functions by name, with the least and the most number of values that they take."""

_REASONS = {
    "math domain error": "the result is not a real number",
    "expected a positive input": "the result is not a real number",
}


def reason(error: Exception) -> str:
    """Why something cannot be computed."""
    return _REASONS.get(str(error), str(error))
