"""`archspec preview`: the page of a network in a browser, new whenever its file is."""

from __future__ import annotations

import os
import webbrowser
from typing import TYPE_CHECKING

import click

from archspec.cli import options, targets, watching

if TYPE_CHECKING:
    from archspec.cli.targets import Target
    from archspec.cli.watching import Files
    from archspec.compiler.inputs import InputSize


@click.command("preview")
@options.spec
@options.params
@options.input_size
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1.  [default: a free one]")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@options.plugins
def command(spec: Target, params: dict[str, object], input_size: InputSize, port: int, opens: bool) -> None:
    """Show SPEC as a page that follows its file: the picture, the costs, the findings and what has changed.

    The page is served on 127.0.0.1, to this machine alone, until Ctrl-C. It changes whenever the file does, or one that
    it extends or includes; while the file has errors, the page keeps the last picture and shows them.

    \b
      archspec preview my.yaml --open
    """
    from archspec.examine import examine
    from archspec.pages.preview import Serving, State
    from archspec.settings import Projects

    serving = Serving(port)
    state = State(targets.name(spec), ())

    def run(files: Files) -> None:
        nonlocal state
        projects = Projects({}, files)
        settings = projects.of(spec)
        found = targets.spec_of(spec)
        files.update(found.files)
        examined = examine(found, params, input_size, settings.batch_size(found.lint.batch_size))
        told = [one for one in examined.collector.diagnostics if settings.tells(one)]
        state = state.after([*projects.findings, *told], examined.graph)
        serving.show(state.to_json(), state.page())

    click.echo(serving.url)
    if opens:
        webbrowser.open(serving.url)
    try:
        watching.watch(run, [os.fspath(spec)], clear=False)
    finally:
        serving.close()
