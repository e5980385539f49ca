"""`archspec draw`: a network as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from archspec.cli import files, options
from archspec.errors import UsageError

if TYPE_CHECKING:
    from archspec.cli.targets import Target
    from archspec.compiler.inputs import InputSize
    from archspec.pages.drawn import Drawn

_FORMS = {
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".md": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".html": "html",
    ".png": "png",
    ".pdf": "pdf",
}
_MERMAID_TEXT, _MERMAID_ARROWS = 50_000, 500
"""The largest text and the most arrows that Mermaid draws unless it is told otherwise."""


class _Depth(click.ParamType[int | Literal["all"]]):
    """A number of levels, or `all`."""

    name = "depth"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | Literal["all"]:
        return "all" if value == "all" else int(click.IntRange(1).convert(value, param, ctx))


class _Millimetres(click.ParamType[float]):
    """`180`, or `180mm`."""

    name = "width"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: Any = str(value).strip().removesuffix("mm")
        return float(click.FloatRange(10, 5000).convert(number, param, ctx))


@click.command("draw")
@options.spec
@options.params
@options.input_size
@click.option("--depth", type=_Depth(), metavar="N", help="Show at most N levels, or `all`.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "svg", "html", "png", "pdf"]),
    help="Output format. Default: that of FILE's suffix, or mermaid.",
)
@click.option("--open", "paths", multiple=True, metavar="PATH", help="Open this block or stage with all that is in it.")
@click.option("--no-fuse", is_flag=True, help="Draw norms and activations as boxes of their own.")
@click.option("--shapes", is_flag=True, help="Write output shapes into boxes.")
@click.option("--params", "counts", is_flag=True, help="Write numbers of parameters into boxes.")
@click.option("--macs", is_flag=True, help="Write multiply-adds into boxes.")
@click.option(
    "--theme", type=click.Choice(["auto", "light", "dark"]), default="auto", show_default=True, help="Colors."
)
@click.option("--width", type=_Millimetres(), metavar="MM", help="Width in millimeters, such as 85mm or 180mm.")
@click.option("--no-legend", is_flag=True, help="Leave out the legend.")
@options.output
@options.plugins
def command(
    spec: Target,
    params: dict[str, object],
    input_size: InputSize,
    depth: int | Literal["all"] | None,
    form: str | None,
    output: Path | None,
    **figure: Any,
) -> None:
    """Draw SPEC: boxes for layers and blocks, frames around what is in them, arrows for values.

    The suffix of FILE chooses the format: .svg, .png and .pdf are figures, the last two with the extra `pictures`;
    .html is a page that folds and searches; .mmd is Mermaid, which GitHub, GitLab and many editors render in Markdown;
    .dot is Graphviz. A figure draws each block that is called more than once beside the network, and equal consecutive
    blocks once (× 4).

    \b
      archspec draw resnet50 -o resnet50.svg
      archspec draw resnet50 -o resnet50.html
      archspec draw my.yaml --open layer1 --shapes --width 180mm -o my.pdf
      archspec draw my.yaml --depth 2 -p classes=10 -o my.mmd
    """
    import archspec

    chosen = _form(form, output)
    drawing = archspec.draw(archspec.compile(spec, params, input_size), depth)
    if chosen == "mermaid":
        files.put(_mermaid(drawing, depth), output)
    elif chosen == "dot":
        files.put(drawing.dot(), output)
    else:
        _figure(drawing, chosen, output, figure)


def _form(form: str | None, output: Path | None) -> str:
    """The format that was asked for, or that of a file's suffix. Raises `UsageError`."""
    suffix = output.suffix.lower() if output else ".mmd"
    if form is None and suffix not in _FORMS:
        known = ", ".join(_FORMS)
        raise UsageError(f"cannot tell a format from `{output}`: use one of the suffixes {known}, or --format")
    return form or _FORMS[suffix]


def _figure(drawing: Drawn, form: str, output: Path | None, figure: dict[str, Any]) -> None:
    chosen = {
        "open": figure["paths"],
        "fuse": not figure["no_fuse"],
        "shapes": figure["shapes"],
        "params": figure["counts"],
        "macs": figure["macs"],
        "theme": figure["theme"],
        "width": figure["width"],
        "legend": not figure["no_legend"],
    }
    if form == "html":
        files.put(drawing.html(**{name: chosen[name] for name in ("open", "fuse", "theme")}), output)
    elif form == "svg":
        files.put(drawing.svg(**chosen), output)
    elif output is None:
        raise UsageError(f"`--format {form}` is not text: give a file with -o")
    else:
        files.write(output, drawing.png(**chosen) if form == "png" else drawing.pdf(**chosen))


def _mermaid(drawing: Drawn, depth: int | Literal["all"] | None) -> str:
    """The text for Mermaid, of fewer levels where it would refuse more, which is said."""
    import archspec

    text = drawing.mermaid()
    if len(drawing.arrows) <= _MERMAID_ARROWS and len(text) <= _MERMAID_TEXT:
        return text
    levels = max((path.count(".") + 1 for path, _ in drawing.graph.items()), default=1)
    coarser = (archspec.draw(drawing.graph, level) for level in range(levels - 1, 0, -1)) if depth is None else ()
    drawn = ((one.mermaid(), one.levels) for one in coarser if len(one.arrows) <= _MERMAID_ARROWS)
    found = next(((shorter, level) for shorter, level in drawn if len(shorter) <= _MERMAID_TEXT), None)
    much = f"{len(drawing.arrows):,} arrows and {len(text):,} characters, and Mermaid refuses more than"
    limits = f"{_MERMAID_ARROWS} and {_MERMAID_TEXT:,}"
    remedy = f"drawn with --depth {found[1]}" if found else "use a smaller --depth, or draw an SVG"
    click.echo(f"warning: the drawing has {much} {limits}: {remedy}", err=True)
    return found[0] if found else text
