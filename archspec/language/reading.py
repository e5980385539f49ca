"""Validation by pydantic models, with the findings at the places in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from archspec import source
from archspec.diagnostics import Collector, Fix, Span, correction, did_you_mean, listed, renames, replacement
from archspec.diagnostics.fix import anchored
from archspec.diagnostics.foreign import argument_of
from archspec.language.combinators import Combinator
from archspec.language.models import File
from archspec.language.nodes import COMMON, Argument, arguments_in
from archspec.language.phrases import choices, describe, expected, keys, part_of, property_of, shown, words_of
from archspec.language.remedies import BOOLEANS, key_help, kind_of, takes, value_help
from archspec.limits import FINDINGS
from archspec.ops import Op
from archspec.source import plain

M = TypeVar("M", bound=BaseModel)


def check(
    model: type[M],
    values: Mapping[str, Any],
    given: Mapping[str, Argument],
    whole: Span,
    what: str,
    collector: Collector,
) -> M | None:
    """The validated model, or None after a report of everything that is wrong with it.

    `given` are the arguments that the values were computed from; `what` names the thing in messages, and `whole` is
    where it stands, for keys that are missing.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for found in problems(model, error, values, given, (whole, whole), what):
            collector.error(found.code, found.message, found.span, found.help, fix=found.fix)
        return None


def check_plain(model: type[M], tree: source.Mapping, whole: Span, what: str, collector: Collector) -> M | None:
    """As `check`, of a mapping whose values stand for themselves."""
    values = {key: tuple(v) if isinstance(v := plain(item), list) else v for key, item in tree.entries.items()}
    return check(model, values, arguments_in(tree, collector), whole, what, collector)


def entries(tree: source.Tree | None, what: str, collector: Collector) -> dict[str, Argument]:
    """The arguments in a section of a file, which must be a mapping where there is one."""
    if tree is None or (isinstance(tree, source.Scalar) and tree.value is None):
        return {}
    if not isinstance(tree, source.Mapping):
        collector.error("A203", f"{what} must be a mapping", tree.span, "write `key: value` lines below it")
    return arguments_in(tree, collector)


def section(model: type[M], tree: source.Mapping, key: str, collector: Collector) -> M:
    """A section of a file whose values stand for themselves; as by default where it is missing or wrong."""
    value = tree.get(key)
    if value is None:
        return model.model_construct()  # the defaults, which need no validation
    if not isinstance(value, source.Mapping):
        known = ", ".join(f"`{name}`" for name in keys(model))
        collector.error("A203", f"`{key}` must be a mapping", value.span, f"it takes {known}")
        return model()
    return check_plain(model, value, value.span, f"`{key}`", collector) or model()


class Problem(NamedTuple):
    """What is wrong with one key of a model."""

    code: str
    message: str
    span: Span
    help: str
    fix: Fix | None = None
    key: str = ""


def problems(
    model: type[BaseModel],
    error: ValidationError,
    values: Mapping[str, Any],
    given: Mapping[str, Argument],
    whole: tuple[Span, Span],
    what: str,
    left_out: Collection[str] = (),
) -> list[Problem]:
    """What pydantic found, one finding a key.

    `given` are the arguments that the values were computed from; `whole` is the place of all of them: of its key, and
    of its value. `left_out` are pydantic's error types that say nothing yet, where some values are still to be
    computed.
    """

    def spans(key: str, *path: str) -> tuple[Span, Span]:
        if key not in given:
            return whole
        return given[key].key, given[key].key_of(*path) if path else given[key].at

    found: dict[str, Problem] = {}
    items = error.errors(include_url=False)
    mistyped = [str(item["loc"][0]) for item in items if item["type"] == "extra_forbidden"][:FINDINGS]
    node_keys = COMMON if issubclass(model, (Op, Combinator)) else ()
    known = [*keys(model), *node_keys]
    taken = {*values, *given}
    place = _place(model, what)
    meant = renames(mistyped, known, taken, place)
    strange = any(item["loc"] and item["type"] != "missing" and item["loc"][0] not in known for item in items)
    # a number of the right kind that is too large says more than what else the key takes
    exceeding = {str(item["loc"][0]): item for item in items if item["loc"] and item["type"] == "less_than_equal"}
    for item in items:
        # a validator of the whole model may miss a key
        key = str(item["loc"][0]) if item["loc"] else item.get("ctx", {}).get("key", "")
        kind = item["type"]
        # what is missing may stand there under a wrong name
        if key in found or kind in left_out or (kind == "missing" and strange):
            continue
        if len(found) >= FINDINGS:
            break
        if inner := _inner(model, key, values, given, spans(key), what):
            found |= {f"{key}.{number}": one for number, one in enumerate(inner)}
            found[key] = found.pop(f"{key}.0")
        elif kind == "extra_forbidden" or (key and key not in {*known, *_axes(values)}):
            found[key] = _unknown_key(model, key, known, taken, meant, spans(key)[0], what)
        else:
            found[key] = _problem(model, key, exceeding.get(key, item), values, spans, whole[1], what)
    return list(found.values())


def _inner(
    model: type[BaseModel],
    key: str,
    values: Mapping[str, Any],
    given: Mapping[str, Argument],
    whole: tuple[Span, Span],
    what: str,
) -> list[Problem]:
    """What is wrong inside of the mapping that a key takes."""
    part, value = part_of(model, key), values.get(key)
    if part is None or not isinstance(value, Mapping):
        return []
    try:
        part.model_validate(value)
    except ValidationError as error:
        entries = given[key].inner if key in given else {}
        return [one._replace(key=key) for one in problems(part, error, value, entries, whole, f"`{key}` of {what}")]
    return []


def _problem(
    model: type[BaseModel],
    key: str,
    item: ErrorDetails,
    values: Mapping[str, Any],
    spans: Callable[..., tuple[Span, Span]],
    whole: Span,
    what: str,
) -> Problem:
    """What is wrong with a key that the model has, or with some of them together."""
    if item["type"] == "missing":
        fixed = property_of(model, key).get("const", "…")
        help = f"add `{key}: {fixed}`, {_lower(describe(model, key))}"
        return Problem("A202", f"{what} needs `{key}`", whole, help)
    if item["type"] == "value_error":
        reason = item["ctx"]["error"]
        # a validator of the whole model may blame an argument
        blamed = key or getattr(reason, "argument", "")
        path = getattr(reason, "path", ())
        at = spans(blamed, *path)[0 if not key else 1] if blamed else whole
        example = getattr(model, "example", "")
        usual = f"as in {example}" if example else f"`archspec explain {getattr(model, 'name', key)}` shows an example"
        among = getattr(reason, "among", ())
        other = f"choose one of {listed(among)}" if among else f"remove `{blamed}`" if blamed else usual
        help = (did_you_mean(path[-1], among) if path else "") or other
        return Problem("A204", f"{what}: {reason}", at, help, key=blamed)
    value, at = values.get(key), spans(key)[1]
    message = f"`{key}` of {what} {_unfit(model, key, item)}, found {shown(values.get(key, item['input']))}"
    return Problem("A203", message, at, value_help(model, key, value, at), _mended(model, key, value, at), key)


def _unknown_key(
    model: type[BaseModel],
    key: str,
    known: Collection[str],
    given: Collection[str],
    meant: Mapping[str, str],
    at: Span,
    what: str,
) -> Problem:
    """A key that the model does not have."""
    hint = key_help(key, known, given, _place(model, what)) or takes(model, key, given)
    kind = "argument" if what.startswith("`") else "key"
    fix = replacement(at, key, meant[key]) if key in meant else None
    return Problem("A201", f"{what} has no {kind} `{key}`", at, hint, fix)


def _axes(values: Mapping[str, Any]) -> list[str]:
    """The axes in the pattern of a node, whose sizes are keys of it."""
    return _WORD.findall(str(values.get("pattern", "")))


def _place(model: type[BaseModel], what: str) -> str:
    """The place where a key of a model stands: an argument of a node is one of its op."""
    return "section" if model is File else argument_of(what.strip("`"))


def _unfit(model: type[BaseModel], key: str, item: ErrorDetails) -> str:
    """What a value must be, in words: what it exceeds, if it is else of the right kind."""
    most = item.get("ctx", {}).get("max_length")
    if item["type"] == "too_long":
        return f"can have at most {most:,} entries"
    if item["type"] == "string_too_long":
        return f"can have at most {most:,} characters"
    words = expected(model, key)
    low, high = (item.get("ctx", {}).get(bound) for bound in ("ge", "le"))
    if high is not None and " to " not in words:
        words += f" and at most {_number(high)}" if "least" in words else f" of at most {_number(high)}"
    elif low is not None and "least" not in words and " to " not in words:
        words += f" of at least {_number(low)}"
    return f"must be {words}"


def _number(bound: float) -> str:
    return f"{bound:,}" if isinstance(bound, int) else f"{bound:g}"


def _mended(model: type[BaseModel], key: str, value: Any, at: Span) -> Fix | None:
    """What can only be meant: a boolean in words of YAML 1.1, a choice misspelt, a whole number as a float."""
    schema = property_of(model, key)
    if isinstance(value, str) and "true or false" in words_of(schema):
        return boolean(value, at)
    if isinstance(value, str):
        return correction(value, choices(schema), at, kind_of(model, key))
    if isinstance(value, float) and value == int(value) and "an integer" in words_of(schema):
        return replacement(at, at.text, str(int(value))) if _FLOAT.fullmatch(at.text) else None
    return None


def boolean(value: str, at: Span) -> Fix | None:
    """`true` or `false` for a word that was one in YAML 1.1; the quotes around it go, too."""
    is_written = at.text.strip("\"'") == value and not anchored(at)
    return Fix(at, BOOLEANS[value]) if value in BOOLEANS and is_written else None


_WORD = re.compile(r"\w+")
_FLOAT = re.compile(r"[-+]?\d+\.0*")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
