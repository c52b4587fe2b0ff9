"""The worked example of experiments/README.md is what stands in the files."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
HERE = ROOT / "experiments" / "one_station"
TEXT = (ROOT / "experiments" / "README.md").read_text("utf-8")
EXAMPLE = TEXT.partition("\n## A new question, from first line to page\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", EXAMPLE, re.DOTALL)
PYTHON = sorted(HERE.glob("*.py"))


def read(*paths: Path) -> str:
    return "\n".join(path.read_text("utf-8") for path in paths)


def shown(kind: str) -> list[str]:
    return [text.strip("\n") for own, text in BLOCKS if own == kind]


def test_all_but_the_imports_is_shown_as_it_stands():
    code = "\n".join(shown("python"))
    assert all(block in read(*PYTHON) for block in shown("python"))
    for name in ("question", "page"):
        body = read(HERE / f"{name}.py")
        begin = re.search(r"^(class|def) ", body, re.MULTILINE).start()
        assert [line for line in body[begin:].splitlines() if line not in code] == []
    assert shown("yaml") == [read(ROOT / "configs/experiment/one_station.yaml").strip("\n")]


def test_words_are_shown_as_they_stand():
    assert len(shown("toml")) == 2
    for language, block in zip(("en", "zh"), shown("toml"), strict=True):
        lines = read(HERE / f"words.{language}.toml").splitlines()
        assert set(block.splitlines()) <= set(lines)


def test_its_length_is_told_as_it_is():
    counted = sum(len(path.read_text("utf-8").splitlines()) for path in PYTHON)
    assert counted <= 150
    assert f"takes {counted} lines of Python" in EXAMPLE


def test_what_it_says_is_what_was_found():
    own = read(HERE / "README.md").partition("replications.\n\n")[2].partition("<!-- end")[0]
    quoted = EXAMPLE.partition("<!-- said -->")[2].partition("<!-- end")[0]
    assert re.sub("^> ?", "", quoted, flags=re.MULTILINE).strip() == own.strip()
    assert own.strip()
