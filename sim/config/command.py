"""A command: its options, what is wrong with them in plain sentences, and how it ends."""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from sim.config.problems import InputError, did_you_mean


class Parser(argparse.ArgumentParser):
    """Raises `InputError` where `argparse` would print its usage and leave."""

    def __init__(
        self, prog: str, description: str, usage: str | None = None, epilog: str | None = None,
        add_help: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(
            prog, usage, description, epilog, add_help=add_help, allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip

    def error(self, message: str) -> NoReturn:
        words = message.removeprefix("unrecognized arguments: ")
        if words == message:
            raise InputError(message)
        known = [name for action in self._actions for name in action.option_strings]
        unknown = [word for word in words.split() if word.startswith("-")]
        if not unknown:
            raise InputError(f"`{word}` is a word too many" for word in words.split())
        raise InputError(f"unknown option `{word}`{did_you_mean(word, known)}" for word in unknown)


def exit_code(run: Callable[[], int]) -> int:
    """What a command ends with: what it returns; 2 where an input or a file cannot be used, 130
    where it was interrupted, both said in a sentence; as in a shell, where who reads has left."""
    try:
        try:
            return run()
        finally:
            sys.stdout.flush()
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has seen enough
        with open(os.devnull, "w") as nobody:  # the interpreter would complain at its end
            os.dup2(nobody.fileno(), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except OSError as error:  # a full disk, a path that cannot be
        print(f"{error.strerror or error}: {error.filename or 'no file'}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
