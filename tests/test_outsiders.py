"""The engine against programs that are not ours, on the same arrivals and needs, visit by visit.

Ciw (Palmer et al., Journal of Simulation 13, 2019) is a public simulator of queueing networks.
Of its nodes we have first come, first served (with a full line, balking, reneging, reneging to
the next node, servers off duty), priority classes and limited processor sharing.  The recursion
of Kiefer and Wolfowitz gives every wait of G/G/c.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from experiments.verify.oracles import UNIT, customers, station
from sim import audit
from sim.clock import hours
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Discipline, Outcome
from sim.model import Cabinet, Change, Evse, Model, Route, Station, Stop
from tests.theory.schedule import fcfs_waits

EVS = 500
HOURS = 1e-9  # what times may differ by
COMPARED = ("ev", "station", "outcome", "arrival_h", "plug_h", "leave_h")
OUTCOMES = {
    "service": Outcome.SERVED, "renege": Outcome.RENEGED, "baulk": Outcome.BALKED,
    "rejection": Outcome.BALKED,
}  # fmt: skip

# ---- Ciw ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ciw():
    return pytest.importorskip("ciw")


class Traffic:
    """Random arrivals, needs and patience of EVs at stations of 1 kW: hours are kWh."""

    def __init__(self, ciw, seed: int, per_hour: float, n: int = EVS) -> None:
        rng = np.random.default_rng(seed)
        self._ciw = ciw
        self._gaps = rng.exponential(1.0 / per_hour, n)
        self.entry_h = np.cumsum(self._gaps)  # the sums that Ciw forms, too
        self.need_kwh = rng.choice([rng.exponential(1.0, n), rng.uniform(0.5, 1.5, n)])
        self.patience_h = rng.exponential(0.8, n)
        self.balk_per_evse = rng.choice([0.0, 0.5, 1.0, inf], n)

    def evs(self, **fields) -> np.ndarray:
        return customers(self.entry_h, self.need_kwh, **fields)

    def each(self, values: np.ndarray):
        """A Ciw distribution that hands every EV its own value."""

        class Each(self._ciw.dists.Distribution):
            def sample(self, t=None, ind=None):
                return float(values[ind.id_number - 1])

        return Each()

    def through(self, servers: Sequence, sharing: bool = False, **network) -> dict:
        """The visits that Ciw sees; all EVs arrive at its first node."""
        dists = self._ciw.dists
        one_class = {
            "arrival_distributions": [
                dists.Sequential([*self._gaps.tolist(), inf]), *[None] * (len(servers) - 1)
            ],
            "service_distributions": [self.each(self.need_kwh)] * len(servers),
        }  # fmt: skip
        given = self._ciw.create_network(**one_class | network, number_of_servers=list(servers))
        node = self._ciw.PSNode if sharing else self._ciw.Node
        simulation = self._ciw.Simulation(given, node_class=node)
        simulation.simulate_until_max_time(1e6)
        records = [r for r in simulation.get_all_records() if r.record_type in OUTCOMES]
        records.sort(key=lambda r: r.arrival_date)
        rows = [
            (r.id_number - 1, r.node - 1, OUTCOMES[r.record_type], r.arrival_date,
             r.service_start_date, r.exit_date)
            for r in records
        ]  # fmt: skip
        return dict(zip(COMPARED, np.array(rows, float).T, strict=True))


def agree(model: Model, evs: np.ndarray, theirs: dict, *but: str) -> None:
    ledger = simulate(model, evs)
    audit.check(ledger)
    for name in COMPARED:
        if name not in but:
            np.testing.assert_allclose(
                ledger.visits[name], theirs[name], rtol=0, atol=HOURS, err_msg=name
            )


@pytest.mark.parametrize("c", [1, 2, 3, 5, 8])
def test_first_come_first_served(ciw, c):
    traffic = Traffic(ciw, c, 0.95 * c)
    agree(Model((station(c),), (UNIT,)), traffic.evs(), traffic.through([c]))


@pytest.mark.parametrize("places", [0, 1, 4])
def test_full_line(ciw, places):
    traffic = Traffic(ciw, 10 + places, 4.0)
    theirs = traffic.through([3], queue_capacities=[places])
    assert (theirs["outcome"] == Outcome.BALKED).sum() > EVS / 20
    agree(Model((station(3, line_places=places),), (UNIT,)), traffic.evs(), theirs)


def test_balking_at_the_length_of_the_line(ciw):
    traffic = Traffic(ciw, 20, 4.0)
    own = traffic.balk_per_evse

    def balks(there, Q, next_ind, next_node):
        return float(there >= 3 * (1.0 + own[next_ind.id_number - 1]))

    theirs = traffic.through([3], baulking_functions=[balks])
    assert (theirs["outcome"] == Outcome.BALKED).sum() > EVS / 20
    agree(Model((station(3),), (UNIT,)), traffic.evs(balk_per_evse=own), theirs)


@pytest.mark.parametrize("c", [1, 4])
def test_reneging(ciw, c):
    traffic = Traffic(ciw, 30 + c, 1.3 * c)
    own = traffic.patience_h
    theirs = traffic.through([c], reneging_time_distributions=[traffic.each(own)])
    assert (theirs["outcome"] == Outcome.RENEGED).sum() > EVS / 20
    agree(Model((station(c),), (UNIT,)), traffic.evs(patience_h=own), theirs)


@pytest.mark.parametrize("c", [1, 3])
def test_priority(ciw, c):
    """Three classes, nobody interrupted; Ciw numbers EVs as they arrive, whatever their class."""
    traffic = Traffic(ciw, 80 + c, 0.95 * c)
    rank = np.random.default_rng(c).integers(0, 3, EVS)
    arrivals = {}
    for k in range(3):
        gaps = np.diff(traffic.entry_h[rank == k], prepend=0.0)
        arrivals[f"Class {k}"] = [ciw.dists.Sequential([*gaps.tolist(), inf])]
    theirs = traffic.through(
        [c],
        arrival_distributions=arrivals,
        service_distributions={key: [traffic.each(traffic.need_kwh)] for key in arrivals},
        priority_classes={name: k for k, name in enumerate(arrivals)},
    )
    assert (np.diff(theirs["plug_h"]) < 0).sum() > EVS / 10
    where = replace(station(c), discipline=Discipline.PRIORITY)
    agree(Model((where,), (UNIT,)), traffic.evs(priority=rank), theirs)


def test_reneging_to_the_next_station(ciw):
    """No time and no energy between two stations: in Ciw, an EV that reneges jockeys."""
    traffic = Traffic(ciw, 40, 6.0)
    own = traffic.patience_h

    class OnlyIfImpatient(ciw.routing.Leave):
        def next_node_for_jockeying(self, ind):
            return self.simulation.nodes[2]

    theirs = traffic.through(
        [3, 2],
        reneging_time_distributions=[traffic.each(own)] * 2,
        routing=ciw.routing.NetworkRouting([OnlyIfImpatient(), ciw.routing.Leave()]),
    )
    assert set(theirs["station"]) == {0, 1}
    both = (station(3, name="first"), station(2, name="second"))
    route = (Route("on", 0.0, 0.0, (Stop(0, 0.0, 0.0), Stop(1, 0.0, 0.0))),)
    evs = traffic.evs(patience_h=own, route=0, stop_kwh=inf, dest_kwh=1e-12)
    agree(Model(both, (UNIT,), route), evs, theirs)


def test_all_evses_fail_and_sessions_resume(ciw):
    """A site without power: who was charging goes on first, with the energy it has."""
    traffic = Traffic(ciw, 50, 2.2)
    ends = np.cumsum(np.random.default_rng(51).exponential([20.0, 1.0], (9, 2))).tolist()
    servers = ciw.Schedule([3, 0] * 9 + [3], [*ends, 1e7], preemption="resume")
    theirs = traffic.through([servers])
    changes = [
        Change(t, 0, Kind.EVSE_DOWN if n % 2 == 0 else Kind.EVSE_UP, evse)
        for n, t in enumerate(ends)
        for evse in range(3)
    ]
    model = Model((station(3),), (UNIT,), changes=changes)
    assert simulate(model, traffic.evs()).visits["cuts"].sum() > 9
    agree(model, traffic.evs(), theirs, "plug_h")  # theirs is that of the last resumption


@pytest.mark.parametrize(("evses", "cap_kw"), [(1, 1), (5, 1), (5, 3), (8, 8), (60, 2), (200, 5)])
def test_limited_processor_sharing(ciw, evses, cap_kw):
    """`cap_kw` EVs charge at full power; more, up to the number of EVSEs, share it equally."""
    traffic = Traffic(ciw, 60 + evses, 0.93 * cap_kw)
    theirs = traffic.through([evses], sharing=True, ps_thresholds=[cap_kw])
    agree(Model((station(evses, cap_kw=float(cap_kw)),), (UNIT,)), traffic.evs(), theirs)


# ---- Kiefer and Wolfowitz -----------------------------------------------------------------

NEEDS = {  # kWh, 1 on average; in eighths, sums are exact and ties are many
    "constant": lambda rng, n: np.ones(n),
    "eighths": lambda rng, n: rng.integers(0, 17, n) / 8.0,
    "exponential": lambda rng, n: rng.exponential(1.0, n),
    "uniform": lambda rng, n: rng.uniform(0.0, 2.0, n),
    "heavy tail": lambda rng, n: rng.pareto(1.5, n) / 2.0,
}


def trace(c: int, needs: str, number: int = 0, n: int = EVS) -> tuple[Station, np.ndarray, list]:
    """G/G/c near saturation: the station, its EVs, and how long each session lasts.

    A session is handshake, charging and overstay.
    """
    rng = np.random.default_rng([c, list(NEEDS).index(needs), number])
    in_eighths = needs in ("constant", "eighths")

    def up_to(most: float, size: int | None = None) -> np.ndarray:
        if in_eighths:
            return rng.integers(0, int(8 * most) + 1, size) / 8.0
        return rng.uniform(0.0, most, size)

    kw = float(rng.choice([0.5, 1.0, 2.0]))
    handshake_h, overstay_h = float(up_to(0.25)), up_to(0.5, n)
    need_kwh = NEEDS[needs](rng, n)
    session_h = handshake_h + need_kwh / kw + overstay_h
    entry_h = np.sort(up_to(session_h.sum() / c * rng.uniform(0.8, 1.1), n))
    where = Station("q", (Cabinet((Evse(kw),) * c),), handshake_h=handshake_h)
    return where, customers(entry_h, need_kwh, overstay_h=overstay_h), session_h.tolist()


@pytest.mark.parametrize("needs", NEEDS)
@pytest.mark.parametrize("c", range(1, 9))
def test_kiefer_wolfowitz(c, needs):
    compare(*trace(c, needs), exactly=needs in ("constant", "eighths"))


@pytest.mark.long
@pytest.mark.parametrize("needs", NEEDS)
def test_kiefer_wolfowitz_at_length(needs):
    for number in range(1, 301):
        compare(*trace(1 + number % 12, needs, number), needs in ("constant", "eighths"))


def compare(where: Station, evs: np.ndarray, session_h: list, exactly: bool) -> None:
    waits = fcfs_waits(hours(evs["entry_ns"]).tolist(), session_h, len(where.evses))
    ledger = simulate(Model((where,), (UNIT,)), evs)
    assert np.array_equal(ledger.visits["ev"], np.arange(len(evs)))
    assert max(waits) > 0.0
    np.testing.assert_allclose(ledger.visits["wait_h"], waits, rtol=0, atol=0 if exactly else HOURS)
