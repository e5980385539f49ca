"""`weights`: how tensors of foreign files become those of the network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from archspec.diagnostics import Collector, Span
from archspec.graph.rules import Rules
from archspec.language.models import Weights
from archspec.language.reading import section
from archspec.limits import ARGUMENT, PARTS, PATTERNS
from archspec.source import Mapping, Scalar, Sequence, Tree

_EXAMPLES = {
    "ignore": r"`ignore: ['^pooler\.']`",
    "rename": r"`rename: {'^module\.': ''}`",
    "transpose": r"`transpose: ['c_fc\.weight$']`",
    "add": r"`add: {'norm\.weight$': 1.0}`",
    "split": r"`split: {'in_proj_(weight|bias)$': ['q.\1', 'k.\1', 'v.\1']}`",
    "concat": r"`concat: {'qkv\.(weight|bias)$': ['q.\1', 'k.\1', 'v.\1']}`",
    "reshape": r"`reshape: ['pos_embed$']`",
}
"""The rules, in the order in which they are applied."""

_LISTS = ("ignore", "transpose", "reshape")
"""Those that have nothing but patterns."""


def read_rules(tree: Mapping, collector: Collector) -> Rules:
    """The rules of a file; no expressions: `$` is the end of a key."""
    section(Weights, tree, "weights", collector)
    weights = tree.get("weights")
    given: dict[str, Mapping | Sequence] = {}
    for key, value in weights.entries.items() if isinstance(weights, Mapping) else ():
        if key not in _EXAMPLES:
            continue
        if isinstance(value, Sequence if key in _LISTS else Mapping):
            given[key] = value
        else:
            kind = "a list of patterns" if key in _LISTS else "a mapping"
            collector.error("A203", f"`{key}` of `weights` must be {kind}", value.span, f"write {_EXAMPLES[key]}")
    count = sum(len(value.items if isinstance(value, Sequence) else value.entries) for value in given.values())
    if count > PATTERNS:
        message = f"`weights` has {count:,} patterns; up to {PATTERNS} are allowed"
        first = next(iter(given.values()))
        collector.error("A501", message, first.span, "one pattern can match many keys")
        return Rules()
    found: dict[str, Any] = {}
    for key, value in given.items():
        in_order = _patterns(key, value, collector) if isinstance(value, Sequence) else _pairs(key, value, collector)
        found[key] = tuple(in_order)
    return Rules(**found)


def _patterns(key: str, listed: Sequence, collector: Collector) -> Iterator[str]:
    for item in listed:
        pattern = _text(item)
        if pattern is None:
            message = f"a pattern of `{key}` must be a string"
            collector.error("A203", message, item.span, f"quote it, as in {_EXAMPLES[key]}")
        elif _sound(pattern, item.span, (), collector):
            yield pattern


def _pairs(key: str, mapping: Mapping, collector: Collector) -> Iterator[tuple[str, Any]]:
    for pattern, value in mapping.entries.items():
        at = mapping.keys[pattern]
        if key == "add":
            number = _number(value)
            if number is None:
                message = f"what `{pattern[:80]}` adds must be a number up to {ARGUMENT:g}"
                collector.error("A203", message, value.span, f"write {_EXAMPLES[key]}")
            elif _sound(pattern, at, (), collector):
                yield pattern, number
            continue
        items = [value] if key == "rename" else list(value) if isinstance(value, Sequence) else []
        texts = [text for text in map(_text, items) if text is not None]
        if len(texts) < len(items) or not items:
            what = "the replacement for" if key == "rename" else f"the parts of `{key}` for"
            kind = "a string" if key == "rename" else "a list of strings"
            help = "quote a string; `''` removes what the pattern matches"
            help = help if key == "rename" else f"write {_EXAMPLES[key]}"
            collector.error("A203", f"{what} `{pattern[:80]}` must be {kind}", value.span, help)
        elif len(texts) > PARTS:
            message = f"`{pattern[:80]}` has {len(texts):,} parts; up to {PARTS:,} are allowed"
            collector.error("A203", message, value.span, f"leave out all but {PARTS:,} parts")
        elif _sound(pattern, at, list(zip(texts, items, strict=True)), collector):
            yield pattern, texts[0] if key == "rename" else tuple(texts)


def _text(tree: Tree) -> str | None:
    return tree.value if isinstance(tree, Scalar) and isinstance(tree.value, str) else None


def _number(tree: Tree) -> float | None:
    value = tree.value if isinstance(tree, Scalar) else None
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= ARGUMENT
    return float(value) if fits else None  # type: ignore[arg-type]


def _sound(pattern: str, at: Span, replacements: Iterable[tuple[str, Tree]], collector: Collector) -> bool:
    """Whether a pattern is one, and what is to take the place of its matches; otherwise that is reported."""
    from archspec.weights.rename import fault

    for text, item in [("", None), *replacements]:
        found = fault(pattern, text)
        if found is not None and item is None:
            help = r"patterns are Python's regular expressions: `\.` is a dot, `^` the beginning of a key"
            collector.error("A501", found.message, at, help)
            return False
        if found is not None and item is not None:
            help = r"`\1` is what the first group of the pattern matched, `\g<name>` what a named one did"
            collector.error("A501", found.message, item.span, help)
            return False
    return True
