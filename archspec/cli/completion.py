"""`archspec completion`: what a shell runs so that the tab key completes what is typed after `archspec`."""

from __future__ import annotations

import click

VARIABLE = "_ARCHSPEC_COMPLETE"
"""The environment variable by which a shell asks for completions of `COMP_LINE`; its value is the shell's name."""

_BASH = """\
_archspec() {
    local word
    COMPREPLY=()
    while IFS= read -r word; do
        COMPREPLY+=("$word")
    done < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" _ARCHSPEC_COMPLETE=bash "$1" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[/=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _archspec archspec archspec-nn
"""

_ZSH = """\
#compdef archspec archspec-nn
_archspec() {
    local word line="${(j: :)words[1,CURRENT]}"
    local -a whole parts
    for word in "${(@f)$(COMP_LINE=$line _ARCHSPEC_COMPLETE=zsh "${(Q)words[1]}" 2>/dev/null)}"; do
        if [[ $word == *[/=] ]]; then parts+=("$word"); elif [[ -n $word ]]; then whole+=("$word"); fi
    done
    (( $#whole )) && compadd -- "${whole[@]}"
    (( $#parts )) && compadd -S '' -- "${parts[@]}"
    return 0
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _archspec "$@"; else compdef _archspec archspec archspec-nn; fi
"""

_FISH = """\
function __archspec_words
    env COMP_LINE=(commandline -cp | string collect) _ARCHSPEC_COMPLETE=fish (commandline -opc)[1] 2>/dev/null
end
complete --no-files --command archspec --arguments '(__archspec_words)'
complete --no-files --command archspec-nn --arguments '(__archspec_words)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SCRIPTS)))
def command(shell: str) -> None:
    """Print what makes the tab key complete commands, options, files, names, codes, parameters and stages.

    For zsh, the lines belong below compinit.

    \b
      archspec completion bash >> ~/.bashrc
      archspec completion zsh >> ~/.zshrc
      archspec completion fish > ~/.config/fish/completions/archspec.fish
    """
    click.echo(SCRIPTS[shell], nl=False)
