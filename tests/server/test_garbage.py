"""What is kept of a session: as much after many edits as after some."""

from __future__ import annotations

import gc
import time
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("pygls")

from archspec.editor import Analysis, Text, Workspace
from archspec.language import bundled_specs
from archspec.server.documents import Document
from tests.server.session import Session, edits, opens

KINDS = (Analysis, Text, Document)
MOST = {Analysis: 6, Text: 12, Document: 2}
"""Of two open documents: each as it is, as it could last be read, and as it was last sound, with its text."""


def alive(among: set[int]) -> Counter[type]:
    """How many there are of each kind, beside those that there were, once no check makes more. They are told by `type`:
    what `isinstance` asks of any object may warn."""
    for _ in range(20):
        gc.collect()
        found = Counter(type(one) for one in gc.get_objects() if type(one) in KINDS and id(one) not in among)
        if all(found[kind] <= MOST[kind] for kind in KINDS):
            break
        time.sleep(0.02)
    return found


def test_old_analyses_are_forgotten(tmp_path: Path) -> None:
    gc.collect()
    before = {id(one) for one in gc.get_objects() if type(one) in (*KINDS, Workspace)}
    session = Session().start()
    base, over = (tmp_path / "base.yaml").as_uri(), (tmp_path / "over.yaml").as_uri()
    text, more = bundled_specs()["resnet18"].read_text("utf-8"), "archspec: 1\nextends: ./base.yaml\n"
    session.send(opens(base, text), opens(over, more))
    counts, asked = [], ("hover", "definition", "completion", "prepareRename")
    for round in range(2):
        for number in range(2, 42):
            version = 100 * round + number
            now = text.replace("layer1", f"layer_{version}") if number % 3 else text[: 40 * number] + "[" * 3
            session.send(edits(base, f"{now}\n# {version}\n", version=version))
            session.send(edits(over, f"{more}# {version}\n", version=version))
            question = session.at(asked[number % 4], base, number % 20, 8)
            session.send(question)
            session.answer(question)
        session.codes(over, version)
        counts.append(alive(before))
        protocol = session.server.protocol
        assert len(protocol._request_futures) <= 1  # that of `initialized`, which pygls does not forget
    assert all(count[kind] <= MOST[kind] for count in counts for kind in KINDS), counts
    assert session.stop() == 0
    assert session.faults() == []
