"""Question 3 on the page: what each action saves and costs, whom it helps, and the waits before
and after along each corridor."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule import upgrade_figures as figures
from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.neighbors import COLUMNS, GROUPS, NETWORK
from experiments.forty_percent_rule.upgrade_map import corridors
from experiments.forty_percent_rule.upgrade_words import amount, label, price
from sim.report.simple import Cell, Section, Table
from sim.report.words import full_name

Found = Mapping[str, Any]
NAMES = {
    "wait_h": "hours waited", "visits": "visits", "lost": "balks and reneges",
    "rerouted": "drive on to the next station", "unserved_kwh": "unserved [kWh]",
    "energy_kwh": "energy delivered [kWh]", "wait_min_mean": "mean wait [min]",
    "wait_min_p95": "P95 wait [min]", "plugged_h": "hours plugged in",
    "stranded": "strandings",
}  # fmt: skip
FINE = ("wait_min_mean", "wait_min_p95", "stranded")  # shown with one decimal


def sections(scenario: Ruled, found: Found) -> list[Section]:
    heading = f"3. {found['question']}"
    if not found["upgraded"]:
        return [Section(heading, [*found["plain"], *found["verdict"]])]
    return [
        Section(
            heading, [*found["verdict"], *_method(found)],
            [figures.money(found), figures.price_of_an_hour(found),
             figures.groups(found, "wait_h", "change of the hours waited"),
             figures.groups(found, "visits", "change of the visits")],
            [_actions(found), _saved(found), _whom(found), _network(found)],
        ),
        Section(
            "Waits before and after, along each corridor",
            [
                f"P95 wait before and after ({label(found['action'])}), stations in road order, "
                "the two sides of a site together; names in bold: upgraded. A change is shown "
                "where the 95 % interval of the paired difference (Student t, each station by "
                "itself) does not hold 0. The intervals of P95 waits before and after are BCa.",
            ],
            corridors(scenario, found),
            [_stations(scenario, found)],
        ),
    ]  # fmt: skip


def _method(found: Found) -> list[str]:
    return [
        "The stations that the rule upgrades are simulated again with each action, in "
        f"{found['replications']} replications on the same draws as before; all drivers choose "
        "anew where to stop. They know what stands at a station, and some see the live line; the "
        "others expect the same wait as ever, so nobody learns from one holiday to the next where "
        "lines have become short, and nobody travels because of it. Intervals: 95 %, Student t "
        "over paired replications, the upgraded stations taken as given.",
        "Seen along the routes between all places, the last station before an upgraded one is "
        "upstream, the first one after it is downstream, and one that is both is between. No "
        "station is in two groups, so the changes of the groups add up to that of the network. "
        "Waits are of those who joined a line or plugged in at once, energy of visits that arrived "
        "in the holiday; unserved is what those needed who balked or reneged, wherever they "
        "charged later.",
        "CNY an hour is the ratio of the cost to the mean saving, spread over no years; in "
        "brackets Fieller's interval, which is the cost over the ends of the interval of the "
        "saving, as the cost does not vary. A dash: the saving is not shown to be above 0. Prices "
        "range as their sources disagree.",
        *_left_out(found),
    ]


def _left_out(found: Found) -> list[str]:
    """Where an action cannot be had."""
    parts = [
        f"{label(name)} at {', '.join(cannot)}"
        for name, cannot in found["cannot"].items()
        if cannot
    ]
    why = "the cap is fixed, no transformer is big enough, or no power would be left at some hour"
    return [f"Left out: {'; '.join(parts)} ({why})."] if parts else []


# ---- tables ------------------------------------------------------------------------------------


def _actions(found: Found) -> Table:
    rows: list[list[Cell]] = []
    for name, own in found["actions"].items():
        hour = own["cny_per_h"]
        typical, *prices = (hour and amount(hour[level]) for level in ("typical", "low", "high"))
        rows.append(
            [
                label(name), price(own["cost_cny"]), amount(own["saved_h"]), typical,
                amount(own["less_than_best_h"]), amount(own["saved_all_h"]), *prices,
                own["stations"], own["changed"], own["evses"], own["rated_kw"], own["kva"],
            ]
        )  # fmt: skip
    head = ["Action", "million CNY", "hours of waiting saved", "CNY/h", "fewer than the best",
            "waiting and plugged in", "CNY/h at low prices", "at high prices", "stations",
            "changed", "more EVSEs", "more rated kW", "more kVA"]  # fmt: skip
    return Table(head, rows, "Every action at the same stations; the first is the rule's")


def _saved(found: Found) -> Table:
    rows: list[list[Cell]] = []
    for name, own in found["actions"].items():
        for column in ("wait_h", "visits"):
            cells = [amount(own["groups"][g][column]["change"]) for g in (*GROUPS, NETWORK)]
            rows.append([f"{label(name)}: {NAMES[column]}", *cells])
    return Table(["Change", *GROUPS, NETWORK], rows, "Whom each action helps")


def _whom(found: Found) -> Table:
    groups = found["actions"][found["action"]]["groups"]
    rows: list[list[Cell]] = []
    for place in (*GROUPS, NETWORK):
        own = groups[place]
        count = found["stations"] if place == NETWORK else len(found["groups"][place])
        wait, visits, each = own["wait_h"], own["visits"], own["wait_min_per_visit"]
        rows.append(
            [
                place, count, amount(wait["before"]), amount(wait["after"]),
                amount(wait["change"]), amount(visits["before"]), amount(visits["change"]),
                each and amount(each["before"], 1), each and amount(each["change"], 1),
                amount(own["lost"]["change"]), amount(own["unserved_kwh"]["change"]),
                amount(own["energy_kwh"]["change"]),
            ]
        )  # fmt: skip
    head = ["Stations", "number", "hours waited before", "after", "change", "visits before",
            "change", "min per visit before", "change", "balks and reneges, change",
            "unserved kWh, change", "energy kWh, change"]  # fmt: skip
    return Table(head, rows, f"Whom the rule's action ({label(found['action'])}) helps")


def _network(found: Found) -> Table:
    own = found["actions"][found["action"]]["groups"][NETWORK]
    rows: list[list[Cell]] = []
    for name in (*COLUMNS, "plugged_h", *FINE):
        digits, change = int(name in FINE), own[name]["change"]
        rows.append(
            [
                NAMES[name], *(amount(own[name][when], digits) for when in ("before", "after")),
                amount(change, digits), change["correlation"],
            ]
        )  # fmt: skip
    head = ["All stations", "before", "after", "change, paired", "correlation"]
    return Table(head, rows, f"The network with the rule's action ({label(found['action'])})")


def _stations(scenario: Ruled, found: Found) -> Table:
    """Those where most waiting is saved first."""
    group = {name: place for place, names in found["groups"].items() for name in names}
    rows: list[list[Any]] = []
    for row in scenario.station_table().to_dict("records"):
        own = found["along"][row["station"]]
        wait, visits, hours = own["wait_min_p95"], own["visits"], own["wait_h"]["change"]
        rows.append(
            [
                full_name(row), group[row["station"]], row["evses"],
                amount(wait["before"]), amount(wait["after"]), amount(wait["change"], 1),
                amount(visits["before"]), amount(visits["change"]), amount(hours), hours["mean"],
            ]
        )  # fmt: skip
    rows.sort(key=lambda row: row[-1])
    head = ["Station", "group", "EVSEs before", "P95 wait before [min]", "after", "change",
            "visits before", "change", "hours waited, change"]  # fmt: skip
    caption = f"Every station with the rule's action ({label(found['action'])})"
    return Table(head, [row[:-1] for row in rows], caption)
