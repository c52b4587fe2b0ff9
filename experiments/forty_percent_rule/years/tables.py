"""The tables of question 5: the numbers behind its figures."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.measure import limit
from experiments.forty_percent_rule.years.plans import NOTHING, RULE, TARGET
from experiments.forty_percent_rule.years.verdict import times
from sim.report.simple import Table
from sim.report.words import signed, span

FIGURES = {  # heading, digits, scale
    "flagged": ("over {}", 1, 1.0), "standing": ("upgraded and open", 1, 1.0),
    "failing": ("failing", 1, 1.0), "wait_h": ("thousand h waited", 1, 1e-3),
    "wait_min_p95": ("P95 wait [min]", 0, 1.0), "unserved_kwh": ("MWh unserved", 0, 1e-3),
    "stranded": ("EVs stranded", 0, 1.0), "ordered": ("ordered after it", 1, 1.0),
    "cost_cny": ("million CNY", 1, 1e-6), "stuck": ("flagged, but no room", 1, 1.0),
}  # fmt: skip
GROUPS = {
    "upgraded": "upgraded by the plan", "super before": "super stations before, not upgraded",
    "neither": "neither",
}  # fmt: skip
PRICES = {"low": "lowest", "typical": "typical", "high": "highest"}


def holidays(found: Mapping[str, Any]) -> Table:
    rows = [
        [own["name"], own["first_day"], 100 * own["ev_share"], own["nevs"] / 1e6, own["opens"]]
        for own in found["holidays"]
    ]
    head = ["Holiday", "first day", "EVs, % of vehicles", "NEVs in the city, million",
            "what is ordered after it opens"]  # fmt: skip
    return Table(head, rows, "The holidays")


def figures(found: Mapping[str, Any]) -> Table:
    rows = [
        [
            f"{own['name']}, {plan}",
            *(span(of["figures"][name][k], d, s) for name, (_, d, s) in FIGURES.items()),
        ]
        for k, own in enumerate(found["holidays"])
        for plan, of in found["plans"].items()
    ]
    head = [text.format(limit(found)) for text, *_ in FIGURES.values()]
    return Table(
        ["Holiday, plan", *head], rows, "Every holiday: stations, waits, money (95 % intervals)"
    )


def differences(found: Mapping[str, Any]) -> Table:
    """Without holidays before anything is open: they are the same in every plan."""
    rows = []
    for k, own in enumerate(found["holidays"]):
        for pair in found["differences"]:
            change = {name: by_holiday[k] for name, by_holiday in pair["figures"].items()}
            if any(x["mean"] for name, x in change.items() if name != "cost_cny"):
                cells = [signed(x, *FIGURES[name][1:]) for name, x in change.items()]
                rows.append([f"{own['name']}, {pair['to']} minus {pair['from']}", *cells])
    head = [FIGURES[name][0] for name in found["differences"][0]["figures"]]
    return Table(
        ["Holiday, plans", *head], rows, "Differences, paired by world (95 % intervals), where "
        "there is any"
    )  # fmt: skip


def built(found: Mapping[str, Any]) -> Table:
    own = {plan: found["plans"][plan]["built"] for plan in (RULE, TARGET)}
    last = found["holidays"][-1]["name"]
    rows: list[list[Any]] = []
    for year in own[RULE]["by_year"]:
        ordered = [x["by_year"][year] for x in own.values()]
        rows += [
            [f"upgrades ordered in {year}", *(span(x["upgrades"]) for x in ordered)],
            [f"million CNY for them, {year}", *(span(x["cost_cny"], 1, 1e-6) for x in ordered)],
        ]
    open_ = [x["open"] for x in own.values()]
    rows += [
        ["upgrades ordered in all", *(span(x["upgrades"]) for x in own.values())],
        ["at stations", *(span(x["stations"]) for x in own.values())],
        [f"upgrades open in {last}", *(span(x["upgrades"]) for x in open_)],
        *(
            [f"stations upgraded {times(n)} by then", *(span(x["times"].get(n)) for x in open_)]
            for n in sorted({n for x in open_ for n in x["times"]})
        ),
        *(
            [
                f"million CNY for what is open, {words} prices",
                *(span(x["cost_cny"][level], 1, 1e-6) for x in open_),
            ]
            for level, words in PRICES.items()
        ),
    ]
    return Table(["What is built", *own], rows, "How much is built, when, and for how much")


def left(found: Mapping[str, Any]) -> Table:
    plans = found["plans"].values()
    rows: list[list[Any]] = [
        [text, *(_of(own["left"][group]) for own in plans)] for group, text in GROUPS.items()
    ]
    since = found["plans"][NOTHING]["change"]["since"]
    rows.append([f"all, change since {since}", *(signed(own["change"]) for own in plans)])
    last = found["holidays"][-1]["name"]
    return Table(["Stations", *found["plans"]], rows, f"Where service fails in {last}")


def _of(group: Mapping[str, Any]) -> str | None:
    stations = group["stations"]["mean"]
    return f"{span(group['failing'])} of {stations:.1f}" if stations else None
