"""The times of a trace: however they are written, the run is the same to the byte."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from sim.config.problems import InputError
from sim.engine import simulate
from sim.lifecycle import Outcome
from sim.replay import trace
from sim.replay.schema import ReplaySection
from tests.experiments.replay.test_question import CURVES, hardware, run, visits, write

CHINA, BELGIUM = timezone(timedelta(hours=8)), ZoneInfo("Europe/Brussels")
PACIFIC = ZoneInfo("America/Los_Angeles")
SECONDS = 7 * 3600 + np.sort(np.random.default_rng(3).integers(0, 30 * 720, 300)) * 5


def dates(zone, begin, seconds):
    """ISO 8601, on the clock on the wall of a zone."""
    start = begin.astimezone(UTC)
    return [
        "" if s != s else (start + timedelta(seconds=s)).astimezone(zone).isoformat()
        for s in seconds.tolist()
    ]


def iso(zone, *date):
    begin = datetime(*date, tzinfo=zone)
    return lambda seconds: {"": dates(zone, begin, seconds)}


def utc(zone, *date):
    begin = datetime(*date, tzinfo=zone)
    return lambda seconds: {"": dates(UTC, begin, seconds)}


def summed(seconds):
    """Hours by a sum of five seconds each, which drifts."""
    steps = np.concatenate([[0.0], np.cumsum(np.full(int(np.nanmax(seconds)) // 5, 5 / 3600))])
    known = np.nan_to_num(seconds).astype(int) // 5
    return {"": np.where(np.isnan(seconds), np.nan, steps[known])}


WRITTEN = {
    "with an offset": iso(CHINA, 2025, 10, 1),
    "in UTC": utc(CHINA, 2025, 10, 1),
    "a day later": iso(CHINA, 2025, 10, 2),
    "50 years earlier": iso(CHINA, 1975, 10, 1),
    "50 years later": utc(CHINA, 2075, 10, 1),
    "as clocks go back": iso(PACIFIC, 2019, 11, 2, 14),
    "as clocks go forth": iso(BELGIUM, 2025, 3, 29, 12),
    "as clocks go forth, in UTC": utc(BELGIUM, 2025, 3, 29, 12),
    "in hours": lambda seconds: {"": seconds / 3600},
    "in hours since 1970": lambda seconds: {"": 488_712 + seconds / 3600},
    "in hours that were summed": summed,
    "in minutes": lambda seconds: {"_min": seconds / 60},
    "in minutes since 1970": lambda seconds: {"_min": 29_322_720 + seconds / 60},
}


def played(folder, way):
    """The ledger of a trace with every feature, whose times are written so."""
    stations = hardware(1)
    table = visits(1, stations).drop(columns=["arrival", "deadline"])
    late = np.random.default_rng(4).random(300) < 0.2
    deadline = np.where(late, SECONDS + 600.0, np.nan)
    for name, seconds in (("arrival", SECONDS.astype(float)), ("deadline", deadline)):
        for ending, cells in WRITTEN[way](seconds).items():
            table[f"{name}{ending}"] = cells
    files = write(folder, stations=stations, visits=table, vehicles=CURVES)
    found = trace.read(files, 1e-3)
    everywhere = range(len(stations))
    return simulate(found.model(everywhere, 1 / 12, {}), found.evs(found.visits, everywhere))


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    ledger = played(tmp_path_factory.mktemp("first"), "with an offset")
    seen = set(ledger.visits["outcome"])
    assert seen >= {Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.RENEGED}
    return ledger


@pytest.mark.parametrize("way", WRITTEN)
def test_the_same_times_are_the_same_run(way, first, tmp_path):
    ledger = played(tmp_path, way)
    for name in ("visits", "bins", "evse_peak_kw", "cabinet_peak_kw", "excess_kw"):
        assert getattr(ledger, name).tobytes() == getattr(first, name).tobytes(), name
    assert ledger.end_h == first.end_h


def one(folder, **columns):
    """What is read of visits at one station."""
    stations = pd.DataFrame({"station": ["a"], "evses": [1], "evse_kw": 60.0})
    count = len(next(iter(columns.values())))
    table = pd.DataFrame({
        "visit": [f"v{n}" for n in range(count)], "station": "a", "need_kwh": 30.0,
        "ev_kw": 60.0, **columns,
    })  # fmt: skip
    return write(folder, stations=stations, visits=table)


def test_back_to_back_on_dates(tmp_path):
    """Nobody would wait a moment, and nobody has to."""
    luck = np.random.default_rng(5)
    minutes = luck.integers(1, 60, 400)
    begin = np.concatenate([[0], np.cumsum(minutes)[:-1]])
    arrival = dates(CHINA, datetime(2025, 6, 1, tzinfo=CHINA), 60.0 * begin)
    files = one(tmp_path, arrival=arrival, patience_min=[0.0] * 400)
    table = pd.read_csv(files.visits).assign(need_kwh=minutes.astype(float))
    table.to_csv(files.visits, index=False)
    assert run(tmp_path, files) == 0
    found = pd.read_parquet(tmp_path / "out" / "sessions.parquet")
    assert (found["outcome"] == "served").all()
    assert (found["wait_min"] == 0.0).all()


def test_one_arrival_in_each_bin(tmp_path):
    arrival = dates(CHINA, datetime(2025, 6, 1, tzinfo=CHINA), 300.0 * np.arange(288))
    files = one(tmp_path, arrival=arrival)
    table = pd.read_csv(files.visits).assign(need_kwh=2.5)
    table.to_csv(files.visits, index=False)
    assert run(tmp_path, files) == 0
    bins = pd.read_parquet(tmp_path / "out" / "station_bins.parquet")
    assert bins["arrivals"].tolist() == [1.0] * 288
    assert (bins["hours"][:-1] == 1 / 12).all()


def test_decades_later_the_clock_on_the_wall_is_on_the_minute(tmp_path):
    """Hours in floating point are some nanoseconds off by then."""
    later = np.random.default_rng(6).integers(0, 134 * 365 * 1440, 40)
    minutes = np.sort(np.append(later, 0)).astype(float)
    arrival = dates(CHINA, datetime(1970, 3, 1, tzinfo=CHINA), 60.0 * minutes)
    files = one(tmp_path, arrival=arrival)
    assert run(tmp_path, files, "replay.bin_min=60") == 0
    found = pd.read_parquet(tmp_path / "out" / "sessions.parquet")
    begin = np.datetime64("1970-03-01T00:00", "us")
    wall = begin + (60e6 * minutes).astype("timedelta64[us]")
    assert found["arrival_local"].to_numpy().tolist() == wall.tolist()
    assert (found["leave_local"].dt.second == 0).all()
    assert (found["leave_local"].dt.microsecond == 0).all()


def test_times_on_the_wall(tmp_path):
    """The night when clocks go back: 01:30 comes twice, and each visit has its own."""
    arrival = ["2019-11-03T01:30-07:00", "2019-11-03T01:30-08:00", "2019-11-03T12:00-08:00"]
    files = one(tmp_path, arrival=arrival)
    assert run(tmp_path, files) == 0
    found = pd.read_parquet(tmp_path / "out" / "sessions.parquet")
    assert found["arrival_h"].tolist() == [1.5, 2.5, 13.0]  # since midnight
    wall = pd.to_datetime([text[:16] for text in arrival])
    assert found["arrival_local"].tolist() == wall.tolist()
    assert found["leave_local"].tolist() == (wall + pd.Timedelta(minutes=30)).tolist()
    assert found["utc_offset_min"].tolist() == [-420, -480, -480]
    read = trace.read(files, 1e-3)
    assert read.wall_clock == [(0.5, -7.0), (1.5, -8.0)]


def test_hours_stay_those_of_the_file(tmp_path):
    files = one(tmp_path, arrival=[488_712.25, 488_712.75])
    assert run(tmp_path, files) == 0
    found = pd.read_parquet(tmp_path / "out" / "sessions.parquet")
    assert found["arrival_h"].tolist() == [488_712.25, 488_712.75]
    assert "arrival_local" not in found


def test_nanoseconds_are_read(tmp_path):
    files = one(tmp_path, arrival=["2025-10-01T08:00:00.000000001Z", "2025-10-01T08:00:00Z"])
    assert trace.read(files, 1e-3).visits["entry_ns"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"need_kwh": [1.0]}, "visits.csv lacks the column `arrival`"),
        (
            {"arrival": ["2025-10-01T08:00Z"], "arrival_min": [5.0]},
            "row 2: `arrival_min` is 5.0, but must be empty, because `arrival` is given",
        ),
        (
            {"arrival": [None, "2025-10-01T08:00Z"], "arrival_min": [5.0, None]},
            "row 3: `arrival` is '2025-10-01T08:00Z', but must be empty, because the first row has "
            "`arrival_min`",
        ),
        (
            {"arrival": ["8.5", None], "arrival_min": [None, 5.0]},
            "row 3: `arrival_min` is 5.0, but must be empty, because the first row has `arrival`",
        ),
        (
            {"arrival_min": [5.0, None]},
            "row 3: `arrival_min` is empty, but must be given, as in the first row",
        ),
        (
            {"arrival_min": [5.0], "deadline_min": [5.0]},
            "row 2: `deadline_min` is 5.0, but must be after the arrival",
        ),
    ],
)  # fmt: skip
def test_one_way_to_write_times(columns, said, tmp_path):
    files: ReplaySection = one(tmp_path, **columns)
    with pytest.raises(InputError) as error:
        trace.read(files, 1e-3)
    assert said in str(error.value)
