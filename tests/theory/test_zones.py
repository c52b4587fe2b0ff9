"""Stations around a zone against theory: what drivers know decides between one queue and many."""

from dataclasses import replace

import numpy as np

from experiments.verify.oracles import (
    CUSTOMERS,
    Batch,
    Seen,
    customers,
    law,
    model,
    poisson,
    station,
)
from sim.diaries import make_diaries
from sim.engine import simulate
from sim.ledger import Ledger
from sim.lifecycle import Outcome
from sim.model import Station
from sim.zone import Candidate, Zone
from tests.theory import choice, delay, loss

NEAR, FAR = 0.0, 100.0  # hours of driving: nobody who expects no wait goes to the far one


def search(
    batch: Batch, lam: float, stations: tuple[Station, ...], zones: tuple[Zone, ...],
    zone=0, informed: int = 0,
) -> Ledger:  # fmt: skip
    """Poisson drivers who turn up in a zone, look for a station, and leave when it is done."""
    entry_h = poisson(batch, lam)
    own = make_diaries(np.arange(CUSTOMERS), arrive_h=entry_h, leave_h=entry_h, zone=zone)
    evs = customers(entry_h, law(batch, "exponential"), diary=np.arange(CUSTOMERS), dest_kwh=np.inf)
    evs["entry_ns"], evs["informed"] = own.stays["arrive_ns"], informed
    return simulate(replace(model(*stations), zones=zones), evs, diaries=own)


def two(c: int, **fields) -> tuple[Station, ...]:
    return tuple(replace(station(c, name=n), service_h=1.0, **fields) for n in "ab")


def test_live_choice_is_between_one_queue_and_two(agree):
    """It is the shorter of two lines (exact), better than M/M/2 each, worse than one M/M/4."""
    theory = choice.join_shorter_wait(3.2, 1.0, 2, 2)
    assert delay.mmc(3.2, 1.0, 4)["wait_h"] < theory["wait_h"] < delay.mmc(1.6, 1.0, 2)["wait_h"]
    zone = Zone("z", (Candidate(0), Candidate(1)))

    def batch(b):
        rows = Seen.of(search(b, 3.2, two(2), (zone,), informed=1)).rows
        return {"p_second": np.mean(rows["station"] == 1), "wait_h": rows["wait_h"].mean()}

    agree(batch, {k: theory[k] for k in ("p_second", "wait_h")}, "live choice")


def test_nearest_only_splits_a_poisson_stream(agree):
    """Three of ten drivers live by the second station, all others by the first one."""
    ways = [
        tuple(Candidate(s, 0.0, h, h) for s, h in enumerate(x)) for x in ((NEAR, FAR), (FAR, NEAR))
    ]
    zones = tuple(Zone("z", own) for own in ways)
    first, second = delay.mmc(2.1, 1.0, 3), delay.mmc(0.9, 1.0, 3)

    def batch(b):
        zone = (b.draw("zone").random(CUSTOMERS) < 0.3).astype(int)
        rows = Seen.of(search(b, 3.0, two(3), zones, zone)).rows
        one, other = (rows[rows["station"] == s]["wait_h"] for s in (0, 1))
        return {
            "share": len(other) / len(rows), "wait_1": one.mean(), "waiting_1": np.mean(one > 0),
            "waiting_2": np.mean(other > 0),
        }  # fmt: skip

    exact = {"share": 0.3, "wait_1": first["wait_h"], "waiting_1": first["p_wait"]}
    agree(batch, exact | {"waiting_2": second["p_wait"]}, "nearest")


def test_a_full_station_sends_on_to_the_next(agree):
    """Together they lose as many as one station with the EVSEs of both."""
    stations = replace(station(2, line_places=0), name="a"), station(3, line_places=0, name="b")
    zone = Zone(
        "z", (Candidate(0, 0.0, NEAR, NEAR), Candidate(1, 0.0, NEAR, FAR)), (), 2 * ((0.0, 0.0),)
    )
    theory = loss.overflow(3.0, 1.0, 2, 3)
    assert np.isclose(theory["p_lost"], loss.erlang_b(3.0, 5))

    def batch(b):
        rows = search(b, 3.0, stations, (zone,)).visits
        came = rows["rerouted_from"] < 0
        sent = rows["outcome"] == Outcome.REROUTED
        lost = rows["outcome"] == Outcome.BALKED
        return {"p_reroute": sent.sum() / came.sum(), "p_lost": lost.sum() / came.sum()}

    agree(batch, {k: theory[k] for k in ("p_reroute", "p_lost")}, "sent on")
