from __future__ import annotations

import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import archspec
from archspec.errors import UsageError, WeightsError
from archspec.limits import CHECKPOINT_NESTING
from archspec.torch_backend.weights import read_weights
from archspec.weights.contents import WRAPPERS, read_contents
from archspec.weights.stored import Stored

SPEC = "archspec: 1\nname: x\ninput: [3]\nlayers: [{norm: {name: scale, type: rms}}]\n"


def state(value: float) -> dict[str, Tensor]:
    return {"scale.weight": torch.full((3,), value)}


CHECKPOINT = {
    "epoch": 3,
    "model": state(1.0),
    "model_ema": state(2.0),
    "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}, "lr": 0.1},
    "teacher": {"state_dict": state(3.0), "v1.5": state(4.0), "steps": [1, 2]},
}


def saved(folder: Path, content: Any, old: bool = False) -> Path:
    torch.save(content, folder / "w.pth", _use_new_zipfile_serialization=not old)
    return folder / "w.pth"


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("key", "entry", "value"),
    [
        (None, "model", 1.0),
        ("model", "model", 1.0),
        ("model_ema", "model_ema", 2.0),
        ("teacher", "teacher.state_dict", 3.0),
        ("teacher.state_dict", "teacher.state_dict", 3.0),
        ("teacher.v1.5", "teacher.v1.5", 4.0),
    ],
)
def test_a_key_names_the_entry(key: str | None, entry: str, value: float, old: bool, tmp_path: Path) -> None:
    path = saved(tmp_path, CHECKPOINT, old)
    contents = read_contents(path, key)
    assert contents.entry == entry
    assert {contents.entry, *contents.others} == {"model", "model_ema", "teacher.state_dict", "teacher.v1.5"}
    model = archspec.build(SPEC, weights=path, key=key)
    assert torch.equal(model.scale.weight, torch.full((3,), value))
    report = archspec.check_weights(SPEC, path, key=key)
    assert report.entry == entry
    assert report == archspec.load_weights(model, path, key=key)
    assert f"the weights of the entry `{entry}`; `--key` takes another: " in str(report)


@pytest.mark.parametrize("key", ["nothing", "model.scale", "epoch.model", "", ".", "teacher."])
def test_an_unknown_key_is_an_error_that_lists_what_there_is(key: str, tmp_path: Path) -> None:
    with pytest.raises(
        WeightsError, match=r"has no entry `.*`; `--key` takes one of `model` \(1 tensor\), `model_ema` "
    ):
        read_contents(saved(tmp_path, CHECKPOINT), key)
    with pytest.raises(WeightsError, match="none of its entries contains only tensors"):
        read_contents(saved(tmp_path, state(1.0)), key)
    save_file(state(1.0), tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="a safetensors file is one state dict"):
        read_contents(tmp_path / "w.safetensors", key)


@pytest.mark.parametrize("key", ["optimizer", "epoch", "model.scale.weight", "teacher.steps"])
def test_an_entry_without_weights_is_an_error(key: str, tmp_path: Path) -> None:
    with pytest.raises(
        WeightsError, match=r"contains more than tensors|contains a .*, not a mapping from keys to tensors"
    ):
        read_contents(saved(tmp_path, CHECKPOINT), key)


def test_what_no_name_tells_of_is_listed(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"`--key` takes one of `gen` \(1 tensor\), `disc` \(1 tensor\)$"):
        read_contents(saved(tmp_path, {"gen": state(1.0), "disc": state(2.0), "step": 1}))


class Pairs:
    """A state dict as Python 2 pickled it: called with its pairs."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        self.state = state

    def __reduce__(self) -> Any:
        return OrderedDict, ([list(pair) for pair in self.state.items()],)


@pytest.mark.parametrize("old", [False, True])
def test_a_state_dict_of_python_2_is_read(old: bool, tmp_path: Path) -> None:
    wanted = {f"{i}.weight": torch.full((i + 1,), float(i)) for i in range(4)}
    found = read_weights(saved(tmp_path, {"epoch": 3, "model": Pairs(wanted)}, old))
    assert list(found) == list(wanted)
    assert all(torch.equal(found[key], wanted[key]) for key in wanted)


def test_weights_alone_have_no_entry(tmp_path: Path) -> None:
    report = archspec.check_weights(SPEC, saved(tmp_path, state(1.0)))
    assert (report.entry, report.others) == ("", ())
    assert str(report) == "1 tensor fits"


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_every_usual_name_is_known(wrapper: str, tmp_path: Path) -> None:
    assert read_contents(saved(tmp_path, {wrapper: state(1.0), "epoch": 1})).entry == wrapper


def test_a_key_is_one_of_weights() -> None:
    with pytest.raises(UsageError, match="`key` needs `weights`"):
        archspec.build(SPEC, key="model")


KINDS = {
    "float32": torch.randn(2, 3),
    "float64": torch.randn(2, 3).double(),
    "float16": torch.randn(2, 3).half(),
    "bfloat16": torch.randn(2, 3).bfloat16(),
    "float8": torch.randn(2, 3).to(torch.float8_e4m3fn),
    "int64": torch.arange(6),
    "uint16": torch.arange(6).to(torch.uint16),
    "bool": torch.tensor([True, False]),
    "complex": torch.randn(2, dtype=torch.complex64),
    "scalar": torch.tensor(3.5),
    "empty": torch.ones(0, 4),
    "turned": torch.randn(3, 5).t(),
    "expanded": torch.randn(3, 1).expand(3, 4),
    "part": torch.randn(10, 4)[2:7, 1:3],
    "parameter": nn.Parameter(torch.randn(4)),
}


@pytest.mark.parametrize("old", [False, True])
def test_values_are_those_that_torch_reads(old: bool, tmp_path: Path) -> None:
    shared = torch.randn(6)
    named = nn.Parameter(torch.randn(2))
    named.note = "an attribute"
    content = {**KINDS, "one": shared, "other": shared[2:], "named": named}
    if old:
        content = {key: value for key, value in content.items() if key not in ("float8", "uint16")}
    path = saved(tmp_path, content, old)
    found, loaded = read_weights(path), torch.load(path, weights_only=True)
    assert list(found) == list(loaded)
    for key, tensor in loaded.items():
        assert found[key].dtype == tensor.dtype
        wide = torch.complex128 if tensor.is_complex() else torch.float64
        assert torch.equal(found[key].to(wide), tensor.detach().to(wide))


def test_bytes_in_the_reverse_order_are_read(tmp_path: Path) -> None:
    path = saved(tmp_path, {"a": torch.tensor([1.5, 2.5]), "b": torch.arange(3)})
    values = {"data/0": torch.tensor([1.5, 2.5]).numpy(), "data/1": torch.arange(3).numpy(), "byteorder": b"big"}
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "big.pth", "w") as other:
        for entry in whole.infolist():
            new = values.get(entry.filename.partition("/")[2])
            data = whole.read(entry) if new is None else new if isinstance(new, bytes) else new.byteswap().tobytes()
            other.writestr(entry.filename, data)
    found = read_weights(tmp_path / "big.pth")
    assert found["a"].tolist() == [1.5, 2.5]
    assert found["b"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "odd",
    [
        torch.eye(3).to_sparse(),
        torch.ones(3, device="meta"),
        torch.ones(3, dtype=torch.complex64).conj(),
    ],
    ids=["sparse", "meta", "conjugated"],
)
def test_what_is_not_dense_is_described(odd: Tensor, tmp_path: Path) -> None:
    path = saved(tmp_path, {"a": odd})
    stored = read_contents(path).tensors["a"]
    assert stored.shape == tuple(odd.shape)
    assert not stored.dense
    with pytest.raises(WeightsError, match="contains no dense values of `a`"):
        read_weights(path)


@pytest.mark.parametrize("content", [{"a": 1}, {"a": state(1.0), "b": [1]}, {1: torch.ones(1)}])
def test_a_mapping_of_other_things_is_an_error_wherever_it_is(content: Any, tmp_path: Path) -> None:
    for weights in (content, saved(tmp_path, content)):
        with pytest.raises(WeightsError, match=r"contains more than tensors: `[ab1]` "):
            archspec.check_weights(SPEC, weights)
        with pytest.raises(WeightsError, match="has no entry `nothing`"):
            archspec.check_weights(SPEC, weights, key="nothing")


@pytest.mark.parametrize("count", [9, 10, 11, 13])
def test_up_to_ten_entries_are_listed(count: int, tmp_path: Path) -> None:
    content = {f"e{i}": {"w": torch.ones(1), **({"v": torch.ones(1)} if i else {})} for i in range(count)}
    with pytest.raises(WeightsError) as caught:
        archspec.check_weights(SPEC, saved(tmp_path, content))
    words = str(caught.value)
    assert all(words.count(f"`e{i}` (2 tensors)") == (i < min(count, 10)) for i in range(1, count))
    assert "`e0` (1 tensor)," in words
    assert words.endswith(f" and {count - 10} more" if count > 10 else "(2 tensors)")


@pytest.mark.parametrize("depth", range(1, 7))
def test_weights_are_looked_for_up_to_some_levels_down(depth: int, tmp_path: Path) -> None:
    content: Any = state(1.0)
    for name in ("model", "net", "module", "weights", "params", "ema")[:depth][::-1]:
        content = {name: content}
    path = saved(tmp_path, content)
    if depth <= CHECKPOINT_NESTING:
        assert read_contents(path).entry.count(".") == depth - 1
        assert read_contents(path).others == ()
    else:
        with pytest.raises(WeightsError, match="contains more than tensors"):
            read_contents(path)


@pytest.mark.parametrize("key", ["a", "a.b", "a.b.c", "a.b.c.d", "x.a", "x.a.b"])
def test_a_name_with_dots_is_found_whatever_its_parts(key: str, tmp_path: Path) -> None:
    """Each of `a.b.c.d` may be a name or a way."""
    ways: list[Any] = [{key: state(1.0)}]
    parts = key.split(".")
    for number in range(1, len(parts)):
        head, tail = ".".join(parts[:number]), ".".join(parts[number:])
        ways.append({head: {tail: state(1.0)}})
        # what begins alike leads nowhere
        ways.append({parts[0]: {"other": {}}, head: {tail: state(1.0)}})
    for content in ways:
        assert read_contents(saved(tmp_path, content), key).tensors == {"scale.weight": Stored((3,), "float32")}
        with pytest.raises(WeightsError, match="has no entry"):
            read_contents(saved(tmp_path, content), f"{key}.")
