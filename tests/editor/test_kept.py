from __future__ import annotations

import gc
import weakref
from pathlib import Path

from archspec.editor import Range, Workspace
from archspec.editor.hints import hints
from archspec.editor.hover import hover
from archspec.editor.lenses import lenses
from archspec.language import bundled


def test_what_is_made_of_a_text_ends_with_it() -> None:
    path, workspace = Path("/nowhere/spec.yaml"), Workspace()
    text = bundled("swin_tiny_patch4_window7_224").read_text(encoding="utf-8")
    workspace.put(path, text)
    known = weakref.ref(workspace.analysis(path))
    for at in range(0, len(text), 50):
        hover(workspace, path, at)
    hints(workspace, path, Range(0, len(text)))
    lenses(workspace, path)
    assert known() is not None
    workspace.put(path, text + "\n")
    workspace.analysis(path)
    gc.collect()
    assert known() is None
