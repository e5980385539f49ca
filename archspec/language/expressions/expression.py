"""Expressions: parsed by Python's own parser, restricted to arithmetic, and evaluated by walking. Nothing is executed.

A parsed expression is a closure over an environment (names → values). Lists are tuples, so that values can be compared
and kept.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from keyword import iskeyword, kwlist
from typing import Any, TypeAlias

from archspec.language.expressions.functions import (
    FUNCTIONS,
    Open,
    arithmetic,
    compare,
    extent,
    index,
    is_long,
    number,
    reason,
    truth,
)
from archspec.limits import EXPRESSION_ITEMS, EXPRESSION_LENGTH, EXPRESSION_NESTING, EXPRESSION_NUMBER
from archspec.source import forbidden
from archspec.types.figures import figure

Environment: TypeAlias = Mapping[str, Any]
Evaluator: TypeAlias = Callable[[Environment], Any]

OPERATION = 10  # what an operation costs, in items of a list

TOO_LONG = f"the result has more than {EXPRESSION_ITEMS:,} items or characters"

_SPLIT = "split it into parameters"
_OPEN = "give the input a number for that dimension"

SCOPE = ("in_channels", "in_size", "index", "depth", "stage_index", "block_index", "block_count")
"""The names that expressions see everywhere."""
BLOCK_SCOPE = ("input_channels", "input_size")
"""The names that expressions see inside a block."""

_CONSTANTS = {"true": True, "false": False, "null": None}

_WORDS = ("and", "or", "not", "if", "else", "True", "False", "None")

FIXED = frozenset([*FUNCTIONS, *_CONSTANTS, *_WORDS, "input"])
"""The names and words that mean the same in every expression, so that no parameter may bear them."""
TAKEN = FIXED.union(SCOPE, BLOCK_SCOPE)
"""The names that mean something in every expression, so that no counter may bear them."""

UNKNOWN = object()
"""The value of a name that an earlier error hides."""


class Names(dict[str, Any]):
    """The names that an expression sees, and what it has cost: each operation, and each item that one takes."""

    work = 0


def _charge(environment: Environment, values: list[Any]) -> None:
    if isinstance(environment, Names):
        environment.work += OPERATION + sum([extent(value) for value in values if type(value) in (str, tuple)])


class Unknown(Exception):
    """An expression that uses a value which an earlier error hides; no error of its own."""


class ExpressionError(Exception):
    """An expression that cannot be parsed or computed; `start` and `end` are offsets in its text."""

    def __init__(self, code: str, message: str, help: str = "", start: int = 0, end: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.help, self.start, self.end = code, message, help, start, end


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: lambda value: not truth(value),
}
_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_WORD = re.compile(rf"{_TEXT.pattern}|\b(?P<word>{'|'.join(sorted({*kwlist}.difference(_WORDS)))})\b")
_ALLOWED = (
    "expressions allow numbers, strings, lists, names, + - * / // % **, comparisons, and/or/not, if/else, indexing"
)


class Expression:
    """A parsed expression: its text, the names it uses with the offsets of their first use, and how to compute it."""

    def __init__(self, text: str, names: dict[str, tuple[int, int]], run: Evaluator) -> None:
        self.text = text
        self.names = names
        self._run = run

    def evaluate(self, environment: Environment) -> Any:
        """The value. Raises `ExpressionError` where it has none, `Unknown` where an earlier error hides it."""
        return self._run(environment)


@lru_cache(maxsize=8192)
def parse(text: str) -> Expression:
    """Parse the inside of `$( … )`. Raises `ExpressionError`."""
    if len(text) > EXPRESSION_LENGTH:
        raise ExpressionError(
            "A251", f"the expression has {len(text)} characters; at most {EXPRESSION_LENGTH} are allowed", _SPLIT
        )
    stripped = text.strip()
    lead = len(text) - len(text.lstrip())
    if "#" in _TEXT.sub("", text):
        at = _TEXT.sub(lambda text: "·" * len(text.group()), text).index("#")
        raise ExpressionError("A251", f"`{text}` is not an expression: it has a `#`", _ALLOWED, at, at + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parsed(stripped.replace("\n", " "))
    except SyntaxError as error:
        at = lead + max((error.offset or 1) - 1, 0)
        reason = "it is empty" if not stripped else str(error.msg or "not an expression").split(". Perhaps")[0]
        raise ExpressionError("A251", f"`{text}` is not an expression: {reason}", _ALLOWED, at, at + 1) from None
    except (ValueError, MemoryError, RecursionError, OverflowError):
        raise ExpressionError(
            "A251", "the expression is nested too deeply or has a character it cannot", _ALLOWED
        ) from None
    names: dict[str, tuple[int, int]] = {}
    run = _compile(tree.body, names, 0, lead, stripped)
    return Expression(text, names, run)


def _parsed(text: str) -> ast.Expression:
    """The tree of an expression; raises `SyntaxError`."""
    try:
        return ast.parse(text, mode="eval")
    except SyntaxError as error:
        # a word of Python may be meant as a name: in capitals it is one, as long as before; one of ours, standing alone
        names = text.upper() if text in _WORDS else _WORD.sub(lambda at: (at["word"] or "").upper() or at[0], text)
        try:
            return ast.parse(names, mode="eval")
        except SyntaxError:
            raise error from None


def _compile(node: ast.expr, names: dict[str, tuple[int, int]], depth: int, lead: int, text: str) -> Evaluator:
    """A closure for one part; `lead` is the offset of the parsed text in the whole."""
    start, end = (
        lead + len(text.encode()[: at or 0].decode(errors="ignore")) for at in (node.col_offset, node.end_col_offset)
    )

    def fail(code: str, message: str, help: str = "") -> ExpressionError:
        return ExpressionError(code, message, help, start, end)

    def inner(part: ast.expr) -> Evaluator:
        return _compile(part, names, depth + 1, lead, text)

    if depth > EXPRESSION_NESTING:
        raise fail("A251", f"the expression is nested more than {EXPRESSION_NESTING} levels deep", _SPLIT)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        raise fail("A254", f"`{node.value}` is not allowed in an expression", f"write `{str(node.value).lower()}`")
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
        character = forbidden(node.value) if isinstance(node.value, str) else None
        if character:
            raise fail("A111", f"a string in an expression contains {character}, which is not allowed", "remove it")
        constant = _bounded(node.value, fail)
        return lambda _: constant
    if isinstance(node, ast.Name):
        written = text.encode()[node.col_offset : node.end_col_offset].decode()
        name = written if iskeyword(written) else node.id
        if name not in _CONSTANTS:
            names.setdefault(name, (start, end))
        return _name(name, fail)
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _guarded(arithmetic(_BINARY[type(node.op)]), [inner(node.left), inner(node.right)], fail)
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        act = _UNARY[type(node.op)]
        return _guarded(act if isinstance(node.op, ast.Not) else number(act), [inner(node.operand)], fail)
    if isinstance(node, ast.BoolOp):
        return _logic(isinstance(node.op, ast.And), [inner(part) for part in node.values], fail)
    if isinstance(node, ast.Compare) and all(type(op) in _COMPARE for op in node.ops):
        return _comparison(node, [inner(part) for part in (node.left, *node.comparators)], fail)
    if isinstance(node, ast.IfExp):
        test, yes, no = inner(node.test), inner(node.body), inner(node.orelse)
        return _choice(test, yes, no, fail)
    if isinstance(node, ast.List):
        items = [inner(part) for part in node.elts]
        return lambda env: _bounded(tuple([item(env) for item in items]), fail)
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
        return _guarded(index, [inner(node.value), inner(node.slice)], fail)
    if isinstance(node, ast.Call):
        return _call(node, inner, fail)
    what = re.sub(r"(?<!^)(?=[A-Z])", " ", type(node).__name__).lower()
    raise fail("A254", f"this is not allowed in an expression ({what})", _ALLOWED)


def _name(name: str, fail: Callable[..., ExpressionError]) -> Evaluator:
    if name in _CONSTANTS:
        value = _CONSTANTS[name]
        return lambda _: value

    def look_up(env: Environment) -> Any:
        try:
            value = env[name]
        except KeyError:
            from archspec.diagnostics import did_you_mean, listed

            hint = did_you_mean(name, [*env, *FUNCTIONS]) or f"names in scope: {listed(sorted(env))}"
            raise fail("A252", f"unknown name `{name}`", hint) from None
        if value is UNKNOWN:
            raise Unknown(name)
        return value

    return look_up


def _call(node: ast.Call, inner: Callable[[ast.expr], Evaluator], fail: Callable[..., ExpressionError]) -> Evaluator:
    if not isinstance(node.func, ast.Name) or node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
        help = f"the functions are {', '.join(FUNCTIONS)}"
        raise fail("A254", "only built-in functions can be called, without keyword arguments", help)
    if node.func.id not in FUNCTIONS:
        from archspec.diagnostics import did_you_mean

        hint = did_you_mean(node.func.id, FUNCTIONS) or f"the functions are {', '.join(FUNCTIONS)}"
        raise fail("A254", f"unknown function `{node.func.id}`", hint)
    function, least, most = FUNCTIONS[node.func.id]
    if not least <= len(node.args) <= most:
        takes = {(1, 1): "one value", (2, 2): "two values", (1, 2): "one or two values"}.get((least, most), "values")
        usual = f"pass {takes}" if len(node.args) > most else "separate values with commas"
        help = "`min([a, b])` and `min(a, b)` are the same" if most > 2 else usual
        raise fail("A254", f"`{node.func.id}` takes {takes}, found {len(node.args) or 'none'}", help)
    return _guarded(function, [inner(part) for part in node.args], fail)


def _guarded(function: Callable[..., Any], parts: list[Evaluator], fail: Callable[..., ExpressionError]) -> Evaluator:
    """Apply a function to computed parts; what goes wrong is an error with a place."""

    def run(env: Environment) -> Any:
        values = [part(env) for part in parts]
        _charge(env, values)
        try:
            return _bounded(function(*values), fail)
        except ZeroDivisionError:
            help = "exclude that case, as in `a / b if b else 0`"
            raise fail("A253", f"division by zero: {_listed(values)}", help) from None
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            message = f"cannot compute this for {_listed(values)}: {reason(error)}"
            help = _OPEN if isinstance(error, Open) else _remedy(function, values)
            raise fail("A253", message, help) from None

    return run


def _remedy(function: Callable[..., Any], values: list[Any]) -> str:
    """What to do where a function cannot take the values that it got."""
    if function is index and isinstance(values[0], tuple) and values[0] and isinstance(values[1], int):
        last = len(values[0]) - 1
        return f"its items are 0 to {last}: use one of these, or a longer list"
    if function is index and not isinstance(values[0], tuple):
        return "leave out the index, or make it a list where it gets its value"
    return "check where its names get their values"


def _comparison(node: ast.Compare, parts: list[Evaluator], fail: Callable[..., ExpressionError]) -> Evaluator:
    tests = [_COMPARE[type(op)] for op in node.ops]

    def run(env: Environment) -> bool:
        left = parts[0](env)
        for test, part in zip(tests, parts[1:], strict=True):
            right = part(env)
            _charge(env, [left, right])
            try:
                if not compare(test, left, right):
                    return False
            except Open as error:
                message = f"cannot compare {_listed([left, right])}: {reason(error)}"
                raise fail("A253", message, _OPEN) from None
            except TypeError:
                help = "numbers compare with numbers, strings with strings"
                raise fail("A253", f"cannot compare {_listed([left, right])}", help) from None
            left = right
        return True

    return run


def _logic(is_and: bool, parts: list[Evaluator], fail: Callable[..., ExpressionError]) -> Evaluator:
    def run(env: Environment) -> Any:
        value = None
        for part in parts:
            value = part(env)
            if _truth(value, fail) != is_and:
                break
        return value

    return run


def _choice(test: Evaluator, yes: Evaluator, no: Evaluator, fail: Callable[..., ExpressionError]) -> Evaluator:
    return lambda env: yes(env) if _truth(test(env), fail) else no(env)


def _truth(value: Any, fail: Callable[..., ExpressionError]) -> bool:
    try:
        return truth(value)
    except Open as error:
        raise fail("A253", f"cannot decide this: {reason(error)}", _OPEN) from None


def _bounded(value: Any, fail: Callable[..., ExpressionError]) -> Any:
    if isinstance(value, complex):
        raise fail("A253", "the result is not a real number", "a negative number has no fractional power")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and not abs(value) <= EXPRESSION_NUMBER:
        raise fail("A253", "the number is beyond 2^63", "use a smaller number: no tensor is that large")
    if isinstance(value, (str, tuple)) and is_long(value):
        raise fail("A253", TOO_LONG, "use fewer: no network needs them")
    return value


def _listed(values: list[Any]) -> str:
    return " and ".join(map(_literal, values))


def _literal(value: Any) -> str:
    return figure(value) if isinstance(value, float) else repr(list(value) if isinstance(value, tuple) else value)[:80]
