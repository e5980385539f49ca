"""An error while a network runs says in which node of which line it happened."""

from __future__ import annotations

import pickle
import sys
import traceback
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

import archspec
from archspec.errors import InputError, RunError

SPEC = """\
archspec: 1
name: net
input: [4, H]
norm: batch
act: relu
blocks:
  twice:
    layers:
      - conv: {name: one}
      - norm: {name: two, type: group, groups: 4}
layers:
  - seq:
      name: chain
      layers: [conv, conv]
  - twice: {name: block}
  - add: {name: sum, from: [., input]}
"""


@pytest.fixture
def network(tmp_path: Path) -> nn.Module:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    return archspec.build(path)


def failure(model: nn.Module, *inputs: Tensor) -> RunError:
    with pytest.raises(RunError) as raised:
        model(*inputs)
    error = raised.value
    assert not isinstance(error, InputError)
    assert type(error.__cause__) in type(error).__mro__
    assert str(error.__cause__).strip().splitlines()[0].rstrip(".") in str(error)
    return error


@pytest.mark.parametrize(
    ("path", "place"),
    [("chain.1", "14:22"), ("block.one", "9:9, called at .*net.yaml:15:5"), ("block.two", "10:9, called at .*:15:5")],
)
@pytest.mark.parametrize("kind", [RuntimeError, ValueError, IndexError, TypeError, NotImplementedError])
def test_the_node_is_named_with_its_line(
    path: str, place: str, kind: type[Exception], network: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise kind("a line.\nand more")

    monkeypatch.setattr(network.get_submodule(path), "forward", fails)
    error = failure(network, torch.zeros(2, 4, 8))
    assert isinstance(error, kind)
    assert pytest.raises(kind, match=rf"`{path}` \(.*net\.yaml:{place}\): a line\nand more").matches(error)
    assert str(pickle.loads(pickle.dumps(error))).splitlines()[0].startswith(f"`{path}`")


def test_a_join_is_a_node_too(network: nn.Module) -> None:
    network.chain[0].stride = (2,)
    assert str(failure(network, torch.zeros(2, 4, 8))).startswith("`sum` (")


def test_single_values_that_cannot_be_normalized(network: nn.Module) -> None:
    """Over an open size of 1: no rule sees it in the file."""
    error = failure(network, torch.zeros(1, 4, 1))
    assert isinstance(error, ValueError)
    assert "`block.two` (" in str(error)
    assert "net.yaml:10:9" in str(error)
    instance = "archspec: 1\nname: x\ninput: [2, H]\nlayers: [norm: {name: n, type: instance}]\n"
    assert str(failure(archspec.build(instance), torch.zeros(1, 2, 1))).startswith("`n` (<text>:4:10): ")


def test_sizes_that_the_spec_declares_otherwise_are_named() -> None:
    spec = "archspec: 1\nname: x\ninputs: {a: [1, L], b: [1, L]}\nlayers: [concat: {from: [a, b], name: c}]\n"
    message = str(failure(archspec.build(spec), torch.zeros(2, 1, 8), torch.zeros(2, 1, 9)))
    assert message.startswith("`c` (<text>:4:10): ")
    assert message.endswith("; the input `b` of `x` (<text>:3:24) is declared as N × 1 × L with L = 8, found 2 × 1 × 9")
    message = str(failure(archspec.build("vit_b_16", device="meta"), torch.zeros(1, 3, 256, 256, device="meta")))
    assert message.startswith("`encoder.pos_embedding` (vit_b_16.yaml:")
    assert message.endswith(" is declared as N × 3 × 224 × 224, found 1 × 3 × 256 × 256")


def test_ids_beyond_the_vocabulary() -> None:
    spec = "archspec: 1\nname: x\ninput: {vocab: 4, length: 2}\nlayers: [embedding: 3]\n"
    error = failure(archspec.build(spec), torch.tensor([[0, 4]]))
    assert isinstance(error, IndexError)
    assert str(error).startswith("`embedding` (<text>:4:10): ")


class Stop(Exception):
    """By which a hook ends a forward pass."""


def test_errors_with_a_type_of_their_own_keep_it(network: nn.Module) -> None:
    def stop(*_: object) -> None:
        raise Stop("early")

    handle = network.block.one.register_forward_hook(stop)
    with pytest.raises(Stop) as raised:
        network(torch.zeros(2, 4, 8))
    assert str(raised.value) == "early"
    if sys.version_info >= (3, 11):
        assert "in `block.one` (" in "".join(traceback.format_exception(raised.value))
    handle.remove()

    def memory(*_: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    network.block.one.register_forward_hook(memory)
    with pytest.raises(torch.OutOfMemoryError, match=r"^out of memory"):
        network(torch.zeros(2, 4, 8))


def test_in_a_checkpointed_part_and_in_one_that_was_replaced(network: nn.Module) -> None:
    inner = network.chain.forward
    network.chain.forward = lambda x: checkpoint(inner, x, use_reentrant=False)
    network.chain[1].forward = lambda x: x.nothing_like_it()
    with pytest.raises(AttributeError):
        network(torch.zeros(2, 4, 8))
    network.chain[1] = nn.Sequential(nn.Linear(3, 3))
    assert str(failure(network, torch.zeros(2, 4, 8))).startswith("`chain.1` (")
