"""`peakcharge`: a command line in, an answer out."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from experiments.command import Command
from sim import __version__, ending
from sim.audit import AuditError
from sim.config import choices
from sim.config.problems import InputError, did_you_mean

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
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Returns the exit code: 0; 1 when a design of a sweep failed; 2 when the input cannot be used
    (nothing is written then); 3 when an audit failed; 130 when interrupted.
    """
    try:
        return _main(_parser().parse_intermixed_args(argv))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except AuditError as error:
        print(f"the audit failed, so there is no answer: {error}", file=sys.stderr)
        return 3
    except OSError as error:  # a full disk, a path that cannot be
        print(f"{error.strerror or error}: {error.filename or 'no file'}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _main(args: argparse.Namespace) -> int:
    if args.resolve and not args.cfg:
        raise InputError("--resolve belongs to --cfg job")
    if args.cfg and args.multirun:
        raise InputError("--cfg shows one design and -m runs several: choose one of them")
    command = Command(args.overrides, args.config_dir)
    if args.multirun:
        return command.sweep()
    if args.cfg:
        print(command.shown(args.resolve), end="")
    else:
        command.answer()
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        words = message.removeprefix("unrecognized arguments: ")
        if words == message:
            raise InputError(message)
        known = [name for action in self._actions for name in action.option_strings]
        raise InputError(
            f"unknown option `{word}`{did_you_mean(word, known)}" for word in words.split()
        )


def _parser() -> argparse.ArgumentParser:
    built_in = {group: choices.names(group) for group in sorted(choices.groups())}
    listed = "\n".join(f"  {group + '=':<21} {', '.join(own)}" for group, own in built_in.items())
    parser = _Parser(
        prog="peakcharge",
        usage="peakcharge [-m] [--cfg job [--resolve]] [--config-dir DIR] [key=value ...]",
        description="Simulate public charging networks event by event and answer a question.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"{EXAMPLES}\nchoices:\n{listed}",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("overrides", nargs="*", metavar="key=value", help="a choice or a value of the config")
    add("-m", "--multirun", action="store_true", help="run every combination of values a,b,c")
    add("--cfg", choices=["job"], help="check and print the config, run nothing")
    add("--resolve", action="store_true", help="with --cfg: put values in place of ${...}")
    add("--config-dir", metavar="DIR", type=Path, help="a folder with choices of your own")
    add("--version", action="version", version=f"peakcharge {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(ending.peakcharge())
