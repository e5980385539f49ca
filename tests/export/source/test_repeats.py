from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from archspec.export.source.code import Code, flat
from archspec.export.source.repeats import compressed, named

LINES = st.lists(
    st.one_of(
        st.sampled_from(["f()", "g(1)", "f(2)"]),
        st.builds("f({}, {})".format, st.integers(0, 9), st.sampled_from([0.0, 0.1, 0.2, 0.05, 0.30000000000000004])),
    ),
    max_size=14,
)
NAMES: dict[str, Any] = {"f": lambda *given: ("f", *given), "g": lambda *given: ("g", *given), "OrderedDict": dict}


def text(items: list[str], totals: tuple[float, ...] = ()) -> str:
    codes: list[Code] = [*items]
    return ", ".join(map(flat, compressed(codes, totals)))


def test_runs_become_comprehensions() -> None:
    assert text(["f()"] * 2) == "f(), f()"
    assert text(["f()"] * 3) == "*[f() for _ in range(3)]"
    assert text(["a", *["b", "c"] * 3, "b"]) == "a, b, *[layer for _ in range(3) for layer in (c, b)]"
    assert text([f"f({3 * i + 1}, x{i})" for i in range(3)]) == "f(1, x0), f(4, x1), f(7, x2)"
    assert text([f"f({3 * i + 1})" for i in range(3)]) == "*[f(1 + 3 * i) for i in range(3)]"
    assert text([f"f({9 - 3 * i})" for i in range(3)]) == "*[f(9 - 3 * i) for i in range(3)]"


def test_ramps_rise_to_a_known_total() -> None:
    items = [f"f({0.2 * (i + 2) / 7!r})" for i in range(4)]
    assert text(items) == ", ".join(items)
    assert text(items, (0.3, 0.2)) == "*[f(0.2 * (2 + i) / 7) for i in range(4)]"


def test_names_that_count_are_a_comprehension() -> None:
    items: list[tuple[str, Code]] = [(f"layer{i}", f"f({i + 4})") for i in range(1, 4)]
    assert flat(named(items)) == 'OrderedDict((f"layer{i}", f(4 + i)) for i in range(1, 4))'
    assert flat(named(items[:2])) == 'OrderedDict([("layer1", f(5)), ("layer2", f(6))])'
    assert flat(named([*items, ("last", "f(8)")])).startswith("OrderedDict([(")


@given(LINES)
def test_it_means_the_same(items: list[str]) -> None:
    assert eval(f"[{text(items, (0.2,))}]", NAMES) == eval(f"[{', '.join(items)}]", NAMES)
    pairs: list[tuple[str, Code]] = [(f"a{i + 3}", item) for i, item in enumerate(items)]
    wanted = {name: eval(flat(code), NAMES) for name, code in pairs}
    assert eval(flat(named(pairs, (0.2,))), NAMES) == wanted
