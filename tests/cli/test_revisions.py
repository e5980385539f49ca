from __future__ import annotations

import json
import os
from io import BytesIO, TextIOWrapper

import pytest

import archspec
from archspec.errors import UsageError
from archspec.language import read

BASE = """\
archspec: 1
name: base
input: [3, 8, 8]
include: [parts/blocks.yaml]
layers:
  - twice: {name: body, channels: 4}
"""

BLOCKS = """\
archspec: 1
blocks:
  twice:
    params: {channels: int}
    layers:
      - conv: {channels: $channels, kernel: 3}
      - conv: {channels: $channels, kernel: 3}
"""

TOP = """\
archspec: 1
name: top
extends: ./base.yaml
"""


@pytest.fixture
def repository(folder, git):
    """A first revision, tagged `v1`, in a subfolder `specs`; in the second one every file of it is another."""
    for name, text in (("base.yaml", BASE), ("parts/blocks.yaml", BLOCKS), ("top.yaml", TOP)):
        path = folder / "specs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", "one")
    git("tag", "v1")
    (folder / "specs/parts/blocks.yaml").write_text(BLOCKS.replace("kernel: 3", "kernel: 1"))
    (folder / "specs/base.yaml").write_text(BASE.replace("channels: 4", "channels: 6"))
    git("commit", "-q", "-a", "-m", "two")
    return folder


def test_what_a_file_extends_and_includes_is_that_of_the_revision(repository, run):
    for revision, channels, kernel in (("v1", 4, 3), ("HEAD~1", 4, 3), ("HEAD", 6, 1), ("main", 6, 1)):
        graph = archspec.compile(read(f"git:{revision}:specs/top.yaml"))
        (_, first), _ = graph.nodes()
        assert (first.op.channels, first.op.kernel) == (channels, kernel)
    (repository / "specs/parts/blocks.yaml").unlink()
    result = run("diff", "git:v1:specs/top.yaml", "git:HEAD:specs/top.yaml")
    assert result.exit_code == 0
    assert result.stdout.startswith("git:v1:specs/top.yaml → git:HEAD:specs/top.yaml\n")
    assert "body.{conv,conv_2}  channels: 4 → 6, kernel: 3 → 1" in result.stdout


def test_a_revision_and_the_file_as_it_is(repository, run):
    assert "the same architecture" in run("diff", "git:HEAD:specs/top.yaml", "specs/top.yaml").stdout
    assert run("diff", "--exit-code", "git:v1:specs/top.yaml", "specs/top.yaml").exit_code == 1
    assert run("diff", "--exit-code", "specs/top.yaml", "git:v1:specs/top.yaml").exit_code == 1


def test_paths_start_at_the_root_or_here(repository, run, monkeypatch):
    monkeypatch.chdir(repository / "specs")
    assert read("git:HEAD:specs/top.yaml").name == "top"
    assert read("git:HEAD:./top.yaml").name == "top"
    assert read("git:HEAD:./parts/../top.yaml").name == "top"
    assert read("git:HEAD:../tiny.yaml").name == "tiny"


def test_nothing_is_changed_and_nothing_is_left_behind(repository, git, run, tmp_path_factory, monkeypatch):
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    run("diff", "git:v1:specs/top.yaml", "specs/top.yaml")
    assert git("status", "--porcelain") == ""
    assert [*temporary.iterdir()] == []


def test_a_subfolder_that_a_path_leads_through_is_there(repository, git):
    (repository / "specs/top.yaml").write_text(TOP.replace("./base.yaml", "./parts/../base.yaml"))
    git("commit", "-q", "-a", "-m", "three")
    assert not read("git:HEAD:specs/top.yaml").collector.errors


def test_links_inside_of_the_revision_are_followed(repository, git):
    (repository / "link.yaml").symlink_to("specs/parts/../../tiny.yaml")
    (repository / "out.yaml").symlink_to("/etc/hostname")
    (repository / "nowhere.yaml").symlink_to("nothing.yaml")
    git("add", "-A")
    git("commit", "-q", "-m", "links")
    assert read("git:HEAD:link.yaml").name == "tiny"
    for name in ("out", "nowhere"):
        with pytest.raises(UsageError, match=f"`{name}.yaml` links to a file that is not in `HEAD`"):
            read(f"git:HEAD:{name}.yaml")


def test_findings_name_the_revision(repository, git, run):
    blocks = repository / "specs/parts/blocks.yaml"
    blocks.write_text(BLOCKS.replace("kernel", "kernal", 1))
    (repository / "specs/top.yaml").write_text(TOP.replace("./base", "./bse"))
    git("commit", "-q", "-a", "-m", "wrong")
    result = run("diff", "git:v1:specs/base.yaml", "git:HEAD:specs/base.yaml")
    assert result.exit_code == 1
    assert "git:HEAD:specs/parts/blocks.yaml:6:37: error[A201]" in result.stderr
    result = run("diff", "git:v1:specs/top.yaml", "git:HEAD:specs/top.yaml")
    assert result.exit_code == 1
    assert "git:HEAD:specs/top.yaml:3:10: error[A304]: there is no file `./bse.yaml`" in result.stderr
    assert "looked in git:HEAD:specs" in result.stderr


def test_paths_out_of_the_folder_are_refused_as_ever(repository, git, run):
    (repository / "specs/top.yaml").write_text(TOP.replace("./base", "../tiny"))
    git("commit", "-q", "-a", "-m", "outside")
    result = run("diff", "git:HEAD:specs/top.yaml", "git:v1:specs/top.yaml")
    assert result.exit_code == 1
    assert "error[A305]: `../tiny.yaml` is outside the folder of the spec" in result.stderr


def test_a_file_that_is_too_long_is_not_read(repository, git, run, monkeypatch):
    monkeypatch.setattr("archspec.limits.TEXT_BYTES", 200)
    result = run("diff", "git:HEAD:tiny.yaml", "git:HEAD:tiny.yaml")
    assert result.exit_code == 1
    assert "git:HEAD:tiny.yaml:1:1: error[A108]" in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("git:HEAD", "expected git:REV:PATH, such as git:HEAD:my.yaml, found `git:HEAD`"),
        ("git::tiny.yaml", "expected git:REV:PATH, such as git:HEAD:my.yaml, found `git::tiny.yaml`"),
        ("git:HEAD:", "expected git:REV:PATH, such as git:HEAD:my.yaml, found `git:HEAD:`"),
        ("git:--all:tiny.yaml", "`--all` is not a git revision"),
        ("git:HEAD:a\nb.yaml", "a path must be a single line"),
        ("git:nope:tiny.yaml", "there is no git revision `nope`"),
        ("git:HEAD:tny.yaml", "there is no file `tny.yaml` in `HEAD`; did you mean `tiny.yaml`?"),
        ("git:HEAD:no such file.yaml", "there is no file `no such file.yaml` in `HEAD`"),
        ("git:HEAD:no/such/folder.yaml", "there is no file `no/such/folder.yaml` in `HEAD`"),
        ("git:HEAD:tiny.yaml/x.yaml", "there is no file `tiny.yaml/x.yaml` in `HEAD`"),
        ("git:HEAD:specs", "`specs` is a folder in `HEAD`; name a file in it"),
        ("git:HEAD:/tiny.yaml", "`/tiny.yaml` is outside the repository"),
        ("git:HEAD:../tiny.yaml", "`../tiny.yaml` is outside the repository"),
    ],
)
def test_what_is_not_there_is_a_mistake(text, message, repository, run):
    result = run("diff", text, "resnet18")
    assert result.exit_code == 2
    assert result.stderr == f"Error: {message}\n"


def test_a_path_from_here_has_a_dot(repository, run, monkeypatch):
    monkeypatch.chdir(repository / "specs")
    result = run("diff", "git:HEAD:top.yaml", "top.yaml")
    assert result.stderr == (
        "Error: there is no file `top.yaml` in `HEAD`; paths are relative to the root of the repository: "
        "did you mean `git:HEAD:./top.yaml`?\n"
    )


def test_a_folder_that_is_no_repository_is_a_mistake(folder, run, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    result = run("diff", "git:HEAD:tiny.yaml", "tiny.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: `git:REV:PATH` needs a git repository: not a git repository")


def test_a_repository_without_a_commit_is_a_mistake(git, run):
    result = run("diff", "git:HEAD:tiny.yaml", "tiny.yaml")
    assert (result.exit_code, result.stderr) == (2, "Error: there is no git revision `HEAD`\n")


def test_no_git_is_a_mistake(folder, run, monkeypatch):
    monkeypatch.setenv("PATH", "")
    result = run("diff", "git:HEAD:tiny.yaml", "tiny.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: `git:REV:PATH` needs git, but running it failed")


@pytest.mark.parametrize(("mark", "code"), [("archspec.toml", None), ("specs/archspec.toml", "A305"), ("", "A305")])
def test_a_spec_climbs_to_the_root_that_its_revision_has(mark, code, folder, git):
    """And not to one that lies around the repository, or around its copy."""
    (folder / "repo" / "specs" / "a").mkdir(parents=True)
    (folder / "archspec.toml").write_text("")
    (folder / "repo" / "parts").mkdir()
    (folder / "repo" / "parts" / "blocks.yaml").write_text(BLOCKS)
    (folder / "repo" / "specs" / "a" / "base.yaml").write_text(BASE.replace("parts/", "../../parts/"))
    if mark:
        (folder / "repo" / mark).write_text("")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        git("-C", "repo", *arguments)
    if mark:
        (folder / "repo" / mark).unlink()
    os.chdir(folder / "repo")
    spec = read("git:HEAD:specs/a/base.yaml")
    assert [d.code for d in spec.collector.errors] == ([code] if code else [])


@pytest.mark.parametrize("mark", ["archspec.toml", "pyproject.toml", "specs/archspec.toml"])
@pytest.mark.parametrize("asked", ["specs", "specs/a"])
def test_specs_of_a_folder_climb_to_the_root_that_its_revision_has(asked, mark, repository, run, git):
    (repository / "specs/a").mkdir()
    (repository / "specs/a/up.yaml").write_text(TOP.replace("./", "../"))
    (repository / mark).write_text("[tool.archspec]\n" if mark == "pyproject.toml" else "")
    git("add", "-A")
    git("commit", "-q", "-m", "three")
    (repository / mark).unlink()
    assert run("validate", f"git:HEAD:{asked}").exit_code == 0
    git("rm", "-q", "--cached", mark)
    git("commit", "-q", "-m", "four")
    assert "A305" in run("validate", f"git:HEAD:{asked}").stdout


@pytest.mark.parametrize("below", ["", "specs"])
def test_a_folder_of_a_revision_lacks_what_the_project_excludes(below, repository, run):
    (repository / "archspec.toml").write_text('exclude = ["specs/parts", "top.yaml"]')
    os.chdir(repository / below)
    result = run("validate", "git:HEAD:specs", "--format", "json")
    assert json.loads(result.stdout)["files"] == ["git:HEAD:specs/base.yaml"]
    listed = run("list", "git:HEAD:specs", "--format", "json")
    assert [entry["source"] for entry in json.loads(listed.stdout)["entries"]] == ["git:HEAD:specs"]
    for path in ("base", "parts/blocks", "top"):
        (repository / f"specs/{path}.yaml").write_text("archspec: 1\n")
    told = json.loads(run("diff", "HEAD", "--format", "json").stdout)
    assert [spec["path"].rpartition("/")[2] for spec in told["specs"]] == ["base.yaml"]


READERS = {
    "summary": ("summary",),
    "draw": ("draw",),
    "resolve": ("resolve", "--hash"),
    "validate": ("validate", "--strict"),
    "schema": ("schema",),
    "schema --check": ("schema", "--check"),
    "diff": ("diff", "tiny.yaml"),
}


@pytest.mark.parametrize("command", READERS.values(), ids=READERS)
def test_every_command_reads_a_spec_wherever_it_is(command, repository, run):
    text = (repository / "tiny.yaml").read_text()
    by_path = run(*command, "tiny.yaml")
    assert by_path.exit_code == 0
    for spec in ("-", "git:HEAD:tiny.yaml", "git:main:./tiny.yaml"):
        result = run(*command, spec, input=text)
        shown = result.stdout.replace(f"tiny.yaml → {spec}:", "tiny.yaml → tiny.yaml:")
        assert (result.exit_code, shown) == (0, by_path.stdout)


def test_python_reads_a_spec_wherever_it_is(repository, monkeypatch):
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO((repository / "tiny.yaml").read_bytes())))
    wanted = archspec.compile("tiny.yaml").fingerprint
    assert archspec.compile("-").fingerprint == archspec.compile("git:HEAD:tiny.yaml").fingerprint == wanted


def test_a_folder_of_a_revision_stands_for_the_specs_in_it(repository, run, git):
    (repository / "specs/new.yaml").write_text(TOP)
    (repository / "specs/.hidden").mkdir()
    (repository / "specs/.hidden/x.yaml").write_text("archspec: 1\n")
    (repository / "specs/other.yaml").write_text("version: 2\n")
    git("add", "-A")
    git("commit", "-q", "-m", "three")
    for revision, names in (("v1", ["base", "top", "parts/blocks"]), ("HEAD", ["base", "new", "top", "parts/blocks"])):
        result = run("validate", f"git:{revision}:specs", "--format", "json")
        assert json.loads(result.stdout)["files"] == [f"git:{revision}:specs/{name}.yaml" for name in names]
    assert run("validate", "git:HEAD:./").exit_code == 1, "broken.yaml"


@pytest.mark.parametrize("option", ["--upload-pack=touch hacked", "-c", "--exec=touch hacked", "--output=hacked", "-"])
@pytest.mark.parametrize("form", ["git:{}:tiny.yaml", "git:{}:.", "git:HEAD:{}", "git:HEAD:./{}"])
def test_no_part_of_it_is_an_option_of_git(form, option, repository, run):
    for command in ("validate", "summary"):
        assert run(command, form.format(option)).exit_code == 2
    assert not (repository / "hacked").exists()


@pytest.mark.parametrize(
    "text", ["git:\ud800:x", "git:HEAD:\ud800", "git:a\0b:c", "git:HEAD:a\0b", "git:^HEAD:tiny.yaml"]
)
def test_what_git_cannot_be_asked_is_a_mistake(text, repository):
    with pytest.raises(UsageError):
        read(f"git:{text}")


def test_a_date_may_hold_colons(repository):
    assert read("git:HEAD@{2100-01-01 10:00:00}:tiny.yaml").name == "tiny"


def test_names_with_spaces_letters_and_quotes_are_read(repository, git):
    for name in ("a b.yaml", "é \u00a0.yaml", "'\"$(x).yaml", "a\\b.yaml"):
        (repository / name).write_text((repository / "tiny.yaml").read_text())
        git("add", "-A")
        git("commit", "-q", "-m", "more")
        assert read(f"git:HEAD:{name}").name == "tiny"


def test_a_folder_that_is_too_large_is_not_copied(repository, run, monkeypatch):
    monkeypatch.setattr("archspec.limits.FOLDER_FILES", 2)
    result = run("validate", "git:HEAD:.")
    assert result.exit_code == 2
    assert "more than 2 YAML files in the revision" in result.stderr
    monkeypatch.undo()
    monkeypatch.setattr("archspec.limits.FOLDER_BYTES", 100)
    assert "more than 100 bytes" in run("validate", "git:HEAD:.").stderr
