"""Symbolic sizes: integers such as `H`, `⌈H/4⌉` or `H*W` that shape and cost rules compute with as with plain ints.

A `Size` is an `int` or a `Dim`; what turns out constant is an `int` again. A `Dim` is kept in a normal form
(`dims_terms`), so that equal sizes compare equal: a 7×7 convolution of stride 2 and a pooling of stride 2 give what one
pooling in ceil mode of stride 4 gives, `⌈H/4⌉`. Not every equality is seen: `⌊H/2⌋+⌈H/2⌉` is not found to be `H`.

Symbols stand for integers from 1. A comparison is true only if it is known to hold for all of them; one that depends on
their values is false, and so is its opposite. So `if out < 1: fail()` rejects what is surely wrong and lets pass what
may be right, while `if not out >= 1` would reject both, and `max` and `sorted` mean nothing. Equality is that of the
normal form: `dim == 3` is always false.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import NoReturn, TypeAlias

from archspec.records import record
from archspec.types.terms import (
    Atom,
    Coefficient,
    Term,
    Terms,
    collect,
    floor,
    negated,
    period,
    product,
    scaled,
    symbols_of,
    text,
    value,
)

LARGEST_DIVISOR = 1024
"""The largest divisor `divisibility` proposes: a condition somebody can keep."""
_TRIED = (2**20, 1)
"""Numbers for all symbols at which a comparison is tried before it is proved for every number."""


@record(repr=False)
class Dim:
    """A size that depends on symbols: immutable, hashable, printed readably by `str` and in ASCII by `repr`.

    Made by `Dim.symbol` and arithmetic, never from terms.
    """

    terms: Terms

    @staticmethod
    def symbol(name: str) -> Dim:
        """The size called `name`, some integer from 1."""
        return Dim((((Atom((name,), 1, ()),), 1),))

    def assume(self, divisors: Mapping[str, int]) -> Size:
        """This size rewritten for symbols that are multiples of `divisors`: `⌈H/4⌉` becomes `H/4` for `{"H": 4}`.

        The result equals this size on such multiples, and only there.
        """
        multiples = scaled(self.terms, divisors)
        return _size(scaled(multiples, {name: Fraction(1, divisor) for name, divisor in divisors.items()}))

    def __add__(self, other: Size) -> Size:
        return _size(collect([*self.terms, *_terms(other)])) if isinstance(other, (int, Dim)) else NotImplemented

    def __mul__(self, other: Size) -> Size:
        return _size(collect(product(self.terms, _terms(other)))) if isinstance(other, (int, Dim)) else NotImplemented

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Dim:
        return Dim(negated(self.terms))

    def __sub__(self, other: Size) -> Size:
        return self + -other if isinstance(other, (int, Dim)) else NotImplemented

    def __rsub__(self, other: int) -> Size:
        return -self + other if isinstance(other, int) else NotImplemented

    def __floordiv__(self, divisor: int) -> Size:
        if not isinstance(divisor, int):
            return NotImplemented
        if divisor < 1:
            raise ValueError(f"the symbolic size {self} can be divided by a positive integer only, not by {divisor}")
        return _size(floor(tuple(product(self.terms, (((), Fraction(1, divisor)),)))))

    def __mod__(self, divisor: int) -> Size:
        return self - self // divisor * divisor if isinstance(divisor, int) else NotImplemented

    # All values are integers, but what is known of them are real bounds: above -1 is at least 0.
    def __lt__(self, other: Size) -> bool:
        return _surely_above(other - self, 0) if isinstance(other, (int, Dim)) else NotImplemented

    def __le__(self, other: Size) -> bool:
        return _surely_above(other - self, -1) if isinstance(other, (int, Dim)) else NotImplemented

    def __gt__(self, other: Size) -> bool:
        return _surely_above(self - other, 0) if isinstance(other, (int, Dim)) else NotImplemented

    def __ge__(self, other: Size) -> bool:
        return _surely_above(self - other, -1) if isinstance(other, (int, Dim)) else NotImplemented

    def __int__(self) -> NoReturn:
        raise TypeError(f"the size {self} is symbolic and has no integer value; evaluate() it with values of its names")

    __index__ = __int__

    def __bool__(self) -> NoReturn:
        raise TypeError(f"whether the symbolic size {self} is zero depends on its names; use a comparison instead")

    def __str__(self) -> str:
        # Sizes stay compact, costs get room to breathe.
        compact = len(self.terms) == 1 or all(len(monomial) < 2 for monomial, _ in self.terms)
        return text(self.terms, space="" if compact else " ")

    def __repr__(self) -> str:
        return text(self.terms, ascii_only=True)

    def __format__(self, spec: str) -> str:
        """With `,` as a cost, `6,144*S² + 512*S`: like an integer, with separators."""
        return text(self.terms, space=" ", grouping=",") if spec == "," else format(str(self), spec)


Size: TypeAlias = int | Dim


def _terms(size: Size) -> Terms:
    if isinstance(size, Dim):
        return size.terms
    return (((), size),) if size else ()


def _size(terms: Terms) -> Size:
    if not terms:
        return 0
    monomial, coefficient = terms[0]
    return Dim(terms) if monomial else int(coefficient)


def total(sizes: Iterable[Size]) -> Size:
    """The sum of sizes, in time linear in their terms: adding one by one collects those of all before each time."""
    number = 0
    terms: list[Term] = []
    for size in sizes:
        if isinstance(size, Dim):
            terms += size.terms
        else:
            number += size
    return _size(collect([*terms, ((), number)])) if terms else number


def ceil_div(size: Size, divisor: int) -> Size:
    """⌈size / divisor⌉, for a positive divisor."""
    return -(-size // divisor)


def windows(size: Size, kernel: int, stride: int, padding: int = 0, dilation: int = 1) -> Size:
    """The output size of a convolution or pooling: how many windows fit."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def ceil_mode_windows(size: Size, kernel: int, stride: int, padding: int = 0, dilation: int = 1) -> Size:
    """The output size of a pooling with torch's `ceil_mode`, for a padding of at most half the dilated kernel.

    Torch counts ⌈(size + 2·padding - dilation·(kernel-1) - 1) / stride⌉ + 1 windows and drops the last one if it would
    start in the right padding, at or after size + padding. As ⌈(size + padding) / stride⌉ windows start before that,
    the result is the smaller of both: one expression, with no case to decide for a symbolic size.
    """
    surplus = padding - dilation * (kernel - 1) - 1 + stride
    return ceil_div(size + padding + min(surplus, 0), stride)


def symbols(size: Size) -> frozenset[str]:
    """The names that `size` depends on."""
    return frozenset(symbols_of(_terms(size)))


def evaluate(size: Size, values: Mapping[str, int]) -> int:
    """The value of `size` where the symbols have `values`.

    Raises KeyError for a symbol without value, and ValueError where a division that was assumed exact is not.
    """
    number = value(_terms(size), values)
    if number.denominator != 1:
        given = ", ".join(f"{name} = {values[name]}" for name in sorted(symbols(size)))
        raise ValueError(f"{size} is not an integer for {given}")
    return number.numerator


def divisibility(a: Size, b: Size) -> dict[str, int] | None:
    """What the symbols must be divisible by for `a` and `b` to be equal: `{"H": 32}`, with the smallest such numbers.

    `{}` if they are equal anyway, None if no divisors up to LARGEST_DIVISOR make them equal: the sizes truly differ.
    `divisibility(size, size // 4 * 4)` asks what makes `size` a multiple of 4.
    """
    difference = collect([*_terms(a), *negated(_terms(b))])
    # Where no floor rounds, polynomials are left: if they differ, they differ on every set of multiples.
    exact = period(difference)
    divisors = dict.fromkeys(sorted(symbols_of(difference)), exact)
    if scaled(difference, divisors):
        return None
    for name in divisors:
        # Whether a size is rounded is a matter of the remainder by the period, so its divisors are all there is to try.
        for divisor in range(1, min(exact, LARGEST_DIVISOR) + 1):
            if exact % divisor == 0 and not scaled(difference, {**divisors, name: divisor}):
                divisors[name] = divisor
                break
        else:
            return None
    return {name: divisor for name, divisor in divisors.items() if divisor > 1}


def agreeing(a: Size, b: Size) -> dict[str, int]:
    """The divisors under which two sizes are equal that are, or may be."""
    return {} if a == b or (isinstance(a, int) and isinstance(b, int)) else divisibility(a, b) or {}


def agree(a: Size, b: Size) -> bool:
    """Whether two sizes are equal, or are for symbols with certain divisors."""
    return a == b or (not (isinstance(a, int) and isinstance(b, int)) and divisibility(a, b) is not None)


def _surely_above(size: Size, bound: int) -> bool:
    terms = _terms(size)
    # most comparisons ask for what is wrong, and nearly all are answered by one size for which it is right
    for number in _TRIED:
        if value(terms, dict.fromkeys(symbols_of(terms), number)) <= bound:
            return False
    least = _least(terms)
    return least is not None and least > bound


@lru_cache(maxsize=1024)
def _least(terms: Terms) -> Coefficient | None:
    """A lower bound of the terms where all symbols are at least 1; None if none was found."""
    bounds = [_least_by_atoms(_relaxed(terms, everything)) for everything in (False, True)]
    return max((bound for bound in bounds if bound is not None), default=None)


def _least_of_atom(atom: Atom) -> int | None:
    if not atom.terms:
        return 1
    least = _least(atom.terms)
    return None if least is None else math.floor(least)


def _relaxed(terms: Terms, everything: bool) -> Terms:
    """Something smaller with fewer floors, by x - (k-1)/k ≤ ⌊x⌋ ≤ x.

    Without `everything`, only floors that count negatively are replaced. The first inequality costs the other ones more
    than it gains unless they cancel with something: it forgets that they are not negative.
    """
    pending, done = list(terms), []
    while pending:
        monomial, coefficient = pending.pop()
        for index, atom in enumerate(monomial):
            others = monomial[:index] + monomial[index + 1 :]
            if atom.terms and (everything or coefficient < 0) and all(map(_is_natural, others)):
                slack = 0 if coefficient < 0 else Fraction(1 - atom.divisor, atom.divisor)
                pending += product([(others, coefficient)], (*atom.terms, ((), slack)))
                break
        else:
            done.append((monomial, coefficient))
    return collect(done)


def _is_natural(atom: Atom) -> bool:
    least = _least_of_atom(atom)
    return least is not None and least >= 0


def _least_by_atoms(terms: Terms) -> Coefficient | None:
    """The terms' value where every atom has its least one, if all that the atoms may be larger only adds to it."""
    shifted: list[Term] = []
    for monomial, coefficient in terms:
        factor: list[Term] = [((), coefficient)]
        for atom in monomial:
            least = _least_of_atom(atom)
            if least is None:
                return None
            factor = list(product(factor, (((atom,), 1), ((), least))))
        shifted += factor
    collected = collect(shifted)
    if any(coefficient < 0 for monomial, coefficient in collected if monomial):
        return None
    return next((coefficient for monomial, coefficient in collected if not monomial), 0)
