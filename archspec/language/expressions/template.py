"""Values of a file that may hold expressions: `$name`, `$( … )`, and text with either in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from archspec.diagnostics import Collector, Span
from archspec.identifiers import VARIABLE
from archspec.language.expressions.expression import TOO_LONG, Environment, Expression, ExpressionError, parse
from archspec.language.expressions.functions import FUNCTIONS, is_long
from archspec.records import record
from archspec.source import Scalar, Sequence, Tree

_VARIABLE = re.compile(VARIABLE)
_ALONE = re.compile(rf"\$(?:({VARIABLE})|\(\s*({VARIABLE})\s*\))", re.ASCII)
_INDEXED = re.compile(VARIABLE + r"\[[^\[\]]*\]")


@record(eq=False, repr=False)
class Template:
    """A value to be computed. `names` are the names it uses, with their places; one without any is `constant`.

    `tree` is where it stands in the file; `broken` says that it could not be parsed and was reported; `alone` is its
    name, where it is nothing but a name.
    """

    tree: Tree
    run: Callable[[Environment], Any]
    names: Mapping[str, Span] = field(default_factory=dict)
    constant: bool = True
    broken: bool = False
    alone: str | None = None

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.tree.span

    def evaluate(self, environment: Environment) -> Any:
        """The value, with lists as tuples. Raises `TemplateError`, or `Unknown` for what an earlier error hides."""
        return self.run(environment)


class TemplateError(Exception):
    """An expression in a file that cannot be computed."""

    def __init__(self, error: ExpressionError, span: Span) -> None:
        super().__init__(error.message)
        self.error = error
        self.span = span

    def report(self, collector: Collector, **more: Any) -> None:
        """Add it to the findings."""
        collector.error(self.error.code, self.error.message, self.span, self.error.help, **more)


def template(tree: Tree, collector: Collector) -> Template:
    """Parse a value; what cannot be parsed is reported and the template is `broken`."""
    if collector.hides(tree.span):
        return Template(tree, lambda _: None, broken=True)
    if isinstance(tree, Scalar):
        return _scalar(tree, collector)
    entries: list[tuple[str, Template]] = []
    if isinstance(tree, Sequence):
        parts = [template(item, collector) for item in tree.items]
    else:
        entries = [(key, template(value, collector)) for key, value in tree.entries.items()]
        parts = [part for _, part in entries]
    names = {name: span for part in parts for name, span in part.names.items()}
    constant = all(part.constant for part in parts)
    broken = any(part.broken for part in parts)
    run: Callable[[Environment], Any]
    if isinstance(tree, Sequence):
        runs = [part.run for part in parts]

        def run(env: Environment) -> Any:
            found = tuple([run(env) for run in runs])
            if not constant:
                _short(tree, found)
            return found
    else:

        def run(env: Environment) -> Any:
            return {key: part.run(env) for key, part in entries}

    if constant and not broken:
        value = run({})
        return Template(tree, lambda _: value)
    return Template(tree, run, names, constant, broken)


def _scalar(tree: Scalar, collector: Collector) -> Template:
    value = tree.value
    if not isinstance(value, str) or "$" not in value:
        return Template(tree, lambda _: value)
    try:
        # a block scalar ends in a line break, which no expression means
        pieces = list(_pieces(tree, value.rstrip("\n")))
    except TemplateError as error:
        error.report(collector)
        return Template(tree, lambda _: None, broken=True)
    names = {name: span for piece in pieces if isinstance(piece, _Piece) for name, span in piece.names.items()}
    if len(pieces) == 1 and isinstance(pieces[0], _Piece):
        match = _ALONE.fullmatch(value)
        return Template(tree, pieces[0].evaluate, names, False, alone=match and (match[1] or match[2]))
    if all(isinstance(piece, str) for piece in pieces):
        text = "".join(map(str, pieces))
        return Template(tree, lambda _: text)

    def run(env: Environment) -> str:
        found = "".join(piece if isinstance(piece, str) else _text(piece, env) for piece in pieces)
        _short(tree, found)
        return found

    return Template(tree, run, names, False)


def _short(tree: Tree, value: Any) -> None:
    """Refuse a long text or list that is put together of computed ones: each may double the one before."""
    if is_long(value):
        raise TemplateError(ExpressionError("A253", TOO_LONG, "use fewer: no network needs them"), tree.span)


@record(eq=False, repr=False)
class _Piece:
    """One expression in a text, with the place of its inside."""

    expression: Expression
    tree: Scalar
    start: int

    @property
    def names(self) -> dict[str, Span]:
        places = self.expression.names.items()
        return {name: _span_of(self.tree, self.start + a, self.start + b) for name, (a, b) in places}

    def evaluate(self, environment: Environment) -> Any:
        try:
            return self.expression.evaluate(environment)
        except ExpressionError as error:
            raise _failure(self.tree, self.start, error) from None


def _text(piece: _Piece, environment: Environment) -> str:
    value = piece.evaluate(environment)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, str)):
        return str(value)
    what = "a list" if isinstance(value, tuple) else f"the symbolic size {value}"
    indexed = _INDEXED.match(str(piece.tree.value), piece.start)
    help = f"an index needs parentheses: write `$({indexed.group()})`" if indexed else "insert a number or a string"
    error = ExpressionError("A253", f"{what} cannot be inserted into text", help)
    raise _failure(piece.tree, piece.start, error)


def _pieces(tree: Scalar, text: str) -> list[str | _Piece]:
    """Split a text into literal parts and expressions; adjoining literals are not merged."""
    pieces: list[str | _Piece] = []
    at = 0
    while at < len(text):
        dollar = text.find("$", at)
        if dollar < 0:
            pieces.append(text[at:])
            break
        if dollar > at:
            pieces.append(text[at:dollar])
        if text.startswith("$$", dollar):
            pieces.append("$")
            at = dollar + 2
        elif text.startswith("$(", dollar):
            at = _closing(tree, text, dollar)
            pieces.append(_piece(tree, text, dollar + 2, at - 1))
        elif name := _VARIABLE.match(text, dollar + 1):
            at = name.end()
            _refuse_call(tree, text, dollar, name.group())
            pieces.append(_piece(tree, text, dollar + 1, at))
        else:
            message = f"`$` in `{text}` is followed by neither a name nor `(`"
            help = "write `$name` or `$( … )`, around all of an expression, and `$$` for a dollar sign"
            error = ExpressionError("A255", message, help, 0, 1)
            raise _failure(tree, dollar, error)
    return pieces


def _piece(tree: Scalar, text: str, start: int, end: int) -> _Piece:
    try:
        return _Piece(parse(text[start:end]), tree, start)
    except ExpressionError as error:
        raise _failure(tree, start, error) from None


def _refuse_call(tree: Scalar, text: str, dollar: int, name: str) -> None:
    """Report `$max(…`: the parentheses of an expression stand around all of it."""
    end = dollar + 1 + len(name)
    if name in FUNCTIONS and text.startswith("(", end):
        error = ExpressionError(
            "A255", f"the call of `{name}` is not inside `$( … )`", f"write `$({name}(…))`", 0, 1 + len(name)
        )
        raise _failure(tree, dollar, error)


def _closing(tree: Scalar, text: str, dollar: int) -> int:
    """The offset after the parenthesis that closes `$(`."""
    depth, quote = 0, ""
    for at in range(dollar + 1, len(text)):
        letter = text[at]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth == 0:
                return at + 1
    help = "close it with `)`; in flow style (`{…}`), quote an expression that has a comma or brackets"
    error = ExpressionError("A255", f"`$(` is not closed in `{text}`", help, 0, len(text) - dollar)
    raise _failure(tree, dollar, error)


def _span_of(tree: Scalar, start: int, end: int) -> Span:
    """The place of a piece of a scalar: exact where the text stands in the file as it is, else the whole scalar."""
    span, length = tree.span, len(str(tree.value))
    if span.line != span.end_line or span.end_column - span.column != length + 2 * tree.quoted:
        return span
    return span.part(start + tree.quoted, min(end, length) + tree.quoted)


def _failure(tree: Scalar, start: int, error: ExpressionError) -> TemplateError:
    end = len(str(tree.value)) if error.end is None else start + error.end
    return TemplateError(error, _span_of(tree, start + error.start, end))
