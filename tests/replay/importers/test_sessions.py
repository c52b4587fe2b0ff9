"""What cannot be is dropped and named; what is written, a replay reads: for every source alike."""

import contextlib
import csv
import io
import json
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.__main__ import main as peakcharge
from sim.config.limits import Limits
from sim.replay import trace
from sim.replay.importers import main, sessions
from sim.replay.schema import ReplaySection
from tests import small
from tests.replay.importers.conftest import rows

HEAD = "station,plug_in,unplug,evse,kwh\n"


def table(*stays):
    """A CSV of (evse, plug-in, unplug, kWh), times of one day in 2025 or with their date."""
    lines = [
        f"A,{_time(plug_in)},{_time(unplug)},{evse},{kwh}\n" for evse, plug_in, unplug, kwh in stays
    ]
    return HEAD + "".join(lines)


def _time(text):
    return f"{text if 'T' in text else f'2025-10-01T{text}'}Z"


def kept(found):
    return sorted(found.order)


# ---- what an EVSE can give -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kwh", "need_kwh"),
    [(22, 22.0), (11, 11.0), (22.08, 22.0), (24.1, 22.0), (24.3, None), (7783.9, None)],
)
def test_a_rating_that_is_told_is_never_raised(imported, kwh, need_kwh):
    found = imported(
        "occupancy",
        table((1, "08:00", "09:00", kwh), (1, "10:00", "11:00", 5)),
        options=["--evse-kw", "22"],
    )
    assert found.stations["A"]["evse_kw"] == "22.0"
    assert ("line2" in found.visits) == (need_kwh is not None)
    if need_kwh:
        assert float(found.visits["line2"]["need_kwh"]) == need_kwh
        assert float(found.visits["line2"]["ev_kw"]) <= 22.0
    else:
        assert "1  sessions: more energy than the EVSE gives in that time" in found.report
        assert f"session 'line2' at 'A' has {kwh:,.9g} kWh in 1 h, but an EVSE of 22 kW" in (
            found.report
        )


@pytest.mark.parametrize(
    ("powers", "rated_kw"),
    [
        ((7, 11, 10), 11.0),
        ((7, 11, 300), 11.0),  # one alone rates nothing
        ((7, 11, 300, 290), 300.0),
        ((30, 20, 120), 120.0),
        ((100,), 100.0),
        ((0.01, 0.02), 0.1),
        ((900, 850, 50), 50.0),  # no EVSE of an unknown rating is believed to give that
    ],
)
def test_a_rating_that_is_not_told_is_that_of_sessions_which_agree(imported, powers, rated_kw):
    stays = [(1, f"{hour:02}:00", f"{hour + 1:02}:00", kw) for hour, kw in enumerate(powers)]
    found = imported("occupancy", table(*stays))
    assert float(found.stations["A"]["evse_kw"]) == rated_kw
    assert len(found.visits) == sum(kw <= rated_kw for kw in powers)


# ---- one EV at a time ------------------------------------------------------------------------


def test_one_absurd_stay_does_not_remove_the_good_ones_behind_it(imported):
    good = [(1, f"2025-10-{day:02}T08:00", f"2025-10-{day:02}T09:00", 20) for day in range(2, 9)]
    absurd = (1, "2025-10-01T08:00", "2025-11-10T08:00", 20)  # 40 days
    found = imported("occupancy", table(absurd, *good))
    assert kept(found) == [f"line{n}" for n in range(3, 10)]
    assert "1  sessions: at the same EVSE at the same time as another" in found.report
    assert "session 'line2' at 'A' shares its EVSE with another from 2025-10-01" in found.report


def test_of_two_that_overlap_the_one_that_ends_first_is_kept(imported):
    stays = table((1, "08:00", "09:00", 20), (1, "08:30", "09:30", 20), (1, "09:00", "10:00", 20))
    assert kept(imported("occupancy", stays)) == ["line2", "line4"]


def test_sessions_without_energy_drive_none_out_that_has_some(imported):
    stays = table((1, "08:00", "12:00", 20), (1, "09:00", "09:01", 0), (1, "10:00", "10:01", 0))
    assert kept(imported("occupancy", stays, options=["--keep-zero"])) == ["line2"]


@pytest.mark.parametrize(
    ("early_s", "evse", "kept_both"),
    [(0, 1, True), (0.552, 1, True), (2, 1, True), (2.1, 1, False), (0.552, "", True)],
)
def test_an_overlap_of_up_to_two_seconds_is_two_clocks(imported, early_s, evse, kept_both):
    nine = datetime(2025, 10, 1, 9)
    begin = (nine - timedelta(seconds=early_s)).isoformat()
    found = imported("occupancy", table((evse, "08:00", "09:00", 40), (evse, begin, "10:00", 45)))
    assert found.order == (["line2", "line3"] if kept_both else ["line2"])
    assert found.stations["A"]["evses"] == "1"
    if kept_both:
        assert found.visits["line3"]["arrival"] == "2025-10-01T09:00:00+00:00"
        assert sum(float(visit["need_kwh"]) for visit in found.visits.values()) == 85.0
        assert ("moved by up to 2 s" in found.report) == (early_s > 0)


@pytest.mark.parametrize("evse", [1, ""])
def test_what_lasts_shorter_than_two_clocks_differ_leaves_nothing(imported, evse):
    stays = table((evse, "08:00:00", "09:00:00", 40), (evse, "08:59:59", "09:00:00", 0.01))
    found = imported("occupancy", stays)
    assert found.order == ["line2"]
    assert found.stations["A"]["evses"] == "1"
    assert "1  sessions: over within 2 s" in found.report


def test_what_leaves_nothing_frees_no_evse(imported):
    found = imported(
        "occupancy",
        table(
            ("", "08:00:00", "09:00:00", 40),
            ("", "08:59:58.5", "08:59:59", 0.01),
            ("", "08:59:58.8", "10:00:00", 30),
        ),
    )
    assert found.order == ["line2", "line4"]
    assert found.visits["line4"]["arrival"] == "2025-10-01T09:00:00+00:00"


# ---- what the limits let pass ----------------------------------------------------------------


def test_a_power_of_almost_nothing_is_raised_to_the_least(imported):
    visit = imported("occupancy", table((1, "08:00", "20:00", 0.3))).visits["line2"]
    assert (visit["need_kwh"], visit["ev_kw"]) == ("0.3", "0.1")
    assert float(visit["overstay_min"]) == pytest.approx(9 * 60)


@pytest.mark.parametrize(
    ("stay", "why"),
    [
        (("2025-01-01T00:00", "2025-04-01T00:00", 50), "sessions: longer than 100,000 minutes"),
        (("2025-01-01T00:00", "2025-02-09T00:00", 10_001), "sessions: energy above 10,000 kWh"),
        (("08:00", "08:00", 5), "sessions: unplug not after plug-in"),
        (("08:00", "09:00", -5), "sessions: negative energy"),
    ],
)
def test_what_no_replay_would_take_is_dropped_by_name(imported, stay, why):
    good = (2, "08:00", "09:00", 20)
    found = imported("occupancy", table((1, *stay), good))
    assert found.order == ["line3"]
    assert f"1  {why}" in found.report
    assert "session 'line2' at 'A'" in found.report
    strict = imported("occupancy", table((1, *stay), good), options=["--strict"])
    assert strict.code == 2
    assert "session 'line2' at 'A'" in strict.err


def test_what_was_wrong_may_be_told_again_and_right(imported):
    one = {"_id": "s", "siteID": "1", "connectionTime": "Tue, 01 Apr 2025 08:00:00 GMT"}
    one |= {"disconnectTime": "Tue, 01 Apr 2025 09:00:00 GMT"}
    found = imported("acn", [one | {"kWhDelivered": kwh} for kwh in (-5, 20, 30)])
    assert found.visits["s"]["need_kwh"] == "20.0"
    assert "1  sessions: id given before" in found.report


def test_more_evses_than_a_station_can_have(imported):
    poi = {"Connections": [{"PowerKW": 50, "Quantity": 1000}] * 11}
    found = imported("ocm", [{"ID": 1} | poi, {"ID": 2, "Connections": poi["Connections"][:10]}])
    assert list(found.stations) == ["OCM-2"]
    assert "station 'OCM-1' has 11,000 EVSEs, but must have from 1 to 10,000" in found.report


def test_more_evs_at_once_than_a_station_can_have(imported, monkeypatch):
    monkeypatch.setattr(sessions, "EVSES", Limits(1, 2))
    stays = [("", f"08:0{n}", "09:00", 1) for n in range(4)] + [("", "09:00", "10:00", 1)]
    found = imported("occupancy", table(*stays))
    assert found.order == ["line2", "line3", "line6"]
    assert found.stations["A"]["evses"] == "2"
    assert "2  sessions: more than 2 at once" in found.report


def test_energy_not_told_of_a_long_stay_is_what_a_visit_can_need(imported):
    stay = (1, "2025-01-01T00:00", "2025-02-09T00:00", "")
    visit = imported("occupancy", table(stay)).visits["line2"]
    assert (visit["need_kwh"], visit["ev_kw"]) == ("10000.0", "60.0")


# ---- sessions without energy -----------------------------------------------------------------


def test_sessions_without_energy_can_be_kept(imported):
    stays = table(
        (1, "08:00", "09:00", 20), (1, "09:00", "09:20", 0), (1, "09:20", "10:00", 0.0004)
    )
    assert kept(imported("occupancy", stays)) == ["line2"]
    found = imported("occupancy", stays, options=["--keep-zero"])
    assert [found.visits[name]["need_kwh"] for name in found.order] == ["20.0", "0.0", "0.0"]
    assert [found.visits[name]["overstay_min"] for name in found.order] == ["0.0", "20.0", "40.0"]
    assert "Sessions without energy hold an EVSE as overstay." in found.report


@pytest.mark.parametrize(
    ("stays", "hours"),
    [
        ([(1, "08:00", "09:00", 20), (1, "09:00", "09:20", 0), (1, "09:20", "10:00", 10)], 2),
        ([(1, "08:00", "09:00:00.466", 40), (1, "08:59:59.914", "10:00", 45)], 2),
        ([("", "08:00", "09:00", 40), ("", "08:59:58", "10:00", 45), ("", "10:00", "11:00", 5)], 3),
    ],
)
def test_nobody_waits_in_the_replay(tmp_path, stays, hours):
    (tmp_path / "in.csv").write_text(table(*stays))
    assert main(["occupancy", str(tmp_path / "in.csv"), "--keep-zero", "--out", str(tmp_path)]) == 0
    files = [f"replay.{name}={tmp_path / name}.csv" for name in ("stations", "visits")]
    assert peakcharge(["experiment=replay", *files, f"replay.out={tmp_path / 'out'}"]) == 0
    done = pd.read_parquet(tmp_path / "out" / "sessions.parquet")
    assert len(done) == len(stays)
    assert done["wait_min"].max() < 1e-6
    assert set(done["outcome"]) == {"served"}
    assert done["unplug_h"].max() - done["plug_h"].min() == pytest.approx(hours)


# ---- whatever an import writes, a replay accepts ---------------------------------------------

NASTY = st.sampled_from(
    [0, -1, 0.3, 5e-324, 1e-4, 0.0011, 7783.9, 10_001, 1e308, "1_0", "+5", "12.5", None, True]
)  # fmt: skip
NUMBER = NASTY | st.floats(0, 100) | st.floats(allow_nan=False, allow_infinity=False)
NAME = st.sampled_from(
    ["a", "A ", " a", "=1", "", "\u00e9\u3000", "x" * 99 + " y", "a\nb", 7, None]
)
BEGIN = datetime(2025, 3, 29)
TIME = st.builds(
    lambda second: (BEGIN + timedelta(seconds=second)).isoformat() + "Z",
    st.sampled_from([0, 0.5, 1, 3600, 3601.25, 7200, 86_400, 40 * 86_400, 80 * 86_400, -(2**30)])
    | st.integers(0, 200_000),
)
ANY_TIME = TIME | st.sampled_from(["", "2025-03-30T02:30:00", "2199-12-31T00:00:00Z", "soon", None])


def records(**fields):
    """Objects of some of these fields, never none of them."""
    return st.lists(st.fixed_dictionaries({}, optional=fields), min_size=1, max_size=6)


DIMENSION = st.sampled_from(["TIME", "ENERGY", "PARKING_TIME", "RESERVATION_TIME", None])
PERIODS = records(start_date_time=TIME, dimensions=records(type=DIMENSION, volume=NUMBER))
CONNECTORS = records(
    power_type=st.sampled_from(["AC_1_PHASE", "AC_3_PHASE", "DC", None]),
    max_electric_power=NUMBER | st.sampled_from([11, 3700, 22_000, 50_000]),
    max_voltage=st.sampled_from([230, 400, 920, 0]),
    max_amperage=st.sampled_from([16, 32, 500]),
)


@st.composite
def ocpi(draw):
    evses = [{"uid": uid, "connectors": draw(CONNECTORS)} for uid in ("1", "2")]
    sites = [{"id": id or "L", "evses": evses} for id in draw(st.lists(NAME, max_size=2))]
    charges = []
    for n, fields in enumerate(
        draw(
            records(
                start_date_time=TIME, end_date_time=TIME, total_energy=NUMBER, total_time=NUMBER,
                total_parking_time=NUMBER, charging_periods=PERIODS,
            )
        )
    ):  # fmt: skip
        place = {"id": draw(st.sampled_from(["L", "a"])), "evse_uid": draw(st.sampled_from("123"))}
        times = {"start_date_time": "2025-04-01T08:00:00Z", "end_date_time": "2025-04-01T09:00:00Z"}
        charges.append({"id": draw(NAME) or f"c{n}", "cdr_location": place} | times | fields)
    late = {"start_date_time": "2030-04-01T08:00:00Z", "end_date_time": "2030-04-01T09:00:00Z"}
    good = {"id": "good", "cdr_location": {"id": "L", "evse_uid": "1"}} | late
    return [{"data": [{"id": "L", "evses": evses}, *sites]}, [*charges, good]]


@st.composite
def acn(draw):
    fields = records(
        _id=NAME, siteID=NAME, stationID=NAME, connectionTime=TIME, disconnectTime=ANY_TIME,
        doneChargingTime=ANY_TIME, kWhDelivered=NUMBER, timezone=NAME,
    )  # fmt: skip
    times = {
        "connectionTime": "Tue, 01 Apr 2025 08:00:00 GMT",
        "disconnectTime": "Tue, 01 Apr 2025 09:00:00 GMT",
    }
    some = [{"_id": str(n), "siteID": "s"} | times | f for n, f in enumerate(draw(fields))]
    return [[*some, {"_id": "good", "siteID": "t"} | times]]


@st.composite
def occupancy(draw):
    good = ["A", "2025-04-01T08:00Z", "2025-04-01T09:00Z", "1", "9"]
    nasty = [NAME, ANY_TIME, ANY_TIME, st.sampled_from(["", "1", "2", " "]), NUMBER]
    cells = st.tuples(
        *(st.just(cell) | any_cell for cell, any_cell in zip(good, nasty, strict=True))
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([*draw(st.lists(cells, max_size=6)), ["good", *good[1:]]])
    return [HEAD + text.getvalue()]


@st.composite
def ocm(draw):
    connections = records(
        PowerKW=NUMBER, Voltage=NUMBER, Amps=NUMBER, Quantity=NASTY | st.integers(0, 1001),
        CurrentTypeID=st.sampled_from([10, 20, 30, None]),
    )  # fmt: skip
    address = st.fixed_dictionaries({}, optional={"Latitude": NUMBER, "Longitude": NUMBER})
    pois = st.fixed_dictionaries(
        {"ID": st.integers(1, 3), "Connections": connections},
        optional={"AddressInfo": address, "NumberOfPoints": NASTY},
    )
    good = {"ID": 9, "Connections": [{"PowerKW": 50, "Quantity": 2}]}
    return [[*draw(st.lists(pois, max_size=3)), good]]


def read(folder):
    """The replay's own reader; without a visit there is only the table of stations to read."""
    files = {"stations": str(folder / "stations.csv"), "visits": str(folder / "visits.csv")}
    if not rows(folder / "visits.csv"):
        station = rows(folder / "stations.csv")[0]["station"]
        files["visits"] = str(folder / "one.csv")
        text = io.StringIO()
        pd.DataFrame(
            [[1, station, 0, 1, 1]], columns=["visit", "station", "arrival", "need_kwh", "ev_kw"]
        ).to_csv(text, index=False)
        (folder / "one.csv").write_text(text.getvalue())
    section = small.SECTIONS["replay"] | files | {"vehicles": None}
    return trace.read(ReplaySection(**section), 1e-3)


@pytest.mark.parametrize("source", [ocpi, ocm, acn, occupancy])
@pytest.mark.parametrize("options", [(), ("--keep-zero", "--evse-kw", "11")])
def test_what_an_import_writes_a_replay_reads(tmp_path_factory, source, options):
    folder = tmp_path_factory.mktemp("import")
    counts = {0: 0, 2: 0}

    @settings(max_examples=30, derandomize=True, deadline=None)
    @given(source())
    def check(contents):
        paths = [folder / f"in{n}" for n in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        for name in ("stations.csv", "visits.csv"):
            with contextlib.suppress(FileNotFoundError):
                (folder / name).unlink()
        words = [source.__name__, *map(str, paths), "--timezone", "Europe/Berlin", *options]
        code = main([*words, "--out", str(folder)])
        counts[code] += 1
        assert (folder / "stations.csv").exists() == (code == 0)
        if code == 0:
            found = read(folder)
            evse_kw = {s.name: s.cabinets[0].evses[0].kw for s in found.stations}
            for visit in rows(folder / "visits.csv"):
                assert float(visit["ev_kw"]) <= evse_kw[visit["station"]]

    check()
    assert counts[0] > 20, counts  # each has a good record beside the nasty ones
