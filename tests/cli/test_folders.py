from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import archspec
from tests.cli.conftest import BLOCKS, BROKEN, TINY

EXTENDING = "archspec: 1\nname: over\nextends: ./base.yaml\n"
WIDER = TINY.replace("[8, 16]", "[8, 24]")


@pytest.fixture
def specs(folder, git):
    """A revision of a folder of specs, tagged `v1`, and the folder as it is now: each file changed as its name says."""
    for name in ("tiny.yaml", "broken.yaml"):
        (folder / name).unlink()
    before = {
        "same.yaml": TINY,
        "said_otherwise.yaml": TINY,
        "changed.yaml": TINY,
        "removed.yaml": TINY,
        "mended.yaml": BROKEN,
        "broke.yaml": TINY,
        "blocks.yaml": BLOCKS,
        "deep/down/changed.yaml": TINY,
        "base.yaml": TINY,
        "over.yaml": EXTENDING,
        "always_broken.yaml": BROKEN,
        "notes.yaml": "version: 1\n",
    }
    now = {
        **{name: text for name, text in before.items() if name != "removed.yaml"},
        "said_otherwise.yaml": f"# again\n{TINY.replace('bias: false}', 'padding: 1, bias: false}', 1)}",
        "changed.yaml": WIDER,
        "mended.yaml": TINY,
        "broke.yaml": BROKEN,
        "added.yaml": TINY,
        "blocks.yaml": BLOCKS.replace("twice", "thrice"),
        "deep/down/changed.yaml": WIDER,
        "base.yaml": WIDER,
        "notes.yaml": "version: 2\n",
        "ignored/x.yaml": TINY,
        ".hidden/x.yaml": TINY,
    }
    for texts in (before, now):
        for name in before:
            (folder / "specs" / name).unlink(missing_ok=True)
        for name, text in texts.items():
            path = folder / "specs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        if texts is before:
            (folder / ".gitignore").write_text("ignored\n")
            git("add", "-A")
            git("commit", "-q", "-m", "one")
            git("tag", "v1")
    return folder


STATUS = {
    "added.yaml": "added",
    "base.yaml": "changed",
    "broke.yaml": "broken",
    "changed.yaml": "changed",
    "deep/down/changed.yaml": "changed",
    "mended.yaml": "broken",
    "over.yaml": "changed",
    "removed.yaml": "removed",
}


def compared(run, *arguments):
    result = run("diff", *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("sides", [("v1", "specs"), ("git:v1:specs", "./specs"), ("v1", "git:HEAD:specs"), ("v1",)])
def test_every_spec_that_differs_is_told(sides, specs, run, git):
    if sides[-1].startswith("git:"):
        git("add", "-A")
        git("commit", "-q", "-m", "two")
    found = compared(run, *sides)
    prefix = "specs/" if len(sides) == 1 else ""
    assert {spec["path"]: spec["status"] for spec in found["specs"]} == {prefix + k: v for k, v in STATUS.items()}
    assert not found["same"]
    assert found["version"] == 1
    assert found["before"] == {"spec": sides[0]}
    specs_by_path = {spec["path"].removeprefix(prefix): spec for spec in found["specs"]}
    over = specs_by_path["over.yaml"]["diff"]
    assert over["before"]["params"] == archspec.compile(TINY).parameter_count
    assert over["after"]["params"] == archspec.compile(WIDER).parameter_count
    assert specs_by_path["added.yaml"]["before"] is None
    assert specs_by_path["removed.yaml"]["after"] is None
    assert specs_by_path["removed.yaml"]["before"]["fingerprint"] == archspec.compile(TINY).fingerprint
    assert "`conv` has no argument `kernal`" in specs_by_path["broke.yaml"]["after"]["error"]
    assert specs_by_path["broke.yaml"]["before"]["params"] == archspec.compile(TINY).parameter_count
    assert specs_by_path["mended.yaml"]["diff"] is None


def test_one_diff_is_the_other_the_other_way_round(specs, run):
    there, back = compared(run, "v1", "specs"), compared(run, "specs", "v1")
    turned = {"added": "removed", "removed": "added"}
    assert [(s["path"], turned.get(s["status"], s["status"])) for s in there["specs"]] == [
        (s["path"], s["status"]) for s in back["specs"]
    ]


def test_the_text_is_a_table_and_the_diff_of_each(specs, run):
    text = run("diff", "v1", "specs").stdout
    head, _, table, *diffs = text.partition("\n\n")[0], "", *text.split("\n\n")[1:]
    assert head == "v1 → specs: 4 changed, 1 added, 1 removed, 2 broken, 3 unchanged"
    signs = {line.split()[1]: line[0] for line in table.splitlines()[1:]}
    assert signs == {
        path: {"changed": "~", "added": "+", "removed": "-", "broken": "!"}[s] for path, s in STATUS.items()
    }
    one, two = archspec.compile(TINY), archspec.compile(WIDER)
    plain = str(archspec.diff(one, two)).partition("\n")[2]
    assert "\n\n".join(diffs).count(plain) == 4
    assert "git:v1:specs/deep/down/changed.yaml → specs/deep/down/changed.yaml\n" in text


def test_markdown_is_one_comment_with_a_section_for_each(specs, run):
    text = run("diff", "v1", "specs", "--format", "md").stdout
    assert text.startswith(
        "### Architectures: `v1` → `specs`\n\n**4 changed, 1 added, 1 removed, 2 broken, 3 unchanged.**"
    )
    assert text.count("\n### ") == 0
    assert text.count("<summary><code>") == 4
    assert "| \\! | `broke.yaml` | 6,331 | 218,672 | `does not compile after: specs/broke.yaml:5:25: " in text


def test_markdown_is_short_enough_for_a_comment(folder, run):
    for side, kernel in (("one", 3), ("two", 1)):
        (folder / side).mkdir()
        convs = "".join(f"  - conv: {{name: layer_{n}, channels: {n + 1}, kernel: {kernel}}}\n" for n in range(60))
        for n in range(70):
            head = f"archspec: 1\nname: net_{n}\ninput: [3, 8, 8]\nlayers:\n"
            (folder / side / f"{'x' * 60}_{n}.yaml").write_text(head + convs)
    text = run("diff", "one", "two", "--format", "md").stdout
    assert len(text) < 65_536
    assert "| … | 30 more |" in text
    assert "more changed, which would not fit here" in text
    assert json.loads(run("diff", "one", "two", "--format", "json").stdout)["specs"][69]["diff"] is not None


@pytest.mark.parametrize("form", ["text", "md", "json"])
def test_what_is_the_same_is_told_so(form, specs, run):
    result = run("diff", "specs", "specs", "--format", form, "--exit-code")
    assert result.exit_code == 0
    if form == "json":
        found = json.loads(result.stdout)
        assert (found["same"], found["specs"], found["unchanged"]) == (True, [], 12)
    else:
        assert "12 unchanged" in result.stdout


def test_the_exit_code_is_that_of_two_specs(specs, run):
    assert run("diff", "v1", "specs", "--exit-code").exit_code == 1
    assert run("diff", "v1", "specs").exit_code == 0
    (specs / "a").mkdir()
    (specs / "b").mkdir()
    (specs / "a" / "x.yaml").write_text(TINY)
    (specs / "b" / "x.yaml").write_text(BROKEN)
    assert run("diff", "a", "b", "--exit-code").exit_code == 1, "nothing says that it is the same"


class TestBareRevisions:
    def test_stand_for_the_same_file(self, specs, run, monkeypatch):
        whole = run("diff", "git:v1:specs/changed.yaml", "specs/changed.yaml").stdout.partition("\n")[2]
        for sides in (("v1", "specs/changed.yaml"), ("v1", "./specs/../specs/changed.yaml")):
            assert run("diff", *sides).stdout.partition("\n")[2] == whole
        monkeypatch.chdir(specs / "specs" / "deep")
        assert run("diff", "v1", "../changed.yaml").stdout.partition("\n")[2] == whole
        assert run("diff", "v1", os.path.abspath("../changed.yaml")).stdout.partition("\n")[2] == whole
        assert [spec["path"] for spec in compared(run, "v1")["specs"]] == ["down/changed.yaml"]

    def test_on_both_sides_are_the_working_directory(self, specs, run, git):
        git("add", "-A")
        git("commit", "-q", "-m", "two")
        assert {spec["path"]: spec["status"] for spec in compared(run, "v1", "HEAD")["specs"]} == {
            f"specs/{path}": status for path, status in STATUS.items()
        }
        assert compared(run, "HEAD", "HEAD~0")["same"]

    def test_a_file_that_is_not_there_yet_was_added(self, specs, run):
        (spec,) = compared(run, "v1", "specs/added.yaml")["specs"]
        assert (spec["path"], spec["status"]) == ("added.yaml", "added")
        (specs / "new").mkdir()
        (specs / "new" / "x.yaml").write_text(TINY)
        assert [spec["status"] for spec in compared(run, "v1", "new")["specs"]] == ["added"]

    def test_a_file_or_a_bundled_spec_of_that_name_comes_first(self, specs, run, git):
        git("tag", "resnet18")
        git("tag", "tiny.yaml")
        (specs / "tiny.yaml").write_text(TINY)
        assert "the same architecture" in run("diff", "resnet18", "resnet18").stdout
        assert "the same architecture" in run("diff", "tiny.yaml", "specs/same.yaml").stdout

    @pytest.mark.parametrize(
        ("sides", "message"),
        [
            (("nope",), "Missing argument 'B': `nope` is not a git revision"),
            (("--", "--all"), "Missing argument 'B': `--all` is not a git revision"),
            (("^v1",), "Missing argument 'B': `^v1` is not a git revision"),
            (("git:v1:specs",), "Missing argument 'B'"),
            (("v1", "resnet18"), "`v1` is a git revision; compare a file or a folder with it"),
            (("v1", "-"), "`v1` is a git revision; compare a file or a folder with it"),
            (("v1", "nowhere.yaml"), "there is no file `nowhere.yaml`"),
            (("v1", "/"), "`./../"),
            (("specs", "specs/same.yaml"), "`specs` is a folder; name a file in it"),
            (("nope", "specs"), "there is no file or bundled spec `nope`; `archspec list` shows the bundled specs"),
            (("specs", "specs/smae.yaml"), "there is no file `specs/smae.yaml`; did you mean `same.yaml`?"),
            (("git:v1:specs", "specs/same.yaml"), "`specs` is a folder in `v1`; name a file in it"),
            (("empty", "empty"), "no spec in `empty`, and none in `empty`"),
        ],
    )
    def test_what_cannot_be_compared_is_a_mistake(self, sides, message, specs, run):
        (specs / "empty").mkdir()
        result = run("diff", *sides)
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in result.stderr

    def test_without_git_a_folder_is_compared_as_it_is(self, specs, run, monkeypatch):
        monkeypatch.setenv("PATH", "")
        assert run("diff", "specs", "specs").exit_code == 0
        result = run("diff", "v1")
        assert (result.exit_code, "Missing argument 'B'" in result.stderr) == (2, True)


def test_parameters_are_those_of_the_specs_that_have_them(specs, run):
    (specs / "specs" / "none.yaml").write_text("archspec: 1\nname: none\ninput: [3]\nlayers: [linear: 4]\n")
    found = compared(run, "specs", "specs", "--param-b", "classes=5")
    assert {spec["path"] for spec in found["specs"]} == {
        "added.yaml", "base.yaml", "changed.yaml", "deep/down/changed.yaml", "mended.yaml", "over.yaml",
        "said_otherwise.yaml", "same.yaml", "ignored/x.yaml",
    } | {"broke.yaml", "always_broken.yaml"}  # fmt: skip
    result = run("diff", "specs", "specs", "-p", "clases=5")
    assert (result.exit_code, result.stderr) == (2, "Error: none of the specs has a parameter `clases`\n")


def test_a_forged_or_odd_name_leaves_no_folder(specs, run, git):
    names = ("a b.yaml", "é.yaml", "-x.yaml", "x\ny.yaml", "$(touch hacked).yaml", "\x1b[31m.yaml")
    for name in names:
        (specs / "specs" / name).write_text(TINY)
    git("add", "-A")
    git("commit", "-q", "-m", "odd")
    for name in names:
        (specs / "specs" / name).write_text(WIDER)
    found = compared(run, "HEAD", "specs")
    assert [spec["path"] for spec in found["specs"]] == sorted(names)
    text = run("diff", "HEAD", "specs").stdout
    assert "\x1b" not in text
    assert "\nx\ny" not in text
    assert not Path("hacked").exists()


def test_links_that_go_round_and_folders_without_permission(specs, run):
    (specs / "specs" / "round").symlink_to(specs / "specs", target_is_directory=True)
    (specs / "specs" / "round.yaml").symlink_to("round.yaml")
    found = compared(run, "v1", "specs")
    assert {spec["path"]: spec["status"] for spec in found["specs"]} == {**STATUS, "round.yaml": "broken"}
