"""Values from outside that a sound spec does not take, parameters and sizes of inputs: they are blamed, no line is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from archspec.compiler import typed
from archspec.compiler.inputs import InChannels, InputSize
from archspec.compiler.resize import Axis, Kinds, axes_of, called
from archspec.diagnostics import Diagnostic, Related
from archspec.language import UNKNOWN, Spec
from archspec.ops.written import literal
from archspec.records import record
from archspec.types.sizes import Dim, Size

_DISTANCE = 64
"""How far from a size that does not fit one that does is looked for, where no rule for it is known."""
_LARGEST_SIZE = 2**16
"""Up to where the smallest size that fits is looked for."""
_OPEN = "?"
"""The name of a size while it is asked what it must be a multiple of; no spec has a size of that name."""


@record
class Outcome:
    """What came of a compilation: its errors, what symbolic sizes must be multiples of, and the steps that it took."""

    errors: Sequence[Diagnostic]
    constraints: Mapping[str, int]
    steps: int


Attempt: TypeAlias = Callable[[Mapping[str, Any], Mapping[Axis, Size], InChannels], Outcome]
"""Compile a spec with parameters, sizes and channels."""

_GIVEN: Any = object()
"""The channels that were given, in axis of others."""


@dataclass(slots=True)
class Trials:
    """Compilations of a spec with some of what was given, `in_channels` unless others are named: all of them take no
    more steps than one network may."""

    attempt: Attempt
    in_channels: InChannels
    left: int
    longest: int = 0
    known: dict[tuple[Any, ...], Outcome] = field(default_factory=dict)

    def run(self, params: Mapping[str, Any], sizes: Mapping[Axis, Size], in_channels: InChannels = _GIVEN) -> Outcome:
        """What comes of it. Raises `TooLong` where that might take too many steps."""
        channels = self.in_channels if in_channels is _GIVEN else in_channels
        key = (tuple(params.items()), tuple(sizes.items()), str(channels))
        if key not in self.known:
            if self.left < self.longest:
                raise TooLong
            found = self.known[key] = self.attempt(params, sizes, channels)
            self.longest = max(self.longest, found.steps + _START_STEPS)
            self.left -= found.steps + _START_STEPS
        return self.known[key]

    def sound(self, params: Mapping[str, Any], sizes: Mapping[Axis, Size], in_channels: InChannels = _GIVEN) -> bool:
        """Whether it comes to a network."""
        return not self.run(params, sizes, in_channels).errors


_START_STEPS = 100
"""Steps that a compilation takes at least: those of the smallest specs are not counted."""


class TooLong(Exception):
    """No more compilations: the network is too large to try."""


def blamed(
    spec: Spec,
    errors: Sequence[Diagnostic],
    params: Mapping[str, Any],
    input_size: InputSize,
    sizes: Mapping[Axis, int],
    kinds: Kinds,
    trials: Trials,
) -> list[Diagnostic]:
    """The errors of a spec that is sound without some of the parameters and sizes that it was given: these are named.

    Errors of the spec itself stay as they are. Raises `TooLong` where to find out takes too many steps.
    """
    needed = in_general(spec, params)

    def with_unknown(kept: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept, and any value for those without a default that are not."""
        return {**needed, **kept}

    if not trials.sound(with_unknown({}), {}):
        return [*errors]
    taken: dict[str, Any] = {}
    for name, value in params.items():
        if trials.sound(with_unknown({**taken, name: value}), {}):
            taken[name] = value
    fitting: dict[Axis, int] = {}
    for axis, size in sizes.items():
        # what must agree with another size fits together with it
        for more in ({axis: size}, {other: n for other, n in sizes.items() if n == size}):
            if trials.sound(with_unknown(taken), {**fitting, **more}):
                fitting |= more
                break
    found: list[Diagnostic] = []
    if wrong := [name for name in params if name not in taken]:
        who = " ".join(typed.parameter(name, params[name]) for name in wrong)
        errors = trials.run(params, fitting).errors
        found += [
            replace(moved(error, f"`{who}`: {error.message}"), help=_help(spec, wrong, error)) for error in errors
        ]
    if misfits := {axis: size for axis, size in sizes.items() if axis not in fitting}:
        (error, *_) = trials.run(with_unknown(taken), sizes).errors
        why = error.message
        with suppress(TooLong):
            why = _sentences(misfits, kinds, _Search(trials, with_unknown(taken), fitting, misfits), error.code) or why
        found.append(moved(error, f"`{typed.sizes(input_size)}` does not fit `{spec.name}`: {why}", error.message))
    return found


def _help(spec: Spec, names: Sequence[str], error: Diagnostic) -> str:
    """What to give instead: the help of an error about a parameter itself, otherwise its default, which fits."""
    default = spec.params[names[0]].default
    if len(names) > 1 or default is None or not default.constant or f"`{names[0]}`" in error.message:
        return error.help
    return f"give `{names[0]}` another value; by default it is {literal(default.evaluate({}))}"


def in_general(spec: Spec, params: Mapping[str, Any]) -> dict[str, Any]:
    """Any value for those of the parameters that have no default."""
    return {name: UNKNOWN for name in params if spec.params[name].default is None}


def with_fitting_sizes(
    errors: Sequence[Diagnostic], params: Mapping[str, Any], kinds: Kinds, trials: Trials
) -> list[Diagnostic]:
    """The errors of joins that the sizes of the input alone are to blame for: their help names those that fit."""
    sizes = {axis: n for name, kind in kinds.items() for axis, n in axes_of(name, kind) if isinstance(n, int)}
    if any(error.code != "A412" for error in errors) or not sizes:
        return [*errors]
    with suppress(TooLong):
        symbols = {axis: f"{_OPEN}{i}" for i, axis in enumerate(sizes)}
        found = trials.run(params, {axis: Dim.symbol(name) for axis, name in symbols.items()})
        steps = {axis: found.constraints.get(symbols[axis], 1) for axis in sizes}
        search = _Search(trials, params, sizes, sizes)
        if not found.errors and (words := _multiples(sizes, steps, kinds, search)):
            return [replace(error, help=f"{error.help}; or change the input: {words}") for error in errors]
    return [*errors]


def _multiples(sizes: Mapping[Axis, int], steps: Mapping[Axis, int], kinds: Kinds, search: _Search) -> str:
    """The next multiples of sizes that are none, if the network is sound with them."""
    wrong = [axis for axis, size in sizes.items() if size % steps[axis]]
    below, above = ({p: (sizes[p] // steps[p] + more) * steps[p] for p in wrong} for more in (0, 1))
    near = [sound for sound in (below, above) if wrong and all(sound.values()) and search.sound(sound)]
    alike: dict[str, list[str]] = {}
    for axis in wrong if near else ():
        words = f"a multiple of {steps[axis]}: {either([sound[axis] for sound in near])}"
        alike.setdefault(words, []).append(called(axis, kinds))
    return _listed(alike)


def moved(error: Diagnostic, message: str, label: str = "") -> Diagnostic:
    """An error that is no line's, with the axis where it was met."""
    met = (Related(error.span, label or error.label or "here"),) if error.span is not None else ()
    help = "" if label and label not in message else error.help
    return Diagnostic(error.code, message, None, "", help, (*met, *error.related))


@record
class _Search:
    """What a size must be, where the others are as they fit, or as the spec declares them."""

    trials: Trials
    params: Mapping[str, Any]
    fitting: Mapping[Axis, int]
    misfits: Mapping[Axis, int]

    def requirement(self, axis: Axis, size: int, code: str) -> str:
        """What it must be, with the next ones, or nothing where that is not found."""
        axes, step = self._multiple(axis, size)
        if size % step:
            near = [n for n in (size // step * step, -(-size // step) * step) if n and self._fits(axes, n)]
            if near:
                return f"a multiple of {step}: {either(near)}"
        # an output without a size
        if code == "A403" and (least := self._least(axes, size, step)):
            return f"at least {least}" if step == 1 else f"a multiple of {step}, at least {least}"
        return either(self._near(axes, size))

    def _fits(self, axes: Sequence[Axis], size: int) -> bool:
        return self.sound(dict.fromkeys(axes, size))

    def sound(self, sizes: Mapping[Axis, int]) -> bool:
        """Whether the network is, with these sizes."""
        return self.trials.sound(self.params, {**self.fitting, **sizes})

    def _multiple(self, axis: Axis, size: int) -> tuple[Sequence[Axis], int]:
        """What the size must be a multiple of, as far as it is known, and the sizes that must be the same with it."""
        for axes in ([axis], [other for other, n in self.misfits.items() if n == size]):
            open_sizes: dict[Axis, Size] = dict.fromkeys(axes, Dim.symbol(_OPEN))
            found = self.trials.run(self.params, {**self.fitting, **open_sizes})
            if not found.errors:
                return axes, found.constraints.get(_OPEN, 1)
        return [axis], 1

    def _least(self, axes: Sequence[Axis], size: int, step: int) -> int | None:
        """The smallest multiple that is large enough."""
        small, large = size // step, max(2 * (size // step), 1)
        while not self._fits(axes, large * step):
            small, large = large, 2 * large
            if large * step > _LARGEST_SIZE:
                return None
        while large - small > 1:
            middle = (small + large) // 2
            small, large = (small, middle) if self._fits(axes, middle * step) else (middle, large)
        return large * step

    def _near(self, axes: Sequence[Axis], size: int) -> list[int]:
        """The next smaller and the next larger size that fit."""
        return near(size, lambda n: self._fits(axes, n))


def near(given: int, fits: Callable[[int], bool]) -> list[int]:
    """The next smaller and the next larger number that fit."""
    ways = (range(given - 1, max(given - _DISTANCE, 1) - 1, -1), range(given + 1, given + _DISTANCE + 1))
    found = (next((n for n in way if fits(n)), None) for way in ways)
    return [n for n in found if n is not None]


def either(sizes: Sequence[int]) -> str:
    """`224 or 256`."""
    return " or ".join(map(str, sizes))


def _sentences(misfits: Mapping[Axis, int], kinds: Kinds, search: _Search, code: str) -> str:
    """What sizes must be: `H must be a multiple of 32: 224 or 256, and so must W`; nothing where one is not known."""
    alike: dict[str, list[str]] = {}
    for axis, size in misfits.items():
        words = search.requirement(axis, size, code)
        if not words:
            return ""
        alike.setdefault(words, []).append(called(axis, kinds))
    return _listed(alike)


def _listed(alike: Mapping[str, Sequence[str]]) -> str:
    """What sizes must be, from these words to the sizes that they are true of."""
    return "; ".join(
        f"{names[0]} must be {words}" + (f", and so must {' and '.join(names[1:])}" if len(names) > 1 else "")
        for words, names in alike.items()
    )
