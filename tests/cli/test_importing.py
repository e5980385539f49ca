"""`archspec import`: proved, or refused with every reason; what is named is imported, and nothing is half-written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import archspec  # noqa: E402

NETS = """
import torch
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(8, 4), nn.ReLU())

class Odd(nn.Module):
    def forward(self, x):
        return torch.erf(torch.lgamma(x))

class Tokens(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Embedding(20, 4), nn.Linear(4, 20))

number = 3
ready = Net()

def fails():
    raise RuntimeError("no [red] network\\x1b[31m")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nets_to_import.py").write_text(NETS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["Net", "ready"])
def test_a_module_is_written_as_a_spec(name: str, folder: Path, run: Any) -> None:
    done = run("import", f"nets_to_import:{name}", "--input", "8", "-o", "net.yaml")
    assert done.exit_code == 0, done.output
    assert "bit-equal" in done.stderr
    assert archspec.compile(folder / "net.yaml").parameter_count == 36
    again = run("import", f"nets_to_import:{name}", "--input", "8")
    assert again.stdout == (folder / "net.yaml").read_text(encoding="utf-8")


def test_ids_are_asked_for(folder: Path, run: Any) -> None:
    done = run("import", "nets_to_import:Tokens", "--input", "6", "--ids", "20")
    assert done.exit_code == 0, done.output
    assert "vocab: 20" in done.stdout


def test_all_reasons_are_told_and_nothing_is_written(folder: Path, run: Any) -> None:
    done = run("import", "nets_to_import:Odd", "--input", "8", "-o", "net.yaml")
    assert done.exit_code == 1
    assert "lgamma.default" in done.stderr
    assert "return torch.erf(torch.lgamma(x))" in done.stderr
    assert not (folder / "net.yaml").exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("nets_to_import", "is no module and callable in it"),
        ("nets_to_import:", "is no module and callable in it"),
        (":Net", "is no module and callable in it"),
        ("no_such_module:Net", "ModuleNotFoundError"),
        ("nets_to_import:Missing", "AttributeError"),
        ("nets_to_import:fails", "RuntimeError: no [red] network\\x1b[31m"),
        ("nets_to_import:number", "TypeError"),
        ("nets_to_import:dict", "AttributeError"),
        ("builtins:dict", "a value of type `dict`"),
    ],
)
def test_what_gives_no_module_is_told(given: str, told: str, folder: Path, run: Any) -> None:
    done = run("import", given, "--input", "8")
    assert done.exit_code == 2
    assert told in done.stderr


@pytest.mark.parametrize("shape", ["", "x", "3,", "0,3", "-1", "3x224", "٣"])
def test_what_is_no_shape_is_told(shape: str, folder: Path, run: Any) -> None:
    done = run("import", "nets_to_import:Net", "--input", shape)
    assert done.exit_code == 2
    assert "is no shape; write the sizes without the batch" in done.stderr
