from __future__ import annotations

import copy
import io
import os
import pickle
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Tensor, nn

import archspec
from archspec.errors import WeightsError
from archspec.torch_backend.weights import compare, load_weights, read_weights
from archspec.weights.adapt import Adapt
from archspec.weights.contents import WRAPPERS, read_contents
from archspec.weights.rename import renames
from archspec.weights.report import ROWS_SHOWN

SPEC = """
    archspec: 1
    name: tiny
    input: [3, 8, 8]
    layers:
      - conv: {name: conv1, channels: 4, kernel: 3}
      - norm: {name: bn1, type: batch}
      - global_pool
      - linear: {name: fc, features: 5}
"""

State = dict[str, Tensor]


def build(seed: int = 0) -> nn.Module:
    return archspec.build(SPEC, seed=seed)


def saved(path: Path, content: Any) -> Path:
    if path.suffix == ".safetensors":
        save_file(content, path)
    else:
        torch.save(content, path)
    return path


def message(path: Path) -> str:
    model = build()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    with pytest.raises(WeightsError) as caught:
        load_weights(model, path)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items()), "half loaded"
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "wrap", "entry"),
    [
        ("w.safetensors", lambda state: state, ""),
        ("w.pth", lambda state: state, ""),
        ("w.pt", lambda state: {"state_dict": state, "epoch": 90, "optimizer": {"lr": 0.1}}, "state_dict"),
        ("w.bin", lambda state: {"model": state}, "model"),
    ],
)
def test_loads_what_fits(file: str, wrap: Callable[[State], Any], entry: str, tmp_path: Path) -> None:
    source, model = build(seed=1), build(seed=2)
    report = load_weights(model, saved(tmp_path / file, wrap(source.state_dict())))
    assert report.fits
    note = f"\n  note: these are the weights of the entry `{entry}`"
    assert str(report) == "all 9 tensors fit" + (note if entry else "")
    assert all(torch.equal(tensor, source.state_dict()[key]) for key, tensor in model.state_dict().items())


def test_a_mismatch_is_a_table(tmp_path: Path) -> None:
    state = build().state_dict()
    state["conv.weight"] = state.pop("conv1.weight")
    state["fc.weight"] = torch.ones(7, 4)
    state["bn1.num_batches_tracked"] = torch.ones(2)
    path = saved(tmp_path / "w.pth", state)
    assert message(path) == "\n".join(
        [
            f"{path} does not fit the network:",
            "  missing      conv1.weight             nearest: conv.weight",
            "  unexpected   conv.weight              nearest: conv1.weight",
            "  other shape  bn1.num_batches_tracked  a single number in the network, 2 in the file",
            "  other shape  fc.weight                5 × 4 in the network, 7 × 4 in the file",
            r"  help: `--rename '^conv\.=conv1.'` would make 1 more fit",
            "  help: `--partial` would load 6 tensors and initialize the other 3",
        ]
    )


def test_a_long_table_is_cut(tmp_path: Path) -> None:
    state = {**build().state_dict(), **{f"extra.{i}": torch.ones(1) for i in range(ROWS_SHOWN + 5)}}
    text = message(saved(tmp_path / "w.safetensors", state))
    assert "unexpected  … and 5 more" in text.splitlines()[-2]
    assert text.endswith("help: `--partial` would load 9 tensors")
    assert len(text.splitlines()) == ROWS_SHOWN + 3


def test_a_prefix_on_every_key_is_noticed(tmp_path: Path) -> None:
    state = {f"module.{key}": tensor for key, tensor in build().state_dict().items()}
    text = message(saved(tmp_path / "w.pth", state))
    assert text.endswith(r"help: `--rename '^module\.='` would make 9 more fit")


@pytest.mark.parametrize(
    ("tensor", "reason"),
    [
        (torch.ones(5, dtype=torch.int8), "floating-point numbers in the network, int8 in the file"),
        (torch.ones(5, dtype=torch.complex64), "not dense real numbers"),
        (torch.ones(5).to_sparse(), "not dense real numbers"),
        (torch.ones(5, device="meta"), "not dense real numbers"),
    ],
)
def test_values_of_another_kind_do_not_fit(tensor: Tensor, reason: str) -> None:
    report = compare(build(), {**build().state_dict(), "fc.bias": tensor})
    assert [(found.key, found.reason.startswith(reason)) for found in report.mismatched] == [("fc.bias", True)]
    assert f"other values  fc.bias  {reason}" in str(report)


def test_other_floats_are_converted(tmp_path: Path) -> None:
    state = {key: t.double() if t.is_floating_point() else t for key, t in build(1).state_dict().items()}
    model = build(2)
    load_weights(model, saved(tmp_path / "w.pth", state))
    assert torch.equal(model.fc.weight, build(1).fc.weight)


def test_compares_graphs_too() -> None:
    state = build().state_dict()
    graph = archspec.compile(SPEC)
    assert compare(graph, state).fits
    state["c"] = state.pop("fc.bias")
    report = compare(graph, state)
    assert (report.missing, report.unexpected, report.mismatched) == (("fc.bias",), ("c",), ())
    assert set(report.loaded) == state.keys() - {"c"}


def test_partly(tmp_path: Path) -> None:
    """What fits is loaded; the rest is as without the file."""
    state = build(seed=1).state_dict()
    state["fc.weight"] = torch.ones(7, 4)
    state["other.weight"] = state.pop("conv1.weight")
    model, fresh = build(seed=2), build(seed=2).state_dict()
    report = load_weights(model, saved(tmp_path / "w.pth", state), partial=True)
    assert [m.key for m in report.mismatched] == ["fc.weight"]
    assert (report.missing, report.unexpected) == (("conv1.weight",), ("other.weight",))
    for key, tensor in model.state_dict().items():
        assert torch.equal(tensor, state[key] if key in report.loaded else fresh[key]), key


def test_where_nothing_fits_it_is_an_error_even_partly(tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pth", {"a": torch.ones(3)})
    with pytest.raises(WeightsError, match=r"w\.pth contains nothing that fits the network:\n  missing "):
        load_weights(build(), path, partial=True)


@given(st.lists(st.text("abc.01_", min_size=1, max_size=8), min_size=9, max_size=9, unique=True))
def test_renamed_and_renamed_back(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    source, model = build(seed=1), build(seed=2)
    keys = list(source.state_dict())
    foreign = dict(zip(keys, (f"<{name}>" for name in names), strict=True))
    path = tmp_path_factory.getbasetemp() / "foreign.safetensors"
    save_file({foreign[key]: tensor for key, tensor in source.state_dict().items()}, path)
    back = {f"^{re.escape(other)}$": key for key, other in foreign.items()}
    assert load_weights(model, path, renames=renames(back)).fits
    assert same(model, source)


def test_the_spec_renames_first(tmp_path: Path) -> None:
    spec = SPEC + "    weights: {rename: {'^features.0': conv1, '^bn': bn1}}\n"
    source = archspec.build(SPEC, seed=1)
    state = {
        key.replace("conv1", "net.features.0").replace("bn1", "net.bn"): tensor
        for key, tensor in source.state_dict().items()
    }
    plain = {key.removeprefix("net."): tensor for key, tensor in state.items()}
    model = archspec.build(spec, seed=2, weights=saved(tmp_path / "plain.pth", plain))
    assert same(model, source)
    model = pickle.loads(pickle.dumps(copy.deepcopy(archspec.build(spec, seed=2))))
    given = renames({"^net.features.0": "conv1", r"^net\.bn": "bn1"})
    assert load_weights(model, saved(tmp_path / "net.pth", state), renames=given).fits
    assert same(model, source)
    with pytest.raises(WeightsError, match="does not fit"):
        archspec.build(SPEC, weights=tmp_path / "plain.pth")


def same(one: nn.Module, other: nn.Module) -> bool:
    expected = other.state_dict()
    return all(torch.equal(tensor, expected[key]) for key, tensor in one.state_dict().items())


@pytest.mark.parametrize("channels", [1, 2, 4, 7])
def test_a_grey_picture_stays_the_same_picture(channels: int, tmp_path: Path) -> None:
    """Whatever number of equal channels it has."""
    source = build(seed=1).eval()
    path = saved(tmp_path / "w.safetensors", source.state_dict())
    model = archspec.build(SPEC.replace("[3, 8, 8]", f"[{channels}, 8, 8]"), seed=2).eval()
    report = load_weights(model, path, adapt=Adapt("mean"))
    assert report.fits
    assert [(m.key, m.found, m.wanted) for m in report.adapted] == [("conv1.weight", (4, 3, 3, 3), (4, channels, 3, 3))]
    assert f"adapted  conv1.weight  4 × 3 × 3 × 3 → 4 × {channels} × 3 × 3, mean over 3 input channels" in str(report)
    weight = source.conv1.weight.mean(1, keepdim=True) * 3 / channels
    torch.testing.assert_close(model.conv1.weight, weight.expand(-1, channels, -1, -1))
    grey = torch.rand(2, 1, 8, 8)
    torch.testing.assert_close(model(grey.expand(-1, channels, -1, -1)), source(grey.expand(-1, 3, -1, -1)))


def test_channels_are_adapted_only_where_it_is_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pth", build().state_dict())
    with pytest.raises(WeightsError, match=r"other shape  conv1\.weight  4 × 1 × 3 × 3 in the network, 4 × 3 × 3 × 3"):
        load_weights(archspec.build(SPEC.replace("[3, 8, 8]", "[1, 8, 8]")), path)


def test_counters_that_old_files_lack_start_at_zero(tmp_path: Path) -> None:
    state = {key: tensor for key, tensor in build(seed=1).state_dict().items() if "num_batches" not in key}
    model = build(seed=2)
    report = load_weights(model, saved(tmp_path / "w.pth", state))
    assert report.counters == ("bn1.num_batches_tracked",)
    assert model.bn1.num_batches_tracked == 0
    assert torch.equal(model.conv1.weight, state["conv1.weight"])


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth", "old.pth"])
def test_shapes_are_known_without_values(name: str, tmp_path: Path) -> None:
    state = {
        **build().state_dict(), "half": torch.ones(2, 3).half(), "none": torch.ones(0, 4), "byte": torch.ones(1).byte(),
    }  # fmt: skip
    path = tmp_path / name
    if name == "old.pth":
        torch.save(state, path, _use_new_zipfile_serialization=False)
    else:
        saved(path, state)
    found = read_contents(path).tensors
    loaded = read_weights(path)
    assert list(found) == list(loaded)
    assert {key: (kind.shape, kind.dtype) for key, kind in found.items()} == {
        key: (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for key, tensor in loaded.items()
    }
    report = archspec.check_weights(SPEC, path, partial=True)
    assert report == replace(compare(build(), loaded), partial=True)


def test_what_fits_is_the_same_whether_it_is_loaded_or_not(tmp_path: Path) -> None:
    state = build(seed=1).state_dict()
    for key in (None, *state):
        state.pop(key, None)
        path = saved(tmp_path / "w.safetensors", state)
        report = archspec.check_weights(SPEC, path)
        if report.fits:
            assert archspec.load_weights(build(), path) == report
            continue
        with pytest.raises(WeightsError) as caught:
            archspec.load_weights(build(), path)
        assert str(report) in str(caught.value)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_wrapper_is_taken_off(wrapper: str, tmp_path: Path) -> None:
    state = build(seed=1).state_dict()
    path = saved(tmp_path / "w.pth", {"epoch": 3, wrapper: {"state_dict": state}})
    assert load_weights(build(seed=2), path).fits


@pytest.mark.parametrize(("first", "second"), list(pairwise(WRAPPERS)))
def test_of_two_wrappers_the_first_counts(first: str, second: str, tmp_path: Path) -> None:
    one, two = build(seed=1).state_dict(), build(seed=2).state_dict()
    model = build(seed=3)
    load_weights(model, saved(tmp_path / "w.pth", {second: two, first: one}))
    assert all(torch.equal(tensor, one[key]) for key, tensor in model.state_dict().items())


def test_four_wrappers_are_taken_off_and_no_more(tmp_path: Path) -> None:
    wrapped = {"checkpoint": 1, "model": {"module": {"net": {"params": build(seed=1).state_dict()}}}}
    assert load_weights(build(seed=2), saved(tmp_path / "w.pth", wrapped)).fits
    assert "contains more than tensors: `params` (dict)" in message(saved(tmp_path / "w.pth", {"network": wrapped}))


def test_a_wrapper_around_itself_is_an_error(tmp_path: Path) -> None:
    round: dict[str, Any] = {}
    round["model"] = round
    assert "contains more than tensors: `model` (dict)" in message(saved(tmp_path / "w.pth", round))


class Hostile:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.target}",)


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    hostile = Hostile(tmp_path / "executed")
    name = os.system.__module__
    (tmp_path / "raw.pth").write_bytes(pickle.dumps(hostile, 2))
    for path in (
        saved(tmp_path / "alone.pth", hostile),
        saved(tmp_path / "within.pth", {**build().state_dict(), "fc.bias": hostile}),
        tmp_path / "raw.pth",
    ):
        assert f"it contains `{name}.system`, and reading anything but tensors could execute code" in message(path)
    assert not (tmp_path / "executed").exists()


def test_a_function_without_a_module_is_named_too(tmp_path: Path) -> None:
    class Evaluated:
        def __reduce__(self) -> Any:
            return eval, ("1",)

    assert "it contains `eval`, and reading" in message(saved(tmp_path / "w.pth", Evaluated())).replace("builtins.", "")


def test_a_whole_module_is_refused(tmp_path: Path) -> None:
    assert "save the `state_dict()` alone" in message(saved(tmp_path / "w.pth", build()))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([1, 2], "contains a list, not a mapping from keys to tensors"),
        (torch.ones(3), "contains a Tensor, not a mapping from keys to tensors"),
        ({"fc.bias": torch.ones(5), "epoch": 3}, "contains more than tensors: `epoch` (int); save only the state dict"),
        ({3: torch.ones(5)}, "contains more than tensors: `3` (Tensor)"),
    ],
)
def test_other_content_is_an_error(content: Any, reason: str, tmp_path: Path) -> None:
    assert reason in message(saved(tmp_path / "w.pth", content))


def truncated(missing: int) -> bytes:
    buffer = io.BytesIO()
    torch.save(build().state_dict(), buffer)
    return buffer.getvalue()[:-missing]


def empty_archive() -> bytes:
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    return buffer.getvalue()


DAMAGED = [
    b"",
    b"hello",
    b"PK\x03\x04",
    b"\x80\x04.",
    b"(" * 50_000,
    b"\xff" * 64,
    truncated(200),
    truncated(2000),
    empty_archive(),
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_an_error(content: bytes, tmp_path: Path) -> None:
    for name in ("w.pth", "w.safetensors"):
        path = tmp_path / name
        path.write_bytes(content)
        assert message(path).startswith(f"{path} ")
        assert "Traceback" not in message(path)
        assert ": it is damaged, or" in message(path) or name != "w.pth"
        assert len(message(path)) < 300 + len(str(path))


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="there is no file"):
        read_weights(tmp_path / "none.pth")
    with pytest.raises(WeightsError, match="cannot be read: Is a directory"):
        read_weights(tmp_path)


def test_a_network_without_values_takes_no_weights(tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pth", build().state_dict())
    with pytest.raises(WeightsError, match="device `meta`"):
        load_weights(archspec.build(SPEC, device="meta"), path)
