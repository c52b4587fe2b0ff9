"""Saturation against utilization: curves, stations, tables."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.measure import rule_of
from experiments.forty_percent_rule.threshold.verdict import RATES, ratio
from sim.metrics import METRICS
from sim.report.blocks import Beside, Block, Figure, Section, Table
from sim.report.charts import BLUE, RUST, Axis, Dots, Line, curve, scatter
from sim.report.language import Words
from sim.report.tables import Form, table

KEYS = ("saturated_h_per_day", "saturated_worst_min", "saturated_spell_h")
EVERY = slice(4, 65, 4)  # hours in the table: 1, 2, ... 16
HEADS = "saturation.heads"

Own = Mapping[str, Any]


def sections(say: Words, answer: Own) -> list[Section]:
    own = answer["saturation"]
    blocks: list[Block] = [
        *map(say, own["verdict"]),
        say("saturation.about", cost=ratio(own["miss_cost"]), **rule_of(own)),
    ]
    if own["sharper"] is not None:
        blocks += [Beside([[_roc(say, own)], [_stations(say, answer)]]), _hours(say, own)]
    heading = say("saturation.heading", threshold=own["rule"]["threshold"])
    return [Section(heading, [*blocks, _table(say, answer)], "saturation")]


def _roc(say: Words, own: Own) -> Figure:
    lines, dots, rule = [], [], rule_of(own)
    given = {
        "saturation": say("saturation.at.saturation", hours=own["saturated_h_per_day"]),
        "utilization": say("saturation.at.utilization", **rule),
    }
    for (key, text), color in zip(given.items(), (RUST, BLUE), strict=True):
        of = own[key]
        hit, needless = of["curve"]["sensitivity"], [1.0 - x for x in of["curve"]["specificity"]]
        name = say(f"saturation.key.{key}", measure=rule["measure"])
        label = say("threshold.roc.label", what=name, area=of["area"])
        lines.append(Line(label, needless, hit, color))
        at = {rate: of["at_threshold"][rate].mean for rate in ("sensitivity", "specificity")}
        dots.append(Dots("", [1.0 - at["specificity"]], [at["sensitivity"]], color,
                         size=11.0, hover=[text]))  # fmt: skip
    return curve(
        say, lines, Axis(say("threshold.roc.x"), "%", -0.02, 1.02),
        Axis(say("threshold.roc.y"), "%", -0.02, 1.04), dots=dots, diagonal=True, height=380,
        title=say("saturation.roc.title", given=[*given.values()]), alt=say("saturation.roc.alt"),
    )  # fmt: skip


def _stations(say: Words, answer: Own) -> Figure:
    """Each station by both yardsticks, and whether service fails there."""
    own, rule = answer["saturation"], rule_of(answer["saturation"])
    names = {row["station"]: say(row["name"]) for row in answer["stations"]}
    dots = []
    for fails, color, key in ((False, BLUE, "keeps"), (True, RUST, "fails")):
        mine = {name: row for name, row in own["stations"].items() if row["fails"] == fails}
        dots.append(Dots(
            say(f"saturation.key.{key}"), [row["utilization"] for row in mine.values()],
            [row[KEYS[0]].mean for row in mine.values()], color, size=7.0, opacity=0.8,
            hover=[say("saturation.hover", name=names[name], hours=row[KEYS[0]],
                       use=row["utilization"]) for name, row in mine.items()],
        ))  # fmt: skip
    threshold, hours = own["rule"]["threshold"], own["saturated_h_per_day"]
    return scatter(
        say, dots, Axis(say(rule["measure"]), "%", from_zero=True), Axis.of(say, METRICS[KEYS[0]]),
        at_x=[(threshold, say.number(threshold, "g%"))], at_y=[(hours, say.number(hours, "gh"))],
        title=say("saturation.scatter.title"), alt=say("saturation.scatter.alt"),
    )  # fmt: skip


def _hours(say: Words, own: Own) -> Table:
    """What a rule of so many hours would find and flag."""
    keys = (*RATES, "missed", "needless")
    of = own["saturation"]["curve"]
    rows = [
        {"hours": at, "flagged": own["failing"] - missed + needless, "missed": missed,
         "needless": needless, **dict(zip(RATES, rates, strict=True))}
        for at, *rates, missed, needless in list(
            zip(own["hours"], *(of[key] for key in keys), strict=True))[EVERY]
    ]  # fmt: skip
    columns: dict[str, Form] = {
        "hours": ("hours", "h", 0), "flagged": "flagged", "missed": "missed",
        "needless": "needless", **{rate: (rate, "%", 0) for rate in RATES},
    }  # fmt: skip
    return table(say, HEADS, columns, rows, say("saturation.tables.hours"))


def _table(say: Words, answer: Own) -> Table:
    own = answer["saturation"]
    names = {row["station"]: row["name"] for row in answer["stations"]}
    rows = [{**row, "name": names[name]} for name, row in own["stations"].items()]
    rows.sort(key=lambda row: -row[KEYS[0]].mean)
    columns: dict[str, Form] = {
        "station": "name",
        **{key: (key, METRICS[key].unit, METRICS[key].digits) for key in KEYS},
        "utilization": ("utilization", "%", 1), "fails": "fails",
    }  # fmt: skip
    rows = [{**row, "fails": say(f"saturation.{'yes' if row['fails'] else 'no'}")} for row in rows]
    return table(say, HEADS, columns, rows, say("saturation.tables.stations"))
