from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an export may go; neither it nor its parent exists."""
    return tmp_path / "build" / "out"
