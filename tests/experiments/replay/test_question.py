# ruff: noqa: RUF001 - Chinese punctuation
"""Two CSV files in, a report out; and every visit as the twin and the recursion have it."""

import json
from math import inf

import numpy as np
import pandas as pd
import pytest

from sim.__main__ import main
from sim.lifecycle import Discipline, Sharing
from sim.model import Cabinet, Evse, Model, Station
from sim.replay import play as played
from sim.replay import trace
from sim.replay.schema import ReplaySection
from tests.browser import CHROMIUM, MISSING, browser
from tests.reference import twin
from tests.report.reading import figures, foreign, texts
from tests.report.showing import READY
from tests.scenarios import close
from tests.theory.schedule import fcfs_waits

SECTION = {
    "stations": None, "visits": None, "vehicles": None, "out": "out", "bin_min": 5,
    "discipline": "fcfs", "sharing": "max_min", "module_kw": None, "station_overrides": {},
}  # fmt: skip


def write(folder, **tables):
    """Tables as CSV files; returns what a replay section says of them."""
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return ReplaySection(**SECTION | {name: str(folder / f"{name}.csv") for name in tables})


def run(folder, section, *more):
    files = [f"replay.{n}={getattr(section, n)}" for n in ("stations", "visits", "vehicles")
             if getattr(section, n)]  # fmt: skip
    return main(["experiment=replay", *files, f"replay.out={folder / 'out'}", *more])


def hardware(seed):
    """Stations of every kind."""
    rng = np.random.default_rng(seed)
    n = 12
    return pd.DataFrame({
        "station": [f"s{i}" for i in range(n)], "evses": rng.integers(1, 6, n),
        "evse_kw": rng.choice([50.0, 120.5, 360.0], n),
        "cabinet_kw": rng.choice([np.nan, 150.0, 240.0], n),
        "cap_kw": rng.choice([np.nan, 90.0, 200.0], n), "efficiency": rng.choice([np.nan, 0.93], n),
        "discipline": rng.choice(["", "fcfs", "priority", "shortest_need"], n),
        "sharing": [["", "max_min", "equal_share", "fcfs", "modular"][i % 5] for i in range(n)],
        "module_kw": [20.0 if i % 5 == 4 else np.nan for i in range(n)],
    })  # fmt: skip


CURVES = pd.DataFrame(
    [("car", 60.0, 0.0, 90.0), ("car", 60.0, 0.6, 90.0), ("car", 60.0, 1.0, 8.0),
     ("truck", 400.0, 0.0, 300.0), ("truck", 400.0, 1.0, 60.0)],
    columns=["vehicle", "battery_kwh", "soc", "power_kw"],
)  # fmt: skip


def visits(seed, stations, n=300):
    """Half with a curve (a target or a need), half with constant power; in no order."""
    rng = np.random.default_rng([seed, 1])
    curve = rng.random(n) < 0.5
    aim = rng.random(n) < 0.5
    soc = rng.uniform(0.0, 0.6, n)
    return pd.DataFrame({
        "visit": [f"v{i}" for i in range(n)], "station": rng.choice(stations["station"], n),
        "arrival": rng.uniform(30.0, 40.0, n),
        "vehicle": np.where(curve, rng.choice(["car", "truck"], n), ""),
        "soc_arrival": np.where(curve, soc, np.nan),
        "soc_target": np.where(curve & aim, soc + rng.uniform(0.0, 0.4, n), np.nan),
        "need_kwh": np.where(curve & aim, np.nan, rng.uniform(0.0, 20.0, n)),
        "ev_kw": np.where(curve, rng.choice([np.nan, 45.0], n), rng.uniform(20.0, 150.0, n)),
        "patience_min": rng.choice([np.nan, 5.0, 30.0], n),
        "overstay_min": rng.choice([np.nan, 10.0], n),
        "deadline": np.where(rng.random(n) < 0.1, 40.0 + rng.random(n), np.nan),
        "priority": rng.integers(0, 3, n),
    })  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_random_trace_is_what_the_plain_twin_makes_of_it(seed, tmp_path, monkeypatch):
    """From the files to the tables, in groups of stations, against one run of the twin."""
    monkeypatch.setattr(played, "VISITS_AT_ONCE", 60)
    stations = hardware(seed)
    rows = visits(seed, stations)
    section = write(tmp_path, stations=stations, visits=rows, vehicles=CURVES)
    assert run(tmp_path, section) == 0
    found = trace.read(section, 1e-3)
    everywhere = range(len(stations))
    model = found.model(everywhere, 1.0, {})
    truth = twin.run(model, found.evs(found.visits, everywhere)).visits
    names = found.visits["visit"].to_numpy()
    table = pd.read_parquet(tmp_path / "out" / "sessions.parquet").set_index("visit")
    assert len(table) == len(truth) == len(rows)
    ours, theirs = [], []
    for row in truth:
        own = table.loc[names[row["ev"]]]
        theirs.append({
            **{h: row[h] + found.begin_h for h in ("arrival_h", "plug_h", "leave_h")},
            "energy_kwh": row["leave_kwh"] - row["arrival_kwh"],
            "need_kwh": row["need_kwh"], "wait_h": row["wait_h"],
        })  # fmt: skip
        ours.append({**own[list(theirs[-1])[:5]].to_dict(), "wait_h": own["wait_min"] / 60.0})
        assert own["outcome"] == row["outcome"].name.lower()
        assert own["station"] == model.stations[row["station"]].name
    close(ours, theirs)


def test_nothing_that_the_files_do_not_say(tmp_path):
    """Random traces of many servers: the waits of the Kiefer-Wolfowitz recursion."""
    rng = np.random.default_rng(5)
    n, stations = 1200, pd.DataFrame({"station": ["a", "b", "c"], "evses": [1, 3, 8],
                                      "evse_kw": 100.0})  # fmt: skip
    place = rng.integers(0, 3, n)
    need = rng.exponential(25.0, n)
    arrival = np.sort(rng.uniform(0.0, 100.0, n))
    table = pd.DataFrame({"visit": np.arange(n), "station": stations["station"][place].tolist(),
                          "arrival": arrival, "need_kwh": need, "ev_kw": 50.0})  # fmt: skip
    section = write(tmp_path, stations=stations, visits=table)
    assert run(tmp_path, section) == 0
    done = pd.read_parquet(tmp_path / "out" / "sessions.parquet")
    done = done.set_index(done["visit"].astype(int)).loc[range(n)]
    assert (done["outcome"] == "served").all()
    for k, evses in enumerate(stations["evses"]):
        own = place == k
        waits = fcfs_waits(arrival[own].tolist(), (need[own] / 50.0).tolist(), evses)
        np.testing.assert_allclose(done["wait_min"][own], 60.0 * np.array(waits), atol=1e-7)


def small(tmp_path, **more):
    """Two hours, two stations; at `a` three EVs want 50 kWh each at 50 kW, one EVSE."""
    stations = pd.DataFrame({"station": ["a", "b"], "evses": [1, 1], "evse_kw": 50.0})
    table = pd.DataFrame({
        "visit": ["x", "y", "z", "w"], "station": ["a", "a", "a", "b"],
        "arrival": ["2025-10-01T08:00+08:00", "2025-10-01T08:30+08:00", "2025-10-01T09:00+08:00",
                    "2025-10-01T02:00+00:00"],
        "need_kwh": 50.0, "ev_kw": 50.0, **more,
    })  # fmt: skip
    return write(tmp_path, stations=stations, visits=table)


def test_dates_count_from_midnight_before_the_first_arrival(tmp_path):
    assert run(tmp_path, small(tmp_path)) == 0
    done = pd.read_parquet(tmp_path / "out" / "sessions.parquet").set_index("visit")
    assert done["arrival_h"].to_dict() == {"x": 8.0, "y": 8.5, "z": 9.0, "w": 10.0}
    assert done["leave_h"].to_dict() == {"x": 9.0, "y": 10.0, "z": 11.0, "w": 11.0}
    answer = json.loads((tmp_path / "out" / "answer.json").read_text())
    assert answer["begin"] == "2025-10-01T00:00:00+08:00"
    assert answer["network"]["wait_min_mean"] == pytest.approx((0 + 30 + 60 + 0) / 4)
    assert answer["network"]["time_utilization"] == pytest.approx(4.0 / (2 * 3.0))
    assert answer["stations"]["a"]["wait_min_max"] == pytest.approx(60.0)


def test_what_if_compares_visit_by_visit(tmp_path):
    """A second EVSE: y plugs in at 8:30, z at 9:00."""
    assert run(tmp_path, small(tmp_path), "replay.station_overrides.a.evses=2") == 0
    new = pd.read_parquet(tmp_path / "out" / "what_if" / "sessions.parquet").set_index("visit")
    assert new["wait_min"].to_dict() == {"x": 0.0, "y": 0.0, "z": 0.0}
    answer = json.loads((tmp_path / "out" / "answer.json").read_text())
    found = answer["what_if"]["differences"]["a"]["wait_min"]
    assert (found["before"], found["after"], found["mean"]) == pytest.approx((30.0, 0.0, -30.0))
    assert (found["less"], found["more"], found["n"]) == (pytest.approx(2 / 3), 0.0, 3)
    assert found["low"] is None  # one day says nothing of other days
    (said,) = [line for line in answer["said"]["en"] if line.startswith("What if")]
    assert "-30.0 min (one day: no interval)" in said
    assert "+0.00 kWh a visit (one day: no interval), stay -30.0 min (one day: no inter" in said
    page = tmp_path / "out" / "report.html"
    assert texts(page, "en").count("one day: no interval") == 3
    assert texts(page, "zh").count("仅一天，没有区间") == 3
    assert foreign(page, {"UTC"}) == []
    assert answer["stations"]["a"]["wait_min_mean"] == pytest.approx(30.0)


def test_the_page_is_made_again_from_the_answer_alone(tmp_path):
    """Stations are called as parts of an answer are, which is nobody's fault."""
    names = ["date", "en", "zh", "term", "given", "mean", "low", "high", "values", "finding"]
    stations = pd.DataFrame({"station": names, "evses": 1, "evse_kw": 50.0})
    table = pd.DataFrame({"visit": range(20), "station": names * 2, "arrival": 1.0,
                          "need_kwh": 20.0, "ev_kw": 50.0})  # fmt: skip
    section = write(tmp_path, stations=stations, visits=table)
    page = tmp_path / "out" / "report.html"
    what_if = "replay.station_overrides.date.evses=2"
    assert run(tmp_path, section, what_if) == 0
    first = page.read_bytes()
    page.unlink()
    assert run(tmp_path, section, what_if, "report.only=true") == 0
    assert page.read_bytes() == first
    assert set(names) < set(texts(page, "zh"))


@pytest.mark.parametrize(
    ("days", "said"), [(2, "two days: no interval"), (9, "nine days: no interval"), (10, None)]
)
def test_a_change_has_an_interval_from_ten_days_on(tmp_path, days, said):
    """Two EVs a day meet at one EVSE; the second waits 2 min longer every day."""
    stations = pd.DataFrame({"station": ["a"], "evses": [1], "evse_kw": [60.0]})
    table = pd.DataFrame({
        "visit": range(2 * days), "station": "a", "ev_kw": 60.0,
        "arrival": [24.0 * day + 8.0 for day in range(days) for _ in range(2)],
        "need_kwh": [10.0 + 2 * day for day in range(days) for _ in range(2)],
    })  # fmt: skip
    section = write(tmp_path, stations=stations, visits=table)
    assert run(tmp_path, section, "replay.station_overrides.a.evses=2") == 0
    answer = json.loads((tmp_path / "out" / "answer.json").read_text())
    (line,) = [line for line in answer["said"]["en"] if line.startswith("What if")]
    mean = answer["what_if"]["differences"]["a"]["wait_min"]["mean"]
    assert mean == pytest.approx(-(10 + days - 1) / 2)
    told = said or "95 % -11.7 to -7.3, days as clusters"
    assert f"{mean:+.1f} min ({told})" in line


def test_where_nobody_waits_the_page_says_so_and_draws_nothing(tmp_path):
    stations = pd.DataFrame({"station": ["a"], "evses": [4], "evse_kw": [50.0]})
    section = small(tmp_path, station="a")
    stations.to_csv(tmp_path / "stations.csv", index=False)
    assert run(tmp_path, section, "replay.station_overrides.a.evses=5") == 0
    answer = json.loads((tmp_path / "out" / "answer.json").read_text())
    (said,) = [line for line in answer["said"]["en"] if line.startswith("What if")]
    assert "of 4 visits nobody waits, neither before nor after; energy" in said
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "Nobody waited in line." in page
    assert "Nobody waits in line at these stations, neither as it was nor in the what-if." in page
    assert "Visits that wait longer" not in page


def test_the_axis_follows_the_clock_on_the_wall(tmp_path):
    """Clocks in Los Angeles go back at 02:00; three EVs are there from 12:00 to 14:00."""
    stations = pd.DataFrame({"station": ["p"], "evses": [4], "evse_kw": [10.0]})
    table = pd.DataFrame({
        "visit": ["early", "n1", "n2", "n3"], "station": "p", "ev_kw": 10.0,
        "arrival": ["2019-11-03T01:00-07:00"] + ["2019-11-03T12:00-08:00"] * 3,
        "need_kwh": [10.0, 20.0, 20.0, 20.0],
    })  # fmt: skip

    assert run(tmp_path, write(tmp_path, stations=stations, visits=table)) == 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    busy = figures(tmp_path / "out" / "report.html", "en")[0]
    shown = [
        (time, value)
        for trace_ in busy["data"]
        if "fill" in trace_
        for time, value in zip(trace_["x"][:-1], trace_["y"][:-1], strict=True)
        if value
    ]
    day = "2019-11-03T"
    assert shown == [(f"{day}01:00:00", 1.0), (f"{day}12:00:00", 3.0), (f"{day}13:00:00", 3.0)]
    assert "UTC-07:00; by the arrivals from 2019-11-03 12:00 on, UTC-08:00: 12:00 to 13:00" in page


def test_an_axis_of_dates_says_its_offset(tmp_path):
    assert run(tmp_path, small(tmp_path)) == 0
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "clock on the wall: UTC+08:00." in page
    answer = json.loads((tmp_path / "out" / "answer.json").read_text())
    assert "from 2025-10-01:" in answer["said"]["en"][0]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("cap_kw=25", Station("a", (Cabinet((Evse(50.0),)),), cap_kw=25.0)),
        ("evse_kw=25", Station("a", (Cabinet((Evse(25.0),)),))),
        ("cabinet_kw=30", Station("a", (Cabinet((Evse(50.0),), 30.0),))),
        ("efficiency=0.9", Station("a", (Cabinet((Evse(50.0),)),), efficiency=0.9)),
        ("discipline=priority",
         Station("a", (Cabinet((Evse(50.0),)),), discipline=Discipline.PRIORITY)),
        ("{sharing:modular,module_kw:20}",
         Station("a", (Cabinet((Evse(50.0),)),), sharing=Sharing.MODULAR, module_kw=20.0)),
    ],
)  # fmt: skip
def test_what_can_be_overridden(override, expected, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(played, "simulate", lambda model, evs: seen.append(model) or _stop())
    text = f"a.{override}" if "{" not in override else f"a={override}"
    with pytest.raises(StopIteration):
        run(tmp_path, small(tmp_path), f"replay.station_overrides.{text}")
    changed = trace.overridden(
        trace.read(small(tmp_path), 1e-3),
        ReplaySection(**SECTION | {"station_overrides": {"a": _as_dict(override)}}),
        trace.Found(),
    )
    assert changed == {0: expected}


def _stop():
    raise StopIteration


def _as_dict(override):
    if override.startswith("{"):
        return {"sharing": "modular", "module_kw": 20.0}
    key, _, value = override.partition("=")
    return {key: value if key == "discipline" else float(value)}


def test_unknown_station_in_an_override(tmp_path, capsys):
    assert run(tmp_path, small(tmp_path), "replay.station_overrides.c.evses=2") == 2
    said = capsys.readouterr().err
    assert "unknown station `c` (one is written replay.station_overrides.a.evses=2)" in said
    assert not (tmp_path / "out").exists()


ODD = ("0002", "BE*ABC*E1", "服务区", "S#1", "Nord:2", "a b.c", "x=1, [y]", "$HOME", "it's")


def test_a_station_of_any_name_can_be_changed(tmp_path, capsys):
    """Two EVs at once at each, for an hour each: a second EVSE and nobody waits."""
    section = write(
        tmp_path,
        stations=pd.DataFrame({"station": ODD, "evses": 1, "evse_kw": 50}),
        visits=pd.DataFrame(
            {
                "visit": [f"{n}{ev}" for n in range(len(ODD)) for ev in "ab"],
                "station": [name for name in ODD for _ in "ab"],
                "arrival": 1, "need_kwh": 50, "ev_kw": 50,
            }
        ),
    )  # fmt: skip
    words = [f"replay.station_overrides.{name}.evses=2" for name in ODD]
    assert run(tmp_path, section, *words, "--all") == 0
    said = capsys.readouterr().out
    for name in ODD:
        assert f"What if, {name}: mean wait 30.0 → 0.0 min" in said


def test_an_unknown_name_is_told_with_the_nearest_ready_to_be_pasted(tmp_path, capsys):
    hardware = pd.DataFrame({"station": ["S #1", "north"], "evses": 1, "evse_kw": 50})
    rows = pd.DataFrame(
        {"visit": ["v"], "station": "north", "arrival": 1, "need_kwh": 5, "ev_kw": 5}
    )
    section = write(tmp_path, stations=hardware, visits=rows)
    assert run(tmp_path, section, "replay.station_overrides.S#1.cap_kw=30") == 2
    nearest = "did you mean 'replay.station_overrides.S #1.cap_kw=30.0'?"
    assert nearest in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a.evses=1"], "`replay.station_overrides.a.evses` changes nothing: it is 1 already"),
        (["a.evse_kw=50"], "a.evse_kw` changes nothing: it is 50.0 already"),
        (["a.sharing=max_min"], "a.sharing` changes nothing: it is max_min already"),
        (["a.evses=2", "a.discipline=fcfs"], "a.discipline` changes nothing: it is fcfs already"),
        (["a={}"], "`replay.station_overrides.a` changes nothing: say what, such as evses"),
        (["a.module_kw=20"], "a.module_kw` has no effect: only sharing=modular has modules"),
    ],
)
def test_a_change_that_changes_nothing_is_refused(words, sentence, tmp_path, capsys):
    changes = (f"replay.station_overrides.{word}" for word in words)
    assert run(tmp_path, small(tmp_path), *changes) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2  # with the word of progress
    assert sentence in said[-1]
    assert not (tmp_path / "out").exists()


def test_a_size_of_modules_that_no_station_has_is_refused(tmp_path, capsys):
    assert run(tmp_path, small(tmp_path), "replay.module_kw=20") == 2
    assert "`replay.module_kw` has no effect" in capsys.readouterr().err


def test_an_input_at_the_place_of_a_result_stays_as_it_is(tmp_path, capsys):
    section = small(tmp_path)
    (tmp_path / "out").mkdir()
    visits = tmp_path / "out" / "sessions.parquet"
    pd.read_csv(section.visits, dtype=str).to_parquet(visits)
    before = visits.read_bytes()
    files = (f"replay.stations={section.stations}", f"replay.visits={visits}")
    assert main(["experiment=replay", *files, f"replay.out={tmp_path / 'out'}"]) == 2
    assert "is an input and would be overwritten" in capsys.readouterr().err
    assert [*(tmp_path / "out").iterdir()] == [visits]
    assert visits.read_bytes() == before


def test_no_file_is_named(capsys, tmp_path):
    assert main(["experiment=replay", f"out={tmp_path / 'out'}"]) == 2
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "`replay.stations` names no file", "`replay.visits` names no file",
    ]  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_parquet_is_the_same_as_csv(tmp_path):
    stations = hardware(7)
    rows = visits(7, stations)
    section = write(tmp_path, stations=stations, visits=rows, vehicles=CURVES)
    csv = trace.read(section, 1e-3)
    for name, table in (("stations", stations), ("visits", rows), ("vehicles", CURVES)):
        table.to_parquet(tmp_path / f"{name}.csv")  # the name says nothing, the content does
    parquet = trace.read(section, 1e-3)
    assert csv.stations == parquet.stations
    assert csv.vehicles == parquet.vehicles
    pd.testing.assert_frame_equal(csv.visits, parquet.visits)


def test_defaults_for_stations_that_say_nothing(tmp_path):
    section = small(tmp_path).model_copy(
        update={"discipline": "priority", "sharing": "modular", "module_kw": 20.0}
    )
    for station in trace.read(section, 1e-3).stations:
        assert station.discipline == Discipline.PRIORITY
        assert (station.sharing, station.module_kw) == (Sharing.MODULAR, 20.0)
        assert (station.cap_kw, station.cabinets[0].kw, station.efficiency) == (inf, inf, 1.0)


def test_groups_hold_every_station_once(tmp_path):
    found = trace.read(write(tmp_path, stations=hardware(1), visits=visits(1, hardware(1)),
                             vehicles=CURVES), 1e-3)  # fmt: skip
    for most_visits, most_bins in ((1, 10**9), (60, 10**9), (10**9, 1), (10**9, 10**9)):
        groups = list(trace.groups(found, 0.1, most_visits, most_bins))
        assert sorted(n for group in groups for n in group) == list(range(12))
    assert len(groups) == 1


def test_the_same_files_give_the_same_bytes(tmp_path):
    section = small(tmp_path)
    names = ("sessions.parquet", "station_bins.parquet", "kpis.parquet", "answer.json")
    assert run(tmp_path, section) == 0
    first = {name: (tmp_path / "out" / name).read_bytes() for name in names}
    assert run(tmp_path, section) == 0
    assert first == {name: (tmp_path / "out" / name).read_bytes() for name in names}


def test_another_trace_into_the_same_folder_is_refused(tmp_path, capsys):
    """What-ifs of the same trace replace each other."""
    section = small(tmp_path)
    assert run(tmp_path, section, "replay.station_overrides.a.evses=3") == 0
    what_if = "replay.station_overrides.a.evses=2"
    assert run(tmp_path, section, what_if) == 0
    first = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*.*")}
    capsys.readouterr()
    assert run(tmp_path, section, "replay.bin_min=60") == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "another design is" in error
    assert "overwrite=true" in error
    assert first == {p: p.read_bytes() for p in (tmp_path / "out").rglob("*.*")}
    assert run(tmp_path, section) == 0
    assert not (tmp_path / "out" / "what_if").exists()  # belonged to the answer before
    manifest = (tmp_path / "out" / "manifest.json").read_text()
    page = (tmp_path / "out" / "report.html").read_text()
    assert str(tmp_path) not in manifest + page


def test_a_span_too_long_is_refused_with_its_bytes(tmp_path, capsys):
    stations = pd.DataFrame({"station": ["a"], "evses": [1], "evse_kw": 50.0})
    table = pd.DataFrame({"visit": ["x", "y"], "station": "a", "arrival": [0.0, 1_190_000.0],
                          "need_kwh": 1.0, "ev_kw": 1.0})  # fmt: skip
    assert run(tmp_path, write(tmp_path, stations=stations, visits=table)) == 2
    assert "bytes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_kpis_of_a_model_without_visits_at_a_station(tmp_path):
    stations = pd.DataFrame({"station": ["a", "idle"], "evses": [1, 1], "evse_kw": 50.0})
    table = pd.DataFrame({"visit": ["x"], "station": "a", "arrival": [0.0], "need_kwh": 1.0,
                          "ev_kw": 1.0})  # fmt: skip
    assert run(tmp_path, write(tmp_path, stations=stations, visits=table)) == 0
    answer = json.loads((tmp_path / "out" / "answer.json").read_text())
    assert answer["stations"]["idle"]["visits"] == 0
    assert answer["stations"]["idle"]["wait_min_mean"] is None


def test_a_station_may_be_called_na(tmp_path):
    stations = pd.DataFrame({"station": ["NA", "null"], "evses": [1, 1], "evse_kw": 50.0})
    table = pd.DataFrame({"visit": ["nan", "None"], "station": ["NA", "null"], "arrival": 0.0,
                          "need_kwh": 1.0, "ev_kw": 1.0})  # fmt: skip
    assert run(tmp_path, write(tmp_path, stations=stations, visits=table)) == 0
    done = pd.read_parquet(tmp_path / "out" / "sessions.parquet")
    assert done["station"].tolist() == ["NA", "null"]
    assert done["visit"].tolist() == ["nan", "None"]


def test_model_of_part_of_the_stations(tmp_path):
    found = trace.read(small(tmp_path), 1e-3)
    part = found.model([1], 1.0, {})
    assert isinstance(part, Model)
    assert [s.name for s in part.stations] == ["b"]
    own = found.visits[found.visits["station"] == 1]
    assert found.evs(own, [1])["place"].tolist() == [0]


HOSTILE = "</script><img src=x onerror=window.evil=1>"


@pytest.mark.skipif(not CHROMIUM, reason=MISSING)
def test_the_report_opens_clean_and_names_in_it_do_nothing(tmp_path):
    stations = pd.DataFrame({"station": [HOSTILE, "b"], "evses": [1, 2], "evse_kw": 50.0})
    table = pd.DataFrame({
        "visit": [f"v{n}" for n in range(60)], "station": [HOSTILE, "b"] * 30,
        "arrival": np.arange(60) * 0.4, "need_kwh": 40.0, "ev_kw": 50.0,
    })  # fmt: skip
    section = write(tmp_path, stations=stations, visits=table)
    assert run(tmp_path, section, "replay.station_overrides.b.evses=1") == 0
    with browser() as chromium:
        for width in (1280, 390):
            page = chromium.open(tmp_path / "out" / "report.html", width, ready=READY)
            assert page.problems() == []
            assert len(page.requests()) == 1
            assert page.js("document.documentElement.scrollWidth") <= width
            assert page.js("window.evil") is None
            assert page.js("document.querySelectorAll('img').length") == 0
            assert HOSTILE in page.js("document.body.textContent")
            page.close()
