"""The settings of a project: what holds where, what is wrong with them, and that nothing of them runs or leads away."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from archspec.limits import SETTINGS_BYTES
from archspec.settings import DEFAULTS
from archspec.settings.file import READERS
from tests.cli.conftest import BLOCKS, BROKEN, TINY

WARNED = TINY.replace("widths: [8, 16]", "widths: [9, 16]").replace("reference", "description")
"""A spec with advice: channels that are no multiple of 8."""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def test_every_setting_is_read():
    assert list(READERS) == list(DEFAULTS)


def test_without_paths_the_project_says_what_is_checked(folder, run, monkeypatch):
    write(folder, {"archspec.toml": 'paths = ["specs", "one.yaml"]', "specs/a.yaml": TINY, "one.yaml": BROKEN})
    (folder / "specs" / "deep").mkdir()
    for place in (folder, folder / "specs", folder / "specs" / "deep"):
        monkeypatch.chdir(place)
        told = run("validate", "--format", "json")
        found = json.loads(told.output)
        names = {os.path.realpath(place / file) for file in found["files"]}
        assert names == {str((folder / "specs" / "a.yaml").resolve()), str((folder / "one.yaml").resolve())}
    monkeypatch.chdir(folder)
    assert run("validate", "tiny.yaml").output == "1 file: valid\n"


def test_without_a_project_paths_are_needed(folder, run):
    told = run("validate")
    assert told.exit_code == 2
    assert "archspec.toml" in told.output


@pytest.mark.parametrize("file", ["archspec.toml", "pyproject.toml"])
def test_a_setting_holds_and_the_command_line_wins(file, folder, run):
    head = "[tool.archspec]\n" if file == "pyproject.toml" else ""
    write(folder, {"warned.yaml": WARNED})
    assert "A708" in run("validate", "warned.yaml").output
    write(folder, {file: head + "strict = true"})
    assert run("validate", "warned.yaml").exit_code == 1
    assert run("validate", "warned.yaml", "--no-strict").exit_code == 0
    write(folder, {file: head + 'strict = true\nignore = ["A708"]'})
    assert run("validate", "warned.yaml").output == "1 file: valid\n"
    assert run("validate", "warned.yaml", "--ignore", "A701").exit_code == 1
    write(folder, {file: head + 'select = ["A701"]\nbatch-size = 2'})
    assert {
        line.split("[")[1][:4]
        for line in run("validate", "warned.yaml", "--format", "concise").output.splitlines()
        if "[" in line
    } == {"A701"}
    assert "A701" not in run("validate", "warned.yaml", "--batch-size", "64").output
    write(folder, {file: head + 'format = "json"'})
    assert json.loads(run("validate", "warned.yaml").output)["files"]
    assert run("validate", "tiny.yaml", "--format", "text").output == "1 file: valid\n"


def test_the_batch_size_of_a_spec_comes_before_that_of_its_project(folder, run):
    write(folder, {"archspec.toml": "batch-size = 2", "own.yaml": TINY + "lint: {batch_size: 64}\n"})
    assert "A701" in run("validate", "tiny.yaml").output
    assert "A701" not in run("validate", "own.yaml").output
    assert "A701" in run("validate", "own.yaml", "--batch-size", "2").output


def test_the_nearest_settings_hold_for_each_spec_and_are_not_merged(folder, run):
    write(folder, {"archspec.toml": "strict = true", "a/x.yaml": WARNED, "b/archspec.toml": "", "b/x.yaml": WARNED})
    assert run("validate", "a").exit_code == 1
    assert run("validate", "b").exit_code == 0
    assert run("validate", "b", "a").exit_code == 1
    write(folder, {"pyproject.toml": "[tool.archspec]\nstrict = false"})
    assert run("validate", "a").exit_code == 1, "archspec.toml comes before pyproject.toml"


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["drafts"], {"a.yaml", "old/c.yaml", "old/drafts.yaml"}),
        (["drafts/"], {"a.yaml", "old/c.yaml", "old/drafts.yaml"}),
        (["./old"], {"a.yaml", "drafts/b.yaml"}),
        (["old/*.yaml"], {"a.yaml", "drafts/b.yaml"}),
        (["old/drafts"], {"a.yaml", "drafts/b.yaml", "old/c.yaml", "old/drafts.yaml"}),
        (["*.yaml"], set()),
        (["a*", "c.*"], {"drafts/b.yaml", "old/drafts/d.yaml", "old/drafts.yaml"}),
        (["nothing"], {"a.yaml", "drafts/b.yaml", "old/c.yaml", "old/drafts/d.yaml", "old/drafts.yaml"}),
    ],
)
def test_folders_leave_out_what_is_excluded(patterns, left, folder, run):
    home = folder / "specs"
    names = ("a.yaml", "drafts/b.yaml", "old/c.yaml", "old/drafts/d.yaml", "old/drafts.yaml")
    write(home, dict.fromkeys(names, TINY))
    write(home, {"archspec.toml": f"exclude = {json.dumps(patterns)}"})
    told = run("validate", "specs", "--format", "json", "--allow-empty")
    assert {os.path.relpath(name, "specs") for name in json.loads(told.output)["files"]} == left
    for name in names:
        assert run("validate", f"specs/{name}").output == "1 file: valid\n", "what is named is checked"


@pytest.mark.parametrize(
    ("patterns", "left"), [(["drafts"], ["a.yaml", "b/c.yaml"]), (["a*", "b/*"], ["drafts/b.yaml"])]
)
def test_every_command_that_walks_a_folder_leaves_out_the_same(patterns, left, folder, run):
    write(folder / "specs", dict.fromkeys(("a.yaml", "b/c.yaml", "drafts/b.yaml"), TINY))
    write(folder / "specs", {"archspec.toml": f"exclude = {json.dumps(patterns)}"})
    (folder / "empty").mkdir()
    listed = json.loads(run("list", "specs", "--format", "json").stdout)["entries"]
    assert [entry["source"] for entry in listed] == [os.path.dirname(f"specs/{name}") for name in left]
    for sides in (("empty", "specs"), ("specs", "empty")):
        told = json.loads(run("diff", *sides, "--format", "json").stdout)
        assert [spec["path"] for spec in told["specs"]] == left
    assert run("schema", "--check", "specs").stdout.startswith(f"{len(left)} file")
    assert len(json.loads(run("list", "specs/drafts/b.yaml", "--format", "json").stdout)["entries"]) == 1


@pytest.mark.parametrize("command", [("list", "."), ("diff", ".", "empty"), ("schema", "--check", "."), ("validate",)])
def test_no_folder_is_walked_by_broken_settings(command, folder, run):
    write(folder, {"a.yaml": TINY, "archspec.toml": "exclude = 'drafts'"})
    (folder / "empty").mkdir()
    result = run(*command)
    assert result.exit_code in (1, 2)
    assert "A203" in result.output
    assert "archspec.toml:1:11" in result.output


MISTAKES = {
    'strict = "yes"': ("A203", 1, 10),
    "strict = 1": ("A203", 1, 10),
    "\nstrct = true": ("A201", 2, 1),
    "plugins = ['os']": ("A201", 1, 1),
    "batch_size = 4": ("A201", 1, 1),
    "batch-size = 0": ("A203", 1, 14),
    "batch-size = true": ("A203", 1, 14),
    "batch-size = 2.0": ("A203", 1, 14),
    "format = 'txt'": ("A203", 1, 10),
    "format = ['text']": ("A203", 1, 10),
    "export = 'onnx'": ("A203", 1, 10),
    "export = ['onxx']": ("A203", 1, 11),
    "ignore = 'A7'": ("A203", 1, 10),
    "ignore = ['A7', 7]": ("A203", 1, 17),
    "select = ['B1']": ("A203", 1, 11),
    "paths = 'specs'": ("A203", 1, 9),
    "paths = [\n  'tiny.yaml',\n  'nowhere']": ("A304", 3, 3),
    "paths = ['..']": ("A305", 1, 10),
    "paths = ['/etc']": ("A305", 1, 10),
    "paths = ['out']": ("A305", 1, 10),
    "paths = ['a\\u0000b']": ("A304", 1, 10),
    'paths = ["a\\u0000b"]': ("A305", 1, 10),
    "paths = ['loop']": ("A304", 1, 10),
    "exclude = [[]]": ("A203", 1, 12),
    "strict": ("A102", 1, 7),
    "strict = true\nstrict = false": ("A102", 2, 15),
    "[lint]\nignore = []": ("A201", 1, 2),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.items())
def test_a_mistake_is_a_finding_with_its_place_and_a_remedy(text, expected, folder, run):
    (folder / "out").symlink_to("/")
    (folder / "loop").symlink_to("loop")
    write(folder, {"archspec.toml": text})
    told = run("validate", "tiny.yaml", "--format", "json")
    assert told.exit_code == 1
    (found,) = json.loads(told.output)["findings"]
    at = found["location"]
    assert (found["code"], at["line"], at["column"]) == expected
    assert (at["file"], bool(found["help"])) == ("archspec.toml", True)
    shown = run("config")
    assert shown.exit_code == 1
    assert f"archspec.toml:{expected[1]}:{expected[2]}: error[{expected[0]}]" in shown.stderr


HOSTILE = {
    "huge": b"# " + b"a" * SETTINGS_BYTES,
    "binary": bytes(range(256)) * 100,
    "nested": b"paths = " + b"[" * 100_000,
    "dotted": b"[" + b".".join([b"archspec"] * 50_000) + b"]\n",
    "many": b"".join(b"k%d = 1\n" % number for number in range(20_000)),
    "controls": b'"\\u001b[2J::error::" = "\\u001b]0;x\\u0007"\n',
    "unknown": b"ignore = [" + b"'B', " * 40_000 + b"]\n",
    "commands": b"paths = ['::error::', '##[error]x']\n",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("head", [b"", b"[tool.archspec]\n"], ids=["archspec.toml", "pyproject.toml"])
def test_hostile_files_are_findings(data, head, folder, run):
    (folder / ("pyproject.toml" if head else "archspec.toml")).write_bytes(head + data)
    started = time.process_time()
    for arguments in (["validate", "tiny.yaml"], ["config"], ["schema", "--check", "tiny.yaml"]):
        told = run(*arguments)
        assert told.exit_code == (0 if arguments[0] == "schema" else 1), told.output
        assert "\x1b" not in told.output
        assert "\n::" not in told.output
        assert "##[" not in told.output
    assert time.process_time() - started < 6, "2 seconds each"


@pytest.mark.parametrize("kind", ["loop", "broken link", "pipe", "device", "folder"])
@pytest.mark.parametrize("name", ["archspec.toml", "pyproject.toml"])
def test_what_is_no_file_is_told_and_never_waited_for(kind, name, folder, run):
    path = folder / name
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"loop": name, "broken link": "nowhere", "device": "/dev/zero"}[kind])
    told = run("validate", "tiny.yaml")
    assert told.exit_code == (0 if kind == "folder" else 1)
    assert ("A112" in told.output) == (kind != "folder")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_without_permission_it_is_told(folder, run):
    write(folder, {"archspec.toml": ""})
    (folder / "archspec.toml").chmod(0)
    assert "A112" in run("validate", "tiny.yaml").output


def test_export_formats_are_those_of_the_project(folder, run):
    write(folder, {"archspec.toml": 'export = ["resolved"]'})
    assert run("build", "tiny.yaml", "--export", "-o", "out").exit_code == 0
    assert sorted(os.listdir("out")) == ["manifest.json", "tiny.resolved.yaml"]
    assert run("build", "tiny.yaml", "--export", "safetensors", "-o", "other").exit_code == 0
    assert sorted(os.listdir("other")) == ["manifest.json", "tiny.safetensors"]
    write(folder, {"archspec.toml": 'export = ["resolvd"]'})
    told = run("build", "tiny.yaml", "--export")
    assert told.exit_code == 2
    assert "did you mean `resolved`" in told.output


def test_a_folder_without_specs_may_be_allowed(folder, run):
    (folder / "empty").mkdir()
    assert run("validate", "empty").exit_code == 2
    assert run("validate", "--allow-empty", "empty").exit_code == 0
    assert run("validate", "--allow-empty", "nowhere").exit_code == 2
    assert run("validate", "--allow-empty", "--fix", "empty").exit_code == 0


def test_files_of_blocks_belong_to_a_project_too(folder, run):
    write(folder, {"archspec.toml": "strict = true", "blocks/b.yaml": BLOCKS, "a/archspec.toml": ""})
    write(folder, {"nets/x.yaml": TINY.replace("params:", "include: [../blocks/b.yaml]\nparams:")})
    assert run("validate", "nets", "--ignore", "A7").exit_code == 0
    write(folder, {"nets/archspec.toml": ""})
    assert "A305" in run("validate", "nets").output
