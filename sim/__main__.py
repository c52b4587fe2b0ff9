"""`peakcharge`: a command line in, an answer out."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from experiments.command import Command, Shown, schema_of
from experiments.sweep.designs import Designs
from sim import __version__, ending
from sim.audit import AuditError
from sim.config import choices
from sim.config.command import Parser, exit_code
from sim.config.problems import InputError
from sim.study.cluster import ClusterError, WorkerDied
from sim.terminal import completion
from sim.terminal import help as of_key

# What looks at answers that are there, by its words: a module with a `main` of its own.
COMMANDS = {
    "serve": "sim.archive.server",
    "results reproduce": "experiments.reproduce",
    "results": "sim.archive.results",
    "compare": "sim.archive.compare",
    "why": "experiments.why.command",
}
EXAMPLES = """\
examples:
  peakcharge
      National Day on the Chongqing expressways
  peakcharge demand=spring_festival demand.scale=1.1 policy=holiday_80_30 out=results/spring
      another holiday, 10 % more vehicles, sessions end at 80 % or after 30 minutes
  peakcharge station.overrides.daguan_out.evses=12 out=results/daguan
      one station upgraded, written to a folder of its own
  peakcharge -m demand.scale=0.8,1,1.2 station.overrides.daguan_out.evses=4,8
      six designs, one table
  peakcharge demand=ordinary_week --cfg job --resolve
      check and print the config, run nothing
answers that are there (each has a --help of its own):
  serve                     a folder of results in a browser, read only
  results                   list, show, diff, export, check, reproduce
  compare                   two answers beside each other, paired by replication
  why                       what one driver saw, decided and got, and why
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Returns the exit code: 0; 1 when a design of a sweep failed, or a task or a cluster was lost;
    2 when the input cannot be used (nothing is written then); 3 when an audit failed; 130 when
    interrupted, 141 when who reads has left.
    """
    words = sys.argv[1:] if argv is None else list(argv)

    def run() -> int:
        for name, module in COMMANDS.items():
            if words[: len(own := name.split())] == own:
                code: int = import_module(module).main(words[len(own) :])
                return code
        return _main(_parser().parse_intermixed_args(words))

    try:
        return exit_code(run)
    except AuditError as error:
        print(f"the audit failed, so there is no answer: {error}", file=sys.stderr)
        return 3
    except (WorkerDied, ClusterError) as error:
        print(error, file=sys.stderr)
        return 1


def _main(args: argparse.Namespace) -> int:
    _refuse(args)
    if args.help:
        print(of_key.shown(args.help, args.overrides, args.config_dir, schema_of), end="")
        return 0
    shown = Shown(args.all, args.open)
    shown.check()
    command = Command(args.overrides, args.config_dir, shown)
    if args.multirun and args.cfg:
        lines, code = Designs(command).listed()
        print(*lines, sep="\n")
        return code
    if args.multirun:
        return Designs(command).run()
    if args.cfg:
        print(command.shown(args.resolve), end="")
    else:
        command.answer()
    return 0


def _refuse(args: argparse.Namespace) -> None:
    """Raise `InputError` for options that do not go together."""
    if args.resolve and not args.cfg:
        raise InputError("--resolve belongs to --cfg job")
    if args.resolve and args.multirun:
        raise InputError("--resolve shows one design and -m lists several: leave one out")
    if args.open and args.multirun:
        raise InputError("--open shows the page of one design and -m runs several: leave one out")
    for option in ("all", "open"):
        if getattr(args, option) and (args.cfg or args.help):
            raise InputError(f"--{option} is about an answer, and none is asked for: leave it out")


class _Help(argparse.Action):
    """Of one key, once the words are known in which it is asked for; else of the command."""

    def __call__(self, parser: Any, args: Any, key: Any, option: str | None = None) -> None:
        if key is None:
            parser.print_help()
            parser.exit()
        setattr(args, self.dest, key)


class _Completion(argparse.Action):
    def __call__(self, parser: Any, args: Any, shell: Any, option: str | None = None) -> None:
        options = [name for action in parser._actions for name in action.option_strings]
        print(
            completion.script(shell, [*{name.split()[0]: None for name in COMMANDS}, *options]),
            end="",
        )
        parser.exit()


def _parser() -> Parser:
    built_in = {group: choices.names(group) for group in sorted(choices.groups())}
    listed = "\n".join(f"  {group + '=':<21} {', '.join(own)}" for group, own in built_in.items())
    parser = Parser(
        prog="peakcharge",
        usage="peakcharge [-m] [--cfg job [--resolve]] [--all] [--open] [--config-dir DIR] "
        "[key=value ...]",
        description="Simulate public charging networks event by event and answer a question.",
        epilog=f"{EXAMPLES}\nchoices:\n{listed}",
        add_help=False,
    )
    add = parser.add_argument
    about = "this, or default, unit, meaning and source of one key, or of all keys of a group"
    add("-h", "--help", nargs="?", action=_Help, metavar="KEY", help=about)
    add("overrides", nargs="*", metavar="key=value", help="a choice or a value of the config")
    add("-m", "--multirun", action="store_true", help="run every combination of values a,b,c")
    add(
        "--cfg",
        choices=["job"],
        help="check and print the config, or list the designs of -m; run nothing",
    )
    add("--resolve", action="store_true", help="with --cfg: put values in place of ${...}")
    add("--all", action="store_true", help="say all that was found, not the first six findings")
    add("--open", action="store_true", help="open the page when it is there")
    add("--completion", choices=completion.SHELLS, action=_Completion,
        help="print what makes a shell complete keys and choices")  # fmt: skip
    add("--config-dir", metavar="DIR", type=Path, help="a folder with choices of your own")
    add("--version", action="version", version=f"peakcharge {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(ending.peakcharge())
