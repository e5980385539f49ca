"""`python`: the network as source that somebody could have written, with torch as its only import."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from archspec.errors import ExportError
from archspec.export.format import Format
from archspec.export.source import check_source, source
from archspec.export.subject import Artifact, Subject


class Python(Format):
    """A module with a class for each distinct block; it takes the state dict strictly and gives the same bits."""

    name = "python"
    suffix = ".py"
    tolerance = 0.0
    holds_weights = False
    libraries = ("torch",)

    def write(self, subject: Subject, path: Path) -> None:
        _, text = source(subject.graph)
        check_source(text, subject.graph)
        path.write_text(text, encoding="utf-8", newline="\n")

    def read(self, subject: Subject, path: Path) -> Artifact:
        check_source(path.read_text(encoding="utf-8"), subject.graph)
        *_, network = vars(_loaded(path)).values()  # the class of the network stands last
        module = network()
        if list(module.state_dict()) != list(subject.state):
            raise ExportError("the classes do not have the network's weights in their order")
        module.load_state_dict(subject.state, strict=True)
        subject.check(module.state_dict())
        module.eval()
        return subject.artifact(module)


def _loaded(path: Path) -> ModuleType:
    """The module of a file, made anew and known to nobody else; nothing is written beside the file."""
    spec = spec_from_file_location(f"archspec_export_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module
