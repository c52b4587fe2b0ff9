"""The formulas against their special cases, against each other, and against the shared file."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import comb, exp, inf, pi, sin, sqrt
from pathlib import Path

import pytest
from scipy.integrate import quad

from tests.theory import (
    chain,
    choice,
    constant,
    curve,
    delay,
    loss,
    patience,
    phases,
    rush,
    schedule,
    sharing,
    single,
)  # fmt: skip

FILE = Path(__file__).resolve().parents[3] / "shared" / "theory" / "oracles.json"


def near(value: float, rel: float = 1e-9):
    return pytest.approx(value, rel=rel, abs=1e-12)


# --- the shared file, row by row -------------------------------------------------------------


def rows(section: str) -> list[dict]:
    if not FILE.exists():
        pytest.skip(f"{FILE.name} is not beside this repository")
    return json.loads(FILE.read_text())[section]


def agree(section: str, found: dict[str, float], row: dict, names: dict[str, str], rel: float):
    """`names`: key of the file -> key of ours; every key that is not an input must be named."""
    for theirs, ours in names.items():
        assert found[ours] == near(row[theirs], rel), (section, row, theirs)


def test_file_erlang_b():
    for row in rows("erlang_b"):
        found = loss.loss(row["A"], 1.0, int(row["c"]))
        names = {"B(c,A)": "p_lost", "carried": "plugged", "utilization": "utilization"}
        agree("erlang_b", found, row, names, 1e-12)


def test_file_mmc():
    for row in rows("mmc"):
        c = int(row["c"])
        lam = c * row["rho"]
        names = {"P(wait)=C": "p_wait", "Wq": "wait_h", "Lq": "line"}
        agree("mmc", delay.mmc(lam, 1.0, c), row, names, 1e-12)
        assert delay.mmc_wait_exceeds(lam, 1.0, c, 0.5) == near(row["P(Wq>0.5)"], 1e-12)
        assert delay.mmc_wait_quantile(lam, 1.0, c, 0.95) == near(row["p95 wait"], 1e-11)


def test_file_mdc():
    for row in rows("mdc"):
        c = int(row["c"])
        found = constant.mdc(c * row["rho"], 1.0, c)
        agree("mdc", found, row, {"P(wait)": "p_wait", "Wq": "wait_h"}, 1e-9)
        ratio = found["wait_h"] / delay.mmc(c * row["rho"], 1.0, c)["wait_h"]
        assert ratio == near(row["Wq / Wq(M/M/c)"])


def test_file_erlang_a():
    for row in rows("erlang_a"):
        found = patience.erlang_a(row["lam"], 1.0, int(row["c"]), row["theta"])
        names = {
            "P(wait)": "p_wait", "P(renege)": "p_renege", "E[wait] (all)": "wait_h",
            "Lq": "line", "utilization": "utilization",
        }  # fmt: skip
        agree("erlang_a", found, row, names, 1e-11)


def test_file_mmck():
    for row in rows("mmck"):
        found = delay.mmck(row["lam"], 1.0, int(row["c"]), int(row["K"]))
        names = {
            "P(balk)": "p_lost", "E[wait] of joiners": "wait_h", "Lq": "line",
            "utilization": "utilization",
        }  # fmt: skip
        agree("mmck", found, row, names, 1e-12)


def test_file_closed_fleet():
    for row in rows("closed_fleet"):
        found = delay.closed_fleet(int(row["N"]), row["lam"], 1.0, int(row["c"]))
        names = {
            "throughput": "throughput", "P(wait)": "p_wait", "Wq": "wait_h",
            "utilization": "utilization",
        }  # fmt: skip
        agree("closed_fleet", found, row, names, 1e-12)


SHARED = {"P(N>R)": "p_throttled", "E[N]": "evs", "E[power]/cap": "power_per_cap"}


def test_file_rps():
    for row in rows("rps"):
        found = sharing.shared(row["R"] * row["rho"], 1.0, row["R"])
        names = SHARED | {"P(empty)": "p_empty", "E[T]=stretch": "stretch"}
        agree("rps", found, row, names, 1e-9)


def test_file_rps_loss():
    for row in rows("rps_loss"):
        found = sharing.shared(row["R"] * row["rho"], 1.0, row["R"], int(row["K"]))
        names = SHARED | {"P(lost)": "p_lost", "E[T]": "stay_h"}
        agree("rps_loss", found, row, names, 1e-12)


def test_file_blind_spot():
    lam = 2.4
    stay = {
        "deterministic": constant.mdc(lam, 1.0, 3)["wait_h"] + 1.0,
        "Erlang-2": phases.erlang_2(lam, 1.0, 3).results["stay_h"],
        "exponential": delay.mmc(lam, 1.0, 3)["wait_h"] + 1.0,
        "H2 cv2=4": phases.hyperexponential(lam, 1.0, 4.0, 3).results["stay_h"],
    }
    for row in rows("blind_spot"):
        assert stay[row["energy law"]] == near(row["FCFS on 3 full-power connectors"])
        shared = sharing.shared(lam, 1.0, 3.0)["stay_h"]
        assert shared == near(row["equal share, cap 3 pmax"])


def test_file_overflow():
    for row in rows("overflow"):
        found = loss.overflow(row["A"], 1.0, int(row["c1"]), int(row["c2"]))
        names = {
            "carried 1": "plugged_1", "overflow mean": "overflow_mean",
            "overflow variance": "overflow_variance", "carried 2": "plugged_2",
            "P(lost)=B(c1+c2,A)": "p_lost",
        }  # fmt: skip
        agree("overflow", found, row, names, 1e-9)


def daily(t: float) -> float:
    return 10.0 + 6.0 * sin(2.0 * pi * t / 24.0)


def test_file_mt_inf():
    laws = {
        "m(t) exp": (rush.exponential(0.75), 40.0),
        "m(t) deterministic": (rush.constant(0.75), 0.75),
        "m(t) lognormal cv=0.7": (rush.lognormal(0.75, 0.7), 60.0),
    }
    for row in rows("mt_inf"):
        t = row["t [h]"]
        assert 0.75 * daily(t) == near(row["PSA lam(t)E[S]"])
        for name, (exceeds, longest) in laws.items():
            assert rush.infinite_mean(daily, exceeds, longest, t) == near(row[name], 1e-8), name


def test_file_taper():
    for row in rows("taper"):
        socs = row["SOC0"], row["SOC1"], row["SOC taper"]
        hours = curve.taper_hours(row["kWh"], row["kW"], *socs)
        assert hours == near(row["hours"], 1e-12)
        assert 60.0 * hours == near(row["minutes"], 1e-12)


@pytest.mark.parametrize("name", ["worked_L1", "worked_L2", "worked_L3"])
def test_file_shared_schedules(name):
    row = rows(name)
    arrivals, kwh, kw = ([Fraction(x) for x in row[k]] for k in ("arrivals", "kwh", "pmax"))
    departures, peak = schedule.shared_departures(arrivals, kwh, kw, Fraction(row["cap"]))
    assert departures == [Fraction(x) for x in row["departures"]]
    assert peak == Fraction(row["peak"])


def test_file_line_schedule():
    row = rows("worked_L4")
    assert schedule.fcfs_waits(row["arrivals"], row["service"], row["c"]) == row["waits"]


# --- chains ----------------------------------------------------------------------------------


def test_stationary_is_the_birth_death_law():
    def moves(state):
        (k,) = state
        yield (1.5 if k < 9 else 0.0), (k + 1,)
        yield min(k, 2), (k - 1,)

    law = chain.stationary((0,), moves)
    plain = chain.birth_death(lambda k: 1.5, lambda k: min(k, 2), last=9)
    assert [law[k,] for k in range(10)] == [near(p) for p in plain]


def test_overload_is_refused():
    with pytest.raises(ValueError, match="load"):
        chain.birth_death(lambda k: 2.0, lambda k: 1.0)
    with pytest.raises(ValueError, match="load"):
        delay.mmc(3.0, 1.0, 3)
    with pytest.raises(ValueError, match="load"):
        constant.mdc(3.5, 1.0, 3)
    with pytest.raises(ValueError, match="load"):
        single.mg1(1.0, 1.0, 2.0, 6.0)


def test_the_tail_of_a_short_line_is_refused():
    with pytest.raises(ValueError, match="places"):
        phases.parking(2.0, 1.0, 2.0, 3, 2.0, places=1).wait_exceeds(1.0)


# --- a line, exponential sessions ------------------------------------------------------------


def test_mm1_in_closed_form():
    found = delay.mmc(1.4, 2.0, 1)
    assert found["p_wait"] == near(0.7)
    assert found["wait_h"] == near(0.7 / 0.6)
    assert found["wait_square_h2"] == near(2 * 0.7 / 0.6**2)
    assert delay.mmc_wait_quantile(1.4, 2.0, 1, 0.2) == 0.0


def test_all_are_busy_when_an_arrival_waits():
    """Poisson arrivals see time averages; as often as one EVSE is free, it is by balance."""
    assert delay.mmc_busy(9.0, 1.0, 12, 12) == near(delay.erlang_c(9.0, 12))
    assert delay.mmc_busy(1.4, 2.0, 1, 0) == 1.0
    step = delay.mmc_busy(9.0, 1.0, 12, 11) - delay.mmc_busy(9.0, 1.0, 12, 12)
    p_full = delay.erlang_c(9.0, 12) * (1.0 - 9.0 / 12)
    assert step == near(p_full * 12 / 9.0)


def test_lifo_tail_carries_the_same_mean_and_its_own_square():
    lam, mu, c = 2.1, 1.0, 3

    def exceeds(t):
        return delay.mmc_lifo_wait_exceeds(lam, mu, c, t)

    mean = quad(exceeds, 0.0, 200.0, limit=200)[0]
    square = quad(lambda t: 2 * t * exceeds(t), 0.0, 200.0, limit=200)[0]
    assert mean == near(delay.mmc(lam, mu, c)["wait_h"], 1e-6)
    assert square == near(delay.mmc_lifo_wait_square(lam, mu, c), 1e-5)
    assert exceeds(0.0) == near(delay.erlang_c(lam, c))
    assert exceeds(10.0) > 5 * delay.mmc_wait_exceeds(lam, mu, c, 10.0)


def test_mmck_between_loss_and_delay():
    assert delay.mmck(3.0, 1.0, 4, 4)["p_lost"] == near(loss.erlang_b(3.0, 4))
    assert delay.mmck(3.0, 1.0, 4, 400)["wait_h"] == near(delay.mmc(3.0, 1.0, 4)["wait_h"])
    assert delay.mmck(3.0, 1.0, 4, 400)["p_wait"] == near(delay.erlang_c(3.0, 4))


def test_a_fleet_with_an_evse_each_is_independent():
    found = delay.closed_fleet(5, 0.5, 2.0, 5)
    assert found["throughput"] == near(5 / (1 / 0.5 + 1 / 2.0))
    assert found["wait_h"] == found["p_wait"] == 0.0


# --- patience --------------------------------------------------------------------------------


@pytest.mark.parametrize(("lam", "c", "theta"), [(0.9, 1, 0.5), (4.8, 4, 0.5), (8.0, 8, 1.0)])
def test_general_patience_is_erlang_a_when_exponential(lam, c, theta):
    plain = patience.erlang_a(lam, 1.0, c, theta)
    found = patience.with_patience(lam, 1.0, c, lambda x: (1 - exp(-theta * x)) / theta, 3.0)
    for key, value in found.items():
        assert value == near(plain[key], 1e-8), key


def test_constant_patience_between_loss_and_delay():
    assert patience.constant_patience(3.0, 1.0, 4, 1e-9)["p_renege"] == near(
        loss.erlang_b(3.0, 4), 1e-7
    )
    assert patience.constant_patience(3.0, 1.0, 4, 60.0)["wait_h"] == near(
        delay.mmc(3.0, 1.0, 4)["wait_h"]
    )


def test_mm1_with_constant_patience_in_closed_form():
    lam, d = 0.8, 1.5  # offered wait: density lam p0 exp(-(1 - lam) x) to d, then exp(lam d - x)
    inside = (1 - exp(-(1 - lam) * d)) / (1 - lam)
    beyond = exp(-(1 - lam) * d)
    p0 = 1 / (1 + lam * (inside + beyond))
    found = patience.constant_patience(lam, 1.0, 1, d)
    assert found["p_wait"] == near(1 - p0)
    assert found["p_renege"] == near(p0 * lam * beyond)


# --- other laws of the session ---------------------------------------------------------------


def test_mg1_against_mmc_and_mdc():
    mm1, lam = delay.mmc(0.8, 1.0, 1), 0.8
    found = single.mg1(lam, 1.0, 2.0, 6.0)
    for key in ("p_wait", "wait_h", "wait_square_h2", "line"):
        assert found[key] == near(mm1[key]), key
    assert found["lifo_wait_square_h2"] == near(delay.mmc_lifo_wait_square(lam, 1.0, 1))
    md1 = constant.mdc(lam, 1.0, 1)
    for key in ("p_wait", "wait_h", "wait_square_h2", "line"):
        assert single.mg1(lam, 1.0, 1.0, 1.0)[key] == near(md1[key]), key


def test_mdc_scales_with_time():
    assert constant.mdc(4.8, 0.5, 3)["wait_h"] == near(constant.mdc(2.4, 1.0, 3)["wait_h"] / 2)


@pytest.mark.parametrize(("lam", "d", "c"), [(0.8, 1.0, 1), (4.8, 0.5, 3)])
def test_the_tail_of_mdc_carries_its_moments(lam, d, c):
    found = constant.mdc(lam, d, c)

    def exceeds(t):
        return constant.mdc_wait_exceeds(lam, d, c, t)

    assert exceeds(0.0) == near(found["p_wait"])
    panels = [(n * d, (n + 1) * d) for n in range(60)]
    mean = sum(quad(exceeds, a, b)[0] for a, b in panels)
    square = sum(quad(lambda t: 2 * t * exceeds(t), a, b)[0] for a, b in panels)
    assert mean == near(found["wait_h"], 1e-7)
    assert square == near(found["wait_square_h2"], 1e-6)


def test_mdc_of_one_evse_in_the_first_period():
    for t in (0.2, 0.9):  # P(W <= t) = (1 - rho) exp(lam t) for t < d
        assert constant.mdc_wait_exceeds(0.6, 1.0, 1, t) == near(1 - 0.4 * exp(0.6 * t))


def test_phases_of_one_evse_are_pollaczek_khinchine():
    found = phases.erlang_2(0.8, 1.0, 1).results
    exact = single.mg1(0.8, 1.0, 1.5, 3.0)  # E[S^n] = (n + 1)! / 2^n
    for key in ("p_wait", "wait_h", "wait_square_h2", "stay_h"):
        assert found[key] == near(exact[key]), key
    p = phases.h2_share(4.0)
    s3 = 6 * (p / (2 * p) ** 3 + (1 - p) / (2 - 2 * p) ** 3)
    found = phases.hyperexponential(0.8, 1.0, 4.0, 1).results
    exact = single.mg1(0.8, 1.0, 5.0, s3)
    for key in ("p_wait", "wait_h", "wait_square_h2", "stay_h"):
        assert found[key] == near(exact[key]), key


def test_phases_without_spread_are_mmc():
    station = phases.hyperexponential(3.2, 1.0, 1.0, 4)
    exact = delay.mmc(3.2, 1.0, 4)
    for key in ("p_wait", "wait_h", "wait_square_h2", "line"):
        assert station.results[key] == near(exact[key]), key
    for t in (0.0, 0.5, 3.0):
        assert station.wait_exceeds(t) == near(delay.mmc_wait_exceeds(3.2, 1.0, 4, t), 1e-8)


def test_the_tail_of_phases_carries_their_moments():
    station = phases.hyperexponential(1.0, 1.0, 3.0, 2)
    square = quad(lambda t: 2 * t * station.wait_exceeds(t), 0.0, 60.0, epsrel=1e-6)[0]
    assert square == near(station.results["wait_square_h2"], 1e-5)


# --- sharing ---------------------------------------------------------------------------------


def test_processor_sharing_stretches_by_the_idle_share():
    assert sharing.stay_given_need(0.8, 1.0, 1.0, 0.3) == near(0.3 / 0.2)
    assert sharing.stay_given_need(0.8, 1.0, 500.0, 0.3) == near(0.3)


@pytest.mark.parametrize("law", ["erlang_2", "h2"])
def test_sharing_without_a_line_is_insensitive(law):
    lam, need_h, ratio, evses = 5.4, 0.5, 3.0, 6
    if law == "erlang_2":
        station = phases.erlang_2(lam, need_h, evses, ratio)
    else:
        station = phases.hyperexponential(lam, need_h, 6.0, evses, ratio)
    found = replace(station, places=0).results
    exact = sharing.shared(lam, need_h, ratio, evses)
    assert found["p_lost"] == near(exact["p_lost"])
    assert found["stay_h"] == near(exact["stay_h"])


def test_each_kind_of_need_is_stretched_alike():
    need_h, p = 0.5, phases.h2_share(6.0)
    station = replace(phases.hyperexponential(5.4, need_h, 6.0, 6, 3.0), places=0)
    joined = 5.4 * (1 - station.results["p_lost"])
    small = station.mean(lambda line, i, j: i) / (joined * p)
    large = station.mean(lambda line, i, j: j) / (joined * (1 - p))
    for stay, x in ((small, need_h / (2 * p)), (large, need_h / (2 - 2 * p))):
        assert stay == near(sharing.stay_given_need(5.4, need_h, 3.0, x, 6))


def test_sharing_with_a_line():
    found = sharing.shared_with_line(2.4, 1.0, 3.0, 5)
    chained = phases.hyperexponential(2.4, 1.0, 1.0, 5, 3.0).results
    for key, value in found.items():
        assert value == near(chained[key]), key
    assert found["stay_h"] == near(sharing.shared(2.4, 1.0, 3.0)["stay_h"])  # exponential: blind
    wide = sharing.shared_with_line(2.4, 1.0, 9.0, 3)
    assert wide["wait_h"] == near(delay.mmc(2.4, 1.0, 3)["wait_h"])


def test_a_line_makes_sharing_sensitive():
    stay = [
        phases.hyperexponential(2.4, 1.0, scv, 5, 3.0).results["stay_h"] for scv in (1.0, 2.0, 4.0)
    ]
    assert stay[0] < stay[1] < stay[2]
    assert phases.erlang_2(2.4, 1.0, 5, 3.0).results["stay_h"] < stay[0]


# --- two classes, overstay -------------------------------------------------------------------


def test_max_min_of_two_classes_is_water_filling():
    for n1, n2, cap in [
        (1, 1, 300),
        (2, 1, 150),
        (3, 2, 150),
        (1, 3, 400),
        (0, 2, 150),
        (2, 0, 50),
    ]:
        x1, x2 = phases.max_min(n1, 60.0, n2, 120.0, cap)
        limits = [Fraction(60)] * n1 + [Fraction(120)] * n2
        filled = schedule.water_fill(limits, Fraction(cap))
        assert [x1] * n1 + [x2] * n2 == [near(float(x)) for x in filled]


def test_two_equal_classes_are_one():
    found = phases.two_classes(3.0, 30.0, 60.0, 2.4, 30.0, 60.0, 180.0, 6, 0)
    exact = sharing.shared(5.4, 0.5, 3.0, 6)
    assert found["p_lost"] == near(exact["p_lost"])
    assert found["session_1_h"] == near(exact["stay_h"])
    assert found["session_2_h"] == near(exact["stay_h"])


def test_two_classes_without_a_cap_lose_as_erlang():
    found = phases.two_classes(3.0, 30.0, 60.0, 2.0, 90.0, 120.0, 1e6, 4, 0)
    assert found["p_lost"] == near(loss.erlang_b(3.0 * 0.5 + 2.0 * 0.75, 4))
    assert found["session_1_h"] == near(0.5)
    assert found["session_2_h"] == near(0.75)


def test_a_cap_hurts_the_class_that_wants_more():
    found = phases.two_classes(1.5, 30.0, 60.0, 1.5, 60.0, 120.0, 150.0, 150, 0)
    assert 1.0 < found["session_1_h"] / 0.5 < found["session_2_h"] / 0.5
    assert found["power_kw"] == near(135.0, 1e-6)


def test_parking_without_a_line_has_product_form():
    lam, mu, overstay, evses, ratio = 4.0, 1.5, 2.0, 6, 2.5
    weights = {}
    for i in range(evses + 1):
        for j in range(evses + 1 - i):
            charging = stay = 1.0
            for k in range(1, i + 1):
                charging *= lam / (mu * min(k, ratio))
            for k in range(1, j + 1):
                stay *= lam / (overstay * k)
            weights[0, i, j] = charging * stay
    total = sum(weights.values())
    law = phases.parking(lam, mu, overstay, evses, ratio, places=0).law
    for state, weight in weights.items():
        assert law[state] == near(weight / total)


def test_parking_without_a_cap_loses_as_erlang():
    found = phases.parking(4.0, 1.5, 2.0, 6, inf, places=0).results
    assert found["p_lost"] == near(loss.erlang_b(4.0 / 1.5 + 4.0 / 2.0, 6))


def test_parking_with_a_line():
    equal = phases.parking(2.4, 2.0, 2.0, 3, inf).results
    exact = phases.erlang_2(2.4, 1.0, 3).results
    assert equal["wait_square_h2"] == near(exact["wait_square_h2"])
    brief = phases.parking(2.4, 1.0, 1e7, 5, 3.0).results
    assert brief["wait_h"] == near(sharing.shared_with_line(2.4, 1.0, 3.0, 5)["wait_h"], 1e-5)


# --- two stations ----------------------------------------------------------------------------


def test_overflow_loses_as_one_group():
    found = loss.overflow(3.0, 1.5, 2, 3)
    assert found["p_lost"] == near(loss.erlang_b(2.0, 5))
    assert found["plugged_1"] + found["plugged_2"] == near(2.0 * (1 - found["p_lost"]))
    assert found["p_reroute"] == near(loss.erlang_b(2.0, 2))
    alone = loss.overflow(1e-9, 1.0, 1, 4, lam2=3.0)
    assert alone["plugged_2"] == near(3.0 * (1 - loss.erlang_b(3.0, 4)), 1e-7)


def test_nobody_informed_is_one_station():
    found = choice.join_shorter_wait(2.1, 1.0, 3, 3, informed=0.0)
    assert found["wait_h"] == near(delay.mmc(2.1, 1.0, 3)["wait_h"])
    assert found["p_second"] == found["plugged_2"] == 0.0


def test_choice_lies_between_one_line_and_two():
    lam = 4.8
    found = choice.join_shorter_wait(lam, 1.0, 3, 3)
    assert delay.mmc(lam, 1.0, 6)["wait_h"] < found["wait_h"] < delay.mmc(lam / 2, 1.0, 3)["wait_h"]
    assert found["plugged_1"] + found["plugged_2"] == near(lam)
    assert found["plugged_2"] == near(lam * found["p_second"])


def test_the_shortest_queue_decays_as_the_square_of_the_load():
    rho, total = 0.7, {}

    def moves(state):
        n1, n2 = state
        if n1 < 60 and n2 < 60:
            yield 2 * rho, ((n1 + 1, n2) if n1 <= n2 else (n1, n2 + 1))
        yield float(n1 > 0), (n1 - 1, n2)
        yield float(n2 > 0), (n1, n2 - 1)

    for (n1, n2), p in chain.stationary((0, 0), moves).items():
        shorter = min(n1, n2)
        total[shorter] = total.get(shorter, 0.0) + p
    assert total[13] / total[12] == near(rho**2, 1e-6)  # Kingman (1961)
    line = choice.join_shorter_wait(2 * rho, 1.0, 1, 1)
    assert line["p_full"] == near(1 - total[0])


# --- rates that change -----------------------------------------------------------------------


def test_an_evse_for_everyone_two_ways():
    times = [0.0, 3.0, 6.0, 18.0]
    found = rush.transient(daily, 1 / 0.75, 80, times, largest=80)
    for t, row in zip(times, found, strict=True):
        exact = rush.infinite_mean(daily, rush.exponential(0.75), 40.0, t, since=0.0)
        assert row["plugged"] == near(exact, 1e-6)


def test_transient_settles_to_the_steady_state():
    row = rush.transient(lambda t: 4.8, 1.0, 4, [0.0, 60.0], theta=0.5, largest=80)[-1]
    exact = patience.erlang_a(4.8, 1.0, 4, 0.5)
    assert row["line"] == near(exact["line"], 1e-6)
    assert row["p_wait"] == near(exact["p_wait"], 1e-6)
    row = rush.transient(lambda t: 2.0, 1.0, 4, [0.0, 80.0], largest=100)[-1]
    assert row["line"] == near(delay.mmc(2.0, 1.0, 4)["line"], 1e-6)


def test_transient_areas_balance():
    lam, mu, theta = 6.0, 2.0, 0.7
    first, last = rush.transient(lambda t: lam, mu, 2, [1.0, 4.0], theta=theta)
    gone = mu * last["plugged_h"] + theta * last["line_h"]
    assert gone + last["plugged"] + last["line"] == near(3 * lam, 1e-6)
    assert first["plugged"] == first["plugged_h"] == 0.0


# --- curves and schedules --------------------------------------------------------------------


def test_curve_hours_are_the_integral():
    knots = [(0.0, 90.0), (0.1, 150.0), (0.5, 150.0), (0.8, 60.0), (1.0, 10.0)]

    def kw(soc):
        for (s0, k0), (s1, k1) in pairwise(knots):
            if soc <= s1:
                return k0 + (k1 - k0) * (soc - s0) / (s1 - s0)
        return knots[-1][1]

    exact = quad(lambda s: 75.0 / kw(s), 0.05, 0.93, points=[0.1, 0.5, 0.8])[0]
    assert curve.curve_hours(75.0, knots, 0.05, 0.93) == near(exact)


def test_a_taper_is_a_curve():
    knots = [(0.0, 150.0), (0.8, 150.0), (1.0, 0.0)]
    whole = curve.curve_hours(60.0, knots, 0.1, 0.95)
    assert curve.taper_hours(60.0, 150.0, 0.1, 0.95, 0.8) == near(whole)
    assert curve.taper_hours(60.0, 150.0, 0.85, 0.95, 0.8) == near(
        curve.curve_hours(60.0, knots, 0.85, 0.95)
    )


def test_one_evse_waits_as_lindley():
    arrivals, sessions = [0.0, 1.0, 1.5, 6.0], [2.0, 1.0, 0.5, 1.0]
    wait, waits = 0.0, [0.0]
    for gap, session in zip([1.0, 0.5, 4.5], sessions[:-1], strict=True):
        wait = max(0.0, wait + session - gap)
        waits.append(wait)
    assert schedule.fcfs_waits(arrivals, sessions, 1) == waits


def test_shared_departures_conserve_energy():
    departures, peak = schedule.shared_departures(
        [Fraction(0), Fraction(5)], [Fraction(50), Fraction(10)], [Fraction(20)] * 2, Fraction(15)
    )
    assert departures == [Fraction(10, 3), Fraction(17, 3)]
    assert peak == 15


def test_h2_has_the_spread_it_says():
    p = phases.h2_share(4.0)
    assert p == near((1 + sqrt(0.6)) / 2)
    assert 2 * (p / (2 * p) ** 2 + (1 - p) / (2 - 2 * p) ** 2) - 1 == near(4.0)


def test_loss_of_two_evses_by_hand():
    assert loss.erlang_b(1.0, 2) == near(0.2)
    weights = [comb(3, k) for k in range(4)]  # a fleet of 3, lam = mu, EVSE each: binomial
    assert delay.closed_fleet(3, 1.0, 1.0, 3)["utilization"] == near(
        sum(k * w for k, w in enumerate(weights)) / 8 / 3
    )
