"""The command line, and files that want to do harm."""

import contextlib
import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.replay.importers import main
from sim.replay.importers.report import Report
from sim.replay.importers.tables import Names
from sim.study.lock import held
from tests.replay.importers.conftest import FIXTURES

STAY = "2025-10-01T08:00Z,2025-10-01T09:00Z"


@pytest.mark.parametrize("source", ["ocpi", "ocm", "acn"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"{", "is not JSON"),
        (b"\xff", "is not UTF-8 text"),
        (b"5", "holds neither a list nor an object"),
        (b'"x"', "holds neither a list nor an object"),
        (b"null", "holds neither a list nor an object"),
        (b"[5]", "record 1 is not an object"),
        (b"[[]]", "record 1 is not an object"),
        (b"[]", "no station is left to write"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"[" + b"9" * 5000 + b"]", "is not JSON"),
    ],
)
def test_what_is_no_table_of_records(imported, source, content, says):
    found = imported(source, content)
    assert (found.code, found.wrote) == (2, False)
    assert says in found.err


@pytest.mark.parametrize("number", ["1e309", "9" * 400])
def test_numbers_beyond_all_bounds(imported, number):
    found = imported("ocm", f'[{{"ID": 1, "Connections": [{{"PowerKW": {number}}}]}}]'.encode())
    assert (found.code, found.wrote) == (2, False)
    assert "`Connections.0.PowerKW` is" in found.err
    assert "must be a" in found.err


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "the following arguments are required"),
        (["ocpo", "x"], "unknown source `ocpo`: did you mean `ocpi`?"),
        (["ocm", "none.json"], "none.json: there is no such file"),
        (["ocm", "."], "there is no such file"),
        (["acn", "a", "./a"], "a is given twice"),
        (
            ["ocm", "a", "--evse-kw", "0"],
            "--evse-kw is `0`, but must be a number from 0.1 to 5,000 kW",
        ),
        (["ocm", "a", "--evse-kw", "1_0"], "--evse-kw is `1_0`, but must be a number"),
        (["ocm", "a", "--evse-kw", "6000"], "--evse-kw is `6000`, but must be a number"),
        (["ocm", "a", "--evse-kw", "nan"], "--evse-kw is `nan`"),
        (["ocm", "a", "--evse-kw", "fast"], "--evse-kw is `fast`"),
        (["ocm", "a", "--timezone", "Mars"], "--timezone: there is no IANA time zone `Mars`"),
        (["ocm", "a", "--fast"], "unknown option `--fast`"),
    ],
)
def test_a_wrong_command_line(tmp_path, monkeypatch, capsys, argv, says):
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_files_go_to_results_import_unless_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["ocm", str(FIXTURES / "pois.json")]) == 0
    written = sorted(path.name for path in (tmp_path / "results" / "import").iterdir())
    assert written == ["import.txt", "stations.csv", "visits.csv"]
    report = (tmp_path / "results" / "import" / "import.txt").read_text()
    assert report == f"ocm: pois.json\n\n{capsys.readouterr().out}"


def test_options_may_stand_between_the_files(tmp_path):
    argv = ["ocpi", str(FIXTURES / "locations.json"), "--out", str(tmp_path)]
    assert main([*argv, str(FIXTURES / "cdrs.json")]) == 0


def test_the_file_that_is_read_is_never_written_over(tmp_path, capsys):
    path = tmp_path / "visits.csv"
    text = f"station,plug_in,unplug\nA,{STAY}\n"
    path.write_text(text)
    assert main(["occupancy", str(path), "--out", str(tmp_path)]) == 2
    assert "would be written over the file that was read" in capsys.readouterr().err
    assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["ocm", str(FIXTURES / "pois.json"), "--out", str(tmp_path / "file" / "x")]) == 2
    assert "file" in capsys.readouterr().err


def test_a_file_name_that_is_not_text(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.json")
    try:
        with open(path, "wb") as file:
            file.write((FIXTURES / "pois.json").read_bytes())
    except OSError:
        pytest.skip("this file system takes no such name")
    assert main(["ocm", path, "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "import.txt").read_text().startswith("ocm: ?.json\n")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("DE*ABC*E1", "DE*ABC*E1"),
        ("渡口 in", "渡口 in"),
        ("=1+1", "_1+1"),
        ("+1", "_1"),
        ("-1", "_1"),
        ("@x", "_x"),
        ("../../etc", "______etc"),
        ("/etc", "_etc"),
        (".hidden", "_hidden"),
        ("a\nb\x1b[0m,\"'|", "a_b__0m____"),
        ("a\u202eb", "a_b"),
        ("\ud800", "_"),
        ("", "_"),
        ("x" * 200, "x" * 100),
        ("x" * 99 + " y", "x" * 99),
        (" a\t", "a_"),
        ("\uff1d1", "_1"),
    ],
)
def test_an_unsafe_name_is_made_safe_and_counted(text, name):
    report = Report()
    assert Names("ids", report).new(text) == name
    assert ("1  ids with characters replaced" in str(report)) == (text != name)


def test_names_stay_apart():
    names = Names("ids", Report())
    made = [names.new(text) for text in ("a/b", "a_b", "a\\b", "a_b~2", "a_b")]
    assert made[:3] == ["a_b", "a_b~2", "a_b~3"]
    assert len(set(made)) == 5


def test_names_from_a_file_reach_the_tables_safely(imported):
    text = f'station,plug_in,unplug\n"=HYPERLINK(""x"")\nA",{STAY}\n../up,{STAY}\n../up,{STAY}\n'
    found = imported("occupancy", text)
    assert list(found.stations) == ["_HYPERLINK__x___A", "___up"]
    assert found.stations["___up"]["evses"] == "2"
    assert "2  station ids with characters replaced by _, or shortened" in found.report


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("source", "fixtures"),
    [("ocpi", ("locations.json", "cdrs.json")), ("ocm", ("pois.json",)), ("acn", ("acn.json",))],
)
def test_a_value_of_any_kind_anywhere_is_read_or_refused(tmp_path_factory, source, fixtures):
    """One field of a good file holds anything: exit 0 with whole tables, or 2 with none."""
    folder = tmp_path_factory.mktemp("fuzz")
    texts = [(FIXTURES / name).read_text() for name in fixtures]

    @settings(max_examples=80, derandomize=True, deadline=None)
    @given(st.data())
    def check(data):
        values = [json.loads(text) for text in texts]
        where = data.draw(st.sampled_from(list(_places(values))))
        where[0][where[1]] = data.draw(JSON)
        paths = [folder / name for name in fixtures]
        for path, value in zip(paths, values, strict=True):
            path.write_text(json.dumps(value))
        out = folder / "out"
        with contextlib.suppress(FileNotFoundError):
            (out / "stations.csv").unlink()
        code = main([source, *map(str, paths), "--out", str(out)])
        assert code in (0, 2)
        assert (out / "stations.csv").exists() == (code == 0)

    check()


def _places(value):
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in items:
        if not (isinstance(value, list) and isinstance(child, list | dict)):
            yield value, key
        if isinstance(child, list | dict):
            yield from _places(child)


def test_a_folder_that_another_process_writes_into_is_refused(tmp_path, capsys):
    with held(tmp_path / "out"):
        assert main(["ocm", str(FIXTURES / "pois.json"), "--out", str(tmp_path / "out")]) == 2
        assert "is writing into" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
