"""Words from elsewhere: which word here is meant by one, or the way to have here what it is there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache

from archspec.diagnostics import synonyms

_DIMENSIONS = re.compile(r"(?<=[a-z])[123]d")
_BETWEEN = re.compile(r"[\s_-]+")
_MODULE = re.compile(r"^((torch|torchvision|nn|functional|f|tf|keras|layers|timm|jax|flax|linen|onnx|ops)\.)+")


def plain(word: str) -> str:
    """A word without the module that it is in, case, `_` and `-`: `torch.nn.LeakyReLU` is `leakyrelu`."""
    return _BETWEEN.sub("", _MODULE.sub("", word.removesuffix("()").lower()))


def elsewhere(word: str, known: Collection[str]) -> str | None:
    """Which known word is meant by one of elsewhere, however it is written; None where it is none, or nothing is known.

    A known word in another case and with other `_` is one of elsewhere, too.
    """
    for form in _forms(word):
        own = [other for other in known if plain(other) == form]
        if len(own) == 1:
            return own[0]
        for meant in meanings().get(form, ()):
            if meant in known:
                return meant
    return None


def way(word: str, kind: str) -> str:
    """The way to have here what the word is elsewhere, as a sentence; empty where there is none to tell."""
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
    """The words that stand at such a place elsewhere, and the way to have here what they are; see `synonyms.WAYS`."""
    return _by_word(synonyms.WAYS.get(kind, {}))


def _forms(word: str) -> Iterator[str]:
    """How a word may stand in the tables: with the number of dimensions, and without."""
    small = plain(word)
    yield small
    if (bare := _DIMENSIONS.sub("", small)) != small:
        yield bare


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    return {plain(word): way for way, line in table.items() for word in line.split()}
