"""Words from elsewhere: which word here is meant by one, or the way to have here what it is there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache

from archspec.diagnostics import arguments, synonyms

_DIMENSIONS = re.compile(r"(?<=[a-z])[123]d")
_BETWEEN = re.compile(r"[\s_-]+")
_OF = " of "
_MODULE = re.compile(r"^((torch|torchvision|nn|functional|f|tf|keras|layers|timm|jax|flax|linen|onnx|ops)\.)+")


def plain(word: str) -> str:
    """A word without the module that it is in, case, `_` and `-`: `torch.nn.LeakyReLU` is `leakyrelu`."""
    return _BETWEEN.sub("", _MODULE.sub("", word.removesuffix("()").lower()))


def argument_of(op: str) -> str:
    """The place where an argument of an op stands; see `way`."""
    return f"argument{_OF}{op}"


def elsewhere(word: str, known: Collection[str], kind: str | None = None) -> str | None:
    """Which known word is meant by one of elsewhere, however it is written; None where it is none, or nothing is known.

    A known word in another case and with other `_` is one of elsewhere, too. What a word means at the op of the `kind`
    of place goes before what it means at others.
    """
    for form in _forms(word):
        own = [other for other in known if plain(other) == form]
        if len(own) == 1:
            return own[0]
        if (meant := _at(kind).get(form)) is not None:
            return meant if meant in known else None
        for meant in meanings().get(form, ()):
            if meant in known:
                return meant
    return None


def way(word: str, kind: str) -> str:
    """The way to have here what the word is elsewhere, as a sentence; empty where there is none to tell.

    The `kind` is a place of `synonyms.WAYS`, or `argument_of` an op.
    """
    return next((found for form in _forms(word) if (found := ways(kind).get(form))), "")


def needless(word: str) -> str:
    """The remedy for an argument that need not be given; empty for any other."""
    return _by_word(synonyms.NEEDLESS).get(plain(word), "")


@cache
def meanings() -> Mapping[str, tuple[str, ...]]:
    """Words from elsewhere, and what each may mean here."""
    found: dict[str, tuple[str, ...]] = {}
    for meant, line in synonyms.MEANT.items():
        for word in line.split():
            found[plain(word)] = (*found.get(plain(word), ()), meant)
    return found


@cache
def ways(kind: str) -> Mapping[str, str]:
    """The words that stand at such a place elsewhere, and the way to have here what they are; see `way`."""
    found = {**_by_word(synonyms.WAYS.get(kind.partition(_OF)[0], {})), **_at(kind)}
    return {word: told for word, told in found.items() if not _is_word(told)}


def meanings_at(kind: str | None) -> Mapping[str, str]:
    """The words that mean an argument of the op of such a place, whatever they mean at others."""
    return {word: told for word, told in _at(kind).items() if _is_word(told)}


@cache
def _at(kind: str | None) -> Mapping[str, str]:
    """What is said of words at the op of such a place alone."""
    return _by_word(arguments.OF.get((kind or "").partition(_OF)[2], {}))


def _is_word(told: str) -> bool:
    """Whether what is told of a word is an argument that it means, and no sentence."""
    return " " not in told


def _forms(word: str) -> Iterator[str]:
    """How a word may stand in the tables: with the number of dimensions, and without."""
    small = plain(word)
    yield small
    if (bare := _DIMENSIONS.sub("", small)) != small:
        yield bare


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    return {plain(word): way for way, line in table.items() for word in line.split()}
