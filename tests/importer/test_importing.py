"""A module becomes a spec that is the same, or the reasons why none is."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")

import archspec  # noqa: E402
from archspec.errors import CannotImport, UsageError  # noqa: E402
from archspec.importer import from_module  # noqa: E402
from tests.importer.modules import REFUSED, SOUND, Of  # noqa: E402


@pytest.mark.parametrize("name", SOUND)
def test_what_is_imported_computes_the_same(name: str) -> None:
    module, shape = SOUND[name]
    before = copy.deepcopy(module.state_dict())
    found = from_module(module, torch.randn(2, *shape), "net")
    assert archspec.validate(found) == [] or all(one.severity == "warning" for one in archspec.validate(found))
    assert found.report.float32 < 1e-5
    after = module.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())
    built = archspec.build(found, seed=0)
    built.load_state_dict(before, strict=True)
    inputs = torch.randn(3, *shape)
    torch.testing.assert_close(built.eval()(inputs), copy.deepcopy(module).eval()(inputs), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_said_is_refused_with_its_reasons(name: str) -> None:
    module, shape, what = REFUSED[name]
    with pytest.raises(CannotImport) as raised:
        from_module(module, torch.randn(2, *shape), "net")
    assert what in [one.what for one in raised.value.refusals]
    assert all(one.why for one in raised.value.refusals)


def test_all_reasons_come_at_once() -> None:
    module, shape, _ = REFUSED["two at once"]
    with pytest.raises(CannotImport) as raised:
        from_module(module, torch.randn(2, *shape), "net")
    assert [one.what for one in raised.value.refusals] == ["lgamma.default", "erf.default"]


def test_a_spec_that_is_another_network_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    from archspec.importer.table import TABLE

    monkeypatch.setitem(TABLE, "silu.default", lambda to, step: to.pointwise(step, "act", {"type": "gelu"}))
    with pytest.raises(CannotImport, match="outputs differ"):
        from_module(torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.SiLU()), torch.randn(2, 8))


@pytest.mark.parametrize("inputs", [[], [1], torch.tensor(1.0), [torch.randn(3)]])
def test_inputs_are_tensors_with_a_batch(inputs: object) -> None:
    with pytest.raises(UsageError, match="with a batch in front"):
        from_module(torch.nn.Identity(), inputs)  # type: ignore[arg-type]


def test_several_inputs_have_the_names_of_the_forward() -> None:
    class Two(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fuse = torch.nn.Conv2d(4, 2, 3)

        def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
            return self.fuse(torch.cat([right, left], 1))

    found = from_module(Two(), [torch.randn(2, 3, 8, 8), torch.randn(2, 1, 8, 8)])
    assert list(archspec.compile(found).inputs) == ["left", "right"]


def test_ids_are_as_many_as_an_embedding_has() -> None:
    module = Of(lambda m, x: m.head(m.embed(x)), embed=torch.nn.Embedding(50, 8), head=torch.nn.Linear(8, 50))
    found = from_module(module, torch.randint(50, (2, 6)))
    assert "vocab: 50" in found


def test_names_are_those_that_a_spec_may_have() -> None:
    for given, name in (("ResNet50d", "res_net50d"), ("3D-Net", "d_net"), ("…", "network"), ("", "sequential")):
        assert f"name: {name}\n" in from_module(torch.nn.Sequential(torch.nn.Linear(2, 2)), torch.randn(2, 2), given)
