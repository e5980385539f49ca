from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from archspec.cli import failures
from archspec.compiler.here import Here
from archspec.errors import InternalError, SpecError

HEAD = "archspec: 1\ninput: [4, 8, 8]\nparams: {b: nope}\n"
SILENT = [
    ("report", "stages: [{block: $b, channels: 8}]"),
    ("report", "blocks: {own: {params: {s: str}, layers: [slot: $s]}}\nlayers: [own: x]"),
    ("miss", "layers: [norm]"),
]


@pytest.mark.parametrize(("method", "text"), SILENT)
def test_what_is_unknown_without_a_mistake_is_a_fault(
    method: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "silent.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    assert [d.severity for d in archspec.validate(path) if d.severity == "error"]
    monkeypatch.setattr(Here, method, lambda *_, **__: None)
    for call in (archspec.validate, archspec.compile):
        with pytest.raises(InternalError, match="please report it") as fault:
            call(path)
        assert failures.report(fault.value, ["validate", str(path)]) == 3
        assert "bug in archspec" in capsys.readouterr().err


def test_a_parameter_without_a_default_may_have_any_value() -> None:
    text = "archspec: 1\ninput: [4]\nparams: {width: int}\nlayers: [linear: $width, linear: {features: 3, bias: X}]"
    assert archspec.load(text.replace("X", "true")).params
    with pytest.raises(SpecError, match="A203") as error:
        archspec.load(text.replace("X", "8"))
    assert len(error.value.diagnostics) == 1
    with pytest.raises(SpecError, match="A202"):
        archspec.compile(text.replace("X", "true"))
    assert archspec.compile(text.replace("X", "true"), {"width": 8}).parameter_count == 67


def test_load_tells_what_compile_would() -> None:
    """A shape that does not fit is unsound, too."""
    with pytest.raises(SpecError, match="A402"):
        archspec.load("{archspec: 1, input: [4, 8, 8], layers: [linear: 3]}")


LIBRARY = """archspec: 1
blocks:
  own: {params: {width: int, unused: 1}, layers: [conv: $width, other]}
  other: {layers: [LAYER]}
"""


def test_a_file_of_blocks_needs_no_network() -> None:
    assert [d.code for d in archspec.validate(LIBRARY.replace("LAYER", "act"))] == ["A713"]
    found = archspec.validate(LIBRARY.replace("LAYER", "conv: {kernal: 3}"), {"width": 3})
    assert [d.code for d in found] == ["A201"]
    for call in (archspec.load, archspec.compile):
        with pytest.raises(SpecError, match="A202"):
            call(LIBRARY.replace("LAYER", "act"))


def test_a_file_of_blocks_has_nothing_else() -> None:
    found = archspec.validate(LIBRARY.replace("LAYER", "act") + "outputs: {x: y}\n")
    assert [d.code for d in found] == ["A201"]
