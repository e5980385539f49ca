from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from archspec.diagnostics import Source
from archspec.diagnostics.formats import FORMATS, Findings
from archspec.diagnostics.formats.findings import relative
from tests.diagnostics.formats.samples import ALL, CALL, NOTHING, NOWHERE, SHADOW, TYPO

ROOT = Path(__file__).resolve().parents[3]


def test_the_formats() -> None:
    assert list(FORMATS) == ["text", "concise", "json", "github", "gitlab", "sarif", "junit"]


def test_a_format_is_imported_when_it_is_used() -> None:
    code = """
import sys
from archspec.diagnostics.formats import FORMATS, Findings, Style
before = {name for name in FORMATS if f"archspec.diagnostics.formats.{name}" in sys.modules}
FORMATS["junit"](Findings((), ()), Style())
after = {name for name in FORMATS if f"archspec.diagnostics.formats.{name}" in sys.modules}
print(before, after)
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "set() {'junit'}\n"


@pytest.mark.parametrize(
    ("findings", "totals"),
    [
        (Findings(("a.yaml",), ()), "1 file: valid"),
        (NOTHING, "2 files: all valid"),
        (Findings(("a.yaml",), (TYPO,)), "1 error in 1 file, 1 fixable with `--fix`"),
        (Findings(("a.yaml",), (SHADOW, SHADOW)), "2 warnings in 1 file"),
        (ALL, "8 errors, 1 warning in 3 files, 2 fixable with `--fix`"),
        (Findings(("a.yaml",) * 1000, (TYPO,) * 2000), "2,000 errors in 1,000 files, 2,000 fixable with `--fix`"),
    ],
)
def test_totals(findings: Findings, totals: str) -> None:
    assert findings.totals() == totals


def test_paths_start_at_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work" / "specs").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "work", target_is_directory=True)
    monkeypatch.chdir(tmp_path / "work")
    assert relative("specs/a.yaml") == "specs/a.yaml"
    assert relative("./specs/a.yaml") == "specs/a.yaml"
    assert relative("specs/../a.yaml") == "a.yaml"
    assert relative(str(tmp_path / "work" / "specs" / "a.yaml")) == "specs/a.yaml"
    assert relative(str(tmp_path / "link" / "specs" / "a.yaml")) == "specs/a.yaml"
    assert relative("../a.yaml") == "../a.yaml"
    assert relative(str(tmp_path / "a.yaml")) == (tmp_path / "a.yaml").as_posix()
    assert relative("<stdin>") == "<stdin>"
    assert relative("caf\udce9.yaml").encode()


def test_a_symbolic_link_to_a_spec_keeps_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "alias.yaml").symlink_to(tmp_path / "real.yaml")
    monkeypatch.chdir(tmp_path)
    assert relative(str(tmp_path / "alias.yaml")) == "alias.yaml"


def test_a_finding_without_a_place_belongs_to_the_first_file() -> None:
    assert Findings(("a.yaml", "b.yaml"), ()).path(NOWHERE) == "a.yaml"
    assert Findings((), ()).path(NOWHERE) == "."


def test_fingerprints_are_unique_and_always_the_same() -> None:
    found = list(ALL.fingerprints())
    assert len(set(found)) == len(found) == len(ALL.diagnostics)
    assert found == list(ALL.fingerprints())
    assert found[0] == "b99ef9d804ac0ffd6bc7f74fbd59d46282637167b6c5db52674be571c1bee43e"


def test_a_fingerprint_stays_when_lines_move_and_others_come() -> None:
    assert TYPO.span is not None
    below = replace(TYPO, span=TYPO.span._replace(line=50, end_line=50))
    (before,) = Findings(("specs/my.yaml",), (TYPO,)).fingerprints()
    *_, after = Findings(("specs/my.yaml",), (CALL, SHADOW, below)).fingerprints()
    assert before == after


def test_a_fingerprint_tells_files_codes_and_messages_apart() -> None:
    assert TYPO.span is not None
    elsewhere = replace(TYPO, span=TYPO.span._replace(source=Source("other.yaml", "")))
    found = Findings((), (TYPO, elsewhere, replace(TYPO, code="A202"), replace(TYPO, message="another")))
    assert len(set(found.fingerprints())) == 4
