from __future__ import annotations

import os
import subprocess

import pytest

import archspec
from archspec.cli import revisions
from archspec.errors import UsageError

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
def git(folder, monkeypatch):
    """A repository in the working directory; `git("commit", …)`."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "nobody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "nobody@localhost")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))

    def call(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout

    call("init", "-q", "-b", "main")
    return call


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
        graph = archspec.compile(revisions.read(f"git:{revision}:specs/top.yaml"))
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
    assert revisions.read("git:HEAD:specs/top.yaml").name == "top"
    assert revisions.read("git:HEAD:./top.yaml").name == "top"
    assert revisions.read("git:HEAD:./parts/../top.yaml").name == "top"
    assert revisions.read("git:HEAD:../tiny.yaml").name == "tiny"


def test_nothing_is_changed_and_nothing_is_left_behind(repository, git, run, tmp_path_factory, monkeypatch):
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    run("diff", "git:v1:specs/top.yaml", "specs/top.yaml")
    assert git("status", "--porcelain") == ""
    assert [*temporary.iterdir()] == []


def test_a_subfolder_that_a_path_leads_through_is_there(repository, git):
    (repository / "specs/top.yaml").write_text(TOP.replace("./base.yaml", "./parts/../base.yaml"))
    git("commit", "-q", "-a", "-m", "three")
    assert not revisions.read("git:HEAD:specs/top.yaml").collector.errors


def test_links_inside_of_the_revision_are_followed(repository, git):
    (repository / "link.yaml").symlink_to("specs/parts/../../tiny.yaml")
    (repository / "out.yaml").symlink_to("/etc/hostname")
    (repository / "nowhere.yaml").symlink_to("nothing.yaml")
    git("add", "-A")
    git("commit", "-q", "-m", "links")
    assert revisions.read("git:HEAD:link.yaml").name == "tiny"
    for name in ("out", "nowhere"):
        with pytest.raises(UsageError, match=f"`{name}.yaml` links to a file that is not in `HEAD`"):
            revisions.read(f"git:HEAD:{name}.yaml")


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
    spec = revisions.read("git:HEAD:specs/a/base.yaml")
    assert [d.code for d in spec.collector.errors] == ([code] if code else [])
