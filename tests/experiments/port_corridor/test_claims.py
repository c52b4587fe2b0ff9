"""What the port says is most, best or first is said only where it is shown: made results."""

from pathlib import Path
from typing import Any

import pytest

from experiments.port_corridor import capacity, peaks, plan, surface, swap
from sim.freight.metrics import METRICS
from sim.report.finding import Name
from sim.report.language import Words
from sim.stats.estimate import Estimate
from sim.study.case import Replication
from sim.study.results import Results

say = Words("en", Path(capacity.__file__).parent)


def made(mean: float, half: float) -> Estimate:
    return Estimate(mean, mean - half, mean + half)


def change(mean: float, half: float) -> Estimate:
    return Estimate(mean, mean - half, mean + half, is_change=True)


def said(*findings: Any) -> list[str]:
    return [say(own) for own in findings]


def from_peaks(leading: dict[str, list[str]], **changes: tuple[float, float]) -> list[str]:
    return said(
        *peaks.plain(
            {
                "trucks": 75, "leaders": {"causes": [], "levers": []} | leading,
                "changes": {n: {"wait_min_p95": change(*own)} for n, own in changes.items()},
            }
        )
    )  # fmt: skip


def test_where_peaks_come_from():
    assert from_peaks({"causes": ["shifts"]}, shifts=(-9, 2), meals=(-3, 1)) == [
        "Waits come most of all from shifts that begin together: without, the P95 wait at 75 "
        "trucks changes by -9.0 (-11.0 to -7.0) min."
    ]
    assert from_peaks({"causes": ["shifts", "meals"]}, shifts=(-9, 2), meals=(-8, 3)) == [
        "Which cause makes the longest waits is not shown: without it, the P95 wait at 75 trucks "
        "changes by -9.0 (-11.0 to -7.0) min (shifts that begin together), -8.0 (-11.0 to -5.0) "
        "min (charging at meals)."
    ]
    (none,) = from_peaks({"causes": ["shifts"]}, shifts=(-9, 12), meals=(2, 3))
    assert none.startswith("No cause of the waits is shown: without it, the P95 wait at 75 trucks ")
    assert "-9.0 (-21.0 to +3.0) min (shifts" in none
    (only,) = from_peaks({"causes": ["shifts"]}, shifts=(-9, 2))
    assert only.startswith("Waits come from shifts that begin together, the only cause")


def test_what_buys_peaks_off():
    all_ = {"all": (-20, 1)}  # not one of them
    (one,) = from_peaks({"levers": ["storage"]}, storage=(-9, 2), **all_)
    assert one.startswith("Of the levers, most is done by storage at the hub: the P95 wait")
    (several,) = from_peaks(
        {"levers": ["storage", "staggered"]}, storage=(-9, 2), staggered=(-9, 3)
    )
    assert several.startswith("Which lever does most is not shown: ")
    (none,) = from_peaks({"levers": ["storage"]}, storage=(-9, 10))
    assert none.startswith("No lever is shown to shorten the waits: ")


def test_peaks_are_compared_on_the_same_draws():
    waits = {
        "vessels": (30.0, 50.0, 70.0),
        "shifts": (32.0, 52.0, 72.1),
        "meals": (90.0, 50.0, 12.0),
    }
    found = Results(
        {n: [Replication({"wait_min_p95": x}) for x in own] for n, own in waits.items()}, METRICS
    )
    assert peaks.leaders(found, peaks.CAUSES) == ["vessels", "meals"]
    assert peaks.leaders(found, ["nights"]) == []


def row(technology: str, budget: float, flow: tuple[float, float]) -> dict[str, Any]:
    return {
        "technology": technology, "budget_cny": budget, "cny": budget,
        "deliveries_per_day": made(*flow), "cny_per_tonne": made(0.5, 0.1), "what": [],
    }  # fmt: skip


def test_charge_or_swap():
    rows = [row("dual", 2e6, (800, 40)), row("swap", 2e6, (700, 40)), row("swap", 4e6, (810, 40))]
    best = [
        {"budget_cny": 2e6, "rank": ["dual", "swap"], "leading": ["dual"]},
        {"budget_cny": 4e6, "rank": ["swap", "dual"], "leading": ["swap", "dual"]},
    ]  # fmt: skip
    found = {"rows": rows, "best": [*best, None], "cheapest": [("dual", 2e6)]}
    assert said(*swap.plain(found)) == [
        "On the same transformer most is carried by dual-gun units for 2 million CNY; which of "
        "them carries most for 4 million CNY is not shown.",
        "The highest mean is 810 (770 to 850) loads a day (battery swap, 4.0 million CNY); a tonne "
        "is cheapest at 0.500 (0.400 to 0.600) CNY (dual-gun units, 2.0 million CNY).",
    ]
    found |= {"best": best[1:], "cheapest": [["dual", 2e6], ["swap", 2e6]]}
    first, second = said(*swap.plain(found))
    assert first == "Which technology carries most for 4 million CNY is not shown."
    assert second.endswith(
        "the cheapest tonne in the mean, 0.500 (0.400 to 0.600) CNY (dual-gun units, 2.0 million "
        "CNY), is not told apart from that of battery swap, 2.0 million CNY."
    )
    alone = {"budget_cny": 2e6, "rank": ["dual"], "leading": ["dual"]}
    found = {"rows": rows[:1], "best": [alone], "cheapest": [("dual", 2e6)]}
    first, second = said(*swap.plain(found))
    assert first == "Only one can be bought: dual-gun units for 2 million CNY."
    assert "; a tonne costs 0.500 (0.400 to 0.600) CNY (" in second
    assert said(*swap.plain({"best": [None]})) == ["No budget buys any of them."]


def test_whose_lead_is_not_shown():
    for lead, says in (
        (change(50, 9), "; the first is ahead of the next by +50 (+41 to +59) loads, paired."),
        (change(5, 9), "; the first is not shown to be ahead of the next: +5 (-4 to +14)."),
        (None, "battery swap 800 (760 to 840) ()."),
    ):
        rows = [row(name, 2e6, (800, 40)) for name in ("dual", "swap")]
        best = [{"budget_cny": 2e6, "rank": ["dual", "swap"], "lead": lead}]
        (line,) = said(*swap.verdict({"rows": rows, "best": best}))
        assert line.endswith(says)


def from_plan(first: list[str], *halves: float, means: tuple[float, float] = (0.9, 1.2)) -> str:
    rows = [
        {"network": name, "name": Name(name.upper(), ""), "trucks": 100, "ratio": made(mean, half)}
        for name, mean, half in zip("ab", means, halves, strict=True)
    ]
    own = {"trucks": 200, "stations": 9, "rows": rows, "first": first, "total": made(190, 5)}
    (says,) = said(*plan.plain(own))
    return says


def test_the_plan_of_2028():
    assert from_plan(["a"], 0.05, 0.1) == (
        "200 trucks and 9 stations do not work everywhere even if all lines are shared: 190 (185 "
        "to 195) of the trucks can be carried; first to saturate is A, at 90 % (85 to 95) of its "
        "100 trucks."
    )
    says = from_plan(["a", "b"], 0.2, 0.1)
    assert "are not shown to work everywhere even if" in says
    assert (
        "; which saturates first is not shown: A, at 90 % (70 to 110) of its 100 trucks or B, "
        in says
    )
    alone = {"trucks": 200, "stations": 9, "first": ["a"], "total": made(90, 5)}
    rows = [{"network": "a", "name": Name("A", ""), "trucks": 100, "ratio": made(0.9, 0.05)}]
    (only,) = said(*plan.plain(alone | {"rows": rows}))
    assert only.endswith("can be carried; A, at 90 % (85 to 95) of its 100 trucks.")
    assert "9 stations work, if lines are shared: " in from_plan(["a"], 0.1, 0.1, means=(1.2, 1.3))


def test_the_surface_counts_what_is_not_told_apart_by_itself():
    rows = [
        {"flow": made(100 + n, 5), "alike": alike}
        for n, alike in enumerate((["EVSEs"], ["EVSEs"], ["EVSEs", "gate"], ["unsure"]))
    ]
    (says,) = said(*surface.plain({"rows": rows}))
    assert says == (
        "Of 4 ways to build the hub, the lowest mean is 100 (95 to 105) loads a day, the highest "
        "103 (98 to 108); what binds: EVSEs at 2, EVSEs or gate, cranes and docks at 1, not shown "
        "at 1."
    )


@pytest.mark.parametrize(
    ("alike", "says"),
    [
        (["hub"], "what binds: hub as a whole."),
        (["EVSEs", "stacks"],
         "what binds: EVSEs or power of stacks and guns, which are not told apart."),
        (["drivers"], "no limit that is built binds alone: it is drivers and their hours."),
        (["unsure"], "which limit binds is not shown."),
    ],
)  # fmt: skip
def test_what_binds_is_said_where_it_is_shown(alike, says):
    own = {
        "corridor": Name("Port", "港"), "flow": {"deliveries_per_day": made(400, 9)},
        "trucks": made(60, 3), "at_most": True, "binds": {"binds": alike[0], "alike": alike},
    }  # fmt: skip
    (line,) = said(*capacity.plain(own))
    assert line == (
        "Port can carry 400 (391 to 409) loads a day with 60 (57 to 63) electric trucks or more; "
        + says
    )


def test_a_corridor_that_carries_nothing_has_no_capacity():
    at = {"wait_min_p95": made(0, 0), "deliveries_per_day": made(0, 0)}
    own = {"corridor": Name("Port", ""), "flow": at, "fleet": 60, "fleet_figures": at}
    (line,) = said(*capacity.plain(own))
    assert line.startswith("Port carries nothing: ")
