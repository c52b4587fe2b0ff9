"""What a study found, into the README of its question: written from its answer, so it cannot age.

    python -m experiments.published QUESTION FOLDER

FOLDER is one that a study wrote.  Its verdict, as `answer.json` says it in English, and what
`manifest.json` says of it go into `experiments/QUESTION/README.md`, in place of what stands there
between `<!-- answer -->` and `<!-- end of answer -->`.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from sim.config.problems import InputError
from sim.study import store
from sim.study.output import MANIFEST

HERE = Path(__file__).parent
ANSWER = "answer.json"
# What Markdown would take for its own: a sign anywhere, a heading or a quotation at the beginning.
SIGNS = re.compile(r"[\\*<`\[\]]|^[#>]")


def publish(question: str, folder: Path, questions: Path = HERE) -> Path:
    """Write the answer in `folder` into the README of its question; returns that.

    Raises InputError, and writes nothing, where either is not what it should be.
    """
    readme = questions / question / "README.md"
    if question not in {path.parent.name for path in questions.glob("*/README.md")}:
        raise InputError(f"there is no README of a question `{question}` in '{questions}'")
    answer, manifest = (_read(folder / name) for name in (ANSWER, MANIFEST))
    try:
        told, asked = facts(manifest), manifest["config"]["experiment"]
        digest = manifest["files"][ANSWER]
    except (LookupError, TypeError):
        raise InputError(f"`{MANIFEST}` in '{folder}' is not one of a study's answer") from None
    if digest != store.file_digest(folder / ANSWER):
        raise InputError(f"`{ANSWER}` in '{folder}' is not the one that `{MANIFEST}` belongs to")
    if asked != question:
        raise InputError(f"'{folder}' holds an answer to `{asked}`, not to `{question}`")
    text = f"{told}\n\n{markdown(said(answer))}"
    return store.write_text(readme, replaced(readme, "answer", text))


def replaced(file: Path, name: str, text: str) -> str:
    """The text of a Markdown file, with another one between the markers of that name.

    The markers are lines of their own.  Raises InputError where the file does not have just these
    two, in this order.
    """
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    lines = re.compile(f"^({begin}|{end})$", re.MULTILINE)
    before, *parts = lines.split(file.read_text("utf-8"))
    if parts[::2] != [begin, end]:
        raise InputError(f"'{file}' must have `{begin}` and then `{end}`, each once")
    return "".join([before, begin, "\n\n", text.strip("\n"), "\n\n", end, parts[-1]])


def said(answer: Mapping[str, Any]) -> list[str]:
    """The verdict of an answer in English, line by line.  Raises InputError where it has none."""
    own = answer.get("said")
    lines = own.get("en") if isinstance(own, Mapping) else answer.get("verdict")
    if not isinstance(lines, list) or not lines or not all(isinstance(x, str) for x in lines):
        raise InputError(f"`{ANSWER}` says no verdict in English: neither `said.en` nor `verdict`")
    return lines


def markdown(lines: Sequence[str]) -> str:
    """A paragraph each; lines that begin with a dash are items of a list."""
    own = [" ".join(line.splitlines()).strip() for line in lines]
    own = [SIGNS.sub(r"\\\g<0>", line) for line in own if line]
    of_one_list = (a.startswith("- ") and b.startswith("- ") for a, b in pairwise(own))
    gaps = ["\n" if together else "\n\n" for together in of_one_list]
    return "".join(line + gap for line, gap in zip(own, [*gaps, ""], strict=True))


def facts(manifest: Mapping[str, Any]) -> str:
    """How the answer was got: its command as a code block; version, seed and replications."""
    told = [f"PeakCharge {manifest['versions']['peakcharge']}", f"seed {manifest['seed']}"]
    match manifest.get("replications"):  # some studies count none
        case Mapping() as by_design:
            told.append(f"replications: {', '.join(f'{k} {n}' for k, n in by_design.items())}")
        case int() as number:
            told.append(f"{number} replications")
    command = manifest["command"].replace(" --all", "")  # it tells no other answer
    return f"    {command}\n\n{', '.join(told)}."


def _read(path: Path) -> dict[str, Any]:
    """A JSON object.  Raises InputError where there is none."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"there is no '{path}'") from None
    except (OSError, ValueError) as error:
        raise InputError(f"'{path}' cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise InputError(f"'{path}' holds no JSON object")
    return value


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="experiments.published", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("question", metavar="QUESTION", help="its name on the command line")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where its answer is")
    given = parser.parse_args(words)
    try:
        print(publish(given.question, given.folder))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
