"""Runs one import in this process."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from sim.replay.importers import main

FIXTURES = Path(__file__).parent / "fixtures"


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture
def imported(tmp_path, capsys):
    """Call with the source, its files (a name of a fixture, or what a file shall hold), options."""

    def run(source, *files, options=()):
        paths = [_file(tmp_path / f"in{n}", content) for n, content in enumerate(files)]
        out = tmp_path / "out"
        code = main([source, *map(str, paths), "--out", str(out), *options])
        said = capsys.readouterr()
        if code:
            return SimpleNamespace(code=code, err=said.err, wrote=out.exists())
        return SimpleNamespace(
            code=code,
            err=said.err,
            report=(out / "import.txt").read_text(encoding="utf-8"),
            stations={row["station"]: row for row in rows(out / "stations.csv")},
            visits={row["visit"]: row for row in rows(out / "visits.csv")},
            order=[row["visit"] for row in rows(out / "visits.csv")],
        )

    return run


def _file(path, content):
    if isinstance(content, str) and "\n" not in content and (FIXTURES / content).is_file():
        return FIXTURES / content
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        path.write_text(json.dumps(content), encoding="utf-8")
    return path
