"""What a node says of itself: its name, and the condition under which it stands."""

from __future__ import annotations

from functools import lru_cache

from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.passed import Reference
from archspec.diagnostics.fix import slips
from archspec.language import Argument, NodeSpec
from archspec.language.phrases import shown
from archspec.language.reading import boolean
from archspec.language.remedies import BOOLEANS, truth_help, unquoted


@lru_cache(maxsize=1024)
def is_meant(key: str, word: str) -> bool:
    """Whether a key is a word of four letters mistyped."""
    return key != word and abs(len(key) - len(word)) <= 1 and slips(key, word, 1) == 1


def hides_name(node: NodeSpec) -> bool:
    """Whether the name of a node may stand in it under a mistaken key."""
    return node.name is None and any(is_meant(key, "name") for key in node.arguments)


def name_of(node: NodeSpec, here: Here) -> str | None:
    """The name that a node is given, or None. Raises `Skip` after a report."""
    return None if node.name is None else text_of(node.name, here, "a name", optional=True)


def text_of(argument: Argument, here: Here, what: str, optional: bool = False) -> str | None:
    """A computed text; null, where it is `optional`. Raises `Skip` after a report."""
    text = here.evaluate(argument.template)
    if text is None and optional:
        return None
    if isinstance(text, bool) or not isinstance(text, (str, int)):
        at = argument.at
        help = unquoted(text, at) or "letters, digits, `_` and `-`, with dots for containers"
        here.report("A203", f"{what} must be a string, found {shown(text)}", at, help)
        raise Skip
    return str(text)


def truth(argument: Argument, here: Here) -> bool:
    """Whether a condition holds. Raises `Skip` after a report."""
    answer = here.evaluate(argument.template)
    is_references = isinstance(answer, tuple) and all(isinstance(item, Reference) for item in answer)
    if answer is None or is_references or isinstance(answer, (bool, int, float, Reference)):
        return bool(answer)
    message = f"`when` must be true or false, found {shown(answer)}"
    span = argument.at
    fix = boolean(answer, span) if isinstance(answer, str) else None
    is_word = isinstance(answer, str) and answer in BOOLEANS
    help = truth_help(answer) if is_word else "write an expression: `when: $(stride > 1)`"
    here.report("A203", message, span, help, fix=fix, argument=argument, value=answer)
    raise Skip
