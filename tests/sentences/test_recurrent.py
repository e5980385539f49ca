"""docs/language.md, section 9: recurrent layers and their states."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import archspec
from archspec.cli.app import program
from tests.sentences.case import Case, cases, full

CASES = cases(
    """
    # a sequence to a sequence, torch's keys
    input: {channels: 5, size: [7], layout: channels_last}
    - lstm: {name: a, features: 6, bidirectional: true}  #= 7 × 12  #w a.weight_ih_l0 24 5, a.weight_hh_l0_reverse 24 6

    # `NAME.state` and `NAME.cell` are the last ones: (layers · directions) × features
    input: {channels: 5, size: [7], layout: channels_last}
    layers:
      - lstm: {name: a, features: 6, layers: 2, bidirectional: true}
      - linear: {from: a.cell, features: 3}  #= 4 × 3

    # a vector where that is one
    input: {channels: 5, size: [7], layout: channels_last}
    layers:
      - gru: {name: a, features: 6}
      - linear: {from: a.state, features: 3}  #= 3

    # a `gru` has no cell
    input: {channels: 5, size: [7], layout: channels_last}
    layers:
      - gru: {name: a, features: 6}
      - linear: {from: a.cell, features: 3}  #! A302: cell

    # `state` and `cell` take the same
    input: {channels: 5, size: [7], layout: channels_last}
    layers:
      - gru: {name: a, features: 6, layers: 2}
      - gru: {features: 6, layers: 2, state: a.state}
      - gru: {features: 6, state: a.state}             #! A405: expected 6
      - gru: {from: a, features: 4, layers: 2, state: a.state}  #! A404: expected 2 × 4

    # a sequence
    input: [4, 8, 8]
    - lstm: 8  #! A402: sequence

    # of vectors or at each position, also gives `NAME.cell`
    input: {channels: 5, size: [2, 3], layout: channels_last}
    layers:
      - lstm_cell: {name: a, features: 6}
      - lstm_cell: {name: b, features: 6, state: a, cell: a.cell}
      - gru_cell: {from: b.cell, features: 4}  #= 2 × 3 × 4

    input: {channels: 5, size: [7], layout: channels_last}
    layers:
      - gru: {name: a, features: 6}
      - gru_cell: {features: 6, state: a.state}  #! A405: 0 sizes

    # every layer has weights with names of their own
    input: {channels: 5, size: [7], layout: channels_last}
    - lstm: {features: 6, layers: 17}                     #! A203: 16
    - gru: {features: 6, init: {weight_hh_l1: orthogonal}}  #! A204: weight_hh_l1
    - gru: {features: 6, init: {weight: orthogonal}}        #! A204: no weight `weight`
    """
)


@CASES
def test_recurrent(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


SEQUENCE = "input: {vocab: 9, length: L}\nlayers: [embedding: 4, gru: {name: r, features: 4}]"


def test_an_open_length_is_found_beforehand(tmp_path: Path) -> None:
    """An open length is an error of pt2 and ONNX that `validate` finds beforehand when asked for them."""
    for exports, told in (((), 0), (["python", "safetensors"], 0), (["pt2"], 1), (["onnx", "python"], 1), (["all"], 1)):
        found = [d for d in archspec.validate(full(SEQUENCE), exports=exports) if d.severity == "error"]
        assert [(d.code, d.span and d.span.line) for d in found] == [("A407", 5)] * told
        assert all("`r` goes over the open length L" in d.message for d in found)
    assert not archspec.validate(full(SEQUENCE), input_size=6, exports=["pt2"])
    with pytest.raises(archspec.UsageError, match="did you mean `onnx`"):
        archspec.validate(full(SEQUENCE), exports=["onx"])
    (tmp_path / "t.yaml").write_text(full(SEQUENCE))
    command = CliRunner().invoke(program, ["validate", str(tmp_path / "t.yaml"), "--export", "pt2,onnx"])
    assert command.exit_code == 1
    assert "pt2 and onnx" in command.output
