"""`python`: the network as source that somebody could have written, with torch as its only import."""

from __future__ import annotations

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
        text = path.read_text(encoding="utf-8")
        check_source(text, subject.graph)
        # what was looked at is what runs, whatever becomes of the file
        loaded = ModuleType(f"archspec_export_{path.stem}")
        exec(compile(text, str(path), "exec"), vars(loaded))
        *_, network = vars(loaded).values()  # the class of the network stands last
        module = network()
        if list(module.state_dict()) != list(subject.state):
            raise ExportError("the classes do not have the network's weights in the same order")
        module.load_state_dict(subject.state, strict=True)
        subject.check(module.state_dict())
        module.eval()
        return subject.artifact(module)
