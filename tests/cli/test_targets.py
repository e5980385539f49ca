from __future__ import annotations

import os
from pathlib import Path

import pytest

from archspec.cli.targets import find, one
from archspec.errors import UsageError


def found(*paths: str) -> list[str]:
    return [target.as_posix() if isinstance(target, Path) else f"<{target}>" for target in find(paths)]


@pytest.mark.usefixtures("folder")
class TestFind:
    def test_files_names_and_standard_input(self):
        assert found("tiny.yaml", "resnet18", "-") == ["tiny.yaml", "<resnet18>", "<->"]

    def test_each_once(self):
        assert found("tiny.yaml", "./tiny.yaml", ".", "resnet18", "resnet18") == [
            "tiny.yaml",
            "broken.yaml",
            "<resnet18>",
        ]

    def test_a_folder_stands_for_the_specs_in_it(self, folder):
        for name, text in {
            "a/b/nested.yml": "# first a comment\narchspec: 1\n",
            "a/quoted.yaml": '"archspec": 1\n',
            "a/flow.yaml": '{\n  "archspec": 1}\n',
            "a/marked.yaml": "\ufeffarchspec: 1\n",
            "a/other.yaml": "version: 2\njobs: {archspec: 1}\n",
            "a/inside.yaml": "dependencies:\n  archspec: 1\n",
            "a/archspec.txt": "archspec: 1\n",
            ".hidden/x.yaml": "archspec: 1\n",
            "a/.hidden/x.yaml": "archspec: 1\n",
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        inside = ["a/flow.yaml", "a/marked.yaml", "a/quoted.yaml", "a/b/nested.yml"]
        assert found(".") == ["broken.yaml", "tiny.yaml", *inside]
        assert found("a/") == inside
        assert found(".hidden") == [".hidden/x.yaml"], "whoever names it, means it"

    def test_a_text_in_another_encoding_is_not_passed_over(self, folder):
        (folder / "wide.yaml").write_bytes("archspec: 1\n".encode("utf-16"))
        assert "wide.yaml" in found(".")

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_cannot_be_read_is_not_passed_over(self, folder):
        (folder / "tiny.yaml").chmod(0)
        assert "tiny.yaml" in found(".")

    def test_a_link_to_nowhere_is_not_passed_over(self, folder):
        (folder / "link.yaml").symlink_to("nowhere.yaml")
        assert "link.yaml" in found(".")

    def test_a_pipe_is_not_waited_for_and_links_in_a_circle_have_an_end(self, folder):
        os.mkfifo(folder / "pipe.yaml")
        (folder / "circle.yaml").symlink_to("circle.yaml")
        assert found(".") == ["broken.yaml", "circle.yaml", "tiny.yaml"]

    def test_a_path_comes_before_a_bundled_name(self, folder):
        (folder / "resnet18").mkdir()
        (folder / "resnet18" / "mine.yaml").write_text("archspec: 1\n")
        assert found("resnet18") == ["resnet18/mine.yaml"]

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("tny.yaml", "there is no file `tny.yaml`; did you mean `tiny.yaml`?"),
            ("nowhere/tiny.yaml", "there is no file `nowhere/tiny.yaml`"),
            ("resnet81", "there is no file or bundled spec `resnet81`; did you mean `resnet18`?"),
            ("link.yaml", "`link.yaml` is a broken link"),
            ("qqqq", "there is no file or bundled spec `qqqq`; `archspec list` shows the bundled specs"),
            ("empty", "no spec in `empty`: none of its *.yaml and *.yml files has a line `archspec: 1`"),
        ],
    )
    def test_nothing_to_be_found_is_a_mistake(self, path, message, folder):
        (folder / "empty").mkdir()
        (folder / "link.yaml").symlink_to("nowhere.yaml")
        with pytest.raises(UsageError) as caught:
            find(["tiny.yaml", path])
        assert str(caught.value) == message

    def test_a_folder_that_cannot_be_read_is_a_mistake(self, folder, monkeypatch):
        def refuse(path):
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr("os.scandir", refuse)
        with pytest.raises(UsageError, match=r"cannot read the folder `\.`: Permission denied"):
            find(["."])

    def test_a_text_too_long_for_a_path_is_a_mistake(self):
        with pytest.raises(UsageError, match="there is no file"):
            find(["x" * 100_000 + ".yaml"])


@pytest.mark.usefixtures("folder")
class TestOne:
    def test_a_file_or_a_bundled_name(self, folder):
        (folder / "resnet18").mkdir()
        (folder / "without_suffix").write_text("archspec: 1\n")
        assert one("tiny.yaml") == Path("tiny.yaml")
        assert one("without_suffix") == Path("without_suffix")
        assert one("resnet18") == "resnet18", "a folder of this name is no spec"

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("inside", "`inside` is a folder; name a file in it"),
            ("./inside", "`./inside` is a folder; name a file in it"),
            ("tny.yaml", "there is no file `tny.yaml`; did you mean `tiny.yaml`?"),
            ("resnet81", "there is no file or bundled spec `resnet81`; did you mean `resnet18`?"),
        ],
    )
    def test_anything_else_is_a_mistake(self, path, message, folder):
        (folder / "inside").mkdir()
        with pytest.raises(UsageError) as caught:
            one(path)
        assert str(caught.value) == message
