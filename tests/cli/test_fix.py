"""`archspec validate --fix` and `--diff`: what was fixed is gone, nothing else is touched, and once is enough."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from archspec.cli import fixing
from archspec.cli.validate import check
from archspec.language import bundled_specs
from archspec.language.load import read

MISTAKES = """\
# a spec: ünïcode, 世界
archspec: 1
name: mistakes
input: [3, 8, 8]
params: {width: 08, deep: {type: bool, default: true}}  # 8
norm: bacth   # batch
act: ReLU

layers:
  - conv: {chanels: $widht, kernal: 3.0, bias: no}   # three
  - "nrom"
  - residual: [{'cnov': {kernel: 3, bias: "False"}}, norm, act]
  - conv: {name: last, channels: 4, when: Yes}
  - flattn
  - linear: {features: 2, from: lst}
"""
"""In the last line a name is too short to be sure of."""

FIXED = """\
# a spec: ünïcode, 世界
archspec: 1
name: mistakes
input: [3, 8, 8]
params: {width: 8, deep: {type: bool, default: true}}  # 8
norm: batch   # batch
act: relu

layers:
  - conv: {channels: $width, kernel: 3, bias: false}   # three
  - "norm"
  - residual: [{'conv': {kernel: 3, bias: false}}, norm, act]
  - conv: {name: last, channels: 4, when: true}
  - flatten
  - linear: {features: 2, from: lst}
"""


@pytest.fixture
def mistakes(folder: Path) -> Path:
    for file in folder.iterdir():
        file.unlink()
    (folder / "mistakes.yaml").write_text(MISTAKES.replace("from: lst", "from: last"), encoding="utf-8")
    return folder / "mistakes.yaml"


class TestFix:
    def test_what_is_certain_is_fixed(self, mistakes, run):
        result = run("validate", "--fix", "mistakes.yaml")
        assert mistakes.read_text("utf-8") == FIXED.replace("from: lst", "from: last").replace(
            "- flatten\n", "- flatten\n"
        )
        assert result.stderr.splitlines()[0] == "mistakes.yaml:5:17: fixed[A106]: `08` → `8`"
        assert result.stderr.endswith("\nfixed 13 findings in 1 file\n")

    def test_what_remains_is_told(self, mistakes, run):
        mistakes.write_text(MISTAKES, "utf-8")
        result = run("validate", "--fix", ".")
        assert result.exit_code == 1
        assert mistakes.read_text("utf-8") == FIXED
        assert re.findall(r"error\[(\w+)\]", result.stdout) == ["A302"]
        assert result.stdout.endswith("\n1 error in 1 file\n")

    def test_twice_is_once(self, mistakes, run):
        run("validate", "--fix", "mistakes.yaml")
        before = mistakes.read_bytes(), mistakes.stat().st_mtime_ns
        assert run("validate", "--fix", "mistakes.yaml").stderr == ""
        assert (mistakes.read_bytes(), mistakes.stat().st_mtime_ns) == before

    def test_a_sound_file_is_not_written(self, folder, run):
        before = (folder / "tiny.yaml").stat()
        assert run("validate", "--fix", "tiny.yaml").stdout == "1 file: valid\n"
        assert (folder / "tiny.yaml").stat() == before

    def test_permissions_and_links_stay(self, mistakes, run):
        mistakes.rename(mistakes.with_name("real"))
        mistakes.symlink_to("real")
        os.chmod(mistakes, 0o640)
        run("validate", "--fix", "mistakes.yaml")
        assert mistakes.is_symlink()
        assert stat.S_IMODE(mistakes.stat().st_mode) == 0o640
        assert [file.name for file in sorted(mistakes.parent.iterdir())] == ["mistakes.yaml", "real"]

    def test_a_folder_that_cannot_be_written_is_a_mistake(self, mistakes, run, monkeypatch):
        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "replace", refuse)
        before = mistakes.read_bytes()
        result = run("validate", "--fix", "mistakes.yaml")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "cannot write `" in result.stderr
        assert [(file.name, file.read_bytes()) for file in mistakes.parent.iterdir()] == [("mistakes.yaml", before)]

    def test_a_file_that_must_not_be_written_is_left_alone(self, mistakes, run, monkeypatch):
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # as it is for all but root
        before = mistakes.read_bytes()
        result = run("validate", "--fix", "mistakes.yaml")
        assert (result.exit_code, mistakes.read_bytes()) == (2, before)
        assert "Permission denied" in result.stderr

    def test_standard_input_is_fixed_to_standard_output(self, run):
        result = run("validate", "--fix", "-", input=MISTAKES)
        assert result.stdout == FIXED
        assert result.exit_code == 1
        assert "<stdin>:15:" in result.stderr

    @pytest.mark.parametrize("form", ["json", "sarif", "junit", "gitlab"])
    def test_reports_are_reports_still(self, form, mistakes, run):
        result = run("validate", "--fix", "--format", form, "mistakes.yaml")
        assert "fixed" not in result.stdout
        assert run("validate", "--format", form, "mistakes.yaml").stdout == result.stdout


class TestDiff:
    def test_it_shows_what_fix_would_change_and_writes_nothing(self, mistakes, run):
        before = mistakes.read_bytes()
        result = run("validate", "--diff", "mistakes.yaml")
        assert result.exit_code == 1
        assert mistakes.read_bytes() == before
        removed = [line[1:] for line in result.stdout.splitlines() if re.match(r"-(?!-)", line)]
        added = [line[1:] for line in result.stdout.splitlines() if re.match(r"\+(?!\+)", line)]
        assert len(removed) == len(added) == 8
        assert set(removed) <= set(MISTAKES.splitlines())
        assert set(added) <= set(FIXED.splitlines())
        assert result.stdout.startswith("--- mistakes.yaml\n+++ mistakes.yaml\n@@ ")

    def test_without_changes_it_is_empty(self, folder, run):
        result = run("validate", "--diff", "tiny.yaml")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")

    def test_what_would_remain_is_told_beside_it(self, run):
        result = run("validate", "--diff", "-", input=MISTAKES)
        assert "error[A302]" in result.stderr
        assert "error" not in result.stdout

    def test_a_last_line_without_an_end(self, folder, run):
        (folder / "tiny.yaml").write_bytes(b"archspec: 1\ninput: [3, 8, 8]\nlayers: [flattn]")
        result = run("validate", "--diff", "tiny.yaml")
        assert result.stdout.endswith(
            "-layers: [flattn]\n\\ No newline at end of file\n+layers: [flatten]\n\\ No newline at end of file\n"
        )


class TestFiles:
    def test_a_mistake_goes_where_it_is(self, folder, run):
        base, over, blocks = (folder / name for name in ("base.yaml", "over.yaml", "blocks.yaml"))
        base.write_text("archspec: 1\ninput: [3, 8, 8]\nlayers: [conv: {chanels: 8}]\n")
        blocks.write_text("archspec: 1\nblocks: {twice: {params: {width: int}, layers: [conv: $wdith, act: relu]}}\n")
        over.write_text("archspec: 1\nextends: ./bsae.yaml\ninclude: [blcoks.yaml]\nlayers: [{twice: {widht: 3}}]\n")
        result = run("validate", "--fix", "over.yaml")
        assert result.stdout == "1 file: valid\n"
        assert over.read_text() == (
            "archspec: 1\nextends: ./base.yaml\ninclude: [blocks.yaml]\nlayers: [{twice: {width: 3}}]\n"
        )
        assert "conv: $width, act" in blocks.read_text()
        assert "chanels" in base.read_text(), "its layers are replaced: nobody looked at them"
        assert run("validate", "--fix", "base.yaml").exit_code == 0
        assert "channels" in base.read_text()

    def test_what_several_files_include_is_fixed_once(self, folder, run):
        (folder / "blocks.yaml").write_text(
            "archspec: 1\nblocks: {twice: {params: {width: int}, layers: [conv: $wdith]}}\n"
        )
        for name in ("a", "b"):
            (folder / f"{name}.yaml").write_text(
                "archspec: 1\ninclude: [blocks.yaml]\ninput: [3, 8, 8]\nlayers: [twice: 2]\n"
            )
        result = run("validate", "--fix", "a.yaml", "b.yaml", "blocks.yaml")
        assert result.stderr == "blocks.yaml:2:56: fixed[A252]: `wdith` → `width`\nfixed 1 finding in 1 file\n"

    def test_what_is_bundled_is_not_touched(self, folder, run, monkeypatch):
        bundled = folder / "elsewhere" / "damaged.yaml"
        bundled.parent.mkdir()
        bundled.write_text("archspec: 1\ninput: [3, 8, 8]\nlayers: [conv: {chanels: 8}]\n")
        specs = {**bundled_specs(), "damaged": bundled}
        for module in ("bundled_files", "named"):
            monkeypatch.setattr(f"archspec.language.{module}.bundled_specs", lambda: specs)
        (folder / "over.yaml").write_text("archspec: 1\nextends: damaged\nname: over\n")
        (folder / "damaged.yaml").write_text("archspec: 1\n# somebody else's\n")
        for target in ("over.yaml", "damaged"):
            result = run("validate", "--fix", target)
            assert result.exit_code == (1 if target == "over.yaml" else 2)
        assert "chanels" in bundled.read_text()
        assert (folder / "damaged.yaml").read_text() == "archspec: 1\n# somebody else's\n"

    def test_what_an_alias_repeats_is_left_alone(self, folder, run):
        text = "archspec: 1\ninput: [3, 8, 8]\nlayers: [{conv: {bias: &b no, name: *b}}, {act: &r rellu}, {act: *r}]\n"
        (folder / "tiny.yaml").write_text(text)
        assert "fixable" not in run("validate", "tiny.yaml").stdout
        run("validate", "--fix", "tiny.yaml")
        assert (folder / "tiny.yaml").read_text() == text

    def test_a_file_that_changes_meanwhile_is_left_alone(self, mistakes, run, monkeypatch):
        monkeypatch.setattr(fixing, "read_file", lambda path, most: path.read_bytes() + b"\n")
        result = run("validate", "--fix", "mistakes.yaml")
        assert result.exit_code == 2
        assert "changed while it was checked" in result.stderr


# --- laws ----------------------------------------------------------------------------------------------------------

SPECS = {name: path for name, path in bundled_specs().items() if "extends:" not in path.read_text("utf-8")}
SMALL = sorted(SPECS, key=lambda name: SPECS[name].stat().st_size)[:30]
WORD = re.compile(r"(?<=[-{ $])[a-z][a-z_]{2,}(?=[:}, ])")


def fixed(path: Path) -> fixing.Result:
    return fixing.fix_files(lambda edited: check(read(path, edited)))


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("space")


Dress = Callable[[str], bytes]
DRESSES: list[Dress] = [
    lambda text: text.encode(),
    lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.rstrip("\n").encode(),
]


@settings(max_examples=40)
@given(st.sampled_from(SMALL), st.sampled_from(DRESSES), st.data())
def test_one_slip_in_a_sound_spec(space: Path, name: str, dress: Dress, data: st.DataObject) -> None:
    sound = bundled_specs()[name].read_text("utf-8")
    words = list(WORD.finditer(sound))
    assume(words)
    word = data.draw(st.sampled_from(words))
    at = data.draw(st.integers(word.start(), word.end() - 2))
    swap, drop = sound[at + 1] + sound[at], sound[at + 1]
    text = sound[:at] + data.draw(st.sampled_from([swap, drop])) + sound[at + 2 :]
    assume(text != sound)
    path = space / f"{name}.yaml"
    path.write_bytes(dress(text))
    before = check(read(path))
    found = fixed(path)
    if not any(d.fixable for d in before):
        assert not found.changed
        return
    event("fixed")
    ((_, result),) = found.after.items()
    for d in before:
        if d.fixable:
            assert (d.code, d.message) not in {(other.code, other.message) for other in found.remaining}
    assert not any(d.fixable for d in found.remaining)
    # the slip is in one word: what is fixed is that word, or, where it is a definition, its uses
    told = {(d.code, d.message) for d in before}
    new = [d for d in found.remaining if d.severity == "error" and (d.code, d.message) not in told]
    assert result == dress(sound) or not new
    before_it = dress(sound[: word.start()])
    if dress is not DRESSES[3]:
        assert result.startswith(before_it) or dress(text).startswith(before_it)
    path.write_bytes(result)
    assert not fixed(path).changed


def test_no_bundled_spec_has_anything_to_fix() -> None:
    for name, path in bundled_specs().items():
        if name in SMALL:
            assert not fixed(path).changed
