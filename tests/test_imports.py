"""Who may import whom, and what an import may load. The tables are those of the architecture; change both knowingly."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "archspec"

ABOVE = {
    "examine",
    "settings",
    "reports",
    "lint",
    "compiler",
    "language",
    "source",
    "weights",
    "graph",
    "ops",
    "types",
    "diagnostics",
    "errors",
}
"""What all of a spec is known from, without a module."""

# A room is a module or folder of archspec/.
MAY_IMPORT = {
    "escape": set(),
    "version": set(),
    "diagnostics": set(),
    "errors": {"diagnostics"},
    "files": set(),
    "formats": set(),
    "identifiers": set(),
    "limits": set(),
    "records": set(),
    "registry": set(),
    "resources": {"errors"},
    "shown": set(),
    # a `pyproject.toml` is read to know whose it is
    "project": {"source"},
    "source": {"diagnostics", "errors"},
    "settings": {"project", "source", "diagnostics", "errors"},
    "types": {"errors"},
    "ops": {"types", "errors"},
    # where a node stands in its file
    "graph": {"ops", "types", "diagnostics", "errors"},
    "weights": {"graph", "ops", "types", "errors"},
    # types: expressions compute with symbolic sizes; weights: renames are checked where they are read
    "language": {"project", "weights", "graph", "ops", "types", "source", "diagnostics", "errors"},
    "plugin": {"ops", "types"},
    "blocks": set(),
    "compiler": {"language", "graph", "ops", "types", "diagnostics", "errors"},
    # language: what a spec has and nothing uses is advice, too
    "lint": {"language", "graph", "ops", "types", "diagnostics", "errors"},
    "examine": {"lint", "compiler", "language", "graph", "diagnostics"},
    # weights: what becomes of a checkpoint
    "reports": {"weights", "graph", "ops", "types", "errors"},
    # the way back: names and references are those of the compiler, texts those of the reader
    "resolver": {"compiler", "graph", "ops", "types", "source", "diagnostics", "errors"},
    # what is known of a text, for editors and pages: no protocol, nothing that runs beside
    "editor": ABOVE,
    "server": {"editor", "diagnostics", "errors"},
    "pages": {"editor", "resolver"} | ABOVE,
    "torch_backend": {"weights", "graph", "ops", "types", "errors"},
    # the way from modules that exist; it proves what it found by building it
    "importer": {"torch_backend", "resolver", "compiler", "language", "errors"},
    # what it writes in the language it reads again; diagnostics: what was meant by a mistype; weights: their words for
    # what an edited manifest holds
    "export": {
        "torch_backend",
        "weights",
        "resolver",
        "compiler",
        "language",
        "diagnostics",
        "graph",
        "ops",
        "types",
        "errors",
    },
}
FOR_ALL = {
    "escape",
    "files",
    "formats",
    "identifiers",
    "limits",
    "records",
    "registry",
    "resources",
    "shown",
    "version",
}
FREE = {"__init__", "__main__", "api", "catalog", "cli", "hub", "modules"}  # the way in: these may import every room

HEAVY = {"numpy", "onnx", "onnx_ir", "onnxruntime", "onnxscript", "safetensors", "torch", "torchvision"}
MAY_BE_HEAVY = {"torch_backend", "export", "importer"}


def imports(tree: ast.AST, package: str, typed: bool = True) -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that a module of `package` imports, inside functions too; and for its types alone,
    unless `typed` is false."""
    children = ast.iter_child_nodes(tree)
    if isinstance(tree, ast.If) and ast.unparse(tree.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"} and not typed:
        children = iter(tree.orelse)
    match tree:
        case ast.Import(names):
            for alias in names:
                yield tree.lineno, alias.name
        case ast.ImportFrom(module, names, level):
            parents = package.split(".")[: -level + 1 or None] if level else []
            base = ".".join([*parents, *([module] if module else [])])
            for alias in names:
                yield tree.lineno, f"{base}.{alias.name}"
        case ast.Call(function, [ast.Constant(str(name)), *_]):
            if ast.unparse(function) in {"importlib.import_module", "import_module", "__import__"}:
                yield tree.lineno, name
    for child in children:
        yield from imports(child, package, typed)


def room(dotted: str) -> str:
    """The room that a dotted name below archspec lies in; what stands in no room is archspec/__init__.py's."""
    _, *names = dotted.split(".")
    return names[0] if names and names[0] in FREE | set(MAY_IMPORT) else "__init__"


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports_of(module: Path, typed: bool = True) -> tuple[str, list[tuple[int, str]]]:
    """The room that a module lies in, and what it imports; for its types alone too, unless `typed` is false."""
    parts = module.relative_to(PACKAGE).with_suffix("").parts
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return parts[0], list(imports(tree, ".".join(["archspec", *parts[:-1]]), typed))


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_its_room_may(module: Path) -> None:
    own, imported = imports_of(module)
    assert own in FREE | set(MAY_IMPORT), f"archspec/{own} is not in the table"
    wrong = []
    for line, dotted in imported:
        top = dotted.partition(".")[0]
        if top == "archspec" and own not in FREE and room(dotted) not in {own} | FOR_ALL | MAY_IMPORT[own]:
            wrong.append(f"{module}:{line}: {own} may not import {dotted}")
    for line, dotted in imports_of(module, typed=False)[1]:
        if (dotted.partition(".")[0] in HEAVY or dotted.startswith("einops.layers")) and own not in MAY_BE_HEAVY:
            wrong.append(f"{module}:{line}: only {' and '.join(sorted(MAY_BE_HEAVY))} may import {dotted}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", sorted((PACKAGE / "compiler").glob("*.py")), ids=lambda module: module.name)
def test_the_compiler_sees_records_and_no_trees(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    trees = [
        f"{module}:{node.lineno}" for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "tree"
    ]
    assert not trees
    assert not [
        dotted
        for _, dotted in imports_of(module)[1]
        if dotted.endswith((".Scalar", ".Sequence", ".Tree")) and not dotted.startswith("collections")
    ]


def test_no_rooms_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for module in modules():
        own, imported = imports_of(module)
        others = {room(dotted) for _, dotted in imported if dotted.partition(".")[0] == "archspec"}
        graph.setdefault(own, set()).update(others - {own})
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Inside a room, too, and not even where a function imports when it runs."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in modules()}
    graph = {}
    for name, path in names.items():
        found = {known for _, dotted in imports_of(path)[1] for known in (dotted, dotted.rpartition(".")[0])}
        graph[name] = found & names.keys()
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import torch.nn", ["torch.nn"]),
        ("def f():\n    from archspec.graph import Graph, Node", ["archspec.graph.Graph", "archspec.graph.Node"]),
        ("from .conv import Conv", ["archspec.ops.conv.Conv"]),
        ("from .. import errors", ["archspec.errors"]),
        ("from ..graph import nodes", ["archspec.graph.nodes"]),
        ("importlib.import_module('torch')", ["torch"]),
        ("if TYPE_CHECKING:\n    import torch\nelse:\n    import numpy", ["numpy"]),
        ("if typing.TYPE_CHECKING:\n    import torch", []),
    ],
)
def test_imports_are_found(source: str, expected: list[str]) -> None:
    assert [name for _, name in imports(ast.parse(source), "archspec.ops", typed=False)] == expected
    assert {*expected} <= {name for _, name in imports(ast.parse(source), "archspec.ops")}


def loaded_by(code: str, folder: Path) -> set[str]:
    """Top-level names of all modules that a fresh interpreter has loaded after running `code`."""
    return {name.partition(".")[0] for name in modules_loaded_by(code, folder)}


def modules_loaded_by(code: str, folder: Path) -> set[str]:
    """All modules that a fresh interpreter has loaded after running `code`."""
    report = folder / "modules.json"
    epilogue = f"\nimport json, sys\nopen({str(report)!r}, 'w').write(json.dumps(list(sys.modules)))\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code + epilogue]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return set(json.loads(report.read_text()))


def command_line(*arguments: str) -> str:
    return f"""
import sys
from archspec.cli import main
sys.argv = {["archspec", *arguments]!r}
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


DRAWS = {
    "archspec list": command_line("list"),
    "archspec summary": command_line("summary", "resnet18"),
}
DRAWS_NOTHING = {
    "import": "import archspec",
    "compile": "import archspec; archspec.summarize(archspec.compile(archspec.load('resnet18')))",
    "archspec --version": command_line("--version"),
    "archspec schema": command_line("schema"),
    "archspec draw": command_line("draw", "resnet18"),
    "archspec resolve": command_line("resolve", "resnet18"),
    "archspec summary --format json": command_line("summary", "resnet18", "--format", "json"),
    "archspec diff": command_line("diff", "resnet18", "resnet34", "--format", "md"),
    "archspec validate": command_line("validate", "resnet18"),
}


@pytest.mark.parametrize("code", {**DRAWS, **DRAWS_NOTHING}.values(), ids={**DRAWS, **DRAWS_NOTHING})
def test_what_needs_no_torch_loads_no_torch(code: str, tmp_path: Path) -> None:
    assert not HEAVY & loaded_by(code, tmp_path)


@pytest.mark.parametrize("code", DRAWS_NOTHING.values(), ids=DRAWS_NOTHING)
def test_rich_is_loaded_only_to_draw(code: str, tmp_path: Path) -> None:
    assert "rich" not in loaded_by(code, tmp_path)


# What a validation that finds nothing needs of others, and what of our own it does not need.
LIBRARIES = {"annotated_types", "click", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection", "yaml"}
FOR_FINDINGS = {"difflib", "archspec.cli.fixing", "archspec.diagnostics.catalogue", "archspec.source.pure"}
FOR_OTHERS = {"archspec.export", "archspec.reports", "archspec.language.schema", "archspec.torch_backend"}
SLOW = {"asyncio", "http", "logging", "multiprocessing", "sqlite3", "unittest", "xml"}


def test_a_clean_validation_loads_what_it_needs(tmp_path: Path) -> None:
    """Importing is most of the time that a validation takes: each of these was a part of it, or would be."""
    spec = ROOT / "specs" / "resnet" / "resnet50.yaml"
    bare = modules_loaded_by("pass", tmp_path)
    loaded = modules_loaded_by(command_line("validate", str(spec)), tmp_path) - bare
    theirs = {name for name in loaded if name.partition(".")[0] not in {*sys.stdlib_module_names, "archspec"}}
    assert {name.partition(".")[0] for name in theirs if not name.startswith("_")} <= {*LIBRARIES, "cython_runtime"}
    assert not {name for name in loaded if name.startswith((*FOR_FINDINGS, *FOR_OTHERS))}
    assert not SLOW & loaded
