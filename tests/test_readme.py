"""What the READMEs show works as it stands there, from the folder of the repository."""

import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from experiments.published import replaced
from sim.__main__ import COMMANDS as COMMANDS_OF_ANSWERS
from sim.__main__ import main
from sim.region import importer as region_importer
from sim.replay import importers

ROOT = Path(__file__).parents[1]
NOT_OURS = {"build", "dist", "outputs", "multirun", "node_modules"}
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
FILE = re.compile(
    r"(?:sim|experiments|tests|configs|results)/(?:[\w.]+/)*(?:[\w.]+\.(?:py|md|toml|yaml|csv))?"
)


def _readmes() -> Iterator[tuple[str, str]]:
    """All of the repository: path and text, without comments."""
    for folder, inner, files in os.walk(ROOT):
        is_of_studies = Path(folder) == ROOT / "results"  # what they wrote is not ours
        ours = [f for f in inner if not f.startswith(".") and f not in NOT_OURS]
        inner[:] = ["published"] if is_of_studies else sorted(ours)
        if "README.md" in files:
            path = Path(folder, "README.md")
            text = re.sub(r"<!--.*?-->", "", path.read_text("utf-8"), flags=re.DOTALL)
            yield path.relative_to(ROOT).as_posix(), text


READMES = dict(_readmes())
QUESTIONS = sorted(p.parent.name for p in (ROOT / "experiments").glob("*/question.py"))


def _commands() -> Iterator[tuple[str, str]]:
    """Lines of code, and code within lines, that begin with a program: the file, and the command
    without variables of the environment before it."""
    shown = re.compile(r"^ {4,}(\S.*)$|`([^`\n]+)`", re.MULTILINE)
    programs = r"(?:\.venv/bin/)?(?:peakcharge|peakcharge-import|python)(?: .*)?|\.ci/run"
    program = re.compile(rf"(?:[A-Z_]+=\S+ )*({programs})")
    for name, text in READMES.items():
        for line, span in shown.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            if found := program.fullmatch(line or span):
                yield name, found[1]


COMMANDS = list(_commands())


def of(program: str) -> list[str]:
    """Every different command of a program, as its words in a line."""
    begin = re.compile(rf"(?:\.venv/bin/)?{re.escape(program)}(?= |$)")
    return sorted({begin.sub("", own, count=1).strip() for _, own in COMMANDS if begin.match(own)})


@pytest.mark.parametrize("command", sorted({command for _, command in COMMANDS}))
def test_a_shell_hands_over_what_is_meant(command):
    """Brackets, braces and stars mean something to bash and zsh where they are not quoted."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", command)
    assert not re.search(r"[][(){}*?<>|&;$!#~`\\'\"]", bare), bare


def _is_of_answers(command: str) -> bool:
    return any(f"{command} ".startswith(f"{name} ") for name in COMMANDS_OF_ANSWERS)


@pytest.mark.parametrize("command", [c for c in of("peakcharge") if _is_of_answers(c)])
def test_what_is_asked_of_answers_is_known(command, tmp_path, monkeypatch, capsys):
    """Where nothing is there yet, nothing but that is wrong with it."""
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(command)) == 2
    assert capsys.readouterr().err.startswith("there is no ")


@pytest.mark.parametrize(
    "command", [c for c in of("peakcharge") if c != "--help" and not _is_of_answers(c)]
)
def test_studies_are_valid(command, capsys):
    words = [w for w in shlex.split(command) if w not in ("--cfg", "job", "--resolve")]
    assert main([*words, "--cfg", "job"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("command", [c for c in of("peakcharge-import") if c])
def test_imports_are_valid(command, capsys):
    if command == "--help":
        with pytest.raises(SystemExit) as end:
            importers._parser().parse_args(["--help"])
        assert end.value.code == 0
        assert "OCPI" in capsys.readouterr().out
    elif command.startswith("region "):
        assert region_importer._parser().parse_args(shlex.split(command)[1:]).folder
    else:
        assert importers._parser().parse_args(shlex.split(command)).source in importers.SOURCES


@pytest.mark.parametrize("command", of("python"))
def test_programs_are_there(command):
    first, *words = shlex.split(command)
    if first != "-m":
        assert (ROOT / first).is_file()
        return
    module, *words = words
    assert find_spec(module), f"no module {module}"
    if module != "pytest":
        return
    paths = [word for word in words if word.startswith("tests")]
    assert all((ROOT / path).exists() for path in paths)
    if "long" in words:  # some test there is a long one
        files = [f for path in paths for f in (ROOT / path, *(ROOT / path).rglob("*.py"))]
        texts = [file.read_text() for file in files if file.is_file()]
        assert not paths or any(re.search(r"mark\.long|@at_random", text) for text in texts)


def test_published_answers_are_those_of_questions():
    words = [shlex.split(c)[2:] for c in of("python") if c.startswith("-m experiments.published")]
    assert words
    assert all(question in QUESTIONS for question, _ in words)


@pytest.mark.parametrize("name", READMES)
def test_installations_are_of_what_is_there(name):
    for line in re.findall(r"^ {4}python3 .*$", READMES[name], re.MULTILINE):
        assert (ROOT / re.search(r" -c (\S+) ", line)[1]).is_file()
        assert re.search(r' -e (\.|"\.\[(\w+)\]")( |$)', line), line
        assert set(re.findall(r'"\.\[(\w+)\]"', line)) <= EXTRAS.keys()


@pytest.mark.skipif(not (ROOT / ".ci").exists(), reason="a copy without hidden folders")
def test_the_check_before_a_change_can_be_run():
    assert of(".ci/run") == [""]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_simpy_example_runs(capsys):
    every = [e for t in READMES.values() for e in re.findall(r"```python\n(.*?)```", t, re.DOTALL)]
    (example,) = (own for own in every if "ChargingEnvironment(" in own)
    exec(example, {})
    out = capsys.readouterr().out
    assert "first session to end under the lower cap: EV 8 at 18.159 h" in out


@pytest.mark.parametrize("name", READMES)
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", READMES[name]):
        if not re.match(r"https?://", target):
            assert (ROOT / name).parent.joinpath(target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("name", READMES)
def test_files_that_are_named_are_there(name):
    named = {span for span in re.findall(r"`([^`\n]+)`", READMES[name]) if FILE.fullmatch(span)}
    kept = {span for span in named if not re.match(r"results/(?!published)", span)}
    assert [span for span in sorted(kept) if not (ROOT / span).exists()] == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_a_readme_that_its_answer_can_be_written_into(question):
    name = f"experiments/{question}/README.md"
    assert any(c.startswith(".venv/bin/peakcharge") for own, c in COMMANDS if own == name)
    assert f"({question}/README.md)" in READMES["experiments/README.md"]
    if question != "replay":  # its answer is about other people's stations
        assert "So it is." in replaced(ROOT / name, "answer", "So it is.")


def test_the_layout_names_all_that_is_there():
    told = re.search(r"```\n(__init__.*?)```", READMES["sim/README.md"], re.DOTALL)[1]
    there = {f"{p.name}/" * p.is_dir() or p.name for p in (ROOT / "sim").iterdir()}
    there = {name for name in there if name.endswith((".py", "/")) and name != "__pycache__/"}
    assert {line.split()[0] for line in told.splitlines()} == there


def test_numbers_of_files_are_told_as_they_are():
    bugs = len(tomllib.loads((ROOT / "tests" / "mutations.toml").read_text())["mutation"])
    wrong = len(list((ROOT / "tests" / "inputs" / "invalid").iterdir()))
    assert f"{bugs} injected bugs" in READMES["README.md"]
    assert READMES["tests/README.md"].count(f"{bugs} plausible bugs") == 2
    assert f"{wrong} wrong inputs" in READMES["tests/README.md"]


def test_the_first_page_is_one_page():
    assert len((ROOT / "README.md").read_bytes()) <= 8500


def test_all_were_found():
    packages = ("sim/", "sim/region/", "sim/replay/", "sim/report/")
    others = ("", "experiments/", "results/", *packages, "tests/")
    own = (f"experiments/{question}/" for question in QUESTIONS)
    assert set(READMES) == {f"{folder}README.md" for folder in (*others, *own)}
    assert len(of("peakcharge")) >= 18
    assert len(of("peakcharge-import")) >= 7
    assert len(of("python")) >= 18
