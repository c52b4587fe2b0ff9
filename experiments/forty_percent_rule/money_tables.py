"""The tables of question 4: the cost frontier, the selection, and what each strategy buys where."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.money_words import (
    EVENLY,
    FREE,
    INFORMED,
    MOBILE,
    RULE,
    SAVING,
    SITE_RULE,
    WAIT,
    hours,
    labels,
    million,
)
from sim.report.simple import Cell, Table
from sim.report.words import full_name

Found = Mapping[str, Any]
SHORT = {
    RULE: "the rule", WAIT: "longest wait first", SAVING: "most saved per CNY", EVENLY: "evenly",
    MOBILE: "mobile units only", INFORMED: "live queues (free)",
    SITE_RULE: "site rule (free)",
}  # fmt: skip
CHANGES = {
    "wait_h": ("hours waited", 1.0), "lost": ("balks and reneges", 1.0),
    "unserved_kwh": ("unserved MWh", 1e-3), "energy_kwh": ("delivered MWh", 1e-3),
    "stranded": ("strandings", 1.0), "plugged_h": ("hours plugged in", 1.0),
}  # fmt: skip
MOST_STEPS = 25


def points(found: Found) -> Table:
    names, bought = labels(found), {
        name: own["points"] for name, own in found["strategies"].items() if name not in FREE
    }  # fmt: skip
    shares = [point["share"] for point in bought[RULE]]
    rows: list[list[Cell]] = [
        [names[name],
         *(f"{hours(p['saved_h'])} for {p['cost_cny']['typical'] / 1e6:,.1f}" for p in points)]
        for name, points in bought.items()
    ]  # fmt: skip
    head = [f"{100 * s:g} % ({million(s * found['budget_cny'])})" for s in shares]
    return Table(["Strategy", *head], rows, "Hours saved for million CNY spent, by share of the "
                 "budget")  # fmt: skip


def changes(found: Found) -> Table:
    rows: list[list[Cell]] = []
    for name, own in found["strategies"].items():
        point, changes = own["points"][-1], own["changes"]
        cost, per_h = point["cost_cny"], point["cny_per_h"]
        rows.append(
            [
                labels(found)[name], f"{cost['typical'] / 1e6:,.1f} "
                f"({cost['low'] / 1e6:,.1f} to {cost['high'] / 1e6:,.1f})",
                hours(point["saved_h"]),
                *(_signed(changes[key], scale) for key, (_, scale) in CHANGES.items()),
                per_h and hours(per_h), point["stations"],
                ", ".join(f"{n} x {_item(item)}" for item, n in point["items"].items()),
            ]
        )  # fmt: skip
    head = ["Strategy", "million CNY (low to high prices)", "hours saved",
            *(label for label, _ in CHANGES.values()),
            f"CNY per hour, over {found['holidays']} holidays", "stations", "buys"]  # fmt: skip
    return Table(head, rows, "With the whole budget: what is bought, and all that changes in one "
                 "holiday")  # fmt: skip


def _signed(estimate: Mapping[str, float], scale: float) -> str:
    mean, low, high = (scale * estimate[key] for key in ("mean", "low", "high"))
    digits = 0 if max(abs(low), abs(high)) >= 10 else 1
    return f"{mean:+,.{digits}f} ({low:+,.{digits}f} to {high:+,.{digits}f})"


def selection(found: Found) -> Table:
    chosen = found["selection"]
    rows: list[list[Cell]] = []
    for name, count in chosen["replications"].items():
        less = chosen["less_than_best_h"].get(name)
        state = "out"
        if name in chosen["left"]:
            state = "the best" if chosen["shown"] else "not told apart"
        rows.append([labels(found)[name], count, less and hours(less), state])
    rows.sort(key=lambda row: row[3] == "out")
    return Table(
        ["Strategy", "replications", "hours fewer than the first", "selection"], rows,
        "Which is best, right with 95 %: differences below "
        f"{chosen['indifference_h']:.0f} h ({100 * found['indifference']:g} % of what is lost "
        "today) do not count",
    )  # fmt: skip


def steps(scenario: Ruled, found: Found) -> Table:
    """The first purchases of the strategy that asks the simulation."""
    names = _names(scenario)
    spent = accumulate(step["cost_cny"] for step in found["steps"])
    rows: list[list[Cell]] = [
        [names[step["station"]], _item(step["item"]), step["saving_h"], step["cost_cny"],
         step["cost_cny"] / (step["saving_h"] * found["holidays"]), total / 1e6]
        for step, total in zip(found["steps"][:MOST_STEPS], spent, strict=False)
    ]  # fmt: skip
    head = ["Station", "gets", "saves h in one holiday", "for CNY",
            f"CNY per hour, over {found['holidays']} holidays", "million CNY so far"]  # fmt: skip
    return Table(
        head, rows, f"Where money saves most: the first {len(rows)} of {len(found['steps'])} "
        "purchases, by its estimates",
    )  # fmt: skip


def menu(found: Found) -> Table:
    rows: list[list[Cell]] = []
    for item, own in found["menu"].items():
        what = own["what"]
        parts = [what.get("replace"), what.get("add"), (what.get("mobile") or {}).get("cabinets")]
        kva = what.get("kva")
        text = " + ".join(part for part in parts if part) + (f", transformer {kva}" if kva else "")
        rows.append([_item(item), text, own["stations"], own["least_cny"], own["most_cny"]])
    head = ["Thing", "what it is", "stations that can have it", "CNY from", "to"]
    return Table(head, rows, "The menu, and the rule's action; the price depends on the "
                 "transformer that a station has")  # fmt: skip


def where(scenario: Ruled, found: Found) -> Table:
    bought = {n: own["buys"] for n, own in found["strategies"].items() if n not in FREE}
    rows: list[list[Cell]] = [
        [label, *(", ".join(f"{n} x {_item(item)}" for item, n in own.get(name, {}).items())
                  for own in bought.values())]
        for name, label in _names(scenario).items()
        if any(name in own for own in bought.values())
    ]  # fmt: skip
    return Table(["Station", *(SHORT[name] for name in bought)], rows)


def _names(scenario: Ruled) -> dict[str, str]:
    table = scenario.station_table().to_dict("records")
    return {str(row["station"]): full_name({str(k): v for k, v in row.items()}) for row in table}


def _item(name: str) -> str:
    return name.replace("_", " ").replace("evse", "EVSE")
