"""The engine against theory beyond the published oracles.

Each case simulates independent batches and asks for |z| < 4 in every figure, with a standard
error of at most 3 % (in the long run 1.5 %).  The blind spots have cases of their own: needs that
are not exponential, the slope of the stay over the need, and the tail of the wait.
"""

from math import exp, inf

import numpy as np
import pytest

from experiments.verify.oracles import UNIT, Batch, Seen, customers, law, model, poisson, station
from sim.engine import simulate
from sim.ledger import Ledger
from sim.lifecycle import Outcome, Rule
from sim.metrics.saturation import spells
from sim.model import Model, Route, Stop, Vehicle
from tests.theory import choice, constant, delay, patience, phases, rush, sharing, single

CUSTOMERS = 60_000  # per batch


def queue(batch: Batch, lam: float, need: np.ndarray, evses: int, **fields) -> Ledger:
    evs = customers(poisson(batch, lam, len(need)), need, **fields)
    return simulate(model(station(evses)), evs)


@pytest.mark.parametrize(
    ("need", "solve"),
    [
        ("Erlang-2", lambda: phases.erlang_2(2.25, 1.0, 3)),
        ("H2 cv2=4", lambda: phases.hyperexponential(2.1, 1.0, 4.0, 3)),
    ],
)
def test_phase_type_waits(agree, need, solve):
    """M/E2/3 and M/H2/3: mean wait, chance of waiting, tail of the wait."""
    theory = solve()
    lam = 2.25 if need == "Erlang-2" else 2.1

    def batch(b):
        wait = Seen.of(queue(b, lam, law(b, need, CUSTOMERS), 3)).rows["wait_h"]
        return {"p_wait": np.mean(wait > 0), "wait_h": wait.mean(), "tail": np.mean(wait > 1.0)}

    exact = {k: theory.results[k] for k in ("p_wait", "wait_h")}
    agree(batch, exact | {"tail": theory.wait_exceeds(1.0)}, f"phase {need}")


@pytest.mark.parametrize(("evses", "lam"), [(12, 9.0), (21, 18.0), (4, 3.0)])
def test_the_time_in_which_a_station_is_saturated(agree, evses, lam):
    """Fewer than a tenth of the EVSEs of M/M/c are free: at most 0 of 4, 1 of 12, 2 of 21."""
    exact = delay.mmc_busy(lam, 1.0, evses, {12: 11, 21: 19, 4: 4}[evses])

    def batch(b):
        ledger = queue(b, lam, law(b, "exponential", CUSTOMERS), evses)
        last = float(ledger.visits["arrival_h"].max())
        begin, end = 0.1 * last, last
        found = spells(ledger)
        inside = np.minimum(found.end_h, end) - np.maximum(found.begin_h, begin)
        return {"saturated": inside[inside > 0.0].sum() / (end - begin)}

    agree(batch, {"saturated": exact}, f"saturated {evses}")


@pytest.mark.parametrize("need", ["deterministic", "Erlang-2", "exponential"])
def test_pollaczek_khinchine(agree, need):
    moments = {"deterministic": (1, 1, 1), "Erlang-2": (1, 1.5, 3), "exponential": (1, 2, 6)}
    theory = single.mg1(0.6, *moments[need])

    def batch(b):
        wait = Seen.of(queue(b, 0.6, law(b, need, CUSTOMERS), 1)).rows["wait_h"]
        return {"wait_h": wait.mean(), "wait_square_h2": np.mean(wait**2)}

    agree(batch, {k: theory[k] for k in ("wait_h", "wait_square_h2")}, f"pk {need}")


def test_the_tail_tells_fcfs_from_lifo(agree):
    """Their means are equal; the engine has the tail and the second moment of FCFS."""
    lam, c = 2.1, 3
    fcfs = delay.mmc(lam, 1.0, c)
    lifo = delay.mmc_lifo_wait_square(lam, 1.0, c)
    assert lifo > 1.5 * fcfs["wait_square_h2"]

    def batch(b):
        wait = Seen.of(queue(b, lam, law(b, "exponential", CUSTOMERS), c)).rows["wait_h"]
        return {"square": np.mean(wait**2), "tail": np.mean(wait > 1.5)}

    tail = delay.mmc_wait_exceeds(lam, 1.0, c, 1.5)
    agree(batch, {"square": fcfs["wait_square_h2"], "tail": tail}, "fcfs tail")


def test_constant_sessions_have_the_tail_of_mdc(agree):
    theory = constant.mdc(2.4, 1.0, 3)

    def batch(b):
        wait = Seen.of(queue(b, 2.4, np.ones(CUSTOMERS), 3)).rows["wait_h"]
        return {"wait_h": wait.mean(), "tail": np.mean(wait > 1.0)}

    exact = {"wait_h": theory["wait_h"], "tail": constant.mdc_wait_exceeds(2.4, 1.0, 3, 1.0)}
    agree(batch, exact, "mdc tail")


def test_constant_patience(agree):
    theory = patience.constant_patience(3.2, 1.0, 3, 0.5)

    def batch(b):
        need = law(b, "exponential", CUSTOMERS)
        rows = Seen.of(queue(b, 3.2, need, 3, patience_h=0.5)).rows
        return {
            "p_wait": np.mean(rows["wait_h"] > 0),
            "p_renege": np.mean(rows["outcome"] == Outcome.RENEGED),
            "wait_h": rows["wait_h"].mean(),
        }

    agree(batch, {k: theory[k] for k in ("p_wait", "p_renege", "wait_h")}, "constant patience")


def shared(b: Batch, lam: float, need: np.ndarray, ratio: float, evses: int, **fields) -> Seen:
    evs = customers(poisson(b, lam, len(need)), need, **fields)
    return Seen.of(simulate(model(station(evses, cap_kw=ratio)), evs))


def test_limited_sharing_with_a_line(agree):
    """At most 5 EVs share 3 kW; the others wait: exponential needs."""
    theory = sharing.shared_with_line(2.4, 1.0, 3.0, 5)

    def batch(b):
        rows = shared(b, 2.4, law(b, "exponential", CUSTOMERS), 3.0, 5).rows
        return {
            "p_wait": np.mean(rows["wait_h"] > 0), "wait_h": rows["wait_h"].mean(),
            "session_h": rows["occupied_h"].mean(),
        }  # fmt: skip

    agree(batch, {k: theory[k] for k in ("p_wait", "wait_h", "session_h")}, "limited sharing")


def test_limited_sharing_of_hyperexponential_needs(agree):
    theory = phases.hyperexponential(2.1, 1.0, 4.0, 5, ratio=3.0).results

    def batch(b):
        rows = shared(b, 2.1, law(b, "H2 cv2=4", CUSTOMERS), 3.0, 5).rows
        return {
            "p_wait": np.mean(rows["wait_h"] > 0), "wait_h": rows["wait_h"].mean(),
            "session_h": rows["occupied_h"].mean(),
        }  # fmt: skip

    agree(batch, {k: theory[k] for k in ("p_wait", "wait_h", "session_h")}, "H2 sharing")


@pytest.mark.parametrize("need", ["Erlang-2", "H2 cv2=4"])
def test_stay_grows_linearly_with_the_need(agree, need):
    """E[T | x] = stretch x under equal sharing: no need is favored."""

    def batch(b):
        x = law(b, need, CUSTOMERS)
        rows = shared(b, 2.1, x, 3.0, 100).rows
        x = x[rows["ev"]]
        groups = np.digitize(x, [0.5, 1.0, 2.0])
        return {
            f"group {g}": rows["occupied_h"][groups == g].mean() / x[groups == g].mean()
            for g in range(4)
        }

    stretch = sharing.shared(2.1, 1.0, 3.0)["stretch"]
    assert sharing.stay_given_need(2.1, 1.0, 3.0, 2.0) == pytest.approx(2.0 * stretch)
    agree(batch, {f"group {g}": stretch for g in range(4)}, f"slope {need}")


def test_two_classes_under_max_min(agree):
    """Small cars and large ones share a cap max-min fairly: 20 kWh at 40 kW, 40 kWh at 120 kW."""
    theory = phases.two_classes(3.0, 20.0, 40.0, 2.0, 40.0, 120.0, 180.0, 6)
    fleet = (Vehicle("small", 1e9, ((1.0, 40.0),)), Vehicle("large", 1e9, ((1.0, 120.0),)))

    def batch(b):
        n = CUSTOMERS
        which = (b.draw("class").random(n) < 0.4).astype(int)
        need = b.draw("need").exponential(1.0, n) * np.where(which, 40.0, 20.0)
        evs = customers(poisson(b, 5.0, n), need, vehicle=which)
        free = station(6, cap_kw=180.0)
        free = type(free)("q", (type(free.cabinets[0])((type(free.evses[0])(),) * 6),), 180.0)
        rows = Seen.of(simulate(Model((free,), fleet), evs)).rows
        return {
            "wait_h": rows["wait_h"].mean(),
            "session_1_h": rows["occupied_h"][rows["vehicle"] == 0].mean(),
            "session_2_h": rows["occupied_h"][rows["vehicle"] == 1].mean(),
        }

    agree(batch, {k: theory[k] for k in ("wait_h", "session_1_h", "session_2_h")}, "two classes")


def test_parking_and_charging(agree):
    """EVs that are done keep their EVSE, and only those who charge share the power."""
    theory = phases.parking(2.0, 1.0, 2.0, 5, 3.0).results

    def batch(b):
        stay = b.draw("overstay").exponential(0.5, CUSTOMERS)
        need = law(b, "exponential", CUSTOMERS)
        rows = shared(b, 2.0, need, 3.0, 5, overstay_h=stay).rows
        return {
            "p_wait": np.mean(rows["wait_h"] > 0), "wait_h": rows["wait_h"].mean(),
            "session_h": rows["occupied_h"].mean(),
        }  # fmt: skip

    agree(batch, {k: theory[k] for k in ("p_wait", "wait_h", "session_h")}, "parking")


def test_join_the_shorter_wait(agree):
    """Informed drivers who plan ahead take the station whose line looks shorter."""
    theory = choice.join_shorter_wait(3.2, 1.0, 2, 2)
    two = tuple(
        type(s)(s.name, s.cabinets, service_h=1.0)
        for s in (station(2, name="a"), station(2, name="b"))
    )
    route = (Route("r", 0.0, 0.0, (Stop(0, 0.0, 0.0), Stop(1, 0.0, 0.0))),)

    def batch(b):
        evs = customers(poisson(b, 3.2, CUSTOMERS), law(b, "exponential", CUSTOMERS))
        evs["route"], evs["rule"], evs["informed"] = 0, Rule.PLAN_AHEAD, 1
        evs["dest_kwh"] = 1e-12  # wants a charge, and one is enough
        rows = Seen.of(simulate(model(*two, routes=route), evs)).rows
        return {"p_second": np.mean(rows["station"] == 1), "wait_h": rows["wait_h"].mean()}

    agree(batch, {k: theory[k] for k in ("p_second", "wait_h")}, "shorter wait")


@pytest.mark.parametrize("theta", [0.0, 1.5])
def test_rush_hour(agree, theta):
    """M(t)/M/4(+M), empty at midnight: number at EVSEs and in line by Kolmogorov's equations."""
    hours, days = np.arange(0.0, 25.0), 600
    rate = lambda t: 3.0 + 2.9 * np.sin(2 * np.pi * (t - 6.0) / 24.0)  # noqa: E731
    theory = rush.transient(rate, 1.0, 4, hours, theta=theta)
    exact = {
        f"{what} {h}": theory[h + 1][f"{what}_h"] - theory[h][f"{what}_h"]
        for what in ("plugged", "line")
        for h in (9, 12, 15, 18)
    }

    def batch(b):
        rng = b.draw("arrival")
        t = np.sort(rng.uniform(0, 24.0 * days, rng.poisson(5.9 * 24 * days)))
        t = t[rng.random(len(t)) * 5.9 < rate(t % 24.0)]
        need = law(b, "exponential", len(t))
        own = b.draw("patience").exponential(1.0 / theta, len(t)) if theta else inf
        # A station for every day: each is empty at its midnight.
        day = (t // 24).astype(int)
        stations = tuple(station(4, name=f"d{d}") for d in range(days))
        evs = customers(t - 24.0 * day, need, place=day, patience_h=own)
        order = np.argsort(evs["entry_ns"], kind="stable")
        bins = simulate(Model(stations, (UNIT,), horizon_h=24.0), evs[order]).bins
        plugged, line = bins["occupied_h"].mean(axis=0), bins["queue_h"].mean(axis=0)
        return {f"{w} {h}": x[h] for w, x in (("plugged", plugged), ("line", line))
                for h in (9, 12, 15, 18)}  # fmt: skip

    agree(batch, exact, f"rush {theta}")


def test_erlang_a_tail_of_patience():
    """Nobody waits longer than its patience, and whoever leaves early has been served."""

    def waits(b):
        own = b.draw("patience").exponential(1.0, CUSTOMERS)
        ledger = queue(b, 4.0, law(b, "exponential", CUSTOMERS), 3, patience_h=own)
        return ledger.visits["wait_h"], own[ledger.visits["ev"]]

    wait, own = waits(Batch("patience", 0, 7))
    assert (wait <= own + 1e-9).all()
    assert np.mean(wait > 1.0) < exp(-1.0)
