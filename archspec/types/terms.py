"""The normal form behind symbolic sizes: polynomials over symbols and floors, and their text.

Terms are sorted, with like ones collected and none zero. A floor keeps only what is truly rounded: `⌊(H+5)/4⌋` is
`⌊(H+1)/4⌋+1`, `⌊⌊H/2⌋/2⌋` is `⌊H/4⌋`, `⌊(2*H+1)/4⌋` is `⌊H/2⌋`, `⌊-H/4⌋` is `-⌈H/4⌉`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeAlias

from archspec.limits import FLOOR_DIVISOR, FLOORS

# Fractions occur inside floors, and outside for divisions that an assumption made exact (`H/4`).
Coefficient: TypeAlias = "int | Fraction"
Monomial: TypeAlias = "tuple[Atom, ...]"
Term: TypeAlias = "tuple[Monomial, Coefficient]"
Terms: TypeAlias = "tuple[Term, ...]"


class TooDeep(ValueError):
    """A size whose normal form has too many floors inside each other, or divides by too large a number."""

    def __init__(self) -> None:
        super().__init__("the symbolic size is rounded too many times to be written as a formula")


class Atom(NamedTuple):
    """A symbol (no terms), or the floor of `terms`, whose coefficients have `divisor` as common denominator.

    The fields' order sorts the atoms: by symbol, then from the finest resolution to the coarsest.
    """

    symbols: tuple[str, ...]
    divisor: int
    terms: Terms

    @property
    def is_ceiling(self) -> bool:
        """Whether this is ⌊x + (k-1)/k⌋, which is ⌈x⌉; the constant is then the last term."""
        return bool(self.terms) and self.terms[-1] == ((), Fraction(self.divisor - 1, self.divisor))


def collect(terms: Iterable[Term]) -> Terms:
    """Like terms added, zeros left out, sorted from the highest degree to the constant."""
    sums: dict[Monomial, Coefficient] = {}
    for monomial, coefficient in terms:
        sums[monomial] = sums.get(monomial, 0) + coefficient
    ordered = sorted(sums, key=lambda monomial: (-len(monomial), monomial))
    return tuple((monomial, _plain(sums[monomial])) for monomial in ordered if sums[monomial])


def _plain(number: Coefficient) -> Coefficient:
    return number.numerator if number.denominator == 1 else number


def product(a: Iterable[Term], b: Terms) -> Iterator[Term]:
    """Every term of `a` times every term of `b`, not collected."""
    return ((tuple(sorted(m + n)), c * d) for m, c in a for n, d in b)


def negated(terms: Iterable[Term]) -> Terms:
    """The terms with the opposite signs."""
    return tuple((monomial, -coefficient) for monomial, coefficient in terms)


@lru_cache(maxsize=1024)  # a network divides the same few sizes over and over
def floor(terms: Terms) -> Terms:
    """The normal form of ⌊terms⌋: whole multiples stand outside, the leading coefficient inside is positive."""
    whole: list[Term] = []
    rest: list[Term] = []
    constant: Coefficient = 0
    for monomial, coefficient in terms:
        if not monomial:
            constant = coefficient
            continue
        multiple = math.trunc(coefficient)
        whole.append((monomial, multiple))
        if coefficient != multiple:
            rest.append((monomial, coefficient - multiple))
    # The rest takes multiples of 1/divisor as values: a constant in between makes no difference.
    divisor = math.lcm(*(coefficient.denominator for _, coefficient in rest))
    steps = math.floor(constant * divisor)
    whole.append(((), steps // divisor))
    if not rest:
        return collect(whole)
    constant = Fraction(steps % divisor, divisor)
    if rest[0][1] < 0:  # ⌊-x⌋ = -⌈x⌉
        ceiling = floor(collect([*negated(rest), ((), Fraction(divisor - 1, divisor) - constant)]))
        return collect([*whole, *negated(ceiling)])
    inside = collect([*rest, ((), constant)])
    unnested = _unnested(inside, divisor)
    if unnested is not None:
        return collect([*whole, *floor(unnested)])
    if divisor > FLOOR_DIVISOR or _depth(inside) >= FLOORS:
        raise TooDeep
    atom = Atom(tuple(sorted(symbols_of(inside))), divisor, inside)
    return collect([*whole, ((atom,), 1)])


def _depth(terms: Terms) -> int:
    """The floors inside each other."""
    atoms = [atom for monomial, _ in terms for atom in monomial if atom.terms]
    return 1 + max(_depth(atom.terms) for atom in atoms) if atoms else 0


def _unnested(terms: Terms, divisor: int) -> Terms | None:
    """Terms with the same floor but one floor less inside, if they can be had: ⌊(⌊x⌋ + n) / k⌋ = ⌊(x + n) / k⌋."""
    for index, (monomial, coefficient) in enumerate(terms):
        if len(monomial) == 1 and monomial[0].terms and coefficient * divisor in (1, -1):
            inner = monomial[0]
            # -⌊x⌋ = ⌈-x⌉, and ⌈y⌉ = ⌊y + (k-1)/k⌋ for multiples of 1/k.
            rounding = 0 if coefficient > 0 else Fraction(inner.divisor - 1, inner.divisor * divisor)
            exact = product([((), coefficient)], inner.terms)
            return collect([*terms[:index], *terms[index + 1 :], *exact, ((), rounding)])
    return None


def scaled(terms: Terms, factors: Mapping[str, Coefficient]) -> Terms:
    """The terms with every symbol replaced by the given multiple of itself."""
    result: list[Term] = []
    for monomial, coefficient in terms:
        factor: list[Term] = [((), coefficient)]
        for atom in monomial:
            factor = list(product(factor, _scaled_atom(atom, factors)))
        result += factor
    return collect(result)


def _scaled_atom(atom: Atom, factors: Mapping[str, Coefficient]) -> Terms:
    if not atom.terms:
        return (((atom,), factors.get(atom.symbols[0], 1)),)
    if atom.is_ceiling:
        # Scaled as ⌈x⌉, for the sake of the way back: where H = 4*h, ⌈h/2⌉ should become ⌈H/8⌉, not ⌊(H+4)/8⌋.
        return negated(floor(negated(scaled(atom.terms[:-1], factors))))
    return floor(scaled(atom.terms, factors))


def symbols_of(terms: Terms) -> set[str]:
    """The names of all symbols, those inside floors too."""
    return set(chain.from_iterable(atom.symbols for monomial, _ in terms for atom in monomial))


def period(terms: Terms) -> int:
    """A number such that no floor rounds where all symbols are multiples of it."""
    return math.lcm(*(atom.divisor * period(atom.terms) for monomial, _ in terms for atom in monomial))


def value(terms: Terms, values: Mapping[str, int]) -> Coefficient:
    """The value where the symbols have the given ones; KeyError if one is missing."""
    total: Coefficient = 0
    for monomial, coefficient in terms:
        number = coefficient
        for atom in monomial:
            number *= math.floor(value(atom.terms, values)) if atom.terms else values[atom.symbols[0]]
        total += number
    return total


_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def text(terms: Terms, ascii_only: bool = False, space: str = "", grouping: str = "") -> str:
    """`⌈H/4⌉+1`, or with floors only and in ASCII `floor((H+3)/4)+1`; `space` stands around plus and minus, `grouping`
    between the thousands of factors."""
    if terms[0][1] < 0:  # 4-H rather than -H+4
        terms = tuple(sorted(terms, key=_is_negative))
    result = ""
    for term in terms:
        sign = "-" if _is_negative(term) else "+"
        result += f"{space}{sign}{space}" if result else sign.removeprefix("+")
        result += _term_text(*term, ascii_only, grouping)
    return result


def _is_negative(term: Term) -> bool:
    return term[1] < 0


def _term_text(monomial: Monomial, coefficient: Coefficient, ascii_only: bool, grouping: str) -> str:
    numerator, denominator = abs(coefficient.numerator), coefficient.denominator
    factors = [f"{numerator:{grouping}}"] if numerator != 1 or not monomial else []
    for atom, power in Counter(monomial).items():
        exponent = f"**{power}" if ascii_only else str(power).translate(_SUPERSCRIPTS)
        factors.append(_atom_text(atom, ascii_only) + (exponent if power > 1 else ""))
    return "*".join(factors) + (f"/{denominator}" if denominator > 1 else "")


def _atom_text(atom: Atom, ascii_only: bool) -> str:
    if not atom.terms:
        return atom.symbols[0]
    ceiling = atom.is_ceiling and not ascii_only
    terms = tuple(product((((), atom.divisor),), atom.terms[:-1] if ceiling else atom.terms))
    numerator = text(tuple((monomial, _plain(coefficient)) for monomial, coefficient in terms), ascii_only)
    fraction = f"{numerator}/{atom.divisor}" if len(terms) == 1 else f"({numerator})/{atom.divisor}"
    if ascii_only:
        return f"floor({fraction})"
    return f"⌈{fraction}⌉" if ceiling else f"⌊{fraction}⌋"
