"""The last look at a source before it is kept or imported: its tree holds what is meant, and nothing else."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from archspec.errors import ExportError
from archspec.export.source.imports import Imports
from archspec.graph.graph import Graph

_BASES = frozenset(("nn.Module", "nn.ModuleList", "nn.Sequential"))
_METHODS = frozenset(("__init__", "forward"))
_BUILTINS = frozenset(("super", "range", "getattr"))
_ROOTS = frozenset(("torch", "nn", "F"))
_OWN = frozenset(("torch.cat", "torch.empty", "torch.full", "torch.ones", "torch.zeros", "F.pad", "F.interpolate"))
"""What is called apart from the targets of a graph, `nn.init` and the classes of `nn`."""
_NODES = (
    *(ast.FunctionDef, ast.arguments, ast.arg, ast.Assign, ast.AugAssign, ast.If, ast.Return, ast.Expr, ast.Call),
    *(ast.keyword, ast.Name, ast.Attribute, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Starred, ast.Subscript),
    *(ast.Slice, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.ListComp, ast.GeneratorExp),
    *(ast.comprehension, ast.JoinedStr, ast.FormattedValue, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
    ast.expr_context,
)


def check_source(text: str, graph: Graph) -> None:
    """Raise `ExportError` unless the source of a graph is a docstring, imports that are meant, and classes of modules.

    Texts are constants in it, wherever they come from: this holds even where the writing of them is mistaken.
    """
    imports = Imports(graph)
    targets = {node.call.target for _, node in graph.nodes()}
    try:
        about, *rest = ast.parse(text).body
    except (SyntaxError, ValueError) as error:
        raise ExportError(f"the source is not Python: {error}") from error
    _require(_is_text(about), about)
    held = {ast.dump(tree) for tree in imports.own(targets)}
    known = {"self", *_BUILTINS, *imports.foreign.values()}
    for statement in rest:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            _require(ast.unparse(statement) in imports.allowed(), statement)
            known |= {alias.asname or alias.name for alias in statement.names}
            continue
        _require(isinstance(statement, ast.ClassDef), statement)
        assert isinstance(statement, ast.ClassDef)
        known.add(statement.name)
        if ast.dump(statement) not in held:
            _class(statement, known, {imports.path(target) for target in targets})


def _class(tree: ast.ClassDef, known: set[str], targets: set[str]) -> None:
    bases = [ast.unparse(base) for base in tree.bases]
    _require(len(bases) == 1 and bases[0] in _BASES and not tree.keywords and not tree.decorator_list, tree)
    _require(tree.name not in dir(builtins), tree)
    for part in tree.body:
        if isinstance(part, ast.FunctionDef):
            _require(part.name in _METHODS and not part.decorator_list, part)
            _function(part, known, targets)
        else:
            _require(part is tree.body[0] and _is_text(part), part)


def _function(tree: ast.FunctionDef, known: set[str], targets: set[str]) -> None:
    annotations = {id(node) for part in _annotations(tree) for node in ast.walk(part)}
    names = known | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if id(node) in annotations:
            _require(not isinstance(node, ast.Call), node)  # nobody evaluates an annotation
            continue
        _require(isinstance(node, _NODES) and (node is tree or not isinstance(node, ast.FunctionDef)), node)
        if isinstance(node, ast.Name):
            _require(node.id in names and not node.id.startswith("__"), node)
        elif isinstance(node, ast.Attribute):
            _attribute(node, targets)
        elif isinstance(node, ast.Call):
            _require(isinstance(node.func, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)), node)
            is_reached = isinstance(node.func, ast.Name) and node.func.id == "getattr"
            _require(not is_reached or not _hidden(node.args[1]), node)


def _attribute(node: ast.Attribute, targets: set[str]) -> None:
    """Of a library only what is meant, of a value nothing that Python keeps for itself."""
    path = ast.unparse(node)
    if path == "super().__init__":
        return
    _require(not node.attr.startswith("__"), node)
    root: ast.expr = node
    while isinstance(root, ast.Attribute):
        root = root.value
    if isinstance(root, ast.Name) and root.id in _ROOTS:
        is_init = path == "nn.init" or path.startswith("nn.init.")
        is_layer = re.fullmatch(r"nn\.[A-Z]\w*", path) is not None
        is_dtype = path in ("torch.float64", "torch.float16", "torch.bfloat16")
        _require(is_init or is_layer or is_dtype or path in _OWN or path in targets, node)


def _annotations(tree: ast.FunctionDef) -> Iterator[ast.expr]:
    yield from (node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg) and node.annotation)
    if tree.returns is not None:
        yield tree.returns


def _hidden(node: ast.expr) -> bool:
    return not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node.value.startswith("__")


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _require(holds: bool, node: ast.AST) -> None:
    if not holds:
        line = getattr(node, "lineno", 0)
        raise ExportError(f"line {line} of the source holds what no network needs; this is a mistake of archspec")
