"""Who follows what the help says gets a sound spec: of every rule's example, every broken case, and every spec of
`tests/cases/remedies`.

A fix is applied. What a help says word for word, such as ``did you mean `kernel`?``, is written where the finding
stands. All else is in the table `EDITS`: what the help says, and the edit that follows it. A finding must go once its
help is followed; what comes instead is followed in turn, and in the end there is none.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import archspec
from archspec.diagnostics import Diagnostic, Fix
from archspec.diagnostics.catalogue import SPEC, files, rules
from archspec.diagnostics.fix import fixed
from tests.sentences.edits import BEYOND, EDITS, Edit

CASES = Path(__file__).parent.parent / "cases"
STEPS = 4
"""How many edits it may take to be rid of one mistake."""

PAGES = {page.code: page for page in rules()}
BROKEN = {path.name: path for folder in ("invalid", "remedies") for path in sorted((CASES / folder).glob("*.yaml"))}
WORD = re.compile(r"(?:did you mean|write|put it in quotes:) `([^`]+)`(?:\?| or .*\?|: .*|, or .*)?")


def broken(name: str, folder: Path) -> Path:
    """A broken spec, in a folder with all that it needs."""
    if name in PAGES:
        for path, data in files(PAGES[name].example).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        return folder / SPEC
    shutil.copytree(CASES / "invalid" / "parts", folder / "parts")
    return Path(shutil.copy(BROKEN[name], folder))


def findings(spec: Path, name: str) -> list[Diagnostic]:
    """What is found, without the advice that a spec happens to deserve: that of its page counts, and what in a spec
    of `remedies` is surely a slip."""
    advice = name if name in PAGES else "A71[467]" if name[0].islower() else "-"
    exports = ["all"] if name == "A502" else []
    return [
        d for d in archspec.validate(spec, exports=exports) if not d.code.startswith("A7") or re.match(advice, d.code)
    ]


def follow(finding: Diagnostic, edits: list[Edit], folder: Path) -> None:
    """Do what the help of a finding says."""
    fix = finding.fix
    said = WORD.fullmatch(finding.help)
    edit = next((edit for edit in edits if edit[0] in finding.help), None)
    if fix is None and edit is not None:
        edits.remove(edit)
        replace(folder, *edit[1:])
        return
    if fix is None and said is not None and finding.span is not None:
        fix = Fix(finding.span, said[1])
    assert fix is not None, f"no edit follows the help of\n{finding}"
    path = folder / fix.span.source.name
    path.write_bytes(fixed(path.read_bytes().decode(), [fix]).encode())


def replace(folder: Path, old: str, new: str) -> None:
    """Replace a text in the one file that has it; `old` may be the name of a file, which `new` then is."""
    if (folder / old).is_file():
        (folder / old).rename(folder / new)
        return
    paths = [path for path in folder.rglob("*.yaml") if old.encode(errors="surrogateescape") in path.read_bytes()]
    assert paths, f"`{old}` is not there"
    data = paths[0].read_bytes()
    new_data = new.encode() if new.isascii() is False else new.encode(errors="surrogateescape")
    paths[0].write_bytes(data.replace(old.encode(errors="surrogateescape"), new_data, 1))


@pytest.mark.parametrize("name", [name for name in (*PAGES, *BROKEN) if name not in BEYOND])
def test_what_the_help_says_leads_to_a_sound_spec(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    spec = Path(broken(name, tmp_path).name)
    edits, steps = list(EDITS.get(name, ())), 0
    found = findings(spec, name)
    assert found, "nothing is wrong with it"
    most = STEPS * len(found)
    while found:
        assert steps < most, f"still there after {steps} edits:\n{found[0]}"
        before = found[0]
        follow(before, edits, tmp_path)
        found = findings(spec, name)
        same = [after for after in found if (after.code, after.message) == (before.code, before.message)]
        assert len(same) == 0 or same[0].span != before.span, f"its help does not mend it:\n{same[0]}"
        steps += 1
    assert edits == [], "these edits follow no help"
    archspec.compile(spec)


def test_the_table_is_of_what_there_is() -> None:
    assert EDITS.keys() - PAGES.keys() - BROKEN.keys() == set()
    assert set(BEYOND) - PAGES.keys() - BROKEN.keys() == set()
