from __future__ import annotations

import pytest

from archspec.export.source.code import WIDTH, Code, Group, call, flat, keyword, lay_out, literal


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1e-6, "1e-06"),
        (True, "True"),
        (None, "None"),
        ((3,), "(3,)"),
        ((1, (2.0, "a")), '(1, (2.0, "a"))'),
        ("it's", '"it\'s"'),
        ('"', "'\"'"),
    ],
)
def test_constants_are_written_as_the_formatter_writes_them(value: object, text: str) -> None:
    assert literal(value) == text
    assert eval(text) == value


def test_what_fits_is_one_line() -> None:
    code = call("f", ["1", keyword("b", call("g", ["2"]))])
    assert flat(code) == "f(1, b=g(2))"
    assert lay_out(code, 4, "x = ", ";") == ["    x = f(1, b=g(2));"]


def test_arguments_stand_on_one_line_of_their_own_or_on_one_each() -> None:
    arguments: list[Code] = ["a" * 40, "b" * 40, "c" * 32]
    found = lay_out(call("function", arguments), 0)
    assert found == ["function(", f"    {', '.join(map(flat, arguments))}", ")"]
    arguments.append("d")
    assert lay_out(call("function", arguments), 0) == ["function(", *(f"    {flat(a)}," for a in arguments), ")"]


def test_lists_have_one_item_a_line() -> None:
    items = ("a" * 60, "b" * 60)
    assert lay_out(Group("[", items, "]"), 0) == ["[", f"    {items[0]},", f"    {items[1]},", "]"]
    assert lay_out(Group("(", items, ")", "tuple"), 0) == ["(", f"    {items[0]},", f"    {items[1]},", ")"]


def test_comprehensions_have_one_clause_a_line() -> None:
    clauses = ("a" * WIDTH, "for a in b")
    assert lay_out(Group("*[", clauses, "]", "comprehension"), 0) == [
        "*[",
        f"    {clauses[0]}",
        f"    {clauses[1]}",
        "]",
    ]
