"""`pt2`: the network as `torch.export` sees it, which torch loads and runs without archspec."""

from __future__ import annotations

import copy
import io
from pathlib import Path
from typing import Any

import torch

from archspec.export.format import Format
from archspec.export.quiet import quiet
from archspec.export.subject import Artifact, Subject


class Pt2(Format):
    """An exported program, with a dynamic batch and dynamic symbolic sizes."""

    name = "pt2"
    suffix = ".pt2"
    tolerance = 1e-5
    libraries = ("torch",)

    def write(self, subject: Subject, path: Path) -> None:
        raw = _Surviving(path, "wb")
        with quiet(), io.BufferedWriter(raw) as file:
            torch.export.save(_without_samples(subject.program), file)
        if raw.error is not None:
            raise raw.error

    def read(self, subject: Subject, path: Path) -> Artifact:
        with quiet():
            program = torch.export.load(path)
            subject.check(program.state_dict)
            module = program.module()
        return subject.artifact(module)


def _without_samples(program: torch.export.ExportedProgram) -> torch.export.ExportedProgram:
    """The program without the inputs that it was traced with, which may be larger than the weights."""
    lean = copy.copy(program)
    lean._example_inputs = None
    return lean


class _Surviving(io.FileIO):
    """A file that keeps an error for later: torch ends the whole process where a write fails, on a full disk say."""

    error: OSError | None = None

    def write(self, data: Any, /) -> int:
        if self.error is None:
            try:
                return super().write(data)
            except OSError as error:
                self.error = error
        return len(memoryview(data).cast("B"))
