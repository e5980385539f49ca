from __future__ import annotations

import pytest

from archspec.errors import UsageError
from archspec.export import DEFAULT, FORMATS, select
from archspec.export.onnx import Onnx
from archspec.export.pt2 import Pt2


def test_every_format_is_registered_under_its_name() -> None:
    assert {name: make().name for name, make in FORMATS.items()} == {name: name for name in FORMATS}
    assert len({make().suffix for make in FORMATS.values()}) == len(FORMATS), "two would write the same file"
    assert set(DEFAULT) <= set(FORMATS)


def test_formats_are_selected_once_and_in_one_order_however_they_are_named() -> None:
    assert [format.name for format in select(["safetensors", "pt2", "safetensors"])] == ["pt2", "safetensors"]
    assert [format.name for format in select(reversed(list(FORMATS)))] == list(FORMATS)
    assert [format.name for format in select(["onnx", "all"])] == list(FORMATS)
    assert select([Pt2()])[0].name == "pt2"


def test_an_opset_is_for_onnx() -> None:
    assert Onnx(19) in select(["pt2", "onnx"], opset=19)
    with pytest.raises(UsageError, match="an opset needs the format `onnx`"):
        select(["pt2"], opset=19)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("onx", "did you mean `onnx`?"), ("xyz", "the formats are pt2, safetensors, onnx, resolved, python")],
)
def test_other_names_are_errors(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        select([name])
    assert hint in str(caught.value)
