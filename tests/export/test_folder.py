from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import archspec
import archspec.export.folder
import archspec.export.staging
from archspec.errors import ExportError
from archspec.export.folder import PENDING, adding
from archspec.export.standing import standing
from tests.export.networks import entries


def write(folder: Path, text: str, files: tuple[str, ...] = ("net.a", "net.b"), name: str = "net") -> None:
    """An export whose files all hold the same text."""
    with adding(folder, name, files, describing(text, files, name)) as stage:
        for file in files:
            (stage / file).write_text(text)


def describing(text: str, files: tuple[str, ...], name: str = "net") -> Callable[[Path, Path], None]:
    """What writes the manifest: a record for each new file, and those of the files that stand."""

    def describe(stage: Path, folder: Path) -> None:
        records = [record(stage / file) for file in files] + standing(folder, files)
        manifest = {"archspec_manifest": 1, "name": name, "text": text, "new": files, "files": records}
        (stage / "manifest.json").write_text(json.dumps(manifest))

    return describe


def record(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"name": path.name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def read(folder: Path) -> str:
    """The text of the last export in a folder; fails where it is not complete, or what it says of a file is not so."""
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {file["name"] for file in manifest["files"]} == {"net.a", "net.b", "net.c", "net.z"} & set(
        os.listdir(folder)
    )
    assert [record(folder / file["name"]) for file in manifest["files"]] == manifest["files"]
    assert {(folder / file).read_text() for file in manifest["new"]} == {manifest["text"]}
    return str(manifest["text"])


def no_exchange(first: Path, second: Path) -> None:
    raise OSError(38, "Function not implemented")


def test_a_new_folder_appears_whole(folder: Path) -> None:
    write(folder, "new")
    assert read(folder) == "new"
    assert entries(folder.parent) == ["out"]


@pytest.mark.parametrize("supported", [True, False])
def test_what_is_exported_again_is_replaced_and_the_rest_stays(
    supported: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not supported:
        monkeypatch.setattr(archspec.export.folder, "exchange", no_exchange)
    write(folder, "old", ("net.a", "net.z"))
    folder.chmod(0o750)
    write(folder, "new")
    assert read(folder) == "new"
    assert entries(folder) == ["manifest.json", "net.a", "net.b", "net.z"]
    assert (folder / "net.z").read_text() == "old"
    assert entries(folder.parent) == ["out"]
    assert folder.stat().st_mode & 0o777 == 0o750


def test_an_empty_folder_is_filled(folder: Path) -> None:
    folder.mkdir(parents=True)
    write(folder, "new")
    assert read(folder) == "new"


def test_other_files_stay(folder: Path) -> None:
    write(folder, "old", ("net.a", "net.z"))
    (folder / "notes").mkdir()
    (folder / "notes" / "today.md").write_text("mine")
    (folder / "net.yaml").write_text("mine")
    inode = folder.stat().st_ino
    write(folder, "new")
    assert read(folder) == "new"
    assert entries(folder) == ["manifest.json", "net.a", "net.b", "net.yaml", "net.z", "notes"]
    assert (folder / "notes" / "today.md").read_text() == "mine"
    assert folder.stat().st_ino == inode
    assert entries(folder.parent) == ["out"]


@pytest.mark.parametrize("where", [".", "below"])
def test_a_folder_that_the_process_works_in_stays(where: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "old")
    (folder / where).mkdir(exist_ok=True)
    monkeypatch.chdir(folder / where)
    inode = folder.stat().st_ino
    write(Path("."), "new") if where == "." else write(Path(".."), "new")
    assert folder.stat().st_ino == inode
    assert read(folder) == "new"


def test_a_link_leads_to_the_folder(folder: Path) -> None:
    write(folder, "old")
    link = folder.parent / "link"
    link.symlink_to(folder)
    write(link, "new")
    assert link.is_symlink()
    assert read(folder) == "new"


@pytest.mark.parametrize("file", ["net.a", "manifest.json"])
def test_never_overwrites_what_no_export_wrote(file: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / file).write_text("{}")
    with pytest.raises(ExportError, match=f"has a `{file}` that archspec did not write"):
        write(folder, "new")
    assert entries(folder) == [file]
    assert entries(folder.parent) == ["out"]


def test_never_overwrites_the_export_of_another_network(folder: Path) -> None:
    write(folder, "old", ("other.a",), name="other")
    with pytest.raises(ExportError, match="holds the export of `other`; choose another folder for `net`"):
        write(folder, "new")
    assert entries(folder) == ["manifest.json", "other.a"]


def test_never_touches_what_a_manifest_lists_elsewhere(folder: Path) -> None:
    write(folder, "old")
    (folder.parent / "precious").write_text("mine")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] += [{"name": "../precious"}, {"name": ".."}, {"name": 3}, "x"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "mine").write_text("so the folder stays, and former files are removed one by one")
    write(folder, "new")
    assert (folder.parent / "precious").exists()


def test_a_file_in_the_way_is_an_error(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("mine")
    with pytest.raises(ExportError, match="it is a file, not a folder"):
        write(folder, "new")
    with pytest.raises(ExportError, match=r"cannot write the export into .*: (Not a directory|File exists)"):
        write(folder / "below", "new")
    assert folder.read_text() == "mine"


def test_a_folder_without_permission_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *_: Any, **__: Any) -> None:
        raise OSError(30, "Read-only file system")

    folder.mkdir(parents=True)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(ExportError, match=r"cannot write the export into .*out: Read-only file system"):
        write(folder, "new")
    assert entries(folder) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_an_error(folder: Path) -> None:
    folder.parent.mkdir()
    folder.parent.chmod(0o500)
    with pytest.raises(ExportError, match="Permission denied"):
        write(folder, "new")
    folder.parent.chmod(0o700)
    assert entries(folder.parent) == []


def test_an_export_that_is_read_only_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write into any
    with pytest.raises(ExportError, match=r"cannot write the export into .*out: Permission denied"):
        write(folder, "new")
    assert read(folder) == "old"


def test_works_inside_where_nothing_can_be_written_beside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "old")
    mkdir = Path.mkdir

    def refuse(self: Path, *args: Any, **options: Any) -> None:
        if self.parent == folder.parent:
            raise PermissionError(13, "Permission denied")
        mkdir(self, *args, **options)

    monkeypatch.setattr(Path, "mkdir", refuse)
    write(folder, "new")
    assert read(folder) == "new"
    assert entries(folder) == ["manifest.json", "net.a", "net.b"]


def test_what_appears_at_the_last_moment_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "old")
    exchange = archspec.export.folder.exchange

    def late(stage: Path, folder: Path) -> None:
        (folder / "mine").write_text("mine")
        exchange(stage, folder)

    monkeypatch.setattr(archspec.export.folder, "exchange", late)
    write(folder, "new")
    assert read(folder) == "new"
    assert (folder / "mine").read_text() == "mine"


@pytest.mark.parametrize("former", [True, False])
def test_a_file_that_appears_meanwhile_is_not_overwritten(former: bool, folder: Path) -> None:
    if former:
        write(folder, "old", ("net.a",))

    def export() -> None:
        with adding(folder, "net", ["net.b"], describing("new", ("net.b",))) as stage:
            (stage / "net.b").write_text("new")
            folder.mkdir(exist_ok=True)
            (folder / "net.b").write_text("mine")

    with pytest.raises(ExportError, match=r"has a `net\.b` that archspec did not write"):
        export()
    assert (folder / "net.b").read_text() == "mine"
    assert entries(folder) == (["manifest.json", "net.a", "net.b"] if former else ["net.b"])


@pytest.mark.skipif(os.name == "nt", reason="there, files have no such permissions")
def test_all_files_may_be_read_by_whom_the_manifest_may(folder: Path) -> None:
    with adding(folder, "net", ["net.a"], lambda stage, _: (stage / "manifest.json").touch(mode=0o644)) as stage:
        (stage / "net.a").touch(mode=0o600)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}


def test_a_folder_that_was_taken_for_a_dead_ones_is_made_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.parent.mkdir()
    lock, taken = archspec.export.staging._lock, []

    def late(path: Path) -> int | None:
        if not taken:
            taken.append(path)
            path.rmdir()
        return lock(path)

    monkeypatch.setattr(archspec.export.staging, "_lock", late)
    with archspec.export.staging.staged(folder, "net", inside=False) as stage:
        assert stage.is_dir()
        assert taken == [path for path in taken if path != stage]


def test_other_files_change_until_the_last_moment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "old")
    for name in ("same", "written", "replaced"):
        (folder / name).write_text("mine")
    (folder / "link").symlink_to("nowhere")
    (folder.parent / "draft").write_text("newer")
    exchange = archspec.export.folder.exchange

    def late(stage: Path, folder: Path) -> None:
        (folder / "written").write_text("newer")
        os.replace(folder.parent / "draft", folder / "replaced")
        exchange(stage, folder)

    monkeypatch.setattr(archspec.export.folder, "exchange", late)
    write(folder, "new")
    assert read(folder) == "new"
    assert entries(folder.parent) == ["out"]
    assert [(folder / name).read_text() for name in ("same", "written", "replaced")] == ["mine", "newer", "newer"]
    assert os.readlink(folder / "link") == "nowhere"


def test_folders_of_dead_processes_are_removed_and_no_others(folder: Path) -> None:
    folder.parent.mkdir()
    dead = folder.parent / ".net.tmp-1-0123abcd"
    mine = folder.parent / ".net.tmp-backup"
    for path in (dead, mine):
        path.mkdir()
        (path / "x").write_text("x")
    with archspec.export.staging.staged(folder, "net", inside=False) as alive:
        write(folder, "new")
        assert alive.is_dir()
    assert entries(folder.parent) == [".net.tmp-backup", "out"]


# Kills itself at each system call of an export in turn, and reports what the folder then holds, before anything repairs
# it and after the next export. `foreign` is a file or folder of somebody else's in the folder.
KILLED = """
import json, os, signal, sys
from pathlib import Path
from archspec.export import exchange, folder as module
from tests.export.test_folder import read, write

CALLS = ["mkdir", "link", "rename", "replace", "unlink", "rmdir", "fsync", "chmod", "open"]
root, start, foreign = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def killed_at(number):
    count = 0

    def counting(call):
        def wrapper(*args, **options):
            nonlocal count
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **options)
        return wrapper

    for name in CALLS:
        setattr(os, name, counting(getattr(os, name)))
    module.exchange = counting(module.exchange)
    write(folder, "new", ("net.a", "net.b", "net.c"))
    os._exit(0)


def state():
    try:
        return read(folder)
    except FileNotFoundError:
        return "none"


seen = []
for number in range(1, 1000):
    folder = root / str(number) / "out"
    folder.parent.mkdir()
    if start == "old":
        write(folder, "old", ("net.a", "net.z"))
    if foreign:
        (folder / foreign).parent.mkdir(parents=True, exist_ok=True)
        (folder / foreign).write_text("mine")
    child = os.fork()
    if child == 0:
        killed_at(number)
    _, status = os.waitpid(child, 0)
    before = state()
    write(folder, "later")
    assert read(folder) == "later", os.listdir(folder)
    others = sorted(e.name for e in folder.iterdir() if e.name not in ("mine", "net.c"))
    assert [e.name for e in folder.parent.iterdir()] == ["out"]
    assert others == ["manifest.json", "net.a", "net.b", *["net.z"] * (start == "old")], others
    assert start != "old" or (folder / "net.z").read_text() == "old"
    assert not foreign or (folder / foreign).read_text() == "mine"
    seen.append(before)
    if status == 0:
        break
print(json.dumps(seen))
"""


@pytest.mark.parametrize(("start", "foreign"), [("none", ""), ("old", ""), ("old", "mine"), ("old", "mine/today.md")])
def test_killed_at_any_point_the_folder_holds_the_old_or_the_new(start: str, foreign: str, tmp_path: Path) -> None:
    root = Path(archspec.__file__).parent.parent
    command = [sys.executable, "-c", KILLED, str(tmp_path), start, foreign]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert len(seen) > 10
    assert seen[0] == start
    assert seen[-1] == "new"
    allowed = {start, "none", "new"} if "/" in foreign else {start, "new"}
    assert set(seen) == allowed
    assert seen == sorted(seen, key=[start, "none", "new"].index), "it went back and forth"


def test_an_interrupted_move_is_completed_first(folder: Path) -> None:
    write(folder, "old", ("net.a", "net.z"))
    write(folder.parent / "next", "new")
    (folder.parent / "next").rename(folder / PENDING)
    archspec.export.folder.complete(folder)
    assert (folder / "net.a").read_text() == "new"
    assert entries(folder) == ["manifest.json", "net.a", "net.b", "net.z"]


@pytest.mark.parametrize("change", ["edited", "as_long", "removed", "linked"])
def test_a_file_that_was_changed_is_no_export_any_more(change: str, folder: Path) -> None:
    write(folder, "old", ("net.a", "net.z"))
    path = folder / "net.z"
    path.unlink()
    if change == "linked":
        (folder.parent / "elsewhere").write_text("old")
        path.symlink_to(folder.parent / "elsewhere")
    elif change != "removed":
        path.write_text({"edited": "mine, now", "as_long": "mye"}[change])
    content = path.read_text() if change != "removed" else None
    write(folder, "new", ("net.b",))
    listed = [file["name"] for file in json.loads((folder / "manifest.json").read_text())["files"]]
    assert listed == ["net.b", "net.a"]
    if change == "removed":
        assert not path.exists()
        return
    with pytest.raises(ExportError, match=r"has a `net\.z` that (was changed since|archspec did not write)"):
        write(folder, "newer", ("net.z",))
    assert path.read_text() == content


def test_a_file_that_was_edited_is_not_overwritten(folder: Path) -> None:
    write(folder, "old")
    (folder / "net.a").write_text("mine")
    with pytest.raises(ExportError, match=r"has a `net\.a` that was changed since it was exported; move it"):
        write(folder, "new")
    assert [(folder / name).read_text() for name in ("net.a", "net.b")] == ["mine", "old"]


@pytest.mark.parametrize("supported", [True, False])
def test_exports_at_once_all_stand_with_true_records(
    supported: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not supported:
        monkeypatch.setattr(archspec.export.folder, "exchange", no_exchange)
    names = ("net.a", "net.b", "net.c", "net.z")
    with ExitStack() as stack:
        for name in names:  # all are at work, and then each puts its file in place
            stage = stack.enter_context(adding(folder, "net", [name], describing(name, (name,))))
            (stage / name).write_text(name)
    assert read(folder) == "net.a"
    assert [(folder / name).read_text() for name in names] == list(names)
    assert entries(folder) == ["manifest.json", *names]
    assert entries(folder.parent) == ["out"]


def test_another_export_that_puts_its_files_in_place_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fcntl")
    monkeypatch.setattr(archspec.export.staging, "PATIENCE", 0.2)
    write(folder, "old")
    busy = pytest.raises(ExportError, match=r"another process has had .* locked for 0\.2 seconds")
    with archspec.export.staging.alone(folder), busy:
        write(folder, "new")
    assert read(folder) == "old"
    write(folder, "new")
    assert read(folder) == "new"


HOSTILE: list[Any] = [
    {"name": "../precious", "size": 4, "sha256": "x"}, {"name": ".."}, {"name": 3}, "x", None, {"name": "net.a\0"},
    {"name": "net.z", "size": "4", "sha256": None}, {"name": "manifest.json"}, {"name": ["net.z"]}, {"name": ""},
]  # fmt: skip


@pytest.mark.parametrize("entry", HOSTILE, ids=repr)
def test_an_edited_manifest_makes_no_claim(entry: Any, folder: Path) -> None:
    write(folder, "old", ("net.a",))
    (folder / "net.z").write_text("mine")
    (folder.parent / "precious").write_text("mine")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"].append(entry)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    write(folder, "new", ("net.b",))
    listed = [file["name"] for file in json.loads((folder / "manifest.json").read_text())["files"]]
    assert listed == ["net.b", "net.a"]
    assert (folder / "net.z").read_text() == (folder.parent / "precious").read_text() == "mine"
