"""What an editor waits for, in process: from a keystroke to its findings, hints, pages and completions.

Milliseconds of CPU time, the median of many keystrokes, with libyaml and without it. Budgets: findings of ResNet-50 in
20 ms and of 3,000 lines in 150 ms; hints, pages and completions of both in 10 ms.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from archspec.editor import Range, Workspace
from archspec.editor.completion import completions
from archspec.editor.hints import hints
from archspec.editor.hover import hover
from archspec.editor.problems import problems
from archspec.language import bundled_specs
from archspec.server.garbage import collect_seldom
from archspec.source import document

_KEYSTROKES = 15


def long_spec(lines: int) -> str:
    """A spec of so many lines: blocks of its own, calls of them, and residuals."""
    head = ["archspec: 1", "input: [3, 224, 224]", "norm: batch", "act: relu", "blocks:"]
    blocks = lines * 2 // 5 // 6
    for i in range(blocks):
        head += [f"  own{i}:", "    params: {channels: int, stride: 1}", "    layers:"]
        head += ["      - conv: {channels: $channels, kernel: 3, stride: $stride}", "      - norm", "      - act"]
    head += ["layers:", "  - conv: {channels: 64, kernel: 7, stride: 2}"]
    for j in range((lines - len(head)) // 8):
        head += [f"  - own{j % blocks}: {{channels: {64 + 8 * (j % 4)}, name: b{j}}}", "  - residual:"]
        head += ["      - conv: {channels: $(in_channels), kernel: 3}", "      - norm", "      - act", "      - conv:"]
        head += ["          channels: $(in_channels)", "          kernel: 1"]
    return "\n".join([*head, "  - global_pool", "  - linear: 10", ""])


def edited(text: str) -> Iterator[str]:
    """The text with a comment at its middle that grows."""
    at = text.index("\n", len(text) // 2)
    for number in range(_KEYSTROKES):
        yield f"{text[:at]}  # {'x' * number}{text[at:]}"


def measure(text: str, ask: Callable[[Workspace, Path, str], object], first: bool) -> float:
    """The median time of an answer after each keystroke, with the findings before it or without."""
    workspace, path = Workspace(), Path("net.yaml").resolve()
    times = []
    for now in edited(text):
        workspace.put(path, now)
        if not first:
            problems(workspace, path)
        start = time.process_time()
        ask(workspace, path, now)
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000


def _screen(text: str) -> Range:
    """A screen at the middle of a text."""
    return Range(len(text) // 2, len(text) // 2 + 3000)


def middle(text: str, word: str) -> int:
    """The offset behind a word near the middle of a text."""
    return text.index(word, text.rindex(word, 0, len(text) // 2)) + len(word)


ANSWERS: dict[str, tuple[Callable[[Workspace, Path, str], object], bool]] = {
    "findings": (lambda workspace, path, text: problems(workspace, path), True),
    "hints": (lambda workspace, path, text: hints(workspace, path, _screen(text)), False),
    "page": (lambda workspace, path, text: hover(workspace, path, middle(text, "conv")), False),
    "completion": (lambda workspace, path, text: completions(workspace, path, middle(text, "- ")), False),
}


def main() -> None:
    collect_seldom()
    specs = {"ResNet-50": bundled_specs()["resnet50"].read_text(encoding="utf-8"), "3,000 lines": long_spec(3000)}
    print(f"{'':24}" + "".join(f"{name:>12}" for name in ANSWERS))
    parsers = {"libyaml": document.default_parser, "pure Python": lambda: document.pure_parser}
    for parser, choose in parsers.items():
        document.default_parser = choose
        sys.modules["archspec.source.reader"].default_parser = choose
        for name, text in specs.items():
            times = (measure(text, ask, first) for ask, first in ANSWERS.values())
            print(f"{name + ', ' + parser:24}" + "".join(f"{ms:9.1f} ms" for ms in times))


if __name__ == "__main__":
    main()
