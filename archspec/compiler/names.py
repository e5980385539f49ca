"""Names: what children of a scope are called, and what references find (docs/language.md, section 6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

from archspec.diagnostics.fix import SEARCHED
from archspec.graph.nodes import Node, Scope, Value
from archspec.language.models import NODE, OF_NODES
from archspec.limits import NAME_DOTS, NAME_LENGTH

_SEARCHED_PATHS = 1000  # paths among which that of a name is looked for
_LATEST = 40  # names of a scope among which values that fit are looked for
_NUMBER = re.compile(r"(?:_|^)\d+$")

# the attributes of `torch.nn.Module`, `nn.Sequential` and our own scopes, which a child would hide
MODULE_ATTRIBUTES = frozenset(
    """
    T_destination _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl _contract
    _finish _forward_hooks _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks
    _forward_pre_hooks_with_kwargs _get_backward_hooks _get_backward_pre_hooks _get_item_by_idx _get_name _graph
    _is_full_backward_hook _load_from_state_dict _load_state_dict_post_hooks _load_state_dict_pre_hooks
    _maybe_warn_non_full_backward_hook _modules _named _named_members _names _non_persistent_buffers_set _origin _others
    _parameters _places _register_load_state_dict_pre_hook _register_state_dict_hook _repeated
    _replicate_for_data_parallel _repr_html_ _results _run _save_to_state_dict _slow_forward _state_dict_hooks
    _state_dict_pre_hooks _steps _version
    _wrapped_call_impl add_module append apply bfloat16 buffers call_super_init children compile cpu cuda double
    dump_patches eval extend extra_repr feature_info float forward get_buffer get_extra_state get_parameter
    get_submodule half insert ipu load_state_dict modules mtia named_buffers named_children named_modules
    named_parameters parameters pop register_backward_hook register_buffer register_forward_hook
    register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule
    share_memory state_dict to to_empty train training type xpu zero_grad
    """.split()  # noqa: SIM905 - a list of so many words is a page
)


class NameTaken(Exception):
    """A name that cannot be used; `code`, a message and a remedy."""

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


@dataclass(slots=True, eq=False)
class Entry:
    """What a name refers to: the value, once it is there, and the names inside.

    `item` is the node or module that the name is of, `call` how it was made: the arguments by which it is run again.
    One that `is_part` is of a `split`; it hides names that are given by default.
    """

    value: Value | None = None
    inner: Lookup | None = None
    item: Node | Scope | None = None
    call: Any = None
    is_part: bool = False


@dataclass(slots=True, eq=False)
class Lookup:
    """The names that references find, from here outward to the block.

    `left_out` are names that a `when` leaves out, `unnamed` the ops of such nodes without a name, which are nothing
    where they would have a number; `open` says that it leaves out others, of which nothing is known.
    """

    input: Value
    outer: Lookup | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    broken: bool = False
    open: bool = False
    unnamed: set[str] = field(default_factory=set)
    fill: Callable[[Lookup], None] | None = None
    """What puts the names into `entries` when the first is looked for, where most are never looked for."""
    written: set[str] = field(default_factory=set)
    """The names that the file gives to nodes."""
    has_parts: bool = False
    """Whether some names are those of parts."""

    def find(self, text: str, checking: bool = False) -> Value | Literal["running", "left out", "unknown"] | None:
        """The value of a name or dotted path that ran before; unknown where an error may hide it, and to who is
        `checking` what may be left out, where what was left out may bear it."""
        if text == "input":
            return self.input
        found = self.entry(text, checking)
        return (found.value or "running") if isinstance(found, Entry) else found

    def entry(self, text: str, checking: bool = False) -> Entry | Literal["left out", "unknown"] | None:
        """What a name or dotted path is of, as `find`."""
        scope: Lookup | None = self
        while scope is not None:
            found = scope._inside(text, checking)
            if found is not None:
                return found
            if scope.broken or (checking and scope.open):
                return "unknown"
            scope = scope.outer
        return None

    def _inside(self, text: str, checking: bool) -> Entry | Literal["left out", "unknown"] | None:
        self.complete()
        parts = text.split(".", NAME_LENGTH)
        for length in range(len(parts), 0, -1):
            entry = self.entries.get(".".join(parts[:length]))
            if entry is None:
                path = ".".join(parts[:length])
                if path in self.left_out and (checking or length == len(parts)):
                    return "unknown" if checking else "left out"
                if checking and _NUMBER.sub("", path) in self.unnamed:
                    return "unknown"
                continue
            if length == len(parts):
                return entry
            found = entry.inner._inside(".".join(parts[length:]), checking) if entry.inner else None
            if found is not None:
                return found
            if entry.inner is not None and (entry.inner.broken or (checking and entry.inner.open)):
                return "unknown"
        return None

    def miss(self) -> None:
        """A node is missing here or around, so that any name may be its own."""
        scope: Lookup | None = self
        while scope is not None:
            scope.broken = True
            scope = scope.outer

    def has_part(self, name: str) -> bool:
        """Whether a name is that of a part of a `split`."""
        entry = self.entries.get(name)
        return entry is not None and entry.is_part

    def knows(self, name: str) -> bool:
        """Whether a name can be found, without those inside."""
        scope: Lookup | None = self
        while scope is not None:
            entry = scope.entries.get(name)
            if entry is not None and entry.value is not None:
                return True
            scope = scope.outer
        return False

    def complete(self) -> None:
        """Put the names into `entries`, if they are not there yet."""
        if self.fill is not None:
            self.fill(self)
            self.fill = None

    def known(self, text: str = "") -> list[str]:
        """All names that can be found, without those inside; for a dotted text, those inside what it leads into.

        Where it leads into nothing, those places are among them to which it would lead under another first name.
        """
        _, dot, rest = text.partition(".")
        if not dot or len(text) > NAME_LENGTH:
            return self._names()
        path = text
        while "." in path:
            path = path.rpartition(".")[0]
            inner = self._inner(path)
            if inner is not None and inner.entries:
                return [f"{path}.{name}" for name, entry in inner.entries.items() if entry.value is not None]
        names = self._names()
        others = (f"{name}.{rest}" for name in names[:SEARCHED])
        return [*names, *(other for other in others if isinstance(self.find(other), Value))]

    def values(self) -> list[tuple[str, Value]]:
        """The values of the latest names that can be found, without those inside, each by one name."""
        found: dict[Value, str] = {self.input: "input"}
        scope: Lookup | None = self
        while scope is not None:
            scope.complete()
            for name in [*scope.entries][-_LATEST:]:
                value = self.find(name)
                if isinstance(value, Value):
                    found.setdefault(value, name)
            scope = scope.outer
        return [(name, value) for value, name in found.items()]

    def deeper(self, text: str) -> str | None:
        """The path to a child of that name, one or two levels inside what can be found, among the first of them."""
        scope: Lookup | None = self
        while scope is not None:
            found = next((path for path in islice(scope._paths(), _SEARCHED_PATHS) if path.endswith("." + text)), None)
            if found is not None:
                return found
            scope = scope.outer
        return None

    def _paths(self, levels: int = 2) -> Iterator[str]:
        for name, entry in self.entries.items():
            if entry.inner is not None and entry.value is not None:
                entry.inner.complete()
                yield from (f"{name}.{inner}" for inner in entry.inner.entries)
                if levels > 1:
                    yield from (f"{name}.{path}" for path in entry.inner._paths(levels - 1))

    def _names(self) -> list[str]:
        found: list[str] = ["input"]
        scope: Lookup | None = self
        while scope is not None:
            found += [name for name, entry in scope.entries.items() if entry.value is not None]
            scope = scope.outer
        return found

    def _inner(self, text: str) -> Lookup | None:
        """The names inside what a path leads to, from here outward."""
        scope: Lookup | None = self
        while scope is not None:
            found = scope._below(text)
            if found is not None:
                return found
            scope = scope.outer
        return None

    def _below(self, text: str) -> Lookup | None:
        self.complete()
        parts = text.split(".")
        for length in range(len(parts), 0, -1):
            entry = self.entries.get(".".join(parts[:length]))
            if entry is not None and entry.inner is not None:
                entry.inner.complete()
                return entry.inner if length == len(parts) else entry.inner._below(".".join(parts[length:]))
        return None


@dataclass(slots=True, eq=False)
class Names:
    """The children of one scope. A dotted name makes plain containers: dicts in `taken`.

    `inserted` are the joins and the like that the file does not write: their names are free for any child that it does.
    `written` are the names that the file gives to nodes; `latest` was last claimed.
    `makers` are the nodes that were given each name first, `shared` the names that private ones stand for, `doubtful`
    those that two children were given.
    """

    numbered: bool
    taken: dict[str, object] = field(default_factory=dict)
    unnamed: dict[str, int] = field(default_factory=dict)
    inserted: dict[str, tuple[Node | Scope, str]] = field(default_factory=dict)
    counts_inserted: dict[str, int] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    makers: dict[str, object] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    number: int = 0
    stages: int = 0
    latest: str = ""

    def claim(self, given: str | None, base: str, maker: object = None) -> str:
        """The name of the next child: the given one, its number, or one after its op. Raises `NameTaken`.

        Where the same node of the file, the `maker`, bears a name again, as in another turn of a `repeat`, it gets a
        private one, and must have no weights.
        """
        number, self.number = self.number, self.number + 1
        if given is not None:
            self.written.add(given)
            self.makers.setdefault(given, maker)
        else:
            given = str(number) if self.numbered else self._free(base, self.unnamed)
        self.latest = given
        parts = _parts(given)
        if parts[0] in self.inserted:
            self.insert(*self.inserted.pop(parts[0]))
        home: dict[str, object] = self.taken
        for depth, part in enumerate(parts[:-1], 1):
            inner = home.setdefault(part, {})
            if not isinstance(inner, dict):
                reached = ".".join(parts[:depth])
                help = "only a container that exists only in names can be shared"
                raise NameTaken("A312", f"`{given}` is inside `{reached}`, which is a separate module", help)
            home = inner
        if parts[-1] in home:
            # in another turn; a container bears no node's name
            if home[parts[-1]] is None and self.makers.get(given) is maker is not None:
                return self.private(given)
            inside = home[parts[-1]]
            if isinstance(inside, dict):
                message = f"`{given}` is a container, of `{given}.{next(iter(inside))}`, and cannot be a node too"
                raise NameTaken("A312", message, "rename this node, or those inside the container")
            raise NameTaken("A312", f"two children are named `{given}`", "rename one of them")
        home[parts[-1]] = None
        return given

    def private(self, given: str) -> str:
        """Another name for a child that bears one which another has already; references find it by that one."""
        found = self._free(given.rpartition(".")[2], self.counts_inserted)
        self.taken[found] = None
        self.shared[found] = given
        self.latest = given
        return found

    def insert(self, item: Node | Scope, base: str) -> None:
        """Name what the file does not write, or what has no key; it gives way to a child that is called so later."""
        item.name = self._free(base, self.counts_inserted)
        self.inserted[item.name] = item, base

    def _free(self, base: str, counts: dict[str, int]) -> str:
        """`conv`, `conv_2`, …: the next that no sibling before it took."""
        while True:
            count = counts[base] = counts.get(base, 0) + 1
            name = base if count == 1 else f"{base}_{count}"
            if name not in self.taken:
                return name


@lru_cache(maxsize=4096)
def _parts(name: str) -> tuple[str, ...]:
    """The parts of a name between its dots. Raises `NameTaken` for one that no child can bear."""
    if len(name) > NAME_LENGTH or name.count(".") > NAME_DOTS:
        message = f"the name `{name[:40]}…` is too long"
        help = f"a name has up to {NAME_LENGTH} characters, and up to {NAME_DOTS} dots"
        raise NameTaken("A311", message, help)
    if not re.fullmatch(NODE, name):
        raise NameTaken("A311", f"`{name}` is not a valid name", OF_NODES)
    parts = tuple(name.split("."))
    for part in parts:
        if part in MODULE_ATTRIBUTES or part.startswith("__"):
            raise NameTaken("A311", f"`{part}` is an attribute of every module", "choose another name")
    return parts
