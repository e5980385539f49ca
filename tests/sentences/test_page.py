"""Each passage of `additions.md` is quoted above what shows it to be so, and its arguments are those of the ops."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from archspec.language.combinators import COMBINATORS
from archspec.language.phrases import choices, property_of
from archspec.ops import JOINS, OPS
from archspec.ops.written import literal
from tests.sentences.page import TESTS, arguments, quotes, unquoted

PAGE = (Path(__file__).parent / "additions.md").read_text(encoding="utf-8")
ARGUMENTS = arguments(PAGE)
WORDS = {**OPS, **JOINS, **COMBINATORS}


def test_every_passage_is_quoted() -> None:
    assert unquoted(PAGE, (part for path in sorted(TESTS.rglob("*.py")) for part in quotes(path))) == []


def test_what_nobody_quotes_is_found() -> None:
    page = "`roll`: dim, shift\n\n- Rolls the values. A shift of 0 changes nothing, and\n  a negative one rolls back.\n"
    assert unquoted(page, []) == ["Rolls the values A shift of 0 changes nothing and a negative one rolls back"]
    assert unquoted(page, [["Rolls", "the", "values"]]) == [
        "values A shift of 0 changes nothing and a negative one rolls back"
    ]
    assert (
        unquoted(page, [["of", "0"], ["A", "shift", "of", "0", "changes", "nothing", "and", "never", "more"]])[0]
        == "Rolls the values A"
    )
    assert arguments(page) == {"roll": {"dim": [], "shift": []}}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_the_arguments_are_those_of_the_page(name: str) -> None:
    cls: Any = WORDS[name] if name != "concat" else COMBINATORS["concat"]
    fields = {(field.alias or key): (key, field) for key, field in cls.model_fields.items()}
    if name == "flip":  # `flip`, `roll`: dim; shift, dim
        ARGUMENTS[name].pop("shift", None)
    for argument, values in ARGUMENTS[name].items():
        assert argument in fields, f"{name} has {list(fields)}"
        key, field = fields[argument]
        if values:
            described = re.search(r"Default: (\S+)\.", field.description or "")
            default = described[1] if field.default is None and described else literal(field.default)
            assert default.removesuffix(".0") == values[0].removesuffix(".0"), argument
        if values[1:]:
            assert choices(property_of(cls, key)) == values
