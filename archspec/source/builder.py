"""Events of a YAML parser to a tree with positions. Nothing here is recursive: depth is a limit, not a crash."""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from archspec import limits
from archspec.diagnostics import Collector, Diagnostic, Fix, Related, Source, Span, did_you_mean, replacement
from archspec.source import places
from archspec.source.characters import forbidden, forbidden_escape
from archspec.source.places import Mark, shown
from archspec.source.scalars import BadNumber, plain_value, unclosed
from archspec.source.taken import Taken
from archspec.source.tree import Mapping, Plain, Scalar, Sequence, Tree

_COMPARED_LENGTH = 40


class Enough(Exception):
    """Reading ends here; why is among the diagnostics."""


class Anchored(NamedTuple):
    """A finished subtree with a name, and what an alias to it adds to the file."""

    tree: Tree
    nodes: int
    height: int


class Open:
    """A list or mapping whose end has not come yet."""

    def __init__(self, event: Any, start: Mark, mapping: bool, nodes: int) -> None:
        self.mapping = mapping
        self.start = start
        self.flow: bool = bool(event.flow_style)
        self.anchor: str | None = event.anchor
        self.nodes = nodes  # of the spec before this one
        self.height = 0  # of the tallest list or mapping inside
        self.items: list[Tree] = []
        self.entries: dict[str, Tree] = {}
        self.keys: dict[str, Span] = {}
        self.wants_key = mapping
        self.has_bad_key = False
        self.bad_keys = 0  # among the entries
        self.key: str | None = None  # whose value comes next; None if the key was a mistake
        self.unclosed = 0  # parentheses of the last expression that stood without quotes


class Builder:
    """Takes events one by one. `root` is the tree once the last one has come, `end` the end of all that was taken."""

    def __init__(self, source: Source, text: str, collector: Collector, taken: Taken) -> None:
        self.root: Tree | None = None
        self.end: Mark = places.START
        self._source = source
        self._text = text
        self._collector = collector
        self._findings = 0
        self._taken = taken
        self._stack: list[Open] = []
        self._anchors: dict[str, Anchored | Open] = {}

    def _span(self, start: Mark, end: Mark) -> Span:
        return places.span(self._source, start, end)

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        help: str,
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
    ) -> None:
        """Keep a finding; the hundredth is the last."""
        self._collector.add(Diagnostic(code, message, span, "", help, related, fix=fix))
        self._findings += 1
        if self._findings >= limits.FINDINGS:
            message = f"reading stopped here, after {limits.FINDINGS} errors"
            self._collector.add(Diagnostic("A108", message, span, "", "fix them and try again"))
            raise Enough

    def scalar(self, event: Any) -> None:
        """A null, boolean, number or string, as a key or as a value."""
        text: str = event.value
        style, anchor = event.style, event.anchor
        start, end = event.start_mark, event.end_mark
        parent = self._stack[-1] if self._stack else None
        is_key = parent is not None and parent.wants_key
        plain = not style
        if anchor is not None or event.tag is not None:
            start, is_text = self._content(event)
            plain = plain and not is_text
        if style == "|" or style == ">":
            end = places.trimmed(self._text, start, end)
        elif not text and not style:
            in_brackets = parent is not None and parent.flow
            after_key = parent is not None and parent.mapping and not is_key
            start = end = places.empty(self._text, event, self.end, in_brackets, after_key)
        self.end = end
        self._count(1)
        span = self._span(start, end)
        value = plain_value(text) if plain else text
        is_forbidden = style == '"' and self._is_forbidden(text, start, end)
        if is_forbidden:
            self._collector.hide(span)
        if is_key:
            if is_forbidden:
                self._drop_key()
            else:
                self._key(value, span, text if plain else None)
            if anchor is not None:
                known = value.instead if isinstance(value, BadNumber) else value
                self._anchors[anchor] = Anchored(Scalar(known, span, not plain), 1, 0)
            return
        if isinstance(value, BadNumber):
            fix = replacement(span, text, value.fix) if value.fix is not None else None
            self.error("A106", value.message, span, value.help, fix=fix)
            self._collector.hide(span)
            value = value.instead
        if value is text and len(text) > limits.SCALAR_LENGTH:
            self._too_long("a text", len(text), limits.SCALAR_LENGTH, span)
        tree = Scalar(value, span, not plain)
        if anchor is not None:
            self._anchors[anchor] = Anchored(tree, 1, 0)
        self._add(tree)

    def _is_forbidden(self, value: str, start: Mark, end: Mark) -> bool:
        """Whether an escape between these marks stands for a character that is not allowed; that is reported."""
        character = forbidden(value)
        if character is None:
            return False
        written = self._text[start.index : end.index]
        first, last = forbidden_escape(written)
        at = places.moved(start, written[:first])
        span = self._span(at, places.moved(at, written[first:last]))
        message = f"the escape `{span.text}` stands for {character}, which is not allowed"
        self.error("A111", message, span, "remove it; a line break is written `\\n`, a tab `\\t`")
        return True

    def alias(self, event: Any) -> None:
        """A subtree that stands elsewhere: shared, but counted as if it were copied."""
        span = self._span(event.start_mark, event.end_mark)
        self.end = event.end_mark
        anchored = self._anchors.get(event.anchor)
        if not isinstance(anchored, Anchored):
            self._bad_alias(event.anchor, anchored, span)
            self._collector.hide(span)
            anchored = Anchored(Scalar(None, span), 1, 0)
            if self._stack and self._stack[-1].wants_key:
                self._drop_key()
                return
        tree = anchored.tree
        self._count(anchored.nodes, span)
        self._grow(anchored.height)
        self._check_depth(len(self._stack) + anchored.height, span)
        if self._stack and self._stack[-1].wants_key:
            self._key(tree.value if isinstance(tree, Scalar) else tree, span, None)
        else:
            self._add(tree)

    def _bad_alias(self, name: str, opened: Open | None, span: Span) -> None:
        alias = f"*{shown(name)}"
        if opened is not None:
            related = (Related(self._span(opened.start, opened.start), "which starts here"),)
            message = f"the alias `{alias}` is inside the value that it repeats"
            self.error("A107", message, span, "a value cannot contain itself", related)
            return
        # Comparing names takes time that a hostile file could multiply: only some of the latest are compared.
        known = [anchor for anchor in islice(reversed(self._anchors), 50) if len(anchor) <= _COMPARED_LENGTH]
        help = did_you_mean(f"*{name}", [f"*{anchor}" for anchor in known]) if len(name) <= _COMPARED_LENGTH else ""
        help = help or f'write `&{shown(name)}` before the value it repeats; quote a string: "{alias}"'
        self.error("A107", f"the alias `{alias}` has no anchor before it", span, help)

    def start_sequence(self, event: Any) -> None:
        """A `[` or the first `-`."""
        self._start(event, mapping=False)

    def start_mapping(self, event: Any) -> None:
        """A `{` or the first key."""
        self._start(event, mapping=True)

    def _start(self, event: Any, mapping: bool) -> None:
        start = event.start_mark
        if event.anchor or event.tag:
            start, _ = self._content(event)
        self.end = event.end_mark if event.flow_style else start
        opened = Open(event, start, mapping, self._taken.values)
        if event.anchor:
            self._anchors[event.anchor] = opened
        self._stack.append(opened)
        self._count(1)
        self._check_depth(len(self._stack), self._span(start, event.end_mark))

    def end_collection(self, event: Any) -> None:
        """A closing bracket, or the end of the last child: blank lines and comments after it belong to nobody."""
        if event.end_mark.index > event.start_mark.index:
            self.end = event.end_mark
        opened = self._stack.pop()
        span = self._span(opened.start, self.end)
        tree: Tree = Sequence(tuple(opened.items), span)
        if opened.mapping:
            tree = Mapping(opened.entries, opened.keys, span)
        if opened.has_bad_key and len(opened.entries) == opened.bad_keys:
            # what it is meant to be stands in its key
            self._collector.hide(span)
        height = opened.height + 1
        if opened.anchor and self._anchors[opened.anchor] is opened:
            self._anchors[opened.anchor] = Anchored(tree, self._taken.values - opened.nodes, height)
        self._grow(height)
        if self._stack and self._stack[-1].wants_key:
            self._key(tree, span, None)
        else:
            self._add(tree)

    def _add(self, tree: Tree) -> None:
        """Put a finished value where it belongs."""
        if not self._stack:
            self.root = tree
            return
        parent = self._stack[-1]
        if not parent.mapping:
            parent.items.append(tree)
            return
        if parent.key is not None:
            parent.entries[parent.key] = tree
            parent.unclosed = unclosed(tree.value) if isinstance(tree, Scalar) and not tree.quoted else 0
        parent.wants_key = True

    def _key(self, key: Plain | BadNumber | Tree, span: Span, plain: str | None) -> None:
        """Take a key, or report it; the value of a mistake is read and dropped, unless it only is no string.

        `plain` is its text if it stands without quotes."""
        parent = self._drop_key()
        if plain is not None and parent.flow and parent.unclosed > 0 and places.ends(self._text, self.end):
            # the rest of an expression with a comma: its mistake is told where it starts
            parent.unclosed += plain.count("(") - plain.count(")")
        elif not isinstance(key, str):
            self._bad_key(key, span, plain)
            self._collector.hide(span)
            parent.has_bad_key = True
            # what stands under it is there, under the text that the remedy puts in quotes
            if plain and plain not in parent.keys:
                parent.key = plain
                parent.keys[plain] = span
                parent.bad_keys += 1
        elif plain == "<<":
            help = "write the keys out, or share them by `defaults`, by a block, or by an alias of a whole value"
            self.error("A105", "merge keys (`<<`) are not allowed", span, help)
        elif key in parent.keys:
            related = (Related(parent.keys[key], "first here"),)
            message = f"duplicate key `{shown(key)}` in one mapping"
            self.error("A103", message, span, "remove one of the two", related)
        elif len(key) > limits.KEY_LENGTH:
            self._too_long("a key", len(key), limits.KEY_LENGTH, span)
        else:
            parent.key = key
            parent.keys[key] = span

    def _drop_key(self) -> Open:
        parent = self._stack[-1]
        parent.wants_key = False
        parent.key = None
        return parent

    def _bad_key(self, key: Plain | BadNumber | Tree, span: Span, plain: str | None) -> None:
        if plain == "":
            self.error("A110", "missing key before this `:`", span, "write a name before it")
        elif isinstance(key, (Mapping, Sequence)):
            kind = "mapping" if isinstance(key, Mapping) else "list"
            help = "keys are strings; quote a string that contains brackets"
            self.error("A110", f"a {kind} cannot be a key", span, help)
        else:
            kind = "null" if key is None else "a boolean" if isinstance(key, bool) else "a number"
            text = shown(str(key) if plain is None else plain)
            self.error("A110", f"the key `{text}` is {kind}, not a string", span, f'put it in quotes: `"{text}"`')

    def _content(self, event: Any) -> tuple[Mark, bool]:
        """Where a value starts after its anchor and tag, and whether the tag makes it a text."""
        start = event.start_mark
        properties = places.properties(self._text, start)
        content = places.moved(start, properties)
        if event.tag is None:
            return content, False
        tag, first, last = places.tag(properties, start)
        self._tag(tag, self._span(first, last))
        self._collector.hide(self._span(content, content))
        return content, tag in ("!", "!!str")

    def _tag(self, tag: str, span: Span) -> None:
        help = 'remove it; to write a number as a string, quote it: `"12"`'
        self.error("A104", f"tags are not allowed: `{shown(tag)}`", span, help)
        if "%" in tag:
            # Not every escape can be decoded, and the parsers notice that at different times.
            raise Enough

    def _grow(self, height: int) -> None:
        if self._stack and self._stack[-1].height < height:
            self._stack[-1].height = height

    def _count(self, nodes: int, alias: Span | None = None) -> None:
        self._taken.values += nodes
        if self._taken.values > limits.VALUES:
            message = f"the files of the spec have more than {limits.VALUES:,} values"
            if alias is not None:
                message += ", counting those that aliases repeat"
            help = "use `repeat`, `depth` or a block for repetition, and an expression for a long list: `$([0] * 1000)`"
            self.error("A108", message, alias or self._span(self.end, self.end), help)
            raise Enough

    def _check_depth(self, depth: int, span: Span) -> None:
        if depth > limits.NESTING:
            message = f"lists and mappings are nested more than {limits.NESTING} deep"
            self.error("A108", message, span, "define the inner part as a block, and call it")
            raise Enough

    def _too_long(self, what: str, length: int, limit: int, span: Span) -> None:
        self.error("A108", f"{what} has {length:,} characters; at most {limit:,} are allowed", span, "shorten it")
