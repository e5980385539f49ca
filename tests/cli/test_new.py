from __future__ import annotations

import os
from pathlib import Path

import pytest

import archspec
from archspec.language import bundled_specs

pytestmark = pytest.mark.usefixtures("folder")


def uncommented(text: str) -> str:
    """The file with all that it has in comments, but for the sentence above them."""
    head, _, below = text.partition("\n# What ")
    return head + "\n" + "\n".join(line.removeprefix("# ") for line in below.split("\n")[1:])


@pytest.mark.parametrize("base", sorted(bundled_specs()))
def test_what_extends_a_bundled_spec_is_sound_and_so_is_all_that_it_has_in_comments(base, run):
    assert run("new", "mine", "--from", base).stdout == "written mine.yaml\n"
    text = Path("mine.yaml").read_text()
    assert text.startswith(f"archspec: 1\nname: mine\nextends: {base}\n")
    wanted = archspec.compile(base).fingerprint
    for written in (text, uncommented(text)):
        assert archspec.compile(archspec.load(written)).fingerprint == wanted
    assert "params" in uncommented(text) or not archspec.load(base).params


def test_parameters_are_set(run):
    assert run("new", "mine", "--from", "resnet18", "-p", "classes=10").exit_code == 0
    assert archspec.compile("mine.yaml").params == {"classes": 10}
    assert "params:\n  classes: 10\n" in Path("mine.yaml").read_text()


def test_a_start_of_its_own_has_no_findings(run):
    assert run("new", "mine").exit_code == 0
    assert run("validate", "--strict", "mine.yaml").exit_code == 0
    assert archspec.load("mine.yaml").name == "mine"


def test_a_copy_has_the_text_under_another_name(run, folder):
    assert run("new", "specs/copied", "--from", "resnet18", "--copy").exit_code == 0
    text = bundled_specs()["resnet18"].read_text(encoding="utf-8")
    assert (folder / "specs" / "copied.yaml").read_text(encoding="utf-8") == text.replace(
        "name: resnet18", "name: copied"
    )
    assert run("new", "again", "--from", "specs/copied.yaml", "--copy").exit_code == 0
    assert archspec.load("again.yaml").name == "again"


def test_files_extend_what_lies_beside_or_below_them(run, folder):
    (folder / "specs").mkdir()
    (folder / "specs" / "base net.yaml").write_text((folder / "tiny.yaml").read_text())
    assert run("new", "one", "--from", "specs/base net.yaml").exit_code == 0
    assert run("new", "specs/two", "--from", "./specs/base net.yaml").exit_code == 0
    assert "extends: ./specs/base net.yaml\n" in Path("one.yaml").read_text()
    assert "extends: ./base net.yaml\n" in Path("specs/two.yaml").read_text()
    assert run("validate", "one.yaml", "specs").exit_code == 0
    result = run("new", "specs/three", "--from", "tiny.yaml")
    assert result.exit_code == 2
    assert "`tiny.yaml` is outside of the folder of `specs/three.yaml`" in result.stderr


@pytest.mark.parametrize("name", ["null", "true", "y", "no", "e5", "a1_b2", "mine.yaml"])
def test_a_name_is_a_text(name, run):
    assert run("new", name, "--from", "resnet18").exit_code == 0
    assert archspec.load(f"{name.removesuffix('.yaml')}.yaml").name == name.removesuffix(".yaml")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "a/",
        ".",
        "..",
        "Mine",
        "my net",
        "1st",
        "é",
        "\x1b[31m",
        "a\nb",
        "a\0b",
        "a:b",
        "$x",
        "mine.yml",
        "x" * 300,
    ],
)
def test_a_hostile_name_writes_nothing(name, run, folder):
    before = sorted(path.name for path in folder.rglob("*"))
    result = run("new", name)
    assert result.exit_code in (1, 2)
    assert "\x1b" not in result.stderr
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_a_name_that_would_do_is_told(run):
    assert "for example `nets/my_net_2`" in run("new", "nets/My Net-2").stderr


@pytest.mark.parametrize("there", ["file", "folder", "link"])
def test_nothing_is_overwritten(there, run, folder):
    if there == "file":
        (folder / "mine.yaml").write_text("precious")
    elif there == "folder":
        (folder / "mine.yaml").mkdir()
    else:
        (folder / "mine.yaml").symlink_to("nowhere.yaml")
    before = sorted(os.listdir(folder))
    result = run("new", "mine")
    assert result.exit_code == 2
    assert result.stderr == "Error: `mine.yaml` exists already; choose another name, or remove it first\n"
    assert sorted(os.listdir(folder)) == before
    assert there != "file" or (folder / "mine.yaml").read_text() == "precious"


def test_a_file_system_without_links_will_do(run, monkeypatch, folder):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    assert run("new", "mine").exit_code == 0
    assert archspec.load("mine.yaml").name == "mine"
    assert run("new", "mine").exit_code == 2
    assert sorted(os.listdir(folder)) == ["broken.yaml", "mine.yaml", "tiny.yaml"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "resnet81"), "there is no file or bundled spec `resnet81`; did you mean `resnet18`?"),
        (("--from", "broken.yaml"), "`broken.yaml` is not a valid spec"),
        (("--from", "-"), "`--from` takes a bundled name or a file, found `-`"),
        (("--from", "git:HEAD:tiny.yaml"), "`--from` takes a bundled name or a file"),
        (("--from", "resnet18", "-p", "clases=3"), "`resnet18` has no parameter `clases`; did you mean `classes`?"),
        (("--from", "resnet18", "-p", "classes=ten"), "would not be a valid spec, and is not written"),
        (("--from", "resnet18", "--copy", "-p", "classes=3"), "`-p` cannot be combined with `--copy`"),
        (("--from", "efficientnet_b0", "--copy"), "a copy of `efficientnet_b0` would lack `mbconv.yaml`"),
        (("-p", "classes=3"), "`--copy` and `-p` need `--from`"),
    ],
)
def test_what_cannot_be_started_from_is_a_mistake(arguments, message, run):
    result = run("new", "mine", *arguments)
    assert result.exit_code in (1, 2)
    assert message in result.stderr
    assert not Path("mine.yaml").exists()
