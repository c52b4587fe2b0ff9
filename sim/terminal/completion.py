"""What a shell completes: a script that holds all words, so that a key press starts no program."""

from collections.abc import Sequence

from sim.config import choices
from sim.terminal import help

SHELLS = ("bash", "zsh", "fish")

BASH = """\
# peakcharge in bash: source <(peakcharge --completion bash)
_peakcharge() {{
    local word=${{COMP_LINE:0:COMP_POINT}}
    word=${{word##*[[:space:]]}}
    local words='
{words}
'
    local IFS=$'\\n'
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    if [[ ${{#COMPREPLY[@]}} -eq 1 && ${{COMPREPLY[0]}} == *= ]]; then compopt -o nospace; fi
    # bash takes what stands before a `=` or `:` for a word of its own
    local before=${{word%"${{word##*[=:]}}"}}
    COMPREPLY=("${{COMPREPLY[@]#"$before"}}")
}}
complete -o default -F _peakcharge peakcharge
"""

ZSH = """\
#compdef peakcharge
# peakcharge in zsh: source <(peakcharge --completion zsh)
_peakcharge() {{
    local -a whole open
    local word
    for word in ${{(f)_peakcharge_words}}; do
        if [[ $word == *= ]]; then open+=($word); else whole+=($word); fi
    done
    compadd -a whole
    compadd -S '' -a open
    _files
}}
_peakcharge_words='
{words}
'
compdef _peakcharge peakcharge
"""

FISH = """\
# peakcharge in fish: peakcharge --completion fish | source
set -g _peakcharge_words '
{words}
'
complete -c peakcharge -a '(string split -n \\n -- $_peakcharge_words)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def script(shell: str, options: Sequence[str]) -> str:
    """What a shell is to read once; `options` are words beside choices and keys."""
    return SCRIPTS[shell].format(words="\n".join(words(options)))


def words(options: Sequence[str]) -> list[str]:
    """Options, then each choice, then each key that takes a value."""
    chosen = [f"{group}={name}" for group in choices.groups() for name in choices.names(group)]
    groups = {group.rpartition("@")[2].replace("/", ".") for group in choices.groups()}
    return [*options, *chosen, *(f"{key}=" for key in help.known() if key not in groups)]
