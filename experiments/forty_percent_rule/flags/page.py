"""Who is flagged, by what is measured and by holiday."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.designs import BASE
from experiments.forty_percent_rule.flags.answer import flags_of
from experiments.forty_percent_rule.measure import BY_STATION, WINDOWS, Measure, rule_of, told
from sim import metrics
from sim.report.blocks import Beside, Block, Cell, Key, Section, Table
from sim.report.charts.matrix import FAILS, Shares, key_of, matrix
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.report.tables import Form, table

ABOUT = ("shade", "units", "holidays")


def sections(say: Words, answer: Mapping[str, Any]) -> list[Section]:
    own, rule = answer["flags"], rule_of(answer["flags"])
    threshold = rule["threshold"]
    blocks: list[Block] = [
        *map(say, own["verdict"][1:]),
        *(say(f"flags.about.{name}", threshold=threshold) for name in ABOUT),
        *_matrices(say, answer, rule),
        _counts(say, own), _holidays(say, own), _both(say, own),
    ]  # fmt: skip
    return [Section(say("flags.heading", threshold=threshold), blocks, "flags")]


def _matrices(say: Words, answer: Mapping[str, Any], rule: Mapping[str, Any]) -> list[Beside]:
    """How often each station is flagged, beside how often its service fails."""
    own, names = answer["flags"], [say(row["name"]) for row in answer["stations"]]
    truth = [row["p"] for row in answer["threshold"]["fails"]["stations"].values()]
    fails = Shares("", say("flags.fails"), truth, FAILS)
    by = {
        "windows": [
            Shares(say(f"rule.heads.{m.definition}"), say(f"rule.windows.{m.window}"),
                   flags_of(own, m)[BASE]["p"])
            for m in BY_STATION
        ],
        "holidays": [
            Shares(say("flags.by_holiday"), say(own["holidays"][name]), flags["p"])
            for name, flags in flags_of(own).items()
        ],
    }  # fmt: skip
    key = [*key_of(say), Key(FAILS[-1], say("flags.fails_always"), "square")]
    halves = (
        matrix(say, names, [fails, *columns], key=key,
               title=say(f"flags.matrix.{what}", **rule), alt=say(f"flags.alt.{what}", **rule))
        for what, columns in by.items()
    )  # fmt: skip
    return [Beside([[figure] for figure in figures]) for figures in halves]


def _counts(say: Words, own: Mapping[str, Any]) -> Table:
    rows = [
        [found(f"rule.named.{unit}", definition=Term(f"rule.heads.{d}")),
         *(_cell(flags_of(own, Measure(d, unit, w))[BASE]) for w in WINDOWS)]
        for unit in metrics.UNITS
        for d in metrics.DEFINITIONS
    ]  # fmt: skip
    heads = [say("rule.utilization"), *(say(f"rule.windows.{w}") for w in WINDOWS)]
    return Table(heads, rows, say("flags.tables.counts"))


def _cell(own: Mapping[str, Any]) -> Finding:
    number = len(own["flagged"])
    return found("flags.cell", flagged=number, count=own["count"], unsure=own["unsure"])


def _holidays(say: Words, own: Mapping[str, Any]) -> Table:
    columns: dict[str, Form] = {
        "holiday": "label", "flagged": "flagged", "count": ("count", "", 1), "luck": "unsure",
        "change": ("difference", "", 1), "correlation": ("difference.correlation", "", 2),
        "new": "new", "gone": "gone",
    }  # fmt: skip
    rows = [
        {"difference": None, **flags, "label": own["holidays"][name], **_numbers(flags)}
        for name, flags in flags_of(own).items()
    ]
    caption = say("flags.tables.holidays", measure=told(own).said)
    return table(say, "flags.heads", columns, rows, caption)


def _numbers(flags: Mapping[str, Any]) -> dict[str, int | None]:
    """Of stations flagged, and those that are new or gone since the first holiday."""
    return {key: len(flags[key]) if key in flags else None for key in ("flagged", "new", "gone")}


def _both(say: Words, own: Mapping[str, Any]) -> Table:
    rows: list[list[Cell]] = []
    for m in BY_STATION:
        base, *others = map(_numbers, flags_of(own, m).values())
        rows.append([m.said, base["flagged"], *(found("flags.shifted", **o) for o in others)])
    heads = [say("rule.utilization"), *map(say, own["holidays"].values())]
    return Table(heads, rows, say("flags.tables.both"))
