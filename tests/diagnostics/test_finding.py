from __future__ import annotations

import pytest

from archspec.diagnostics import Diagnostic, Related, Source, Span

SOURCE = Source("a.yaml", "")


@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 12, 100])
def test_of_many_related_places_the_first_nine_and_the_last_are_shown(count: int) -> None:
    places = [Related(Span(SOURCE, n + 1, 1, n + 1, 2), f"place {n}") for n in range(count)]
    found = Diagnostic("A301", "wrong", related=tuple(places)).related
    assert [*found] == (places if count <= 10 else [*places[:9], places[-1]])


@pytest.mark.parametrize(("part", "most"), [("message", 600), ("help", 500), ("label", 100)])
@pytest.mark.parametrize("more", [-1, 0, 1, 2, 1000])
def test_a_long_text_is_cut_in_the_middle(part: str, most: int, more: int) -> None:
    text = "".join(chr(ord("a") + n % 26) for n in range(most + more))
    found = getattr(Diagnostic("A301", **{"message": "wrong", part: text}), part)
    if more <= 0:
        assert found == text
        return
    start, end = found.split("…")
    assert most - 1 <= len(found) <= most
    assert text.startswith(start)
    assert text.endswith(end)
    assert abs(len(start) - len(end)) <= 1


@pytest.mark.parametrize("length", [79, 80, 81, 600])
def test_long_names_are_cut_before_the_rest(length: int) -> None:
    name = "n" * length
    found = Diagnostic("A301", f"there is no `{name}`" + " and so on" * 60).message
    assert ("…" in found.split("`")[1]) == (length > 80)
    assert len(found) <= 600
