"""Channels of inputs, given from outside, that a sound spec does not take: they are blamed, no line is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from archspec.compiler import typed
from archspec.compiler.blame import TooLong, Trials, either, in_general, moved, near
from archspec.compiler.inputs import InChannels
from archspec.compiler.resize import Axis
from archspec.diagnostics import Diagnostic
from archspec.language import Spec
from archspec.types.sizes import Size


def channels_blamed(
    spec: Spec, errors: Sequence[Diagnostic], params: Mapping[str, Any], sizes: Mapping[Axis, Size], trials: Trials
) -> list[Diagnostic] | None:
    """The errors of a spec that is sound with the channels it declares: the given ones are named. None where they are
    not to blame, or not alone, so that sizes and parameters are looked at first.

    Raises `TooLong` where to find out takes too many steps.
    """
    if not trials.sound(params, sizes, None):
        params, sizes = in_general(spec, params), {}
        if trials.sound(params, sizes) or not trials.sound(params, sizes, None):
            return None
        errors = trials.run(params, sizes).errors
    fitting = ""
    with suppress(TooLong):
        fitting = _fitting(spec, params, sizes, trials)
    who = f"`{typed.channels(trials.in_channels)}` does not fit `{spec.name}`"
    return [
        moved(error, f"{who}: {fitting or error.message}", error.message) for error in errors[: 1 if fitting else None]
    ]


def _fitting(spec: Spec, params: Mapping[str, Any], sizes: Mapping[Axis, Size], trials: Trials) -> str:
    """The next numbers of channels that fit, where one input alone has others; nothing where there are none."""
    given = trials.in_channels
    names = list(given) if isinstance(given, Mapping) else list(spec.inputs)
    if len(names) != 1:
        return ""
    (name,) = names
    (channels,) = given.values() if isinstance(given, Mapping) else (given,)

    def chosen(n: int) -> InChannels:
        return {name: n}

    found = near(channels or 0, lambda n: trials.sound(params, sizes, chosen(n)))
    return f"`{name}` must have {either(found)} channel{'s' * (found != [1])}" if found else ""
