"""Ten named scenarios, of which order, times and energies are kept, so that a change says what it
changed.

    python -m tests.test_fingerprints                 prints the fingerprints
    python -m tests.test_fingerprints --update WHY    keeps those that changed, and notes WHY

Hours, kWh and kW count to 1e-9; in drawn demand, which needs logarithms, to 1e-6, because their
last bits are not the same on all processors.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import audit
from sim.engine import simulate
from sim.evs import make_evs
from sim.ledger import Ledger
from sim.lifecycle import Change as Kind
from sim.lifecycle import Outcome, Rule
from sim.model import Cabinet, Change, Evse, Model, Route, Station, Stop, Vehicle
from sim.roads import scenario
from sim.roads.demand import Demand
from tests.roads.test_scenario import published

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tests" / "fingerprints"
CHANGELOG = ROOT / "CHANGELOG.md"
HEADING = "## Fingerprints"
PARTS = ("order", "times", "energy")
Print = dict[str, str]

# ---- the scenarios ------------------------------------------------------------------------

FLEET = (
    Vehicle("flat", 60.0, ((1.0, 60.0),)),
    Vehicle("taper", 75.0, ((0.3, 150.0), (0.5, 110.0), (0.8, 70.0), (0.9, 40.0), (1.0, 15.0))),
    Vehicle("hump", 90.0, ((0.1, 80.0), (0.6, 240.0), (0.8, 120.0), (1.0, 30.0)), volts=800.0),
)
PAIR = Cabinet((Evse(120.0), Evse(120.0)))
DOWN_AND_UP = [Kind.EVSE_DOWN, Kind.EVSE_UP]
FAST = Cabinet((Evse(amps=250.0), Evse(250.0, 600.0), Evse(180.0)))


def visitors(seed: int, n: int, hours: float, **fields: Any) -> np.ndarray:
    """EVs that turn up at station 0 within some hours."""
    rng = np.random.default_rng(seed)
    vehicle = rng.integers(0, len(FLEET), n)
    battery = np.array([v.battery_kwh for v in FLEET])[vehicle]
    own = {
        "vehicle": vehicle, "entry_h": np.sort(rng.uniform(0.0, hours, n)),
        "entry_kwh": battery * rng.uniform(0.05, 0.5, n),
        "target_kwh": battery * rng.uniform(0.6, 1.0, n),
        "kwh_per_km": rng.uniform(0.14, 0.22, n),
    }  # fmt: skip
    return make_evs(n, **own | fields)


def drivers(seed: int, n: int, hours: float, **fields: Any) -> np.ndarray:
    """EVs on the routes of `highway`."""
    rng = np.random.default_rng([seed, 1])
    own = {
        "route": rng.integers(0, 2, n), "entry_kwh": rng.uniform(25.0, 60.0, n),
        "stop_kwh": rng.uniform(10.0, 35.0, n), "dest_kwh": rng.uniform(5.0, 25.0, n),
        "reserve_kwh": 4.0,
    }  # fmt: skip
    return visitors(seed, n, hours, **own | fields)


def highway(**fields: Any) -> Model:
    """Four stations, two routes; the second joins at the second station."""
    names = ("first", "second", "third", "fourth")
    cabinets = ((PAIR,), (PAIR, PAIR), (FAST,), (PAIR,))
    stations = tuple(
        Station(name, own, service_h=0.4, expected_wait_h=0.1, **fields)
        for name, own in zip(names, cabinets, strict=True)
    )
    stops = [Stop(s, 60.0 + 70.0 * s, 0.6 + 0.7 * s) for s in range(4)]
    later = [Stop(p.station, p.km - 100.0, p.h - 1.0) for p in stops[1:]]
    routes = (
        Route("long", 420.0, 4.1, tuple(stops)), Route("short", 300.0, 2.9, tuple(later)),
    )  # fmt: skip
    return Model(stations, FLEET, routes, horizon_h=12.0)


def one(*cabinets: Cabinet, changes: Sequence[Change] = (), **fields: Any) -> Model:
    return Model((Station("one", cabinets, **fields),), FLEET, changes=changes, horizon_h=12.0)


def curves() -> tuple[Model, np.ndarray]:
    return one(FAST, PAIR), visitors(1, 60, 8.0)


def cabinets() -> tuple[Model, np.ndarray]:
    stack = Cabinet((Evse(180.0), Evse(180.0), Evse(60.0)), 240.0)
    return one(stack, stack, cap_kw=400.0, efficiency=0.95), visitors(2, 60, 8.0)


def cap_changes() -> tuple[Model, np.ndarray]:
    caps = [(1.0, 150.0), (2.5, 0.0), (3.0, 60.0), (4.25, inf), (6.0, 200.0)]
    changes = [Change(t, 0, Kind.CAP, cap_kw=kw) for t, kw in caps]
    return one(PAIR, PAIR, changes=changes, cap_kw=300.0), visitors(3, 50, 8.0)


def failures() -> tuple[Model, np.ndarray]:
    """Each EVSE by itself, and all of them for an hour."""
    rng = np.random.default_rng(4)
    changes = [
        Change(t, 0, kind, evse)
        for evse in range(4)
        for t, kind in [
            *zip(np.cumsum(rng.exponential([1.0, 0.4] * 2)), 2 * DOWN_AND_UP, strict=True),
            *zip((5.0, 6.0), DOWN_AND_UP, strict=True),
        ]
    ]
    evs = visitors(4, 50, 8.0, patience_h=rng.exponential(0.4, 50), overstay_h=0.05)
    return one(PAIR, PAIR, changes=changes, cap_kw=300.0), evs


def balking() -> tuple[Model, np.ndarray]:
    rng = np.random.default_rng(5)
    evs = visitors(5, 60, 4.0, balk_per_evse=rng.choice([0.5, 1.0, inf], 60), reserve_kwh=8.0)
    return one(PAIR, line_places=3), evs


def impatience() -> tuple[Model, np.ndarray]:
    patience_h = np.random.default_rng(6).exponential(0.3, 150)
    return highway(line_places=4), drivers(6, 150, 5.0, patience_h=patience_h)


def overstay() -> tuple[Model, np.ndarray]:
    overstay_h = np.random.default_rng(7).exponential(0.2, 60)
    return one(PAIR, PAIR, handshake_h=0.03), visitors(7, 60, 8.0, overstay_h=overstay_h)


def informed() -> tuple[Model, np.ndarray]:
    rng = np.random.default_rng(8)
    own = {"informed": rng.integers(0, 2, 150), "rule": rng.choice(list(Rule), 150, p=[0.2, 0.8])}
    return highway(cap_kw=250.0, line_places=4), drivers(8, 150, 5.0, patience_h=1.0, **own)


def site_rule() -> tuple[Model, np.ndarray]:
    return highway(soc_cap=0.8, session_limit_h=0.5), drivers(9, 120, 5.0, patience_h=1.0)


NETWORKS: dict[str, Callable[[], tuple[Model, np.ndarray]]] = {
    f.__name__: f
    for f in (
        curves, cabinets, cap_changes, failures, balking, impatience, overstay, informed, site_rule,
    )
}  # fmt: skip
NAMES = (*NETWORKS, "national_day_demand")


@cache
def ledger(name: str) -> Ledger:
    return simulate(*NETWORKS[name]())


# ---- their fingerprints -------------------------------------------------------------------


def digest(columns: Iterable[np.ndarray], unit: float) -> str:
    """Of numbers in units of `unit`; NaN and infinity are numbers like others."""
    total = hashlib.sha256()
    for column in columns:
        if column.dtype.kind == "f":
            column = np.nan_to_num(np.rint(column / unit), nan=-1.0, posinf=-2.0)
        total.update(np.ascontiguousarray(column, np.int64).tobytes())
    return total.hexdigest()[:16]


KINDS = {"h": "times", "kwh": "energy", "kw": "energy", "km": "energy"}


def by_kind(*tables: np.ndarray, unit: float = 1e-9) -> Print:
    """Numbers and counts are the order; what ends in `_h` is a time, in `_kwh` or `_kw` energy."""
    columns: dict[str, list[np.ndarray]] = {part: [] for part in PARTS}
    for table in tables:
        for name in table.dtype.names:
            columns[KINDS.get(name.split("_")[-1], "order")].append(table[name])
    return {part: digest(own, unit) for part, own in columns.items()}


# All but `aux_kwh`, `evse_h` and `fuel_kwh`: nothing, or no news, in a network of battery cars.
VISIT = [
    "ev", "station", "vehicle", "slot", "partner", "arrival_h", "plug_h", "charge_end_h",
    "unplug_h", "leave_h", "wait_h", "charge_h", "occupied_h", "arrival_kwh", "leave_kwh",
    "need_kwh", "outcome", "rerouted_from", "cuts",
]  # fmt: skip
EV = [
    "route", "place", "vehicle", "entry_ns", "entry_kwh", "kwh_per_km", "target_kwh", "stop_kwh",
    "reserve_kwh", "dest_kwh", "patience_ns", "overstay_ns", "ev_kw", "priority", "deadline_ns",
    "balk_per_evse", "rule", "informed",
]  # fmt: skip


def of_ledger(found: Ledger) -> Print:
    return by_kind(found.visits[VISIT], found.bins)


def of_demand() -> Print:
    draw = Demand(scenario.load(published(policy="none"))).draw(1, 0)
    changes = np.array(
        [(c.time_h, c.station, c.kind, c.evse) for c in draw.changes],
        [("time_h", float), ("station", int), ("kind", int), ("evse", int)],
    )
    return by_kind(draw.evs[EV], changes, unit=1e-6)


def fingerprint(name: str) -> Print:
    return of_ledger(ledger(name)) if name in NETWORKS else of_demand()


def kept(name: str, folder: Path = KEPT) -> dict[str, Any]:
    path = folder / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def changed(name: str, folder: Path = KEPT) -> list[str]:
    before, now = kept(name, folder), fingerprint(name)
    return [part for part in PARTS if before.get(part) != now[part]]


def update(why: str, folder: Path = KEPT, changelog: Path = CHANGELOG) -> list[str]:
    """Keep what changed; returns their names.  The reason stands in the file and in the changelog;
    a new one needs none."""
    notes, names = [], []
    for name in NAMES:
        if parts := changed(name, folder):
            known = bool(kept(name, folder))
            text = json.dumps(fingerprint(name) | {"reason": why if known else None}, indent=2)
            (folder / f"{name}.json").write_text(text + "\n")
            notes += [f"- {name} ({', '.join(parts)}): {why}"] * known
            names.append(name)
    if notes:
        head, _, tail = changelog.read_text().partition(f"{HEADING}\n")
        body = "\n".join([*notes, tail.strip("\n")]).strip("\n")
        changelog.write_text(f"{head.rstrip()}\n\n{HEADING}\n\n{body}\n")
    return names


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.test_fingerprints")
    parser.add_argument("--update", metavar="WHY", help="keep those that changed")
    why = parser.parse_args(argv).update
    if why is None:
        print(json.dumps({name: fingerprint(name) for name in NAMES}, indent=2))
    elif not why.strip():
        parser.error("say why they changed")
    else:
        print("kept:", ", ".join(update(why.strip())) or "nothing changed")


# ---- tests --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_nothing_changed(name):
    parts = " and ".join(changed(name))
    assert not parts, (
        f"{parts} changed in {name}; if it is meant to: "
        "python -m tests.test_fingerprints --update WHY"
    )


@pytest.mark.parametrize(
    ("name", "outcomes"),
    [
        ("curves", "SERVED"), ("cabinets", "SERVED"), ("cap_changes", "SERVED"),
        ("failures", "SERVED SERVED_PARTLY RENEGED"), ("balking", "SERVED BALKED STRANDED"),
        ("impatience", "SERVED RENEGED REROUTED BALKED STRANDED"), ("overstay", "SERVED"),
        ("informed", "SERVED RENEGED REROUTED STRANDED"), ("site_rule", "SERVED SERVED_PARTLY"),
    ],
)  # fmt: skip
def test_scenarios_show_what_they_are_for(name, outcomes):
    found = ledger(name)
    audit.check(found)
    assert {Outcome[o] for o in outcomes.split()} <= set(found.visits["outcome"])
    if name in ("cabinets", "cap_changes", "informed"):
        assert found.bins["curtailed_kwh"].sum() > 10.0
    assert (found.visits["cuts"].sum() > 5) == (name == "failures")


@pytest.mark.parametrize(
    ("field", "by", "parts"),
    [
        ("slot", 1, ["order"]), ("outcome", 1, ["order"]), ("leave_h", 2e-9, ["times"]),
        ("wait_h", 1e-12, []), ("leave_kwh", 2e-9, ["energy"]), ("need_kwh", 1e-12, []),
    ],
)  # fmt: skip
def test_a_change_is_told_by_its_kind(field, by, parts):
    found = ledger("overstay")
    rows = found.visits.copy()
    rows[field][7] += by
    before, after = by_kind(found.visits), by_kind(rows)
    assert [part for part in PARTS if before[part] != after[part]] == parts
    swapped = by_kind(found.visits[[1, 0, *range(2, len(rows))]])
    assert swapped["order"] != before["order"]


def test_every_reason_stands_in_the_changelog():
    notes = CHANGELOG.read_text().partition(HEADING)[2]
    for name in NAMES:
        reason = kept(name)["reason"]
        assert reason is None or f"{name} (" in notes, f"{name}: {reason}"
        assert reason is None or reason in notes, f"{name}: {reason}"


def test_an_update_needs_a_reason_and_notes_it(tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit):
        main(["--update", "  "])
    assert "say why" in capsys.readouterr().err
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## 1.0\n\n- All.\n")
    monkeypatch.setitem(globals(), "NAMES", ("curves", "overstay"))
    assert update("New.", tmp_path, changelog) == ["curves", "overstay"]
    assert kept("curves", tmp_path) == fingerprint("curves") | {"reason": None}
    for why in ("Because.", "Again."):
        other = kept("curves", tmp_path) | {"times": "other"}
        (tmp_path / "curves.json").write_text(json.dumps(other))
        assert update(why, tmp_path, changelog) == ["curves"]
        assert kept("curves", tmp_path) == fingerprint("curves") | {"reason": why}
    assert changelog.read_text() == (
        "# Changelog\n\n## 1.0\n\n- All.\n\n"
        "## Fingerprints\n\n- curves (times): Again.\n- curves (times): Because.\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
