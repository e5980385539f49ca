"""The fingerprints of all bundled specs: they change with a spec, not with what archspec makes of the language."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import archspec
from archspec.language import bundled_specs

FINGERPRINTS = Path(__file__).parent / "fingerprints.json"


def test_bundled_specs_keep_their_fingerprints(golden: Callable[[Path, str], None]) -> None:
    """**What stays.** Every spec that is valid today stays valid and keeps its fingerprint, keys and weights, but
    for three things: `.` and dead nodes (section 12), and names of outputs (17)."""
    found = {name: archspec.compile(name).fingerprint for name in sorted(bundled_specs())}
    golden(FINGERPRINTS, json.dumps(found, indent=2) + "\n")
