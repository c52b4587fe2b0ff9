"""What `experiment=speed` says of figures made up here, and that each part measures what it says:
counts are compared, never times."""

import json
from pathlib import Path

import pytest

from experiments.speed import pool, question
from experiments.speed.measure import Measure
from experiments.speed.page import page
from experiments.speed.settings import SpeedSection
from experiments.speed.target import TARGETS, Row
from experiments.speed.verdict import lead, verdict
from sim.config import compose
from sim.report.finding import found, packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from tests import small
from tests.report.reading import foreign, texts

WORDS = {of: Words(of, Path(question.__file__).parent) for of in LANGUAGES}
SHIPPED = compose.plain(compose.config(("experiment=speed",)))["speed"]
PROGRAMS = {"SimPy", "Ciw", "Cimba", "ACN-Sim", "M/M/20", "GB", "cc", "C"}


DETAIL = {"pool_dispatch": "dispatch", "pool_memory": "client"}  # that are not of their part


def fields(key: str) -> dict:
    """A value for each field of the message of a row's part."""
    every = {
        "sessions", "off_h", "engine_us", "c_us", "events", "twin_us", "few", "few_us", "many",
        "many_us", "stations", "evses", "days", "waited", "seconds", "sample_s", "visits", "evs",
        "ticks", "draw_s", "audit_s", "tables_s", "figures_s", "run_s", "first_s", "again_s",
        "replications", "one_s", "two_s", "gain", "loop_s", "loops_s", "bare_gain", "customers",
        "engine_s", "peer_s", "engine_wait_h", "peer_wait_h", "wait_h", "off_kwh",
        "finer_off_kwh", "trucks", "summary_s", "designs", "bare_ms", "workers", "sweep_s",
        "tasks_s", "client_s", "cpu_s", "bare", "bare_s",
        "tasks", "task_s", "idle", "client", "beside_ms", "few_gb", "many_gb", "short",
    }  # fmt: skip
    return dict.fromkeys(every, 2.0)


def made(times: float, missing: str = "") -> dict:
    """Every target reached so many times."""
    rows = []
    for key, target in TARGETS.items():
        value = target.bound * (times if target.is_least else 1.0 / times)
        row = Row(key, value, found(f"detail.{DETAIL.get(key, target.part)}", **fields(key)))
        if key == missing:
            row = Row(key, None, found("reason.not_installed", package=key))
        rows.append(row._asdict())
    profile = {
        "each_us": dict.fromkeys(("power", "session", "turned_away", "gives_up"), 0.5),
        "share": {"power": 0.4, "session": 0.6}, "count": {"power": 40, "session": 10},
        "sessions": 10,
    }  # fmt: skip
    curve = {"sizes": [1, 10, 100], "event_ns": [100.0, 200.0, 400.0], "exponent": 0.3}
    grown = dict.fromkeys(("sessions", "stations", "evses", "steps", "levels"), curve)
    return {"rounds": 5, "quick": False, "rows": rows, "kinds": profile, "growth": grown}


@pytest.mark.parametrize("times", [1.01, 0.995, 0.9])
def test_a_target_is_met_or_missed_by_so_much(times):
    lines = [WORDS["en"](own) for own in verdict(made(times))]
    count = len(TARGETS)
    rows = [line for line in lines if "; target at " in line]
    assert lines[0] == f"{count if times > 1.0 else 0} of {count} targets are met."
    for key, line in zip(TARGETS, rows, strict=True):
        assert ("met." in line) == (times > 1.0), line
        if times < 1.0 and key != "tick":
            by = "10 %" if TARGETS[key].is_least else "11 %"
            by = "less than 1 %" if times > 0.9 else by
            assert f": MISSED by {by}." in line
    assert lines[-1] == "The cost of an event grows with levels of limits to the power of 0.30."


def test_the_lead_names_what_is_missed_and_what_is_too_small_to_count():
    said = WORDS["en"](lead(made(0.9))[1])
    assert said.startswith("Missed: Engine in times of C, 1 ")
    assert len(lead(made(1.01))) == 1
    small_one = made(1.01) | {"quick": True}
    assert "nothing else" in WORDS["en"](lead(small_one)[1])


def test_of_more_it_is_the_whole_that_counts():
    tick = TARGETS["tick"]
    assert tick.is_met(0.1)
    assert tick.is_met(-0.02)
    assert not tick.is_met(0.101)
    assert tick.short(0.21) == pytest.approx(0.1)


def test_what_could_not_be_measured_is_no_target():
    lines = [WORDS["en"](own) for own in verdict(made(2.0, "ciw"))]
    assert lines[0].startswith(f"{len(TARGETS) - 1} of {len(TARGETS) - 1} targets")
    assert (
        "Ciw in times of the engine, M/M/20: not measured. `ciw` is not installed: the extra "
        "`peers` brings it." in lines
    )


def test_the_page_is_in_both_languages(tmp_path):
    answer = made(0.9, "cimba")
    answer |= {"verdict": verdict(answer), "lead": lead(answer)}
    kept = unpacked(json.loads(json.dumps(packed(answer))))
    path = write(tmp_path / "page.html", lambda say: page(say, kept), WORDS, kept["lead"])
    assert foreign(path, PROGRAMS) == []
    assert texts(path, "zh").count("未达到") == texts(path, "en").count("MISSED") > 0


def test_a_quick_one_is_a_hundredth():
    own = SpeedSection.model_validate({**SHIPPED, "quick": True}).in_short()
    assert own.rounds == own.national.rounds == own.week.rounds == 1
    assert (own.sessions, own.national.sessions, own.week.evs) == (1000, 51_700, 20_000)
    assert own.national.evses / own.national.stations == pytest.approx(48_417 / 6_500, rel=0.01)
    whole = SpeedSection.model_validate(SHIPPED)
    assert whole.in_short() == whole


def test_every_part_has_a_target_and_is_measured():
    assert {target.part for target in TARGETS.values()} == set(SHIPPED["parts"])
    assert all(hasattr(Measure, f"_{part}") for part in SHIPPED["parts"])


def test_rows_of_a_small_network(tmp_path):
    """The parts that need no compiler and no other package, from the command's words to answer."""
    parts = ["twin", "evses", "tick", "replication"]
    cfg = small.config(tmp_path)
    cfg["speed"] |= {"parts": parts, "quick": True}
    small.asked(cfg, "speed", tmp_path / "out")
    answer = unpacked(json.loads((tmp_path / "out" / "answer.json").read_text()))
    rows = {row["key"]: row for row in answer["rows"]}
    assert list(rows) == [key for key, target in TARGETS.items() if target.part in parts]
    for key, row in rows.items():
        assert row["value"] is not None
        WORDS["zh"](row["detail"])
        assert (key == "tick") or row["value"] > 0.0
    assert rows["twin_1x20"]["detail"].values["sessions"] == 10
    assert rows["tick"]["detail"].values["ticks"] == 3 * 24 * 60
    kept = json.loads((tmp_path / "out" / "speed.json").read_text())
    assert kept["twin_1x20"]["events"] == rows["twin_1x20"]["detail"].values["events"]


def test_designs_of_a_pool_differ_and_meet_the_same_evs():
    own = SpeedSection.model_validate({**SHIPPED, "quick": True}).in_short().pool
    designs = pool.designs(own, 3)
    assert (len(designs), own.replications, own.task_s) == (20, 2, 0.2)
    wide, narrow = designs["0"], designs["19"]
    assert narrow.cap_kw == pytest.approx(pool.NARROW * wide.cap_kw)
    found = [pool.figures(case, 0).figures for case in (wide, narrow, wide)]
    assert found[0] == found[2]
    assert found[0]["wait_min_mean"] < found[1]["wait_min_mean"]
    assert found[0] != pool.figures(wide, 1).figures


def test_a_replication_of_a_design_is_as_long_as_is_asked(monkeypatch):
    def looped(work, parts):
        """Of a replication 10 ms are the same for any number, and each station takes 2."""
        assert work is pool.figures
        assert len(parts) == pool.WORKERS
        (each,) = {sum(0.010 + 0.002 * case.stations for case, _ in part) for part in parts}
        return each

    monkeypatch.setattr(pool, "looped", looped)
    assert pool.stations_in(0.03) == 10
    assert pool.stations_in(0.05) == 19  # 17, and then 17 x 50 / 44
    assert pool.stations_in(0.001) == 1


def test_what_workers_do_between_tasks_is_theirs_alone():
    tasks = [(1, 5.0, 5.5), (2, 1.0, 2.0), (1, 5.75, 6.0), (2, 2.25, 3.0), (1, 6.0, 6.5)]
    assert pool._between_s(tasks) == 0.5


@pytest.mark.long
def test_rows_of_a_pool(tmp_path):
    cfg = small.config(tmp_path)
    cfg["speed"] |= {"parts": ["pool"], "quick": True}
    small.asked(cfg, "speed", tmp_path / "out")
    kept = json.loads((tmp_path / "out" / "speed.json").read_text())
    assert list(kept) == ["pool_rate", "pool_dispatch", "pool_memory"]
    assert kept["pool_rate"]["designs"] * kept["pool_rate"]["replications"] == 40
    assert kept["pool_dispatch"]["tasks"] == 20
    assert kept["pool_memory"]["many"] == 10 * kept["pool_memory"]["few"]
    assert all(own["value"] > 0.0 for own in kept.values())
