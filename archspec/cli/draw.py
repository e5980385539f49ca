"""`archspec draw`: a network as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archspec.cli import files, options

if TYPE_CHECKING:
    from archspec.cli.targets import Target
    from archspec.compiler.inputs import InputSize


@click.command("draw")
@options.spec
@options.params
@options.input_size
@options.depth
@options.form("mermaid", "dot", help="Output format.")
@options.output
@options.plugins
def command(
    spec: Target, params: dict[str, object], input_size: InputSize, depth: int | None, form: str, output: Path | None
) -> None:
    """Draw SPEC: boxes for nodes, frames for blocks and stages, arrows for values.

    The output is Mermaid, which GitHub, GitLab and many editors render in Markdown, or Graphviz. Equal consecutive
    blocks are drawn once (basic × 4).

    \b
      archspec draw resnet50 --depth 2
      archspec draw my.yaml -p classes=10 -o my.mmd
      archspec draw my.yaml --format dot | dot -Tsvg > my.svg
    """
    import archspec

    drawing = archspec.draw(archspec.compile(spec, params, input_size), depth)
    files.put({"mermaid": drawing.mermaid, "dot": drawing.dot}[form](), output)
