"""Wrong inputs, each with what its reader has to say; right ones, each with what it means."""

import contextlib
import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import experiments
from experiments import command
from experiments.config import Checked
from sim import __main__ as cli
from sim.clock import hours
from sim.config import compose, table
from sim.config.problems import CONTROL, InputError
from sim.replay import importers as imports
from sim.replay import trace
from sim.replay.importers.source import Options
from sim.replay.schema import ReplaySection
from sim.roads.scenario import Scenario
from sim.study import sweep
from tests import small
from tests.config.test_numerals import NO_NUMBERS, NUMBERS
from tests.search import SEED, at_random

INPUTS = Path(__file__).parent / "inputs"
EXPECTED = tomllib.loads((INPUTS / "expected.toml").read_text("utf-8"))
INVALID = [(kind, name) for kind, files in EXPECTED.items() for name in files]


@pytest.fixture(autouse=True)
def _stand_in_the_folder(monkeypatch):
    monkeypatch.chdir(INPUTS)


def replayed(**files: str | None) -> trace.Trace:
    files = {name: f"valid/{name}.csv" for name in ("stations", "visits", "vehicles")} | files
    return trace.read(ReplaySection(**small.SECTIONS["replay"] | files), 1e-3)


def read(kind: str, file: str, folder: Path) -> object:
    """Read a file as what it is said to be."""
    if kind in ("stations", "visits", "vehicles"):
        return replayed(**{kind: file})
    if kind == "visits_only":
        return replayed(visits=file, vehicles=None)
    if kind == "acn":
        return imports.convert("acn", [Path(file)], folder / "out", Options())
    if kind == "choice":
        return chosen(file, folder)
    if kind == "config":
        return changed(json.loads(Path(file).read_text()), folder)
    return small.build(folder, **{kind: Path(file).read_bytes().decode()})


def chosen(file: str, folder: Path) -> tuple[dict[str, Any], Checked]:
    (folder / "experiment").mkdir()
    own = folder / "experiment" / Path(file).name
    own.write_bytes(Path(file).read_bytes())
    plain = compose.plain(compose.config((f"experiment={own.stem}",), folder))
    return plain, command.check(plain)


def changed(changes: dict[str, object], folder: Path) -> Checked:
    """Of the question whose settings are changed (the first one); of a holiday, where none are."""
    whose = {own.section: name for name, own in experiments.every().items()}
    asked = {whose[key] for path in changes if (key := path.split(".")[0]) in whose}
    config = small.config(folder)
    for path, value in changes.items():
        *parents, key = path.split(".")
        section = config
        for parent in parents:
            section = section[parent]
        section[key] = value
    return small.checked(config, min(asked, default="holiday_highway"))


def told(kind: str, name: str, folder: Path) -> list[str]:
    """The sentences about a file, with {file} in its place."""
    with pytest.raises(InputError) as caught:
        read(kind, f"invalid/{name}", folder)
    text = str(caught.value).replace(f"invalid/{name}", "{file}")
    for own in (f"{folder}/experiment/{name}", f"{folder}/{kind}.csv"):
        text = text.replace(own, "{file}")
    return text.replace(f"{folder}/", "").splitlines()


@pytest.mark.parametrize(("kind", "name"), INVALID, ids=[name for _, name in INVALID])
def test_a_wrong_file_is_told_in_its_sentences(kind, name, tmp_path):
    assert told(kind, name, tmp_path) == EXPECTED[kind][name]
    assert not (tmp_path / "out").exists()


def test_every_file_has_its_sentences():
    assert sorted(name for _, name in INVALID) == sorted(os.listdir("invalid"))
    assert len(INVALID) >= 120


# ---- what is right ---------------------------------------------------------------------------


def resolved(read: trace.Trace) -> dict[str, object]:
    """A trace as JSON: what differs from station to station, visit to visit; times in hours, those
    of arrivals and deadlines as tables count them."""
    visits = read.visits.copy()
    for column in [c for c in visits if c.endswith("_ns")]:
        since = read.begin_h if column in ("entry_ns", "deadline_ns") else 0.0
        visits[column] = hours(visits[column]) + since
    return {
        "begin": read.begin.isoformat() if read.begin else None,
        "begin_h": read.begin_h,
        "stations": [
            [s.name, len(s.evses), s.evses[0].kw, str(s.cap_kw), str(s.cabinets[0].kw),
             s.efficiency, s.discipline.name, s.sharing.name]
            for s in read.stations
        ],
        "vehicles": [[v.name, v.battery_kwh] for v in read.vehicles[1:]],
        "visits": json.loads(visits.to_json(orient="values", double_precision=12)),
    }  # fmt: skip


VALID = sorted(path.name for path in (INPUTS / "valid").glob("*.csv"))


@pytest.mark.parametrize("name", VALID)
def test_a_right_file_is_read_as_it_was_meant(name):
    kind = name.split("_")[0].removesuffix(".csv")
    found = resolved(replayed(**others(name) | {kind: f"valid/{name}"}))
    assert found == json.loads(Path("valid", name).with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(p.name for p in (INPUTS / "valid").glob("*.yaml")))
def test_a_right_choice_means_what_it_looks_like(name, tmp_path):
    config, _ = chosen(f"valid/{name}", tmp_path)
    meant = json.loads(Path("valid", name).with_suffix(".json").read_text("utf-8"))
    for path, value in meant.items():
        found = config
        for key in path.split("."):
            found = found[key]
        assert (found, type(found)) == (value, type(value)), path


def others(name: str) -> dict[str, str]:
    """Files that belong together have the same end of their names."""
    end = name.partition("_")[2]
    pairs = {kind: f"valid/{kind}_{end}" for kind in ("stations", "visits", "vehicles")}
    return {kind: file for kind, file in pairs.items() if end and Path(file).exists()}


# ---- what is no table, or too large -----------------------------------------------------------


class Place(table.Row):
    station: str
    evses: int
    evse_kw: float


def sentence(file: Path) -> str:
    """What is said of it as a table of stations, as a table of a config the same."""
    with pytest.raises(InputError) as caught:
        replayed(stations=str(file))
    (text,) = caught.value.problems
    problems: list[str] = []
    table.read(file, str(file), Place, problems)
    assert [problem.replace("CSV table", "table") for problem in problems] == [text]
    return text.removeprefix(f"{file} ")


@pytest.mark.parametrize(
    ("encoding", "name", "byte"),
    [("gb18030", "北站", "0xb1"), ("latin-1", "Nürnberg", "0xfc"), ("utf-16", "north", "0xff")],
)
def test_wrong_encoding(tmp_path, encoding, name, byte):
    file = tmp_path / "stations.csv"
    file.write_bytes(f"station,evses,evse_kw\n{name},4,120\n".encode(encoding))
    assert sentence(file) == (f"is not a table: it is not text in UTF-8 (byte {byte}); save it so")


def test_a_folder(tmp_path):
    assert sentence(tmp_path) == "is not a table: it is a folder"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert sentence(tmp_path / "pipe") == "is not a table: it is no file"


def test_a_file_that_is_not_there():
    with pytest.raises(InputError, match=r"^there is no file nowhere.csv$"):
        replayed(stations="nowhere.csv")


def test_a_name_that_no_system_takes():
    with pytest.raises(InputError, match=r"^x* cannot be read: File name too long$"):
        replayed(stations="x" * 300)


def test_a_line_of_two_gigabytes_is_refused_without_reading_it(tmp_path):
    file = tmp_path / "stations.csv"
    with file.open("wb") as hole:
        hole.truncate(2**31)
    assert sentence(file) == "is not a table: line 1 has more than 1,000,000 characters"


def test_a_cell_that_never_ends(tmp_path):
    file = tmp_path / "stations.csv"
    file.write_text('station,evses,evse_kw\n"' + "north\n" * 100_000)
    assert sentence(file) == (
        'is not a table: the row that begins in line 2 has a quote (") that does not end its cell, '
        "or a very long cell"
    )


def parquet(folder: Path, name: str = "stations", **columns: object) -> Path:
    file = folder / f"{name}.parquet"
    pd.read_csv(f"valid/{name}.csv").assign(**columns).to_parquet(file)
    return file


def test_parquet_cut_in_half(tmp_path):
    file = parquet(tmp_path)
    whole = file.read_bytes()
    for size in (5, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        with pytest.raises(InputError) as caught:
            replayed(stations=str(file))
        assert caught.value.problems == [
            f"{file} is not a table: it begins as Parquet, but is cut off or damaged"
        ]


def test_parquet_with_a_column_of_lists(tmp_path):
    file = parquet(tmp_path, site=[[1], [2]])
    with pytest.raises(InputError) as caught:
        replayed(stations=str(file))
    (text,) = caught.value.problems
    assert text.startswith(f"{file} is not a table: column `site` holds list<")


def test_parquet_is_the_same_as_csv_and_its_times_are_times(tmp_path):
    arrival = pd.to_datetime(pd.read_csv("valid/visits.csv")["arrival"])
    files = {name: str(parquet(tmp_path, name)) for name in ("stations", "vehicles")}
    files["visits"] = str(parquet(tmp_path, "visits", arrival=arrival))
    assert resolved(replayed(**files)) == resolved(replayed())


def outcome(**files: str | None) -> object:
    """What is read, or what is said of the files, whatever their suffix."""
    try:
        return resolved(replayed(**files))
    except InputError as error:
        return re.sub(r"\.(csv|parquet)\b", "", str(error))


NULLS = [
    pyarrow.null(), pyarrow.string(), pyarrow.large_string(), pyarrow.binary(), pyarrow.bool_(),
    pyarrow.int8(), pyarrow.uint64(), pyarrow.float16(), pyarrow.float64(),
    pyarrow.decimal128(5, 2), pyarrow.date32(), pyarrow.time64("ns"),
    pyarrow.timestamp("ns", "Asia/Shanghai"), pyarrow.timestamp("s"),
    pyarrow.dictionary(pyarrow.int32(), pyarrow.string()),
]  # fmt: skip


def emptied(folder: Path, kind: str, columns: list[str], null: pyarrow.DataType) -> list[str]:
    """The same table as CSV with empty cells and as Parquet with nulls in these columns."""
    table = pd.read_csv(f"valid/{kind}.csv", dtype=str, keep_default_na=False)
    table[columns] = ""
    table.to_csv(folder / f"{kind}.csv", index=False)
    arrow = pyarrow.Table.from_pandas(table, preserve_index=False)
    for column in columns:
        where = arrow.schema.get_field_index(column)
        arrow = arrow.set_column(where, column, pyarrow.nulls(len(table), null))
    pyarrow.parquet.write_table(arrow, folder / f"{kind}.parquet")
    return [str(folder / f"{kind}.{suffix}") for suffix in ("csv", "parquet")]


@pytest.mark.parametrize("kind", ["stations", "visits", "vehicles"])
@pytest.mark.parametrize("null", NULLS, ids=str)
def test_a_table_without_a_value_is_told_cell_by_cell(tmp_path, kind, null):
    columns = Path(f"valid/{kind}.csv").read_text().splitlines()[0].split(",")
    as_csv, as_parquet = emptied(tmp_path, kind, columns, null)
    said = outcome(**{kind: as_csv})
    assert f"row 2: `{columns[0]}` is empty, but must be a name" in said
    assert outcome(**{kind: as_parquet}) == said


COLUMNS = [
    (kind, column)
    for kind in ("stations", "visits", "vehicles")
    for column in (INPUTS / "valid" / f"{kind}.csv").read_text().splitlines()[0].split(",")
]


@pytest.mark.parametrize(("kind", "column"), COLUMNS)
def test_a_column_without_a_value_is_the_same_in_csv_and_parquet(tmp_path, kind, column):
    as_csv, as_parquet = emptied(tmp_path, kind, [column], pyarrow.null())
    assert outcome(**{kind: as_csv}) == outcome(**{kind: as_parquet})


def test_rows_of_which_none_has_the_right_number_of_cells(tmp_path):
    file = tmp_path / "visits.csv"
    file.write_text("visit,station,arrival\na,north\nb,north,1,2\n")
    assert outcome(visits=str(file)).splitlines() == [
        f"{tmp_path}/visits row 2 has 2 cells, not 3",
        f"{tmp_path}/visits row 3 has 4 cells, not 3",
    ]


@pytest.mark.parametrize("name", sorted(small.TABLES))
def test_an_empty_column_of_a_table_of_a_config_is_told(tmp_path, name):
    header, *rows = csv.reader(small.TABLES[name].splitlines())
    for column in range(len(header)):
        text = io.StringIO()
        emptied = [[*row[:column], "", *row[column + 1 :]] for row in rows]
        csv.writer(text).writerows([header, *emptied])
        with contextlib.suppress(InputError):
            small.build(tmp_path, **{name.removesuffix(".csv"): text.getvalue()}).model()


def timed(folder: Path, change: Callable[[pd.Series], pd.Series]) -> list[str]:
    """The visits with changed times, as ISO text in a CSV and as timestamps in Parquet."""
    visits = pd.read_csv("valid/visits.csv")
    for column in ("arrival", "deadline"):
        visits[column] = change(pd.to_datetime(visits[column]))
    visits.to_parquet(folder / "visits.parquet")
    for column in ("arrival", "deadline"):
        visits[column] = visits[column].map(pd.Timestamp.isoformat, na_action="ignore")
    visits.to_csv(folder / "visits.csv", index=False)
    return [str(folder / f"visits.{suffix}") for suffix in ("csv", "parquet")]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "+08:00", "Asia/Shanghai", "America/St_Johns", None])
def test_times_of_every_unit_and_zone_are_those_of_a_csv(tmp_path, unit, zone):
    as_csv, as_parquet = timed(
        tmp_path, lambda times: times.dt.as_unit(unit).dt.tz_convert("UTC").dt.tz_convert(zone)
    )
    read = outcome(visits=as_csv)
    assert outcome(visits=as_parquet) == read
    if zone:
        assert read["begin"].endswith(pd.Timestamp("2025-10-01", tz=zone).isoformat()[-6:])
    else:
        assert "`arrival` is '2025-10-01T00:30:00', but must be a time such as" in read


def test_text_that_is_not_utf_8_names_file_and_column(tmp_path):
    visits = pd.read_csv("valid/visits.csv")
    visits["visit"] = [b"v1", b"v\xfc", b"v3"]
    visits.to_parquet(tmp_path / "visits.parquet")
    assert outcome(visits=str(tmp_path / "visits.parquet")) == (
        f"{tmp_path}/visits is not a table: column `visit` holds b'v\\xfc', which is not text in "
        "UTF-8"
    )


def test_a_table_too_large_says_how_many_bytes_it_would_take(monkeypatch):
    monkeypatch.setattr(table, "MOST_BYTES", 250)
    with pytest.raises(InputError) as caught:
        replayed()
    assert caught.value.problems == [
        f"valid/{name}.csv has {rows} rows or more: reading them would take over 250 bytes; "
        "give a part of them"
        for name, rows in (("stations", 2), ("vehicles", 3), ("visits", 3))
    ]


@pytest.mark.parametrize(
    "cell", [*NUMBERS, *(text for text in NO_NUMBERS if "\n" not in text)], ids=ascii
)
def test_what_is_a_number_is_the_same_in_csv_and_parquet(tmp_path, cell):
    """`priority` takes any number that makes sense; empty is none."""
    table = pd.read_csv("valid/visits.csv", dtype=str, keep_default_na=False)
    table["priority"] = cell
    table.to_csv(tmp_path / "visits.csv", index=False)
    table.to_parquet(tmp_path / "visits.parquet")
    as_csv, as_parquet = (
        outcome(visits=str(tmp_path / f"visits.{suffix}")) for suffix in ("csv", "parquet")
    )
    assert as_csv == as_parquet
    if cell in NUMBERS or not cell:
        table["priority"] = cell and repr(float(cell))
        table.to_csv(tmp_path / "visits.csv", index=False)
        assert as_csv == outcome(visits=str(tmp_path / "visits.csv"))
    else:
        assert [line.split(": ")[0] for line in as_csv.splitlines()] == [
            f"{tmp_path}/visits row {row}" for row in (2, 3, 4)
        ]
        assert as_csv.count("`priority` is ") == 3


def gzipped(file: Path, data: bytes) -> Path:
    file.write_bytes(gzip.compress(data))
    return file


def test_a_packed_table_is_read_by_content(tmp_path):
    files = {
        name: str(gzipped(tmp_path / name, Path(f"valid/{name}.csv").read_bytes()))
        for name in ("stations", "visits", "vehicles")
    }
    assert resolved(replayed(**files)) == resolved(replayed())


def test_a_packed_table_cut_off_or_damaged(tmp_path):
    file = gzipped(tmp_path / "stations.csv", Path("valid/stations.csv").read_bytes())
    whole = file.read_bytes()
    for damaged in (whole[:12], whole[:-9], whole[:20] + b"\xff" * 9 + whole[29:], whole + b"x"):
        file.write_bytes(damaged)
        with pytest.raises(table.NoTableError, match="cut off or damaged"):
            list(table.cells(file))


@pytest.mark.parametrize("row", ["north,2,60\n", "north\n", "\n", "x" * 10_000 + ",2,60\n"])
def test_a_packed_table_that_would_grow_a_hundredfold(tmp_path, monkeypatch, row):
    monkeypatch.setattr(table, "INFLATED_FREELY", 2**16)
    text = "station,evses,evse_kw\n" + row * (3 * 10**6 // len(row))
    file = gzipped(tmp_path / "stations.csv", text.encode())
    with pytest.raises(table.NoTableError, match=r"^[\d,]+ bytes of it would grow to more than "):
        list(table.cells(file))


def test_evses_too_many_for_memory(monkeypatch):
    monkeypatch.setattr(trace, "MOST_BYTES", 500)
    with pytest.raises(InputError, match=r"its EVSEs would take 600 bytes, more than 500$"):
        replayed()


def test_every_independent_problem_of_three_files_is_told_at_once():
    with pytest.raises(InputError) as caught:
        replayed(
            stations="invalid/zero_evses.csv", visits="invalid/percent_soc_arrival.csv",
            vehicles="invalid/curve_not_monotone.csv",
        )  # fmt: skip
    names = [text.split()[0].rstrip(":") for text in caught.value.problems]
    assert names == [
        "invalid/zero_evses.csv", "invalid/curve_not_monotone.csv",
        "invalid/percent_soc_arrival.csv",
    ]  # fmt: skip


# ---- from the command line --------------------------------------------------------------------


def main(capsys, folder: Path, *argv: str) -> str:
    """What stderr says; the input is refused and nothing is written."""
    assert cli.main([*argv, f"replay.out={folder / 'out'}", f"out={folder / 'out'}"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert not (folder / "out").exists()
    return err.removeprefix("reading what was recorded\n")


@pytest.mark.parametrize("name", ["several_at_once.csv", "many_problems_first_20_shown.csv"])
def test_end_to_end_a_wrong_table_of_stations(capsys, tmp_path, name):
    err = main(
        capsys, tmp_path, "experiment=replay", f"replay.stations=invalid/{name}",
        "replay.visits=valid/visits.csv", "replay.vehicles=valid/vehicles.csv",
    )  # fmt: skip
    says = EXPECTED["stations"][name]
    assert err == "".join(f"{text}\n" for text in says).replace("{file}", f"invalid/{name}")


@pytest.mark.parametrize("name", ["yaml_octal_010.yaml", "yaml_target.yaml", "yaml_nan.yaml"])
def test_end_to_end_a_wrong_choice(capsys, tmp_path, monkeypatch, name):
    (tmp_path / "it's" / "experiment").mkdir(parents=True)
    own = Path("it's", "experiment", name)
    (tmp_path / own).write_bytes(Path("invalid", name).read_bytes())
    monkeypatch.chdir(tmp_path)
    err = main(capsys, tmp_path, "--config-dir", "it's", f"experiment={own.stem}")
    says = EXPECTED["choice"][name]
    assert err == "".join(f"{text}\n" for text in says).replace("{file}", str(own))


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("engine.replications=12:30", "`engine.replications` is '12:30', but must be a whole"),
        ("engine.replications=010", "`engine.replications` is '010', but must be a whole number"),
        ("demand.holiday=NO", "`demand.holiday` is 'NO', but must be true or false"),
        ("demand.scale=nan", "`demand.scale` is nan, but must be a finite number"),
        ("demand.scale=1e309", "`demand.scale` is inf, but must be a finite number"),
        ("-m demand.scale=range(1,1000000000)", "these are 10,001 designs or more, but must"),
        ("-m a=range(0,999) b=range(0,999)", "these are 998,001 designs or more, but must"),
    ],
)
def test_values_of_the_command_line_have_no_traps(capsys, tmp_path, override, says):
    assert main(capsys, tmp_path, *override.split()).startswith(says)


# ---- whatever comes ---------------------------------------------------------------------------


def look(kind: str, data: bytes, folder: Path) -> None:
    """A whole trace or an `InputError`: another exception fails the test."""
    (folder / "table").write_bytes(data)
    try:
        read = replayed(**{kind: str(folder / "table")})
    except InputError as error:
        text = str(error)
    else:
        text = "no error"
        assert np.isfinite(read.visits[["entry_kwh", "target_kwh"]].to_numpy()).all()
        assert (read.visits["entry_ns"] >= 0).all()
    assert not re.search(CONTROL, text.replace("\n", ""))
    assert text.strip()


CELLS = st.one_of(
    st.text(max_size=12),
    st.floats().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda t: t.isoformat()),
    st.sampled_from(["", "NA", "null", "0", "1", "0.5", "north", "car", "fcfs", "modular", "=1+1",
                     "1e309", "-0", " 1", "0000-01-01T00:00Z", "9999-12-31T23:59-12:00"]),
)  # fmt: skip
KINDS = st.sampled_from(["stations", "visits", "vehicles"])


@given(KINDS, st.data())
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_random_cells_are_read_or_refused(tmp_path, kind, data):
    look_at_random_cells(tmp_path, kind, data)


@at_random(200)
@given(KINDS, st.data())
def test_random_cells_at_length(tmp_path, kind, data):
    look_at_random_cells(tmp_path, kind, data)


def look_at_random_cells(folder: Path, kind: str, data: st.DataObject) -> None:
    with open(f"valid/{kind}.csv", newline="") as file:
        rows = list(csv.reader(file))
    for _ in range(data.draw(st.integers(1, 6))):
        row = data.draw(st.sampled_from(rows))
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(CELLS)
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    look(kind, text.getvalue().encode("utf-8", "replace"), folder)


def places(value: object, path: str = "") -> list[str]:
    """The dotted path of everything in a config that has one: no key with a dot in it."""
    if not isinstance(value, dict):
        return [path]
    keys = [key for key in value if "." not in key]
    inside = [found for k in keys for found in places(value[k], f"{path}.{k}".lstrip("."))]
    return [path, *inside] if path else inside


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just({}),
    st.just([1, "x"]), st.sampled_from([1e-300, 1e300, -1, 0, 10**400, "\ud800", 0.5, 1.0, "city"]),
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(places(small.SECTIONS)), VALUES), min_size=1, max_size=3))
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_a_random_config_is_a_scenario_or_refused(tmp_path, changes):
    deepest_first = sorted(changes, key=lambda change: -change[0].count("."))
    try:
        case = changed(dict(deepest_first), tmp_path).case
        if isinstance(case, Scenario):
            case.model()
    except InputError as error:
        text = str(error)
        assert text.strip()
        assert not re.search(CONTROL, text.replace("\n", ""))


@given(st.sampled_from(["nodes", "links", "areas", "days", "hours", "curves"]), st.data())
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
def test_random_cells_of_the_tables_of_a_config(tmp_path, kind, data):
    rows = list(csv.reader(small.TABLES[f"{kind}.csv"].splitlines()))
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(CELLS)
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    try:
        assert small.build(tmp_path, **{kind: text.getvalue()}).model().stations
    except InputError as error:
        assert str(error).strip()  # noqa: PT017


@given(KINDS, st.booleans(), st.data())
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_random_bytes_in_a_right_file_are_read_or_refused(tmp_path, kind, columnar, data):
    look_at_random_bytes(tmp_path, kind, columnar, data)


@at_random(200)
@given(KINDS, st.booleans(), st.data())
def test_random_bytes_at_length(tmp_path, kind, columnar, data):
    look_at_random_bytes(tmp_path, kind, columnar, data)


def look_at_random_bytes(folder: Path, kind: str, columnar: bool, data: st.DataObject) -> None:
    whole = parquet(folder, kind).read_bytes() if columnar else Path(
        f"valid/{kind}.csv").read_bytes()  # fmt: skip
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        end = min(len(whole), at + data.draw(st.sampled_from([0, 1, 2, 50])))
        whole = whole[:at] + data.draw(st.binary(max_size=6)) + whole[end:]
    look(kind, whole, folder)


NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1, max_size=30
).filter(lambda name: name == name.strip() and name[0] not in "=+-@\uff1d\uff0b\uff0d\uff20")


@given(
    st.lists(
        st.tuples(NAMES, st.integers(1, 40), st.floats(0.1, 5000), st.floats(0.1, 1e6)),
        min_size=1, max_size=8, unique_by=lambda row: row[0],
    ),
    st.floats(0.0, 1e6),
)  # fmt: skip
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_what_is_written_is_what_is_read_from_csv_and_from_parquet(tmp_path, rows, arrival):
    stations = pd.DataFrame(rows, columns=["station", "evses", "evse_kw", "cap_kw"])
    visits = pd.DataFrame({
        "visit": stations["station"], "station": stations["station"], "arrival": arrival,
        "need_kwh": 1.5, "ev_kw": 22.0,
    })  # fmt: skip
    for suffix in ("csv", "parquet"):
        files = {}
        for name, content in (("stations", stations), ("visits", visits)):
            files[name] = str(tmp_path / f"{name}.{suffix}")
            if suffix == "csv":
                content.to_csv(files[name], index=False, lineterminator="\r\n")
            else:
                content.to_parquet(files[name])
        got = replayed(**files, vehicles=None)
        assert [(s.name, len(s.evses), s.evses[0].kw, s.cap_kw) for s in got.stations] == rows
        assert got.visits["visit"].tolist() == stations["station"].tolist()
        entry_h = hours(got.visits["entry_ns"]) + got.begin_h
        assert np.allclose(entry_h, arrival, rtol=0.0, atol=1e-9)  # to the microsecond


@pytest.mark.long
def test_the_fuzzer_finds_nothing():
    pytest.importorskip("atheris", reason="the extra `fuzz` is not installed")
    command = [sys.executable, str(INPUTS.parent / "fuzz_readers.py"), "--runs=400"]
    done = subprocess.run(
        [*command, "--seconds=240", f"--seed={SEED}"],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(done.args)}\n{done.stderr[-5000:]}"


# ---- nothing is executed ----------------------------------------------------------------------


def test_cells_of_a_sweep_are_inert_in_a_spreadsheet(tmp_path):
    designs = [{"demand.name": "=1+1", "x": "-5"}, {"demand.name": "@SUM(A1)", "x": "+cmd|' /C'!A"}]

    def answer(number, folder):
        if number:
            raise InputError("=1+1 is no table")
        return {"worst": "=HYPERLINK(1)", "least": "-1.5", "wait": -1.5}, {}

    path = sweep.run(designs, tmp_path, answer).paths[0]
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["demand.name"] for row in rows] == ["'=1+1", "'@SUM(A1)"]
    assert [row["x"] for row in rows] == ["-5", "'+cmd|' /C'!A"]
    assert (rows[0]["worst"], rows[0]["least"], rows[0]["wait"]) == ("'=HYPERLINK(1)",) + (
        "-1.5",
    ) * 2
    assert rows[1]["problem"] == "'=1+1 is no table"


def test_a_message_cannot_steer_a_terminal_or_fill_it():
    error = InputError(["a\x1b[2Jb\nc\u2028d", "x" * 5000])
    first, second = str(error).splitlines()
    assert first == "a\\x1b[2Jb\\nc\\u2028d"
    assert second.endswith("…")
    assert len(second) == 600
