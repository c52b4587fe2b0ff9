import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.replay.importers import main

SHANGHAI = ("--timezone", "Asia/Shanghai")
CELL = st.sampled_from(["", "A", "1", "=1", "1e309", "0x1", "\u0661", "\x00"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=4
)
TIME = st.sampled_from(["", "2025-10-01T08:00", "2025-10-01T09:00Z", "1940-06-01T00:30"]) | (
    st.datetimes().map(lambda time: time.isoformat())
)


def test_times_become_visits(imported):
    found = imported("occupancy", "stays.csv", options=SHANGHAI)
    assert {name: (row["evses"], row["evse_kw"]) for name, row in found.stations.items()} == {
        "North": ("2", "60.0"),
        "South": ("2", "22.0"),
    }
    assert found.order == ["line2", "line4", "line5", "line6", "line7", "line8"]
    assert found.visits["line4"] == {
        "visit": "line4",
        "station": "North",
        "arrival": "2025-10-01T08:10:00+08:00",
        "need_kwh": "60.0",  # an hour at the assumed 60 kW
        "ev_kw": "60.0",
        "overstay_min": "0.0",
        "deadline": "",
    }
    assert (found.visits["line2"]["need_kwh"], found.visits["line2"]["ev_kw"]) == ("20.0", "40.0")


@pytest.mark.parametrize(
    "line",
    [
        "11  rows",
        "1  columns not read: 'operator'",
        "1  rows: no unplug time",
        "1  sessions: unplug not after plug-in",
        "1  sessions: negative energy",
        "1  sessions: no energy",
        "1  sessions: at the same EVSE at the same time as another",
        "1  visits: energy not told, taken as the stay at the assumed kW",
        "1  stations: EVSEs raised to the greatest number plugged in at once",
    ],
)
def test_what_is_dropped_or_guessed_is_counted(imported, line):
    report = imported("occupancy", "stays.csv", options=SHANGHAI).report
    assert line in [text.strip() for text in report.splitlines()]


def test_without_energy_the_assumed_power_is_an_option(imported):
    table = "station,plug_in,unplug\nA,2025-10-01T08:00Z,2025-10-01T08:30Z\n"
    found = imported("occupancy", table, options=["--evse-kw", "120"])
    assert found.visits["line2"]["need_kwh"] == "60.0"
    assert found.stations["A"]["evse_kw"] == "120.0"


def test_the_option_rates_stations_and_no_session_raises_it(imported):
    table = (
        "station,plug_in,unplug,kwh\n"
        "A,2025-10-01T08:00Z,2025-10-01T09:00Z,20\n"
        "B,2025-10-01T08:00Z,2025-10-01T09:00Z,100\n"
    )
    found = imported("occupancy", table, options=["--evse-kw", "50"])
    assert [row["evse_kw"] for row in found.stations.values()] == ["50.0", "50.0"]
    assert found.order == ["line2"]
    assert (
        "session 'line3' at 'B' has 100 kWh in 1 h, but an EVSE of 50 kW gives 50" in found.report
    )


def test_an_offset_in_the_file_needs_no_time_zone_and_is_kept(imported):
    table = "station,plug_in,unplug\nA,2025-10-01T08:00+05:30,2025-10-01T03:30Z\n"
    visit = imported("occupancy", table).visits["line2"]
    assert visit["arrival"] == "2025-10-01T08:00:00+05:30"
    assert float(visit["need_kwh"]) == 60.0


def test_local_times_that_are_not_one_moment_are_dropped(imported):
    table = (
        "station,plug_in,unplug\n"
        "A,2025-03-30T02:30,2025-03-30T05:00\n"  # skipped in Berlin
        "A,2025-10-26T01:00,2025-10-26T02:30\n"  # repeated
        "A,2025-10-26T02:30+01:00,2025-10-26T04:30\n"
        "A,2025-03-30T01:30,2025-03-30T03:30\n"
    )
    found = imported("occupancy", table, options=["--timezone", "Europe/Berlin"])
    assert found.order == ["line5", "line4"]
    assert "1  rows: `plug_in` missing or wrong" in found.report
    assert (
        "line 2: `plug_in` is '2025-03-30T02:30', a local time that a change of clocks skips"
        in (found.report)
    )
    assert (
        "line 3: `unplug` is '2025-10-26T02:30', a local time that a change of clocks repeats"
        in (found.report)
    )
    assert found.visits["line5"]["need_kwh"] == "60.0"  # one hour, by the sun
    assert found.visits["line4"]["arrival"] == "2025-10-26T02:30:00+01:00"
    assert found.visits["line4"]["need_kwh"] == "120.0"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("station,plug_in\nA,2025-10-01T08:00Z\n", ["lacks the column `unplug`"]),
        ("", ["is empty"]),
        (b"\xff\xfes\x00", ["is not UTF-8 text"]),
        ("station,plug_in,unplug\n", ["no station is left to write"]),
        ('station,plug_in,unplug\n"A"b,1,2\n', ["is not a CSV table"]),
        ("station;plug_in;unplug\nA;B;C\n", ["has ';' between its cells, but must have commas"]),
        ("station\tplug_in\tunplug\n", ["has '\\t' between its cells, but must have commas"]),
        ("station,plug_in,unplug,plug_in\nA,1,2,3\n", ["has the column `plug_in` more than once"]),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(imported, text, lines):
    found = imported("occupancy", text)
    assert (found.code, found.wrote) == (2, False)
    assert all(line in found.err for line in lines)
    assert len(found.err.splitlines()) == len(lines)


BROKEN = (
    "station,plug_in,unplug,kwh\n"
    "A,2025-10-01T08:00,2025-10-01T09:00,1\n"
    ",2025-10-01T08:00Z,2025-10-01T09:00Z,1\n"
    "A,08:00,2025-10-01T09:00Z,1\n"
    "A,2025-10-01T08:00Z,2025-10-01T09:00Z,1e309\n"
    "A,2025-10-01T08:00Z,2025-10-01T09:00Z,nan\n"
    "A,2025-10-01T08:00Z,2025-10-01T09:00Z,1_0\n"
    "A,2025-10-01T08:00Z,2025-10-01T09:00Z,\uff15\n"
    "A,2025-10-01T08:00Z,2025-10-01T09:00Z\n"
)
SENTENCES = [
    "line 2: `plug_in`: '2025-10-01T08:00' has no offset: give --timezone",
    "line 3: `station` is empty",
    "line 4: `plug_in`: '08:00' is not a time",
    "line 5: `kwh` is '1e309', but must be a number",
    "line 6: `kwh` is 'nan', but must be a number",
    "line 7: `kwh` is '1_0', but must be a number",
    "line 8: `kwh` is '\uff15', but must be a number",
    "line 9 has 3 cells, not 4",
]


def test_broken_rows_are_skipped_counted_and_named(imported):
    found = imported("occupancy", BROKEN + "A,2025-10-01T08:00Z,2025-10-01T09:00Z,2e1\n")
    assert found.order == ["line10"]
    assert found.visits["line10"]["need_kwh"] == "20.0"
    assert all(sentence in found.report for sentence in SENTENCES)
    for count in (
        "4  rows: `kwh` missing or wrong",
        "2  rows: `plug_in` missing or wrong",
        "1  rows: `station` missing or wrong",
        "1  rows: a cell too many or too few",
    ):
        assert count in found.report


@pytest.mark.parametrize("right", ["", "A,2025-10-01T08:00Z,2025-10-01T09:00Z,20\n"])
def test_strict_refuses_them_by_name(imported, right):
    found = imported("occupancy", BROKEN + right, options=["--strict"])
    assert (found.code, found.wrote) == (2, False)
    assert all(sentence in found.err for sentence in SENTENCES)
    assert len(found.err.splitlines()) == len(SENTENCES)


def test_where_nothing_is_left_the_first_are_named(imported):
    found = imported("occupancy", BROKEN)
    assert (found.code, found.wrote) == (2, False)
    assert "no station is left to write" in found.err
    assert all(sentence in found.err for sentence in SENTENCES)


def test_energy_that_is_not_told_is_not_zero(imported):
    table = (
        "station,plug_in,unplug,kwh\n"
        "A,2025-10-01T08:00Z,2025-10-01T09:00Z,\n"
        "A,2025-10-02T08:00Z,2025-10-02T09:00Z,0\n"
    )
    assert imported("occupancy", table).order == ["line2"]


def test_several_files_are_pages(imported):
    head = "station,plug_in,unplug\n"
    pages = [head + "A,2025-10-01T08:00Z,2025-10-01T09:00Z\n"] * 2
    found = imported("occupancy", *pages)
    assert found.order == ["1.line2", "2.line2"]
    assert found.stations["A"]["evses"] == "2"


def test_evses_are_freed_at_the_moment_the_next_one_plugs_in(imported):
    table = (
        "station,plug_in,unplug\n"
        "A,2025-10-01T09:00Z,2025-10-01T10:00Z\n"
        "A,2025-10-01T08:00Z,2025-10-01T09:00Z\n"
    )
    assert imported("occupancy", table).stations["A"]["evses"] == "1"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.tuples(CELL, TIME, TIME, CELL, CELL), max_size=4))
def test_any_table_is_read_whole_or_refused(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("fuzz")
    with (folder / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("station", "plug_in", "unplug", "evse", "kwh"), *rows])
    code = main(["occupancy", str(folder / "in.csv"), "--out", str(folder / "out"), *SHANGHAI])
    assert code in (0, 2)
    assert (folder / "out").exists() == (code == 0)
