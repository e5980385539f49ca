"""What compilations have in common changes nothing that one of them gives, counts or limits."""

from __future__ import annotations

import pytest

import archspec
from archspec.compiler import compile_spec, kept
from archspec.compiler.compile import _settled
from archspec.language import bundled_specs, read

NAMES = sorted(bundled_specs())[::23]


def _forget() -> None:
    for among in (kept.OPS, kept.ALIKE, kept.INFERRED):
        among.clear()


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_the_same_whatever_was_compiled_before(name: str) -> None:
    _forget()
    first = str(archspec.compile(name)), _settled(read(name), {}, dict)[1].steps
    assert (str(archspec.compile(name)), _settled(read(name), {}, dict)[1].steps) == first


def test_nothing_changes_where_little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [str(archspec.compile(name)) for name in NAMES]
    _forget()
    monkeypatch.setattr(kept, "_KEPT", 3)
    assert [str(archspec.compile(name)) for name in NAMES] == whole
    assert max(map(len, (kept.OPS, kept.ALIKE, kept.INFERRED))) <= 3


def test_equal_ops_and_types_of_two_networks_are_the_same() -> None:
    one, other = (list(compile_spec(read("resnet18"), {"classes": n}).root.nodes()) for n in (2, 3))
    assert [node.op is twin.op for node, twin in zip(one, other, strict=True)] == [True] * (len(one) - 1) + [False]
    types = zip(one, other, strict=True)
    assert all(node.output.type is twin.output.type for node, twin in list(types)[:-1])


def test_what_is_not_sound_is_not_kept() -> None:
    text = "archspec: 1\nname: x\ninput: [3, 8, 8]\nlayers: [{conv: {channels: 0}}, {max_pool: {kernel: 99}}]\n"
    one, other = ([str(found) for found in archspec.validate(text)] for _ in range(2))
    assert one == other != []
