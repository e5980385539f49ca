"""The last look at a source before it is kept or imported: its tree holds what is meant, and nothing else."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from archspec.errors import ExportError
from archspec.export.source.imports import Imports
from archspec.graph.graph import Graph

_BASES = frozenset(("nn.Module", "nn.ModuleList", "nn.Sequential"))
_METHODS = frozenset(("__init__", "forward"))
_BUILTINS = frozenset(("super", "range", "getattr"))
_ROOTS = frozenset(("torch", "nn", "F"))
_TORCH = frozenset((
    *_BASES, "nn.Identity", "nn.MultiheadAttention", "nn.Parameter", "F.interpolate", "F.pad", "torch.bfloat16",
    "torch.cat", "torch.einsum", "torch.empty", "torch.float16", "torch.float64", "torch.full", "torch.int64",
    "torch.ones", "torch.tensor", "torch.zeros",
))  # fmt: skip
"""What a file has of torch, apart from the targets of its graph and the initializers."""
_OF_MODULES = frozenset((
    "add_module", "append", "get_parameter", "get_submodule", "register_buffer", "register_forward_pre_hook",
    "register_parameter", "to",
))  # fmt: skip
_OF_TENSORS = frozenset((
    "amax", "amin", "chunk", "clone", "expand", "flatten", "mean", "narrow", "permute", "prod", "reshape", "shape",
    "split", "squeeze", "sum", "transpose", "unflatten", "unsqueeze",
))  # fmt: skip
_OWN = frozenset(("self", "super", "getattr"))
"""By these a module gets at itself."""
_COUNTERS = frozenset(("_", "i", "layer"))
"""The variables of comprehensions."""
_CONSTANTS = (ast.Constant, ast.UnaryOp, ast.unaryop, ast.Tuple, ast.List, ast.expr_context)
_ANNOTATIONS = (ast.Constant, ast.Name, ast.Subscript, ast.Tuple, ast.BinOp, ast.BitOr, ast.expr_context)
_NODES = (
    *(ast.FunctionDef, ast.arguments, ast.arg, ast.Assign, ast.AugAssign, ast.For, ast.Return, ast.Expr),
    *(ast.Call, ast.keyword, ast.Name, ast.Attribute, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Starred),
    *(ast.Subscript, ast.Slice, ast.BinOp, ast.UnaryOp, ast.ListComp),
    *(ast.GeneratorExp, ast.comprehension, ast.JoinedStr, ast.FormattedValue),
    *(ast.operator, ast.unaryop, ast.expr_context),
)


def check_source(text: str, graph: Graph) -> None:
    """Raise `ExportError` unless the source of a graph is a docstring, imports that are meant, and classes of modules.

    Texts are constants in it, wherever they come from: this holds even where the writing of them is mistaken.
    """
    imports = Imports(graph)
    targets = {node.call.target for _, node in graph.nodes()}
    try:
        about, *rest = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExportError(f"the source is not Python: {error}") from error
    _require(_is_text(about), about)
    held = {ast.dump(tree) for tree in imports.own(targets)}
    known = {*_BUILTINS, *imports.foreign.values()}
    parts = {part for path, _ in graph.items() for part in path.split(".")}
    library = _TORCH | {imports.path(target) for target in targets}
    for statement in rest:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            _require(ast.unparse(statement) in imports.allowed(), statement)
            known |= {alias.asname or alias.name for alias in statement.names}
            continue
        _require(isinstance(statement, (ast.ClassDef, ast.FunctionDef)), statement)
        assert isinstance(statement, (ast.ClassDef, ast.FunctionDef))
        known.add(statement.name)
        if ast.dump(statement) not in held:
            _require(isinstance(statement, ast.ClassDef), statement)
            assert isinstance(statement, ast.ClassDef)
            _class(statement, known, parts, library)


def _class(tree: ast.ClassDef, known: Set[str], parts: Set[str], library: Set[str]) -> None:
    bases = [ast.unparse(base) for base in tree.bases]
    _require(len(bases) == 1 and bases[0] in _BASES, tree)
    _require(not tree.keywords and not tree.decorator_list and not getattr(tree, "type_params", ()), tree)
    _require(tree.name not in dir(builtins), tree)
    kept = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    for part in tree.body:
        if isinstance(part, ast.FunctionDef):
            _require(part.name in _METHODS and not part.decorator_list, part)
            _Function(part, known, kept | parts, library).check()
        else:
            _require(part is tree.body[0] and _is_text(part), part)


@dataclass(slots=True)
class _Function:
    """A function that is looked at.

    `known` is what its file imports and defines, `children` what its modules may hold, `library` what it may use of
    torch.
    """

    tree: ast.FunctionDef
    known: Set[str]
    children: Set[str]
    library: Set[str]

    def check(self) -> None:
        """Every node is one that is meant. Annotations and defaults, which others evaluate, are less than code."""
        apart = {id(node) for node in self._apart()}
        nodes = [node for node in ast.walk(self.tree) if id(node) not in apart]
        stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        _require(stored.isdisjoint({"self", *_BUILTINS, *_ROOTS}), self.tree)
        names = self.known | stored | {node.arg for node in nodes if isinstance(node, ast.arg)}
        inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        called = {id(node.func) for node in calls}
        mapped = {id(part) for node in calls if ast.unparse(node.func) == "OrderedDict" for part in node.args}
        for node in nodes:
            _require(isinstance(node, _NODES) and (node is self.tree or not isinstance(node, ast.FunctionDef)), node)
            if isinstance(node, ast.Name):
                _require(node.id in names and not node.id.startswith("__"), node)
                _require(node.id not in _ROOTS or id(node) in inner, node)
                _require(node.id not in _BUILTINS or id(node) in called, node)
            elif isinstance(node, ast.Attribute):
                self._attribute(node, id(node) in inner)
            elif isinstance(node, ast.Call):
                self._call(node)
            else:
                _require(not isinstance(node, ast.GeneratorExp) or id(node) in mapped, node)
                self._statement(node)

    def _apart(self) -> Iterator[ast.AST]:
        given = self.tree.args
        annotations = [node.annotation for node in ast.walk(given) if isinstance(node, ast.arg)]
        defaults = [*given.defaults, *given.kw_defaults]
        for kinds, found in ((_ANNOTATIONS, [*annotations, self.tree.returns]), (_CONSTANTS, defaults)):
            for node in (node for part in found if part is not None for node in ast.walk(part)):
                _require(isinstance(node, kinds) or ast.unparse(node) == "nn.Module", node)
                yield node

    def _attribute(self, node: ast.Attribute, is_inner: bool) -> None:
        """Of torch only what is meant, of modules their children, of values what is asked of tensors."""
        path, root, is_load = ast.unparse(node), _root(node), isinstance(node.ctx, ast.Load)
        if root in _ROOTS:
            is_meant = path in self.library or re.fullmatch(r"nn\.init\.[a-z]\w*_", path) is not None
            _require(is_load and (is_meant or (is_inner and path == "nn.init")), node)
        elif root == "self":
            _require(node.attr in self.children | _OF_MODULES | _OF_TENSORS and not node.attr.startswith("__"), node)
        else:
            _require(is_load and (node.attr in _OF_TENSORS or path == "super().__init__"), node)

    def _call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if not name:
            _require(isinstance(node.func, ast.Attribute) or _root(node.func) == "self", node)
            return
        # a forward is given the modules that it runs again
        given = {argument.arg for argument in self.tree.args.args if self.tree.name == "forward"} - {"self"}
        _require(name in self.known | given and (name != "super" or not (node.args or node.keywords)), node)
        if name == "getattr":
            *_, child = node.args
            _require(len(node.args) == 2 and not node.keywords and _root(node) == "self", node)
            _require(isinstance(child, ast.Constant) and child.value in self.children, node)

    def _statement(self, node: ast.AST) -> None:
        """What an attribute holds is made by a class or a constant: no result of a method gets there."""
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            inside = [*ast.walk(node.value)] if self.tree.name == "__init__" else targets
            _require(all(isinstance(t, (ast.Name, ast.Tuple, ast.Attribute)) for t in targets), node)
            _require(all(_root(part) in _ROOTS for part in inside if isinstance(part, ast.Attribute)), node)
            _require({part.id for part in inside if isinstance(part, ast.Name)}.isdisjoint(_OWN), node)
        elif isinstance(node, ast.For):
            _require(isinstance(node.iter, ast.Tuple) and not node.orelse, node)
        elif isinstance(node, ast.comprehension):
            _require(isinstance(node.target, ast.Name) and node.target.id in _COUNTERS and not node.is_async, node)
        elif isinstance(node, ast.FormattedValue):
            _require(isinstance(node.value, ast.Name) and node.format_spec is None, node)


def _root(node: ast.expr) -> str:
    """The variable by which a value is reached, through attributes, items, and what finds children by their names."""
    while not isinstance(node, ast.Name):
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr" and node.args:
            node = node.args[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_submodule":
            node = node.func.value
        else:
            return ""
    return node.id


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _require(holds: bool, node: ast.AST) -> None:
    if not holds:
        line = getattr(node, "lineno", 0)
        raise ExportError(f"line {line} of the source holds what no network needs; this is a mistake of archspec")
