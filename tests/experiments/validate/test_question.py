"""`experiment=validate` on data made up here: where the law is known it must agree, where the law
is wrong it must say so; and the real data, where they are beside the repository."""

import csv
import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.validate import busy, epfl, recorded, verdict
from experiments.validate import question as validate
from experiments.validate.covered import width
from sim.__main__ import main
from sim.replay.law import busy_hours, fit, observe
from sim.replay.site import Session, Site
from sim.report.language import Words
from sim.stats import interval
from sim.stats.estimate import Estimate
from tests.report.reading import foreign
from tests.stats.test_variation import factor

COLUMNS = ("cp_id", "connector", "start", "end", "kwh", "site", "model")
MONDAY = datetime(2024, 1, 1)
WRITTEN = {
    "shared",
    "absent",
    "epfl",
    "dundee",
    "hamburg",
    "data",
    "csv",
    "validate",
}  # names of files
MODEL = busy.MODELS["line"]
DAY_SHAPE = np.array([0.3] * 7 + [1.0] * 4 + [1.8] * 8 + [1.0] * 5)


# ---- sites made up -----------------------------------------------------------------------------


def spans(
    seed: int, weeks: int, units: int, per_day: float = 45.0, waiting: float = 0.0,
    even_stays: float = 1.0, moods: bool = False, cvs: tuple[float, float] = (0.0, 0.0),
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Occupied spans of a site, by a loop over arrivals that shares nothing with the engine.

    Arrivals are Poisson by `DAY_SHAPE`, and levels of weeks and days differ by `cvs`; stays are
    gamma with a mean of 24 min; who finds no unit free waits with probability `waiting`, else is
    lost.  What no odd week knows: `even_stays` stretches the stays of even weeks, `moods` makes
    their days busy or quiet.
    """
    rng = np.random.default_rng(seed)
    mood = factor(rng, cvs[0], (weeks, 1)) * factor(rng, cvs[1], (weeks, 7))
    if moods:
        mood[1::2] *= rng.choice([0.4, 1.6], mood[1::2].shape)
    rate = per_day * np.outer(mood, DAY_SHAPE / DAY_SHAPE.sum()).ravel()
    hour = np.repeat(np.arange(len(rate)), rng.poisson(rate))
    free, found = np.zeros(units), []
    for time in np.sort(hour + rng.random(len(hour))):
        stay = rng.gamma(2.0, 0.2) * (even_stays if time // 168 % 2 else 1.0)
        unit = int(free.argmin())
        if free[unit] <= time or rng.random() < waiting:
            begin = max(free[unit], time)
            free[unit] = begin + stay
            found.append((begin, begin + stay))
    begin_h, end_h = np.array(sorted(found)).T
    return begin_h, end_h


def site(seed: int, weeks: int = 8, units: int = 2, **law) -> Site:
    begin_h, end_h = spans(seed, weeks, units, **law)
    return Site(f"site {seed}", MONDAY, weeks, units, begin_h, end_h, len(begin_h), {}, 0)


def write(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return path


def operators_rows(weeks: int = 6, name: str = "Hub") -> list[list[object]]:
    """A file as an operator would export it: whole minutes, one unit."""
    begin, end = spans(3, weeks, 1)
    minute = [
        [MONDAY + timedelta(minutes=int(60 * hour)) for hour in both]
        for both in zip(begin, end, strict=True)
    ]
    return [["7", "1", b, e, 9.5, name, "50 kW"] for b, e in minute if e > b]


# ---- verdicts ----------------------------------------------------------------------------------


def test_a_known_law_agrees():
    found = [busy.compare(site(seed), 1, *MODEL) for seed in (11, 12)]
    outside = sum(f["share"]["outside"] for f in found)
    cells = sum(f["share"]["of"] for f in found)
    assert cells == 2 * 24 * 3
    assert outside / cells < 0.12
    for f in found:
        assert f["share"]["p"] > 0.05
        assert f["mean"]["by_chance"] == pytest.approx(0.05 * 24, abs=0.06)
        assert f["error"]["p"] > 0.05
        assert f["pit"]["p"] > 0.01
        days = f["spread_of_days"]
        assert days["low"] <= days["recorded"] <= days["high"]


def test_a_wrong_stay_is_seen_by_the_hour():
    found = busy.compare(site(13, even_stays=1.8), 1, *MODEL)
    for cells in (found["share"], found["mean"]):
        assert cells["outside"] > cells["most_by_chance"]
        assert cells["p"] <= 0.01
    assert found["error"]["p"] <= 0.01


def test_busy_and_quiet_days_are_seen_by_the_day():
    found = busy.compare(site(14, moods=True), 1, *MODEL)
    days = found["spread_of_days"]
    assert days["recorded"] > days["high"]
    assert found["pit"]["p"] < 0.01
    assert width(found["coverage"]["day"]) == "narrow"


def test_levels_that_vary_in_all_weeks_are_learned():
    """The bands of days hold then what they promise; without such levels they are too narrow."""
    own = site(15, 16, cvs=(0.25, 0.15))
    found = {model: busy.compare(own, 1, *busy.MODELS[model]) for model in ("line", "plain")}
    line, plain = found["line"], found["plain"]
    assert (line["week_cv"], line["day_cv"]) == pytest.approx((0.25, 0.15), abs=0.1)
    assert (plain["week_cv"], plain["day_cv"]) == (0.0, 0.0)
    for kind in ("day", "began"):
        assert width(line["coverage"][kind]) == "right"
        assert width(plain["coverage"][kind]) == "narrow"
    days = line["spread_of_days"]
    assert days["low"] <= days["recorded"] <= days["high"]


@pytest.mark.long
def test_bands_of_days_cover_what_they_promise():
    """Of sites made with known variation, all days together; bands of plain Poisson arrivals do
    not."""
    sites = [site(100 + n, 20, cvs=(0.15, 0.1)) for n in range(16)]
    for model, low, high in (("line", 0.93, 0.97), ("plain", 0.0, 0.9)):
        found = [busy.compare(own, 1, *busy.MODELS[model])["coverage"] for own in sites]
        for kind in ("day", "began"):
            inside, of = (sum(own[kind][key] for own in found) for key in ("inside", "of"))
            assert low < inside / of < high, (model, kind, inside, of)


def test_units_are_there_by_week():
    """Of two units one is away in week 1 and both in week 3, which is not compared."""
    own = replace(site(16), quiet={"a": [1, 3], "b": [3]})
    assert own.there.tolist() == [2, 1, 2, 0, 2, 2, 2, 2]
    law = fit(observe(own), range(0, 8, 2), *MODEL)
    busy_at = busy_hours(*busy.occupancies(own, law, np.random.default_rng(1)), 8 * 168, 2)
    two = busy_at[:, 2].reshape(8, 168).sum(axis=1)
    assert two[1] < 1.0  # who was there at midnight
    assert two[3] < 1.0
    assert (two[[0, 2, 4, 5, 6, 7]] > 1.0).all()
    some = busy_at[:, 1].reshape(8, 168).sum(axis=1)
    assert some[3] < 1.0 < some[1]
    assert busy.compare(own, 1, *MODEL)["days"] == 3 * 7


# ---- fast charger ------------------------------------------------------------------------------

FAST = (
    "session,ccs,arrival,departure,stay_min,energy_wh,pmax_w,preq_max_w,controlled,total_capacity,"
    "bulk_capacity,soc_arrival,soc_departure,energy_capacity_wh\n"
)
FLAT = epfl.Acceptance(((1.0, 1.0),), 0.0)


def fast(tmp_path: Path, rows: Sequence[str]) -> pd.DataFrame:
    path = tmp_path / "fast.csv"
    path.write_text(FAST + "\n".join(rows) + "\n")
    return epfl.sessions(path)


def test_two_sessions_that_overlap_by_hand(tmp_path):
    """172.5 kW of the grid are 163.875 kW at the battery.

    A wants all of it, B 40 kW from 15 min on.  Half each is 81.9375: B takes its 40, A gets
    123.875.  A gains 163.875 / 4 + 123.875 / 4 = 71.9375 kWh in 30 min, B 20 kWh.
    """
    table = fast(
        tmp_path,
        [
            "1,CCS1,2022-04-12 08:00,2022-04-12 08:29,30,75723.68,1,200000,1,1,1,0,71.9375,100000",
            "2,CCS2,2022-04-12 08:15,2022-04-12 08:44,30,21052.63,1,40000,0,1,1,20,60,50000",
        ],
    )
    assert table.shared.tolist() == [True, True]
    got = epfl.predict(table, [FLAT, FLAT], sharing=True)
    assert got.stay_min.tolist() == pytest.approx([30.0, 30.0])
    assert got.kwh.tolist() == pytest.approx([71.9375, 20.0])
    assert table.kwh.tolist() == pytest.approx(got.kwh.tolist(), abs=0.01)
    naive = epfl.predict(table, [FLAT, FLAT], sharing=False)
    assert naive.stay_min.tolist() == pytest.approx([60 * 71.9375 / 163.875, 30.0])
    assert naive.kwh.tolist() == pytest.approx([163.875 / 2, 20.0])


def test_acceptance_is_found_again():
    """Stays made of a known acceptance, without noise, give it back."""
    rng = np.random.default_rng(2)
    share = np.array([0.9, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])
    low, high = np.sort(rng.random((2, 400)), axis=0)
    battery, peak = rng.uniform(30, 90, 400), rng.uniform(50, 160, 400)
    bands = epfl.BANDS
    gained = np.clip(
        np.minimum(high[:, None], bands[1:]) - np.maximum(low[:, None], bands[:-1]), 0, inf
    )
    table = pd.DataFrame(
        {
            "soc_begin": low, "soc_end": high, "battery_kwh": battery, "peak_kw": peak,
            "stay_min": 4.0 + 60 * (gained / share).sum(axis=1) * battery / peak,
            "shared": np.arange(400) % 4 == 0,
        }
    )  # fmt: skip
    table.loc[table.shared, "stay_min"] += 30.0  # what shared is not learned from
    for relative in (False, True):
        got = epfl.learned(table, relative)
        assert [kw for _, kw in got.steps] == pytest.approx(share.tolist(), rel=1e-6)
        assert got.idle_min == pytest.approx(4.0, rel=1e-6)


def test_errors_by_hand():
    table = pd.DataFrame({"kwh": [10.0, 20.0, 30.0], "day": [0, 0, 1]})
    got = epfl.errors(pd.Series([12.0, 19.0, 36.0], name="kwh"), table, seed=1)
    assert (got["n"], got["recorded_mean"]) == (3, 20.0)
    assert got["mean_error"]["mean"] == pytest.approx(7 / 3)
    assert got["mean_abs_error"]["mean"] == pytest.approx(3.0)
    assert got["rms_error"]["mean"] == pytest.approx((41 / 3) ** 0.5)
    assert got["bias_frac"]["mean"] == pytest.approx(7 / 60)
    # With two days a resample has the first twice, each once, or the second twice.
    assert (got["mean_error"]["low"], got["mean_error"]["high"]) == (0.5, 6.0)


# ---- a file of one's own -----------------------------------------------------------------------


@pytest.fixture
def nothing_shared(monkeypatch):
    monkeypatch.setattr(epfl, "FILE", recorded.SHARED / "absent" / "epfl.csv")
    monkeypatch.setattr(validate, "DUNDEE", recorded.SHARED / "absent" / "dundee.csv")
    monkeypatch.setattr(validate, "HAMBURG", (recorded.SHARED / "absent" / "hamburg.csv",))


@pytest.mark.usefixtures("nothing_shared")
def test_a_file_of_ones_own(tmp_path, capsys):
    own = write(tmp_path / "own.csv", operators_rows())
    out = tmp_path / "out"
    asked = [f"validate.sessions={own}", "engine.workers=1", f"out={out}", "--all"]
    assert main(["experiment=validate", *asked]) == 0
    said = capsys.readouterr().out
    assert "../shared/data/absent/epfl.csv is not there" in said
    assert "../shared/data/absent/dundee.csv is not there" in said
    assert "../shared/data/absent/hamburg.csv is not there" in said
    answer = json.loads((out / "answer.json").read_text())
    assert [s["site"] for s in answer["sites"]] == ["Hub"]
    assert answer["sites"][0]["weeks"] == 6
    assert answer["sites"][0]["line"]["days"] == 21
    assert said.splitlines()[: len(answer["verdict"])] == answer["said"]["en"]
    table = pd.read_csv(out / "validate.csv")
    assert len(table) == 3 * 24 * 3  # models, hours, the mean and the two shares
    assert (table["low"] <= table["high"]).all()
    assert "## Hub: 1 unit" in (out / "validate.md").read_text()
    page = (out / "report.html").read_text()
    assert "Hub: 1 unit" in page
    assert foreign(out / "report.html", {"Hub", "EPFL"} | WRITTEN) == []
    manifest = (out / "manifest.json").read_text()
    files = {name for name in json.loads(manifest)["files"] if not name.startswith("tables/")}
    assert files == {"answer.json", "report.html", *validate.FILES}
    assert json.loads(manifest)["input_hashes"]["sessions"]
    first = (out / "report.html").read_bytes()
    (out / "report.html").unlink()
    again = [f"validate.sessions={own}", "engine.workers=1", f"out={out}", "report.only=true"]
    assert main(["experiment=validate", *again]) == 0
    assert (out / "report.html").read_bytes() == first
    for text in (page, manifest, json.dumps(answer)):
        assert str(tmp_path) not in text  # no path of this machine


@pytest.mark.usefixtures("nothing_shared")
def test_nothing_to_compare(tmp_path, capsys):
    assert main(["experiment=validate", f"out={tmp_path / 'out'}"]) == 2
    assert "there is nothing to compare" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("nothing_shared")
def test_every_bad_row_is_named_at_once(tmp_path, capsys):
    rows = operators_rows()
    rows[0][2] = "1704067200"
    rows[1][4] = "nan"
    rows[2][0] = ""
    rows[3][2] = f"{rows[3][2]}+01:00"
    rows[4] = rows[4][:-1]
    own = write(tmp_path / "own.csv", rows)
    assert main(["experiment=validate", f"validate.sessions={own}", f"out={tmp_path / 'out'}"]) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if "own.csv" in line]
    assert len(said) == 5, said
    for number, word in ((2, "start"), (3, "kwh"), (4, "cp_id"), (5, "offset"), (6, "cells")):
        assert any(f"line {number}" in line and word in line for line in said), (number, said)
    assert [p.name for p in tmp_path.iterdir()] == ["own.csv"]


@pytest.mark.parametrize(
    ("rows", "name", "sentence"),
    [
        (operators_rows(name="Hub A") + operators_rows(name="Hub B"), None, "has 2 sites"),
        (operators_rows(name="Hub A"), "Hub B", "did you mean `Hub A`?"),
        (operators_rows(weeks=3), None, "whole weeks"),
        (operators_rows()[::10], None, "sessions in its odd weeks"),
        ([*operators_rows(), ["7", "1", "2074-01-01 00:00", "2074-01-01 00:10", 1, "Hub", ""]],
         None, "is a year wrong?"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("nothing_shared")
def test_what_cannot_be_compared(tmp_path, capsys, rows, name, sentence):
    own = write(tmp_path / "own.csv", rows)
    argv = ["experiment=validate", f"validate.sessions={own}", f"out={tmp_path / 'out'}"]
    assert main(argv + ([f"validate.site={name}"] if name else [])) == 2
    assert sentence in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["own.csv"]


def test_gzip_is_known_by_content_not_by_name(tmp_path):
    plain = write(tmp_path / "plain.csv.gz", operators_rows())
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    rows = recorded.read(packed, Session)
    assert len(rows) > 100
    assert rows == recorded.read(plain, Session)


# ---- what is said ------------------------------------------------------------------------------


def made(
    low: float, high: float, p: float = 0.5, spread: float = 0.2, days: int = 20, hours: int = 480
) -> dict:
    """An answer of the fast charger and one site; the rule changes errors by `low` to `high`, and
    so many `days` of 21 and `hours` of 504 are in their bands."""
    error = Estimate(1.0, 0.5, 1.5)
    figures = dict.fromkeys(("mean_error", "mean_abs_error", "rms_error", "bias_frac"), error)
    rows = [
        {"quantity": quantity, "group": group, "model": model, "n": 9, "recorded_mean": 30.0,
         **figures}
        for quantity in epfl.QUANTITIES for group in ("all", "slowed")
        for model in ("shared", "unshared")
    ]  # fmt: skip
    gained = [
        {"quantity": quantity, "group": "slowed", "mean": (low + high) / 2, "low": low,
         "high": high, "n": 9}
        for quantity in epfl.QUANTITIES
    ]  # fmt: skip
    count = {"outside": 1, "of": 24, "by_chance": 1.2, "most_by_chance": 4, "p": p}
    line = {
        "days": 21, "share": count, "mean": count,
        "error": {"recorded": 0.1, "by_chance": 0.1, "p": p},
        "spread_of_days": {"recorded": spread, "simulated": 0.2, "low": 0.15, "high": 0.25},
    }  # fmt: skip
    line["coverage"] = {
        "day": covered(days, 21, 19, 21), "hour": covered(hours, 504, 470, 490)
    }  # fmt: skip
    plain = {"coverage": {"day": covered(15, 21, 19, 21)}}
    quiet = [{"unit": "7", "weeks": ["2024-01-08", "2024-01-15"]}]
    return {
        "skipped": {"dundee": "../shared/data/dundee.csv"},
        "sites": [
            {"site": "Hub", "units": 1, "weeks": 6, "quiet": quiet, "line": line, "plain": plain}
        ],
        "epfl": {"sessions": 9, "slowed": 3, "errors": rows, "gained_by_sharing": gained},
    }


def covered(inside: int, of: int, least: int, most: int) -> dict:
    share = interval.wilson(inside, of)
    return {
        "inside": inside, "of": of, "least": least, "most": most, "share": Estimate(**share),
        "by_chance": Estimate(0.95, least / of, most / of),
    }  # fmt: skip


def test_a_rule_changes_errors_only_where_it_is_shown():
    say = Words("en", Path(validate.__file__).parent)
    for low, high, told in (
        (-2.0, -1.0, "The rule changes the mean absolute error by -1.50 (-2.00 to -1.00) min."),
        (-2.0, 1.0, "The rule is not shown to change the mean absolute error: -0.50 (-2.00 to "),
    ):
        assert told in say.join([say(own) for own in verdict.verdict(made(low, high))])


def test_sites_agree_only_within_chance_and_bands():
    say = Words("en", Path(validate.__file__).parent)
    for p, spread, hours, days, told in (
        (0.5, 0.2, 1, 1, "as simulated"), (0.04, 0.3, 0, 0, "otherwise than simulated"),
    ):  # fmt: skip
        lines = [say(own) for own in verdict.verdict(made(-2.0, 1.0, p, spread))]
        agree = f"{hours} of 1 sites agree hour by hour and {days} of 1 day by day; at the fast"
        assert lines[0].startswith(agree)
        assert any(f"its days differ {told}" in line for line in lines)
    assert lines[-2] == "Skipped, Dundee rapid chargers: ../shared/data/dundee.csv is not there."


def test_bands_are_judged_by_what_they_cover():
    say = Words("en", Path(validate.__file__).parent)
    for days, hours, agree, told in (
        (20, 480, 1, ("95.2 % (77.3 to 99.2)", "the bands of days hold what", "promise, too")),
        (18, 480, 0, ("the bands of days are still too narrow", "promise, too")),
        (20, 491, 1, ("those of busy units by single hour are too wide",)),
        (20, 469, 1, ("those of busy units by single hour are too narrow", "93.1 %")),
    ):  # fmt: skip
        answer = made(-2.0, 1.0, days=days, hours=hours)
        lines = [say(own) for own in verdict.verdict(answer)]
        assert f"{agree} of 1 day by day" in lines[0]
        for words in told:
            assert words in say.join(lines)
    assert "71.4 % (50.0 to 86.2) if levels did not vary" in say.join(lines)
    assert "Unit 7 hardly recorded in 2 of 6 weeks and does not count as there in them." in lines


# ---- the real data -----------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.skipif(
    recorded.absent(epfl.FILE, epfl.CURVES, validate.DUNDEE, *validate.HAMBURG) is not None,
    reason="the recorded sessions are not in ../shared/data",
)
def test_recorded_sessions(tmp_path):
    assert main(["experiment=validate", f"out={tmp_path}"]) == 0
    answer = json.loads((tmp_path / "answer.json").read_text())
    found = answer["epfl"]
    assert (found["sessions"], found["overlapping"]) == (992, 405)
    bias = {
        (r["quantity"], r["model"]): abs(r["bias_frac"]["mean"])
        for r in found["errors"]
        if r["group"] == "slowed"
    }
    for quantity in epfl.QUANTITIES:
        assert bias[quantity, "shared"] < bias[quantity, "unshared"]
    assert [(s["units"], s["weeks"]) for s in answer["sites"]] == [(4, 20), (1, 52)]
    for one in answer["sites"]:
        assert one["line"]["share"]["p"] >= 0.05
        assert one["quiet"] == []
        days = {model: one[model]["coverage"]["day"] for model in ("line", "plain")}
        assert days["line"]["share"]["low"] < 0.95 < days["line"]["share"]["high"]
        assert days["plain"]["share"]["high"] < 0.95
        assert verdict.agrees_by_day(one)
    lochee, queen_street = ((s["line"]["week_cv"], s["line"]["day_cv"]) for s in answer["sites"])
    assert lochee == pytest.approx((0.13, 0.08), abs=0.01)
    assert queen_street == pytest.approx((0.29, 0.16), abs=0.01)
    city = answer["city"]
    assert (city["sites"], city["evses"], city["even_days"]) == (399, 792, 9)
    for own in city["models"].values():  # nearly any model puts nearly all hours inside
        assert own["coverage"]["hour"]["share"]["mean"] > 0.95
    rise, beside = city["models"], city["rise"][0]
    assert beside["low"] > rise["nearest"]["rise"][0]["high"]
    assert rise["choice"]["rise"][0]["low"] > rise["nearest"]["rise"][0]["high"]
