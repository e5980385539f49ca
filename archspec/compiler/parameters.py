"""Parameters: values given, defaults computed, types and ranges checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any

from archspec.compiler.context import Skip
from archspec.compiler.here import Here, sizes
from archspec.compiler.passed import Passed, Reference
from archspec.compiler.references import reference_to
from archspec.diagnostics import Related, Span, did_you_mean, listed
from archspec.errors import UsageError
from archspec.language import UNKNOWN, Argument, BlockSpec, Nodes, ParameterSpec, Spec, forbidden
from archspec.language.phrases import shown
from archspec.language.reading import boolean
from archspec.language.remedies import text_help, truth_help
from archspec.types.figures import bound


def chosen_params(spec: Spec, params: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a caller gives. Raises `UsageError` for what can be none."""
    if not isinstance(params, Mapping):
        raise UsageError(f"`params` must be a mapping from names to values, found {type(params).__name__}")
    for name in params:
        if name not in spec.params:
            hint = did_you_mean(str(name), spec.params) or f"it has {listed(spec.params)}"
            raise UsageError(f"`{spec.name}` has no parameter `{name}`; {hint}")
    return {name: _given_value(name, value) for name, value in params.items()}


def _given_value(name: str, value: Any) -> Any:
    """A value as expressions know it: lists are tuples, and numbers those of Python."""
    if isinstance(value, str) and (character := forbidden(value)):
        raise UsageError(f"the parameter `{name}` contains {character}, which is not allowed")
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return tuple(_given_value(name, item) for item in value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and isfinite(value):
        return float(value)
    raise UsageError(f"the parameter `{name}` must be a finite number, a string, a boolean or a list, found {value!r}")


def bind(
    what: str,
    parameters: Mapping[str, ParameterSpec],
    given: Mapping[str, Any],
    arguments: Mapping[str, Argument],
    call: Span,
    here: Here,
    block: BlockSpec | None = None,
) -> dict[str, Any]:
    """The value of every parameter, in their order; after a report, those that are wrong are unknown.

    `call` is what gives the values, by `arguments`; they are those of the spec where there is no `block`.
    """
    found: dict[str, Any] = {}
    definition = None if block is None else block.span
    related = (Related(definition, f"{what} is defined here"),) if definition else ()
    missing = [p.name for p in parameters.values() if p.name not in given and p.default is None and p.type != "layers"]
    # what is missing may stand among `defaults` under a mistaken name
    if missing and not here.partial and not (here.context.strange_defaults and here.own):
        wanted = [parameters[name] for name in missing]
        names = " and ".join(f"`{name}`" for name in missing)
        at = call if definition else wanted[0].span
        here.report("A202", f"{what} needs {names}", at, f"add {_wanted(wanted)}", related)
    # a default sees the parameters before it: `found` as it grows
    inner, around = here.at(params=found, block=block), sizes("input", here.value)
    for parameter in parameters.values():
        name = parameter.name
        if name in missing:
            found[name] = UNKNOWN
        elif name in given and parameter.type is None and parameter.default is not None and parameter.default.broken:
            # what it takes is unknown
            found[name] = UNKNOWN
        elif name in given:
            found[name] = given[name]
        else:
            found[name] = _default(parameter, inner, here, around)
        is_known = found[name] is not UNKNOWN and found[name] is not None
        problem = _problem(parameter, found[name]) if is_known else ""
        if problem:
            argument = arguments.get(name) if name in given else None
            at = argument.at if argument else parameter.span if name in given else _place_of_default(parameter, call)
            is_word = parameter.type == "bool" and isinstance(found[name], str)
            fix = boolean(found[name], at) if is_word else None
            help = _help(parameter, found[name])
            uses = () if argument is None else (argument.template,)
            here.report("A204", f"`{name}` of {what} {problem}", at, help, related, fix=fix, uses=uses)
            found[name] = UNKNOWN
    return found


def _place_of_default(parameter: ParameterSpec, call: Span) -> Span:
    """Where a default is written; for one that depends on what a call gives, the call."""
    default = parameter.default
    if default is not None and not default.constant:
        return call
    # over a base, the file that extends is the one to mend
    return default.span if default is not None and default.span.source is parameter.span.source else parameter.span


def _wanted(missing: list[ParameterSpec]) -> str:
    """What is to be given, in words."""
    found = ((f"`{p.name}: …`, {_words(p)}", p.description) for p in missing)
    return "; ".join(f"{words} ({text.rstrip('.')})" if text else words for words, text in found)


def _default(parameter: ParameterSpec, inner: Here, here: Here, around: Mapping[str, Any]) -> Any:
    """The value of a parameter that is left out; unknown after a report."""
    default = parameter.default
    if default is None:
        return Passed(parameter.nodes or Nodes((), parameter.span))
    if default.constant and not default.broken and parameter.type not in ("ref", "refs"):
        return default.run({})
    try:
        return passed(parameter.type, inner.evaluate(default, around), default.span, here)
    except Skip:
        return UNKNOWN


def passed(kind: str | None, found: Any, at: Span, here: Here) -> Any:
    """A value as a parameter of this type has it: of references, what they name. Raises `Skip` after a report."""
    if kind == "ref" and found is not None:
        return reference_to(found, at, here)
    if kind == "refs":
        texts = found if isinstance(found, tuple) else (found,)
        flat = [one for text in texts for one in (text if isinstance(text, tuple) else (text,)) if one is not None]
        return tuple([reference_to(text, at, here) for text in flat])
    return found


def _help(parameter: ParameterSpec, value: Any) -> str:
    help = truth_help(value) if parameter.type == "bool" else ""
    if isinstance(value, str) and parameter.type is not None:
        help = help or text_help(value, _words(parameter))
    if help or parameter.description:
        return help or parameter.description
    if parameter.type is None:
        return "pass a value that it accepts, or change its definition"
    return f"`{parameter.name}` is {_words(parameter)}"


def _words(parameter: ParameterSpec) -> str:
    words = {"int": "an integer", "float": "a number", "bool": "true or false", "str": "a string", "list": "a list"}
    return {**words, "ref": "a reference", "refs": "a list of references", "layers": "a list of nodes"}.get(
        parameter.type or "", "a value"
    )


_TYPES: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "bool": bool,
    "str": str,
    "list": (tuple, list),
    "layers": Passed,
    "ref": Reference,
    "refs": tuple,
}


def _problem(parameter: ParameterSpec, value: Any) -> str:
    """Why a value does not fit a parameter; empty where it does."""
    kind = parameter.type
    if kind is not None and not (isinstance(value, _TYPES[kind]) and isinstance(value, bool) <= (kind == "bool")):
        return f"must be {_words(parameter)}, found {shown(value)}"
    if parameter.choices is not None and not any(_same(value, choice) for choice in parameter.choices):
        return f"must be one of {', '.join(map(_word, parameter.choices))}, found {shown(value)}"
    if parameter.least is None and parameter.most is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"must be a number, found {shown(value)}"
    if parameter.least is not None and value < parameter.least:
        return f"must be at least {bound(parameter.least)}, found {shown(value)}"
    if parameter.most is not None and value > parameter.most:
        return f"must be at most {bound(parameter.most)}, found {shown(value)}"
    return ""


def _same(value: Any, choice: Any) -> bool:
    """Whether a value is a choice; to Python, `true` equals 1 and a list no tuple."""
    if isinstance(choice, (list, tuple)):
        return isinstance(value, tuple) and len(value) == len(choice) and all(map(_same, value, choice))
    return isinstance(value, bool) == isinstance(choice, bool) and bool(value == choice)


def _word(choice: Any) -> str:
    return choice if isinstance(choice, str) else shown(choice)
