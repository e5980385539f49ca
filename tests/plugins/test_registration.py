"""How ops from outside come in: by the decorator, by name, or by an entry point; and never by a spec."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import ClassVar

import pytest

import archspec
from archspec.language import combinators
from archspec.ops import OPS
from archspec.ops.plugins import COMBINATORS
from archspec.types import Call, TensorType
from tests.plugins.interpreter import python
from tests.sentences.case import full

ACME = '''
"""Ops of a package that somebody installed."""
from typing import ClassVar

import archspec
from archspec.types import Call


class Gate(archspec.Op):
    """The positive part."""

    name: ClassVar[str] = "acme_gate"

    def lower(self, *inputs):
        return Call("torch.nn.ReLU")
'''


class TestEntryPoints:
    @pytest.fixture
    def site(self, tmp_path: Path) -> Path:
        """A folder in which the distribution `acme-ops` is installed, which declares the op `acme_gate`."""
        (tmp_path / "acme_ops.py").write_text(ACME)
        info = tmp_path / "acme_ops-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-ops\nVersion: 1.0\n")
        self.declare(tmp_path, "acme_gate = acme_ops:Gate")
        return tmp_path

    @staticmethod
    def declare(site: Path, *lines: str) -> None:
        (site / "acme_ops-1.0.dist-info" / "entry_points.txt").write_text("\n".join(["[archspec.ops]", *lines]) + "\n")

    @staticmethod
    def outcome(site: Path, op: str = "acme_gate") -> str:
        """What a fresh interpreter says of a spec with this op: its findings or the error, and whether it loaded it."""
        code = f"""if True:
            import sys, archspec
            try:
                found = archspec.validate("archspec: 1\\ninput: [4, 8, 8]\\nlayers:\\n  - conv: 8\\n  - {op}")
                print(", ".join(f"{{d.span.line}} {{d.code}}" for d in found) or "valid")
            except archspec.UsageError as error:
                print(error)
            print("acme_ops" in sys.modules)
        """
        run = python("-c", code, cwd=site)
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    def test_an_installed_op_is_found(self, site: Path) -> None:
        assert self.outcome(site) == "valid\nTrue"

    def test_and_loaded_only_where_a_spec_uses_it(self, site: Path) -> None:
        assert self.outcome(site, "act: relu") == "valid\nFalse"
        assert self.outcome(site, "acme_gat") == "5 A301\nFalse"

    def test_it_hides_an_op_that_the_language_had_later(self, site: Path) -> None:
        (site / "acme_ops.py").write_text(ACME.replace("acme_gate", "chunk"))
        self.declare(site, "chunk = acme_ops:Gate")
        assert self.outcome(site, "chunk") == "5 A306\nTrue"
        self.declare(site, "drop_path = acme_ops:Gate")
        assert "is named `chunk`" in self.outcome(site, "drop_path")

    def test_it_builds(self, site: Path) -> None:
        code = "import archspec; print(archspec.build('archspec: 1\\ninput: [4]\\nlayers: [acme_gate]'))"
        run = python("-c", code, cwd=site)
        assert "(acme_gate): ReLU()" in run.stdout, run.stderr

    def test_a_list_of_all_ops_has_it(self, site: Path) -> None:
        run = python("-c", "from archspec.ops import OPS, load_installed; load_installed(); print(*OPS)", cwd=site)
        assert "acme_gate" in run.stdout.split(), run.stderr

    def test_a_module_may_register_its_ops_itself(self, site: Path) -> None:
        (site / "acme_ops.py").write_text(ACME.replace("class Gate", "@archspec.op\nclass Gate"))
        self.declare(site, "acme_gate = acme_ops")
        assert self.outcome(site) == "valid\nTrue"

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("acme_gate = acme_opps:Gate", "which cannot be imported: ModuleNotFoundError: No module named 'acme_opps"),
            ("acme_gate = acme_ops:Gat", "which cannot be imported: AttributeError: "),
            ("acme_gate = acme_ops:ACME", "which cannot be imported: ZeroDivisionError: division by zero"),
            ("acme_valve = acme_ops:Gate", "which is named `acme_gate`"),
            ("acme_gate = acme_ops", "which is not an op"),
        ],
    )
    def test_one_that_does_not_load_says_whose_it_is(self, site: Path, line: str, message: str) -> None:
        if "ACME" in line:
            (site / "acme_ops.py").write_text(ACME + "\n1 / 0\n")
        self.declare(site, line)
        op, _, value = line.partition(" = ")
        said = self.outcome(site, op)
        assert said.startswith(f"the installed package `acme-ops` declares the op `{op}` as `{value}`, {message}")

    def test_a_built_in_op_cannot_be_replaced(self, site: Path) -> None:
        (site / "acme_ops.py").write_text(ACME.replace('"acme_gate"', '"flatten"'))
        self.declare(site, "flatten = acme_ops:Gate")
        assert self.outcome(site, "flatten") == "valid\nFalse"


class TestNothingIsImportedFromASpec:
    @pytest.mark.parametrize(
        "op", ["os.system", "builtins.eval", "evil", "evil.Op", '"evil:Op"', "\"__import__('evil')\"", "../evil"]
    )
    def test_a_name_is_no_import(self, op: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "evil.py").write_text("raise SystemExit('imported')")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.chdir(tmp_path)
        for node in (f"- {op}", f"- {op}: echo", f"- {op}: {{command: echo}}"):
            found = archspec.validate(full(f"- conv: 8\n{node}"))
            assert [d.code for d in found] == ["A301"]
            assert "evil" not in sys.modules


class _Complete(archspec.Op):
    """An op with all that it needs."""

    name: ClassVar[str] = "complete"
    amount: int = 1

    def lower(self, *inputs: TensorType) -> Call:
        return Call("torch.nn.Identity")


class TestRegistration:
    def test_gives_the_class_back(self) -> None:
        assert archspec.op(_Complete) is _Complete
        assert archspec.op(_Complete) is OPS["complete"], "twice is once: modules are reloaded"
        assert archspec.validate(full("- complete: {amount: 2}")) == []

    def test_needs_an_op(self) -> None:
        for other in (object, lambda x: x, None):
            with pytest.raises(archspec.UsageError, match=r"is not an op: derive a class from `archspec\.Op`"):
                archspec.op(other)  # type: ignore[type-var]

    def test_needs_a_docstring(self) -> None:
        class Silent(_Complete):
            name: ClassVar[str] = "silent"

        with pytest.raises(archspec.UsageError, match="the op `silent` needs a docstring"):
            archspec.op(Silent)

    def test_needs_a_lowering(self) -> None:
        class Idle(archspec.Op):
            """Nothing."""

            name: ClassVar[str] = "idle"

        with pytest.raises(archspec.UsageError, match="the op `idle` needs `lower`"):
            archspec.op(Idle)

    @pytest.mark.parametrize("wrong", [None, "", "Gate", "my-op", "os.system", "1st", 3])
    def test_needs_a_name(self, wrong: object) -> None:
        class Odd(_Complete):
            """A name that no spec could hold."""

            name: ClassVar[object] = wrong

        with pytest.raises(archspec.UsageError, match=r"Odd` needs a `name` of lowercase letters, digits and _, found"):
            archspec.op(Odd)

    def test_needs_a_name_at_all(self) -> None:
        class Nameless(archspec.Op):
            """No name."""

        with pytest.raises(archspec.UsageError, match="Nameless` needs a `name`"):
            archspec.op(Nameless)

    def test_needs_a_free_name(self) -> None:
        class Conv(_Complete):
            """Another convolution, whose class is even called the same."""

            name: ClassVar[str] = "conv"

        before = OPS["conv"]
        with pytest.raises(archspec.UsageError, match=r"cannot be named `conv`: that is archspec\.ops\.conv\.Conv"):
            archspec.op(Conv)
        assert OPS["conv"] is before

    def test_combinators_are_taken(self) -> None:
        assert set(combinators.COMBINATORS) == COMBINATORS

        class Slot(_Complete):
            """A combinator's name."""

            name: ClassVar[str] = "slot"

        with pytest.raises(archspec.UsageError, match="cannot be named `slot`: that is a combinator"):
            archspec.op(Slot)

    def test_the_principal_argument_is_an_argument(self) -> None:
        class Unprincipled(_Complete):
            """Its bare value has no place."""

            name: ClassVar[str] = "unprincipled"
            principal: ClassVar[str | None] = "amuont"

        with pytest.raises(archspec.UsageError, match="no argument `amuont`, which its `principal` names"):
            archspec.op(Unprincipled)


class TestLoading:
    @pytest.mark.parametrize(
        ("module", "message"),
        [
            ("no_such_plugin", "No module named 'no_such_plugin'; a plugin is the dotted name of a module"),
            ("no/such/plugin.py", "; a plugin is the dotted name of a module"),
            ("", "ValueError: Empty module name"),
            ("broken_plugin", "No module named 'missing_library'$"),
            ("failing_plugin", "ZeroDivisionError: division by zero$"),
            ("misspelled_plugin", "SyntaxError: "),
        ],
    )
    def test_failure_is_a_mistake_of_usage(
        self, module: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "broken_plugin.py").write_text("import missing_library\n")
        (tmp_path / "failing_plugin.py").write_text("1 / 0\n")
        (tmp_path / "misspelled_plugin.py").write_text("clas X:\n")
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(archspec.UsageError, match=message) as caught:
            archspec.load_plugin(module)
        assert str(caught.value).startswith(f"the plugin `{module}` cannot be imported: ")

    def test_a_mistake_in_an_op_is_told_as_it_is(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "silent_plugin.py").write_text(
            dedent("""
                import archspec

                @archspec.op
                class Silent(archspec.Op):
                    name = "silent"
            """).replace('name = "silent"', 'name: __import__("typing").ClassVar[str] = "silent"')
        )
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(archspec.UsageError, match=r"^the op `silent` needs a docstring"):
            archspec.load_plugin("silent_plugin")


def test_the_schema_of_every_spec_has_ops_of_plugins(tmp_path: Path) -> None:
    (tmp_path / "own_ops.py").write_text(
        "from archspec.plugin import Op, module, op\n\n\n@op\nclass Own(Op):\n    'An op of ours.'\n\n"
        "    name = 'own_op'\n    width: int\n\n"
        "    def lower(self, *inputs):\n        return module('torch.nn.Identity')\n"
    )
    code = "import sys; from archspec.cli import main; sys.path.insert(0, '.'); main(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for options, found in ((["--plugin", "own_ops"], True), ([], False)):
        command = [sys.executable, "-c", code, "schema", *options]
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        nodes = json.loads(run.stdout)["definitions"]
        assert ("node_own_op" in nodes) == found
        assert not found or nodes["node_own_op"]["defaultSnippets"][0]["body"] == {"width": "${1:1}"}
