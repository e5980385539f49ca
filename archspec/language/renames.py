"""`weights: {rename: {…}}`: how keys of foreign weights become those of the network."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Collector
from archspec.language.models import Weights
from archspec.language.reading import section
from archspec.limits import RENAMES
from archspec.source import Mapping, Scalar


def read_renames(tree: Mapping, collector: Collector) -> tuple[tuple[str, str], ...]:
    """The patterns and replacements of a file, in order; no expressions: `$` is the end of a key."""
    section(Weights, tree, "weights", collector)
    weights = tree.get("weights")
    rename = weights.get("rename") if isinstance(weights, Mapping) else None
    if rename is None:
        return ()
    if not isinstance(rename, Mapping):
        help = r"write each as `pattern: replacement`, such as `'^module\.': ''`"
        collector.error("A203", "`rename` of `weights` must be a mapping", rename.span, help)
        return ()

    if len(rename.entries) > RENAMES:
        message = f"`rename` has {len(rename.entries)} patterns; up to {RENAMES} are allowed"
        collector.error("A501", message, rename.span, "one pattern can rename many keys")
    return tuple(_sound(rename, collector))


def _sound(rename: Mapping, collector: Collector) -> Iterator[tuple[str, str]]:
    from archspec.weights.rename import fault

    for pattern, value in rename.entries.items():
        if not isinstance(value, Scalar) or not isinstance(value.value, str):
            help = "quote a string; `''` removes what the pattern matches"
            collector.error("A203", f"the replacement for `{pattern[:80]}` must be a string", value.span, help)
            continue
        found = fault(pattern, value.value)
        if found is None:
            yield pattern, value.value
        elif found.part == "pattern":
            help = r"patterns are Python's regular expressions: `\.` is a dot, `^` the beginning of a key"
            collector.error("A501", found.message, rename.keys[pattern], help)
        else:
            help = r"`\1` is what the first group of the pattern matched, `\g<name>` what a named one did"
            collector.error("A501", found.message, value.span, help)
