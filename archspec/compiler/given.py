"""Values from outside that a sound spec does not take, parameters and sizes of inputs: they are blamed, no line is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from archspec.compiler import typed
from archspec.compiler.inputs import InChannels, InputSize
from archspec.compiler.resize import Kinds, Place, called, places_of
from archspec.diagnostics import Diagnostic, Related
from archspec.language import UNKNOWN, Spec
from archspec.ops.written import literal
from archspec.types.sizes import Dim, Size

_NEAR = 64
"""How far from a size that does not fit one that does is looked for, where no rule for it is known."""
_LARGEST = 2**16
"""Up to where the smallest size that fits is looked for."""
_OPEN = "?"
"""The name of a size while it is asked what it must be a multiple of; no spec has a size of that name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a compilation: its errors, what symbolic sizes must be multiples of, and the steps that it took."""

    errors: Sequence[Diagnostic]
    constraints: Mapping[str, int]
    steps: int


Attempt: TypeAlias = Callable[[Mapping[str, Any], Mapping[Place, Size], InChannels], Outcome]
"""Compile a spec with parameters, sizes and channels."""

_GIVEN: Any = object()
"""The channels that were given, in place of others."""


@dataclass(slots=True)
class Trials:
    """Compilations of a spec with some of what was given, `in_channels` unless others are named: all of them take no
    more steps than one network may."""

    attempt: Attempt
    in_channels: InChannels
    left: int
    longest: int = 0
    known: dict[tuple[Any, ...], Outcome] = field(default_factory=dict)

    def run(self, params: Mapping[str, Any], sizes: Mapping[Place, Size], in_channels: InChannels = _GIVEN) -> Outcome:
        """What comes of it. Raises `TooLong` where that might take too many steps."""
        channels = self.in_channels if in_channels is _GIVEN else in_channels
        key = (tuple(params.items()), tuple(sizes.items()), str(channels))
        if key not in self.known:
            if self.left < self.longest:
                raise TooLong
            found = self.known[key] = self.attempt(params, sizes, channels)
            self.longest = max(self.longest, found.steps + _LEAST)
            self.left -= found.steps + _LEAST
        return self.known[key]

    def sound(self, params: Mapping[str, Any], sizes: Mapping[Place, Size], in_channels: InChannels = _GIVEN) -> bool:
        """Whether it comes to a network."""
        return not self.run(params, sizes, in_channels).errors


_LEAST = 100
"""Steps that a compilation takes at least: those of the smallest specs are not counted."""


class TooLong(Exception):
    """No more compilations: the network is too large to try."""


def blamed(
    spec: Spec,
    errors: Sequence[Diagnostic],
    params: Mapping[str, Any],
    input_size: InputSize,
    sizes: Mapping[Place, int],
    kinds: Kinds,
    trials: Trials,
) -> list[Diagnostic]:
    """The errors of a spec that is sound without some of the parameters and sizes that it was given: these are named.

    Errors of the spec itself stay as they are. Raises `TooLong` where to find out takes too many steps.
    """
    needed = in_general(spec, params)

    def given(kept: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept, and any value for those without a default that are not."""
        return {**needed, **kept}

    if not trials.sound(given({}), {}):
        return [*errors]
    taken: dict[str, Any] = {}
    for name, value in params.items():
        if trials.sound(given({**taken, name: value}), {}):
            taken[name] = value
    fitting: dict[Place, int] = {}
    for place, size in sizes.items():
        # what must agree with another size fits together with it
        for more in ({place: size}, {other: n for other, n in sizes.items() if n == size}):
            if trials.sound(given(taken), {**fitting, **more}):
                fitting |= more
                break
    found: list[Diagnostic] = []
    if wrong := [name for name in params if name not in taken]:
        who = " ".join(typed.parameter(name, params[name]) for name in wrong)
        errors = trials.run(params, fitting).errors
        found += [
            replace(moved(error, f"`{who}`: {error.message}"), help=_help(spec, wrong, error)) for error in errors
        ]
    if misfits := {place: size for place, size in sizes.items() if place not in fitting}:
        (error, *_) = trials.run(given(taken), sizes).errors
        why = error.message
        with suppress(TooLong):
            why = _sentences(misfits, kinds, _Search(trials, given(taken), fitting, misfits), error.code) or why
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
    sizes = {place: n for name, kind in kinds.items() for place, n in places_of(name, kind) if isinstance(n, int)}
    if any(error.code != "A412" for error in errors) or not sizes:
        return [*errors]
    with suppress(TooLong):
        symbols = {place: f"{_OPEN}{i}" for i, place in enumerate(sizes)}
        found = trials.run(params, {place: Dim.symbol(name) for place, name in symbols.items()})
        steps = {place: found.constraints.get(symbols[place], 1) for place in sizes}
        search = _Search(trials, params, sizes, sizes)
        if not found.errors and (words := _multiples(sizes, steps, kinds, search)):
            return [replace(error, help=f"{error.help}; or change the input: {words}") for error in errors]
    return [*errors]


def _multiples(sizes: Mapping[Place, int], steps: Mapping[Place, int], kinds: Kinds, search: _Search) -> str:
    """The next multiples of sizes that are none, if the network is sound with them."""
    wrong = [place for place, size in sizes.items() if size % steps[place]]
    below, above = ({p: (sizes[p] // steps[p] + more) * steps[p] for p in wrong} for more in (0, 1))
    near = [sound for sound in (below, above) if wrong and all(sound.values()) and search.sound(sound)]
    alike: dict[str, list[str]] = {}
    for place in wrong if near else ():
        words = f"a multiple of {steps[place]}: {either([sound[place] for sound in near])}"
        alike.setdefault(words, []).append(called(place, kinds))
    return _listed(alike)


def moved(error: Diagnostic, message: str, label: str = "") -> Diagnostic:
    """An error that is no line's, with the place where it was met."""
    places = (Related(error.span, label or error.label or "here"),) if error.span is not None else ()
    help = "" if label and label not in message else error.help
    return Diagnostic(error.code, message, None, "", help, (*places, *error.related))


@dataclass(frozen=True, slots=True)
class _Search:
    """What a size must be, where the others are as they fit, or as the spec declares them."""

    trials: Trials
    params: Mapping[str, Any]
    fitting: Mapping[Place, int]
    misfits: Mapping[Place, int]

    def words(self, place: Place, size: int, code: str) -> str:
        """What it must be, with the next ones, or nothing where that is not found."""
        places, step = self._multiple(place, size)
        if size % step:
            near = [n for n in (size // step * step, -(-size // step) * step) if n and self._fits(places, n)]
            if near:
                return f"a multiple of {step}: {either(near)}"
        # an output without a size
        if code == "A403" and (least := self._least(places, size, step)):
            return f"at least {least}" if step == 1 else f"a multiple of {step}, at least {least}"
        return either(self._near(places, size))

    def _fits(self, places: Sequence[Place], size: int) -> bool:
        return self.sound(dict.fromkeys(places, size))

    def sound(self, sizes: Mapping[Place, int]) -> bool:
        """Whether the network is, with these sizes."""
        return self.trials.sound(self.params, {**self.fitting, **sizes})

    def _multiple(self, place: Place, size: int) -> tuple[Sequence[Place], int]:
        """What the size must be a multiple of, as far as it is known, and the sizes that must be the same with it."""
        for places in ([place], [other for other, n in self.misfits.items() if n == size]):
            open_sizes: dict[Place, Size] = dict.fromkeys(places, Dim.symbol(_OPEN))
            found = self.trials.run(self.params, {**self.fitting, **open_sizes})
            if not found.errors:
                return places, found.constraints.get(_OPEN, 1)
        return [place], 1

    def _least(self, places: Sequence[Place], size: int, step: int) -> int | None:
        """The smallest multiple that is large enough."""
        small, large = size // step, max(2 * (size // step), 1)
        while not self._fits(places, large * step):
            small, large = large, 2 * large
            if large * step > _LARGEST:
                return None
        while large - small > 1:
            middle = (small + large) // 2
            small, large = (small, middle) if self._fits(places, middle * step) else (middle, large)
        return large * step

    def _near(self, places: Sequence[Place], size: int) -> list[int]:
        """The next smaller and the next larger size that fit."""
        return near(size, lambda n: self._fits(places, n))


def near(given: int, fits: Callable[[int], bool]) -> list[int]:
    """The next smaller and the next larger number that fit."""
    ways = (range(given - 1, max(given - _NEAR, 1) - 1, -1), range(given + 1, given + _NEAR + 1))
    found = (next((n for n in way if fits(n)), None) for way in ways)
    return [n for n in found if n is not None]


def either(sizes: Sequence[int]) -> str:
    """`224 or 256`."""
    return " or ".join(map(str, sizes))


def _sentences(misfits: Mapping[Place, int], kinds: Kinds, search: _Search, code: str) -> str:
    """What sizes must be: `H must be a multiple of 32: 224 or 256, and so must W`; nothing where one is not known."""
    alike: dict[str, list[str]] = {}
    for place, size in misfits.items():
        words = search.words(place, size, code)
        if not words:
            return ""
        alike.setdefault(words, []).append(called(place, kinds))
    return _listed(alike)


def _listed(alike: Mapping[str, Sequence[str]]) -> str:
    """What sizes must be, from these words to the sizes that they are true of."""
    return "; ".join(
        f"{names[0]} must be {words}" + (f", and so must {' and '.join(names[1:])}" if len(names) > 1 else "")
        for words, names in alike.items()
    )
