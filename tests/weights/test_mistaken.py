"""A file that is taken for weights says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from archspec.errors import WeightsError
from archspec.weights.contents import read_contents


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pth", b"<!DOCTYPE html><html>", "a web page"),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        ("a.gguf", b"GGUF\x03\0\0\0", "a GGUF file"),
        ("a.npy", b"\x93NUMPY\x01\0", "an array of NumPy"),
        ("a.onnx", b"\x08\x07\x12\x07pytorch", "an ONNX file"),
        ("a.yaml", b"\narchspec: 1\ninput: [3]\n", "it is a spec"),
        ("a.pth", b"no such thing", "damaged, or not a file that `torch.save` wrote"),
        ("a.pth", b"", "damaged, or not a file that `torch.save` wrote"),
        ("a.pth", b"PK\x03\x04", "damaged, or not a file that `torch.save` wrote"),
    ],
)
def test_what_is_no_weights_is_named(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=f"cannot be read as weights: .*{words}"):
        read_contents(tmp_path / name)


def test_an_exported_program_is_named(tmp_path: Path) -> None:
    program = torch.export.export(nn.Linear(300, 30), (torch.ones(2, 300),))
    torch.export.save(program, tmp_path / "a.pt2")
    with pytest.raises(WeightsError, match=r"a program of `torch\.export`"):
        read_contents(tmp_path / "a.pt2")
