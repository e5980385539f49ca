"""docs/language.md, section 2: values and expressions."""

from __future__ import annotations

from keyword import kwlist
from typing import Any

import pytest

import archspec
from archspec.diagnostics import Diagnostic
from tests.sentences.case import full, graph_of


def value(expression: str) -> Any:
    """What an expression computes, as the default of a spec's parameter."""
    quoted = expression.replace("'", "''")
    return graph_of(
        f"params: {{a: 7, b: 2.5, flag: true, text: wide, sizes: [3, 5, 8], x: '{quoted}'}}\nlayers: [act]"
    ).params["x"]


def problems(expression: str) -> list[Diagnostic]:
    quoted = expression.replace("'", "''")
    return archspec.validate(full(f"params:\n  a: 7\n  x: '{quoted}'\nlayers: [act]"))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # "`$name` or `$( expression )` computes it"
        ("$a", 7),
        ("$(a)", 7),
        ("$( a + 1 )", 8),
        ("$text", "wide"),
        ("$sizes", (3, 5, 8)),
        ("$flag", True),
        # "inside a longer string the result is inserted as text"
        ("block$(a + 1)", "block8"),
        ("block$a", "block7"),
        ("$a-$b", "7-2.5"),
        ("$a$a", "77"),
        ("$text.$a.x", "wide.7.x"),
        ("is $flag", "is true"),
        # "`$$` is a dollar sign"
        ("$$", "$"),
        ("$$a", "$a"),
        ("a$$", "a$"),
        ("$$$a", "$7"),
        # "integers, floats, booleans, strings and lists"
        ("$(1)", 1),
        ("$(1.5)", 1.5),
        ("$(1e-3)", 0.001),
        ("$(true)", True),
        ("$(false)", False),
        ("$('x')", "x"),
        ('$("x")', "x"),
        ("$(')')", ")"),
        ("$('#' + \"#\")", "##"),
        ("$([1, 2.5, 'x'])", (1, 2.5, "x")),
        ("$([])", ()),
        ("$([[1, 2], [3]])", ((1, 2), (3,))),
        # "`+ - * / // % **`"
        ("$(a + 2)", 9),
        ("$(a - 2)", 5),
        ("$(a * 2)", 14),
        ("$(a // 2)", 3),
        ("$(-a // 2)", -4),
        ("$(a % 4)", 3),
        ("$(a ** 2)", 49),
        ("$(2 ** -1)", 0.5),
        ("$(+a)", 7),
        ("$(-2 ** 2)", -4),
        ("$(2 + 3 * 4)", 14),
        ("$((2 + 3) * 4)", 20),
        ("$([1] + [2])", (1, 2)),
        ("$([64] * 3)", (64, 64, 64)),
        # "`/` always gives a float"
        ("$(a / 7)", 1.0),
        ("$(6 / 2)", 3.0),
        # "comparisons, `and or not`, `a if c else b`, list literals, indexing `widths[index]`"
        ("$(a == 7)", True),
        ("$(a != 7)", False),
        ("$(a < 7)", False),
        ("$(a <= 7)", True),
        ("$(1 < a < 8)", True),
        ("$(a > 8 or a < 8)", True),
        ("$(not flag)", False),
        ("$(flag and a > 6)", True),
        ("$(text == 'wide')", True),
        ("$(1 if flag else 2)", 1),
        ("$(1 if not flag else 2)", 2),
        ("$(sizes[0])", 3),
        ("$(sizes[-1])", 8),
        ("$(sizes[a - 6])", 5),
        ("$([4, 5][1])", 5),
        ("$(sizes == [3, 5, 8])", True),
        # "the functions"
        ("$(min(a, 3))", 3),
        ("$(max(a, b, 9))", 9),
        ("$(min(sizes))", 3),
        ("$(max(sizes))", 8),
        ("$(round(b))", 2),
        ("$(round(3.5))", 4),
        ("$(round(2.567, 2))", 2.57),
        ("$(ceil(b))", 3),
        ("$(floor(b))", 2),
        ("$(floor(-b))", -3),
        ("$(int(b))", 2),
        ("$(int(-b))", -2),
        ("$(abs(-a))", 7),
        ("$(sqrt(16))", 4.0),
        ("$(log(1))", 0.0),
        ("$(log2(8))", 3.0),
        ("$(sum(sizes))", 16),
        ("$(sum([]))", 0),
        ("$(len(sizes))", 3),
        ("$(len([]))", 0),
        # "`make_divisible(v, d)` is `n = max(d, int(v + d/2) // d * d)`, plus `d` if `n < 0.9 v`"
        ("$(make_divisible(33, 8))", 32),
        ("$(make_divisible(36, 8))", 40),
        ("$(make_divisible(11, 8))", 16),
        ("$(make_divisible(3, 8))", 8),
        ("$(make_divisible(16 * 1.3, 8))", 24),
        ("$(make_divisible(12.5, 4))", 12),
        # "`round` rounds half to even"
        ("$(round(0.5))", 0),
        ("$(round(1.5))", 2),
        ("$(round(2.5))", 2),
        ("$(min([4, 2.5, 3]))", 2.5),
        ("$(max(1, 1.0))", 1),
        # white space and folding
        ("$(\n  a\n  + 1)", 8),
    ],
)
def test_an_expression_computes(expression: str, expected: Any) -> None:
    """Wherever a value stands, `$name` or `$( expression )` computes it"""
    found = value(expression)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("expression", "code", "part"),
    [
        # "Nothing else: no attributes, no other calls, no comprehensions"
        ("$(a.real)", "A254", ""),
        ("$(open('x'))", "A254", "open"),
        ("$(eval('1'))", "A254", "eval"),
        ("$([i for i in [1]])", "A254", ""),
        ("$(lambda: 1)", "A254", ""),
        ("$((1, 2))", "A254", ""),
        ("$({1: 2})", "A254", ""),
        ("$(a if a)", "A251", ""),
        ("$(a := 3)", "A251", ""),
        ("$(f'{a}')", "A254", ""),
        ("$(a is a)", "A254", ""),
        ("$(1 in [1])", "A254", ""),
        ("$(a & 1)", "A254", ""),
        ("$(a << 2)", "A254", ""),
        ("$(~a)", "A254", ""),
        ("$(a @ a)", "A254", ""),
        ("$([1, 2, 3][0:2])", "A254", ""),
        ("$(min(*[1, 2]))", "A254", ""),
        ("$(round(2.5, ndigits=1))", "A254", ""),
        ("$(1j)", "A254", ""),
        ("$(b'x')", "A254", ""),
        ("$(None)", "A254", ""),
        ("$(...)", "A254", ""),
        ("$(a; a)", "A251", ""),
        ("$(a # 1)", "A251", "#"),
        ("$(a\n # 1\n + 1)", "A251", "#"),
        ("$max(a, 1)", "A255", "max"),
        ("x$len(a)", "A255", "len"),
        ("$()", "A251", "empty"),
        ("$(1 +)", "A251", ""),
        ("$(a b)", "A251", ""),
        ("$(sqrt(1, 2))", "A254", "sqrt"),
        ("$(min())", "A254", "min"),
        # "length, depth and magnitude are bounded"
        (f"$({'1 + ' * 600}1)", "A251", ""),
        (f"$({'[' * 120}1{']' * 120})", "A251", ""),
        (f"$({'-' * 50}1)", "A251", "deep"),
        ("$(9 ** 9 ** 9)", "A253", ""),
        ("$(2 ** 64)", "A253", ""),
        ("$(1e300 * 1e300)", "A253", ""),
        ("$([1] * 100000)", "A253", ""),
        ("$(10 ** 10 * 10 ** 10)", "A253", ""),
        # what has no value
        ("$(1 / 0)", "A253", "zero"),
        ("$(1 % 0)", "A253", "zero"),
        ("$(sqrt(-1))", "A253", ""),
        ("$((-8) ** 0.5)", "A253", ""),
        ("$(log(0))", "A253", ""),
        ("$([1, 2][2])", "A253", ""),
        ("$([1][0.5])", "A253", ""),
        ("$(a[0])", "A253", ""),
        ("$('a' + 1)", "A253", ""),
        ("$('a' * 3)", "A253", ""),
        ("$('a' < 1)", "A253", ""),
        ("$(len(a))", "A253", ""),
        ("$(max([]))", "A253", ""),
        ("$(sum(a))", "A253", ""),
        ("$(min('abc'))", "A253", ""),
        ("$(sqrt('4'))", "A253", ""),
        ("$(-'a')", "A253", ""),
        ("$(make_divisible(8, 0))", "A253", ""),
        # what is in no scope
        ("$b", "A252", "b"),
        ("$(aa + 1)", "A252", "aa"),
        ("$(True)", "A254", ""),
        # "an unbalanced `$(` is an error that says so"
        ("$(a + 1", "A255", "not closed"),
        ("$((a + 1)", "A255", "not closed"),
        ("x$(a", "A255", "not closed"),
        ("$(')", "A255", "not closed"),
        ("$", "A255", ""),
        ("a $ b", "A255", ""),
        ("$1", "A255", ""),
        ("${a}", "A255", ""),
    ],
)
def test_nothing_else(expression: str, code: str, part: str) -> None:
    """Nothing else: no attributes, no other calls, no comprehensions; length, depth and magnitude are bounded."""
    found = problems(expression)
    assert [d.code for d in found] == [code], "\n\n".join(map(str, found)) or value(expression)
    assert part in found[0].message
    assert found[0].span is not None
    assert found[0].span.line == 7
    assert found[0].help, found[0]


OWN_WORDS = {"and", "or", "not", "if", "else", "True", "False", "None"}


@pytest.mark.parametrize("word", sorted({*kwlist, "match", "case", "type", "_"}))
def test_words_of_python_are_names(word: str) -> None:
    """But for those that mean something in expressions: these are no names of parameters, which is told once."""
    inner = "from_" if word == "from" else word  # a key of all nodes
    uses = f"""
        params: {{{word}: 3}}
        blocks: {{b: {{params: {{{inner}: 4, c: ${inner}}}, layers: [conv: "$({inner} + c)"]}}}}
        layers:
          - conv: ${word}
          - conv: "$([1, {word}][1] * 2 if {word} >= min({word}, 9) and not {word} == 5 else 1)"
          - b
          - b: {{{inner}: "$( {word} - 1)"}}
          - act: {{type: relu, name: "a$({word})"}}
    """
    if word in OWN_WORDS:
        text = f"params: {{{word}: 3}}\nlayers: [conv: {'$' + word if word.islower() else 3}]\n"
        (found,) = (d for d in archspec.validate(full(text)) if d.severity == "error")
        assert (found.code, found.span and found.span.text) == ("A208", word)
        return
    graph = graph_of(uses)
    assert [node.output.type.channels for _, node in graph.nodes() if node.output.type] == [3, 6, 8, 4, 4]
    assert "a3" in dict(graph.nodes())


@pytest.mark.parametrize("word", sorted({*kwlist} - {"True", "False", "None"}))
def test_a_word_that_nobody_declared_is_unknown(word: str) -> None:
    (found,) = problems(f"${word}")
    assert (found.code, found.message) == ("A252", f"unknown name `{word}`")
