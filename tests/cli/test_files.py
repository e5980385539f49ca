from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from archspec.cli import files


@pytest.mark.skipif(os.name == "nt", reason="there are no named pipes in folders")
def test_a_pipe_or_device_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    files.write(pipe, b"text")
    reader.join(timeout=10)
    assert read == [b"text"]
    assert pipe.is_fifo()
    assert [*tmp_path.iterdir()] == [pipe]
