"""Question 1 on the page: who is flagged, by what is measured and by holiday."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.designs import BASE
from experiments.forty_percent_rule.flags import of_measure
from experiments.forty_percent_rule.measure import MEASURES, WINDOWS, Measure, rule_of, told
from sim import metrics
from sim.report.blocks import Beside, Cell, Key, Section, Table
from sim.report.charts.matrix import FAILS, Shares, key_of, matrix
from sim.report.finding import Term, found
from sim.report.language import Words
from sim.report.tables import Form, table

ABOUT = ("shade", "units", "holidays")
BY_STATION = [m for m in MEASURES if m.unit == "station"]


def sections(say: Words, answer: Mapping[str, Any]) -> list[Section]:
    own, rule = answer["flags"], rule_of(answer["flags"])
    names = [say(row["name"]) for row in answer["stations"]]
    fails = [row["p"] for row in answer["threshold"]["fails"]["stations"].values()]
    by_window = [
        Shares(say(f"rule.heads.{m.definition}"), say(f"rule.windows.{m.window}"), _p(own, m))
        for m in BY_STATION
    ]
    by_holiday = [
        Shares(say("flags.by_holiday"), say(own["holidays"][name]), flags["p"])
        for name, flags in of_measure(own).items()
    ]
    key = [*key_of(say), Key(FAILS[-1], say("flags.fails_always"), "square")]
    matrices = [
        Beside([[figure] for figure in matrix(
            say, names, [Shares("", say("flags.fails"), fails, FAILS), *columns], key=key,
            title=say(f"flags.matrix.{what}", **rule), alt=say(f"flags.alt.{what}", **rule),
        )])
        for what, columns in (("windows", by_window), ("holidays", by_holiday))
    ]  # fmt: skip
    return [
        Section(
            say("flags.heading", threshold=rule["threshold"]),
            [
                *map(say, own["verdict"][1:]),
                *(say(f"flags.about.{name}", threshold=rule["threshold"]) for name in ABOUT),
                *matrices, _counts(say, own), _holidays(say, own), _both(say, own),
            ],
            "flags",
        )
    ]  # fmt: skip


def _p(own: Mapping[str, Any], measure: Measure) -> list[float]:
    p: list[float] = of_measure(own, measure)[BASE]["p"]
    return p


def _counts(say: Words, own: Mapping[str, Any]) -> Table:
    rows = []
    for unit in metrics.UNITS:
        for d in metrics.DEFINITIONS:
            each = [of_measure(own, Measure(d, unit, w))[BASE] for w in WINDOWS]
            head = found(f"rule.named.{unit}", definition=Term(f"rule.heads.{d}"))
            rows.append([head, *(found("flags.cell", flagged=len(o["flagged"]), count=o["count"],
                                       unsure=o["unsure"]) for o in each)])  # fmt: skip
    heads = [say("rule.utilization"), *(say(f"rule.windows.{w}") for w in WINDOWS)]
    return Table(heads, rows, say("flags.tables.counts"))


def _holidays(say: Words, own: Mapping[str, Any]) -> Table:
    rows = [
        {
            **flags, "label": own["holidays"][name], "number": len(flags["flagged"]),
            **{side: len(flags[side]) if side in flags else None for side in ("new", "gone")},
            "difference": flags.get("difference"),
        }
        for name, flags in of_measure(own).items()
    ]  # fmt: skip
    columns: dict[str, Form] = {
        "holiday": "label", "flagged": "number", "count": ("count", "", 1), "luck": "unsure",
        "change": ("difference", "", 1), "correlation": ("difference.correlation", "", 2),
        "new": "new", "gone": "gone",
    }  # fmt: skip
    caption = say("flags.tables.holidays", measure=told(own).said)
    return table(say, "flags.heads", columns, rows, caption)


def _both(say: Words, own: Mapping[str, Any]) -> Table:
    rows: list[list[Cell]] = []
    for m in BY_STATION:
        base, *others = of_measure(own, m).values()
        cells = [found("flags.shifted", flagged=len(o["flagged"]), new=len(o["new"]),
                       gone=len(o["gone"])) for o in others]  # fmt: skip
        rows.append([m.said, len(base["flagged"]), *cells])
    heads = [say("rule.utilization"), *map(say, own["holidays"].values())]
    return Table(heads, rows, say("flags.tables.both"))
