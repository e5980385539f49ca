from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from archspec.weights import substitute as module
from archspec.weights.substitute import KEY_LENGTH, Item, Step, Stopped, restored, substitute


def keys(steps: list[Step], *before: str, network: tuple[str, ...] = ()) -> list[str]:
    return [item.key for item in substitute(steps, before, network)]


@pytest.mark.parametrize("step", [Step("split", "w", ("a", "b", "c")), Step("rename", "w", ("v",))])
def test_there_are_up_to_so_many_tensors(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(step.replacements)
    monkeypatch.setattr(module, "_TENSORS", count)
    assert keys([step], "w") == list(step.replacements)
    monkeypatch.setattr(module, "_TENSORS", count - 1)
    with pytest.raises(Stopped) as caught:
        substitute([Step("mark", "w") if count > 1 else step, step], ["w"])
    assert caught.value.number == (1 if count > 1 else 0)
    assert caught.value.reason == f"makes more than {count - 1} tensors"


@pytest.mark.parametrize("more", [0, 1])
def test_keys_grow_up_to_a_length(more: int) -> None:
    step = Step("rename", "^", ("x" * (KEY_LENGTH - 1 + more),))
    if not more:
        assert len(keys([step], "w")[0]) == KEY_LENGTH
        return
    with pytest.raises(Stopped) as caught:
        substitute([step], ["w"])
    assert caught.value.reason == f"makes keys too long, such as `{'x' * 60}…`"


@pytest.mark.parametrize(
    ("steps", "after"),
    [
        ([Step("ignore", "b$")], ["a.w", "c"]),
        ([Step("rename", "^a", ("z",))], ["z.w", "b", "c"]),
        ([Step("mark", "a")], ["a.w", "b", "c"]),
        ([Step("split", r"(\w)\.w", (r"\1.x", r"\1.y"))], ["a.x", "a.y", "b", "c"]),
        ([Step("concat", "bc", ("b", "c"))], ["a.w", "bc"]),
        ([Step("concat", "bc", ("b", "d"))], ["a.w", "b", "c"]),  # a part is not there
        ([Step("concat", "zz", ("b", "c"))], ["a.w", "b", "c"]),  # nothing of the network
        ([Step("concat", "^c$", ("b", "a.w"))], ["a.w", "b", "c"]),  # it is there itself
        ([Step("concat", "bc", ("b", "c")), Step("concat", "abc", ("a.w", "bc"))], ["a.w", "bc"]),
        ([Step("split", "b", ("d", "e")), Step("split", "d", ("f", "g"))], ["a.w", "d", "e", "c"]),  # once
    ],
)
def test_what_becomes_of_keys(steps: list[Step], after: list[str]) -> None:
    assert keys(steps, "a.w", "b", "c", network=("bc", "abc", "c")) == after


def test_marks_are_the_steps_that_met_a_key() -> None:
    steps = [Step("mark", "a"), Step("rename", "a", ("b",)), Step("rename", "b", ("b",)), Step("mark", "b")]
    assert substitute(steps, ["a", "c"]) == [Item("b", 0, [0, 1, 3]), Item("c", 1)]
    split = substitute([Step("mark", "a"), Step("split", "a", ("x", "y"))], ["c", "a"])
    assert split == [Item("c", 0), Item("x", 1, [0, 1], 0, 2), Item("y", 1, [0, 1], 1, 2)]
    (joined,) = substitute([Step("mark", "a"), Step("concat", "ab", ("a", "b"))], ["a", "b"], ["ab"])
    assert joined == Item("ab", 0, [1], of=[Item("a", 0, [0]), Item("b", 1)])
    written = json.dumps([joined, *split])
    assert json.dumps(restored(json.loads(written))) == written


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}"])
def test_a_pattern_that_is_none_stops_its_step(pattern: str) -> None:
    with pytest.raises(Stopped) as caught:
        substitute([Step("mark", "a"), Step("mark", pattern)], ["a"])
    assert (caught.value.number, caught.value.reason) == (1, "")


ERRORS: list[Callable[[], Exception]] = [MemoryError, RecursionError, OverflowError, IndexError, ValueError]


@pytest.mark.parametrize("error", ERRORS)
def test_whatever_stops_a_step_is_told_by_its_number(
    error: Callable[[], Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error()

    monkeypatch.setitem(module._KINDS, "mark", fail)
    with pytest.raises(Stopped) as caught:
        substitute([Step("rename", "a", ("b",)), Step("mark", "b")], ["a"])
    assert (caught.value.number, caught.value.reason) == (1, "")
