"""ROC curves, what each threshold loses, and the size of a station."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from experiments.forty_percent_rule.measure import (
    BY_STATION,
    MEASURES,
    WINDOWS,
    Measure,
    of_measure,
    rule_of,
    told,
)
from experiments.forty_percent_rule.threshold import staffing
from experiments.forty_percent_rule.threshold.verdict import RATES, ratio
from sim import metrics
from sim.report.blocks import Beside, Block, Cell, Figure, Key, Section, Table
from sim.report.charts import BLUE, FAINT, INK, RUST, Axis, Dots, Line, curve, scatter
from sim.report.finding import Term, found
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.stats.estimate import Estimate
from sim.stats.queueing import law

COLORS = (RUST, BLUE, INK, FAINT, "var(--u5)")
CURVES = {
    "definitions": {f"rule.of.{d}": Measure(d) for d in metrics.DEFINITIONS},
    "windows": {f"rule.windows.{w}": Measure(window=w) for w in WINDOWS},
}  # by what is told apart in a figure: its curves by their labels
EVERY = slice(None, None, 5)  # thresholds in tables: 15, 20, ... %
HEADS = "threshold.heads"
A_SIDE = 0.45  # of the distance of two sizes: how far stations of one stand apart

Own = Mapping[str, Any]


def sections(say: Words, answer: Own) -> list[Section]:
    own, sizes = answer["threshold"], staffing.verdict(answer["threshold"]["staffing"])
    threshold, fails = own["rule"]["threshold"], own["fails"]
    about = {
        "threshold": threshold, "cost": ratio(own["miss_cost"]),
        "wait": fails["wait_p90_limit_min"], "lost": fails["lost_limit"],
    }  # fmt: skip
    blocks: list[Block] = [
        *(say(text) for text in own["verdict"] if text not in sizes),
        *(say(f"threshold.about.{name}", **about) for name in ("truth", "loss")),
    ]
    tables = [_measures(say, own, "station")]
    if of_measure(own)["best"] is not None:
        blocks.append(Beside([[draw(say, own, name)] for draw in (_roc, _loss) for name in CURVES]))
        tables += [_costs(say, own), *(_curves(say, own, name) for name in CURVES)]
    tables += [_measures(say, own, "site", "evse"), _holidays(say, own), _misjudged(say, answer)]
    heading = say("threshold.heading", threshold=threshold)
    return [Section(heading, [*blocks, *tables], "threshold"), _staffing(say, answer)]


# ---- curves ----------------------------------------------------------------------------------


def _labelled(say: Words, own: Own, name: str) -> Iterator[tuple[str, Own, dict[str, Any]]]:
    """The curves of a figure: what each is called, what was found of it, how its line is drawn."""
    for (label, measure), color in zip(CURVES[name].items(), COLORS, strict=False):
        dash = "dash" if color == COLORS[-1] else "solid"
        yield say(label), of_measure(own, measure), {"color": color, "dash": dash}


def _roc(say: Words, own: Own, name: str) -> Figure:
    lines, dots, rule = [], [], {"threshold": own["rule"]["threshold"]}
    for text, of, drawn in _labelled(say, own, name):
        hit, needless = of["curve"]["sensitivity"], [1.0 - x for x in of["curve"]["specificity"]]
        at = {key: of["at_threshold"][key].mean for key in ("sensitivity", "specificity")}
        hover = [
            say("threshold.roc.hover", what=text, threshold=t, hit=h, needless=n)
            for t, h, n in zip(own["thresholds"], hit, needless, strict=True)
        ]
        label = say("threshold.roc.label", what=text, area=of["area"])
        lines.append(Line(label, needless, hit, **drawn, hover=hover))
        dots.append(Dots("", [1.0 - at["specificity"]], [at["sensitivity"]], drawn["color"],
                         size=11.0, hover=[say("threshold.at", what=text, **rule)]))  # fmt: skip
    return curve(
        say, lines, Axis(say("threshold.roc.x"), "%", -0.02, 1.02),
        Axis(say("threshold.roc.y"), "%", -0.02, 1.04), dots=dots, diagonal=True, height=380,
        title=say(f"threshold.roc.{name}", **rule), alt=say("threshold.roc.alt"),
    )  # fmt: skip


def _loss(say: Words, own: Own, name: str) -> Figure:
    lines, dots, threshold = [], [], own["rule"]["threshold"]
    keys, cost = ("missed", "needless", "loss_low", "loss_high"), own["miss_cost"]
    for text, of, drawn in _labelled(say, own, name):
        rows = zip(*(of["curve"][key] for key in keys), strict=True)
        lost = [Estimate(cost * missed + needless, *ends) for missed, needless, *ends in rows]
        lines.append(Line(text, own["thresholds"], lost, **drawn))
        least, loss = of["best"][0]["threshold"].mean, of["best"][0]["loss"].mean
        dots.append(Dots(say("threshold.loss.least", what=text), [least], [loss], drawn["color"],
                         "diamond", 10.0))  # fmt: skip
    return curve(
        say, lines, Axis(say("threshold.loss.x"), "%", 0.14, 0.81, step=10),
        Axis(say("threshold.loss.y", cost=ratio(cost)), from_zero=True), dots=dots,
        at_x=[(threshold, say.number(threshold, "g%"))], height=320,
        title=say(f"threshold.loss.{name}"), alt=say("threshold.loss.alt"),
        key=[Key(line.color, line.label, "line") for line in lines],
    )  # fmt: skip


# ---- tables ----------------------------------------------------------------------------------


def _measures(say: Words, own: Own, *units: str) -> Table:
    rows = []
    for m in MEASURES:
        if m.unit in units:
            of = of_measure(own, m)
            flagged = of["at_threshold"]["hit"] + of["at_threshold"]["needless"]
            rows.append({**of, "measure": m.said, "flagged": flagged})
    columns: dict[str, Form] = {
        "utilization": "measure", "area": ("area", "", 3), "flagged": "flagged",
        "missed": "at_threshold.missed", "needless": "at_threshold.needless",
        **{rate: (f"at_threshold.{rate}", "%", 0) for rate in RATES},
        "best": ("best.0.threshold", "%", 0),
    }  # fmt: skip
    caption = say(f"threshold.tables.{units[0]}", threshold=own["rule"]["threshold"])
    return table(say, HEADS, columns, rows, caption)


def _costs(say: Words, own: Own) -> Table:
    rows: list[list[Cell]] = [
        [m.said, *(found("threshold.cost_cell", best=b["threshold"], loss=b["loss"],
                         **dict(zip(("first", "last"), b["as_good"], strict=True)))
                   for b in of_measure(own, m)["best"])]
        for m in BY_STATION
    ]  # fmt: skip
    costs = [ratio(best["miss_cost"]) for best in of_measure(own)["best"]]
    heads = [say("rule.utilization"), *(say(f"{HEADS}.cost", cost=cost) for cost in costs)]
    return Table(heads, rows, say("threshold.tables.costs"))


def _curves(say: Words, own: Own, name: str) -> Table:
    curves = [of_measure(own, m)["curve"] for m in CURVES[name].values()]
    keys = ("sensitivity", "specificity", "missed", "needless")
    rows: list[list[Cell]] = [
        [say.number(own["thresholds"][k], "0%"),
         *(found("threshold.curve_cell", **{key: c[key][k] for key in keys}) for c in curves)]
        for k in range(len(own["thresholds"]))[EVERY]
    ]  # fmt: skip
    heads = [say(f"{HEADS}.threshold"), *map(say, CURVES[name])]
    return Table(heads, rows, say(f"threshold.tables.{name}"))


def _holidays(say: Words, own: Own) -> Table:
    columns: dict[str, Form] = {
        "holiday": "label", "fail": "failing", "count": ("count", "", 1),
        **{key: f"at_threshold.{key}" for key in ("hit", "missed", "needless")},
        "area": ("area", "", 3), "best": ("best.0.threshold", "%", 0),
        "lost_there": ("best.0.loss", "", 1), "lost_now": ("best.0.loss_at_threshold", "", 1),
    }  # fmt: skip
    caption = say("threshold.tables.holidays", **rule_of(own))
    return table(say, HEADS, columns, own["holidays"].values(), caption)


def _misjudged(say: Words, answer: Own) -> Table:
    """Stations on the wrong side, those that fail first."""
    own = answer["threshold"]
    names = {row["station"]: row["name"] for row in answer["stations"]}
    rows = [
        {
            "name": names[station], "kind": Term(f"threshold.kinds.{kind}"),
            "truth": own["fails"]["stations"][station],
            "size": own["staffing"]["stations"][station],
        }
        for kind in ("missed", "needless")
        for station in own[kind]
    ]  # fmt: skip
    columns: dict[str, Form] = {
        "station": "name", "judged": "kind", "evses": "size.evses",
        "time": (f"size.{told(own).window}.utilization", "%", 1),
        "wait": ("truth.wait_p90_min", "min", 1), "lost": ("truth.lost_share", "%", 1),
        "p": ("truth.p", "%", 0),
    }  # fmt: skip
    return table(say, HEADS, columns, rows, say("threshold.tables.misjudged", **rule_of(own)))


# ---- sizes -----------------------------------------------------------------------------------


def _staffing(say: Words, answer: Own) -> Section:
    own, labels = answer["threshold"]["staffing"], answer["flags"]["holidays"]
    about = {
        "wait": own["wait_limit_min"], "session_min": own["session_min"],
        "demands": [labels[name] for name in staffing.DEMANDS],
    }  # fmt: skip
    windows = dict.fromkeys((staffing.BUSY.window, own["window"]))
    blocks: list[Block] = [
        *map(say, staffing.verdict(own)),
        *(say(f"threshold.staffing.{name}", **about) for name in ("about", "theory")),
        Beside([[_sizes(say, answer, window)] for window in windows]),
        _size_table(say, own),
    ]
    return Section(say("threshold.staffing.heading"), blocks, "sizes")


def _sizes(say: Words, answer: Own, window: str) -> Figure:
    """Use and size of each station, whether it fails, and where stations of a size begin to."""
    own = answer["threshold"]["staffing"]
    most = max(station["evses"] for station in own["stations"].values())
    lines = []
    if window == staffing.BUSY.window:
        theory = {int(c): u for c, u in own["theory"].items() if u is not None}
        key = say("threshold.staffing.key.theory")
        lines.append(Line(key, list(theory), list(theory.values())))
    if beta := own["windows"][window]["beta"]:
        sizes = [c / 4 for c in range(8, 4 * most + 3)]
        fitted = [law(beta.mean, c) for c in sizes]
        key = say("threshold.staffing.key.law")
        lines.append(Line(key, sizes, fitted, FAINT, dash="dash"))
    passing = staffing.passing(own, window)
    label = say("threshold.staffing.key.passing", wait=own["wait_limit_min"])
    at = Dots(label, list(map(int, passing)), list(passing.values()), INK, "diamond", 11.0)
    ticks = [(c, f"{c}") for c in sorted({s["evses"] for s in own["stations"].values()})]
    return scatter(
        say, [*_stations(say, answer, window), at],
        Axis(say("threshold.staffing.x"), "", 1.8, most + 1.0, ticks=ticks),
        Axis("", "%", 0.0, 1.0), lines=lines, height=400,
        title=say("threshold.staffing.title", window=say(f"rule.windows.{window}")),
        alt=say("threshold.staffing.alt"),
    )  # fmt: skip


def _stations(say: Words, answer: Own, window: str) -> Iterator[Dots]:
    """Those where service does not fail, and those where it does; of one size, side by side."""
    own = answer["threshold"]["staffing"]["stations"]
    names = {row["station"]: say(row["name"]) for row in answer["stations"]}
    for is_failing, color, label in ((False, "var(--u2)", "station"), (True, RUST, "fails")):
        seen: Counter[int] = Counter()
        places, use, hover = [], [], []
        for name, station in own.items():
            if station["fails"] == is_failing:
                c = station["evses"]
                seen[c] += 1
                places.append(c + A_SIDE * (2.0 * (seen[c] * 0.618 % 1.0) - 1.0))
                use.append(station[window]["utilization"])
                hover.append(say("threshold.staffing.hover", name=names[name], use=use[-1]))
        key = say(f"threshold.staffing.key.{label}")
        yield Dots(key, places, use, color, size=6.5, hover=hover, opacity=0.8)


def _size_table(say: Words, own: Own) -> Table:
    busy, rule = (own["windows"][window] for window in (staffing.BUSY.window, own["window"]))
    rows = [
        {
            "evses": evses, "busy": at, "rule": rule["sizes"][evses],
            "theory": own["theory"].get(evses),
            "law": busy["beta"] and law(busy["beta"].mean, int(evses)),
        }
        for evses, at in busy["sizes"].items()
    ]  # fmt: skip
    columns: dict[str, Form] = {
        "evses": "evses", "stations": "busy.stations", "passing": "busy.passing",
        "busy": ("busy.critical", "%", 1), "theory": ("theory", "%", 1), "law": ("law", "%", 1),
        "all_hours": ("rule.critical", "%", 1),
    }  # fmt: skip
    caption = say("threshold.tables.sizes", wait=own["wait_limit_min"], beta=busy["beta"],
                  window=Term(f"rule.windows.{own['window']}"))  # fmt: skip
    return table(say, HEADS, columns, rows, caption)
