"""Question 5 on the page: the years, what is left, what it costs, and who is upgraded when."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from experiments.forty_percent_rule.measure import rule_of
from experiments.forty_percent_rule.years.plans import NOTHING, RULE, TARGET
from experiments.forty_percent_rule.years.verdict import (
    GROUPS,
    last_of,
    left_of,
    since,
    times,
)
from sim.report.blocks import Beside, Cell, Column, Figure, Key, Section, Table
from sim.report.charts import BLUE, FAILS, FAINT, RUST, Axis, Bars, Shares, bars, matrix
from sim.report.charts.matrix import key_of
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.report.tables import table

COLORS = {NOTHING: FAINT, RULE: RUST, TARGET: BLUE}
FIGURES: dict[str, tuple[str, int]] = {  # unit, digits
    "flagged": ("", 1), "standing": ("", 1), "failing": ("", 1), "wait_h": ("h", 0),
    "wait_min_p95": ("min", 0), "unserved_kwh": ("MWh", 0), "stranded": ("", 0),
    "ordered": ("", 1), "cost_cny": ("money", 1), "stuck": ("", 1),
}  # fmt: skip
STRIP = ("flagged", "standing", "failing")
LEFT = ("wait_h", "wait_min_p95", "unserved_kwh", "cost_cny")
PRICES = ("low", "typical", "high")
HEADS = "years.heads"

Own = Mapping[str, Any]


def sections(say: Words, answer: Own) -> list[Section]:
    own = answer["years"]
    return [
        Section(
            say("years.heading"),
            [
                *map(say, own["verdict"]), *_about(say, own),
                *(_bars(say, own, name) for name in STRIP),
                _holidays(say, own), _figures(say, own),
            ],
            "years",
        ),
        Section(
            say("years.left_heading"),
            [
                Beside([[_bars(say, own, name)] for name in LEFT]),
                _differences(say, own), _built(say, own), _left(say, own),
            ],
            "years_left",
        ),
        _stations(say, answer),
    ]  # fmt: skip


def _about(say: Words, own: Own) -> list[str]:
    last, target = own["holidays"][-1], own["target"]
    return [
        say("years.about.worlds", worlds=own["worlds"], months=own["build_months"]),
        say("years.about.fails", **rule_of(own), **own["fails"]),
        say("years.about.target", **target, kw=own["super_kw"],
            built=_built_of(own["builds"][TARGET]), by_rule=_built_of(own["builds"][RULE])),
        say("years.about.level", period=own["variation"]["period_cv"],
            day=own["variation"]["day_cv"]),
        say("years.about.assumed", nevs=last["nevs"], last=last["name"]),
    ]  # fmt: skip


def _built_of(upgrade: Own) -> list[Finding]:
    """What is built at a station, by the names of the config."""
    storage, mobile = upgrade["storage"] or {}, upgrade["mobile"] or {}
    values = {
        "replace": upgrade["replace"], "add": upgrade["add"], "kva": upgrade["kva"],
        "storage": storage.get("kwh"), "mobile": mobile.get("cabinets"),
    }  # fmt: skip
    return [found(f"years.built_of.{key}", what=own) for key, own in values.items() if own]


# ---- figures ---------------------------------------------------------------------------------


def _bars(say: Words, own: Own, name: str) -> Figure:
    """The plans side by side, holiday by holiday."""
    holidays, (unit, digits) = own["holidays"], FIGURES[name]
    labels = rule_of(own) | {"stations": own["target"]["stations"]}
    series = [
        Bars(say(f"years.plans.{plan}", **labels), own["plans"][plan]["figures"][name], color)
        for plan, color in COLORS.items()
    ]
    wide, brief = (
        [say(f"years.ticks.{size}", name=h["name"], day=h["first_day"], share=h["ev_share"])
         for h in holidays]
        for size in ("wide", "brief")
    )  # fmt: skip
    return bars(
        say, wide, series, Axis("", unit, from_zero=True), brief=brief,
        numbers=True, digits=digits, height=220,
        title=say(f"years.panels.{name}", threshold=labels["threshold"]),
    )  # fmt: skip


# ---- tables ----------------------------------------------------------------------------------


def _plan(plan: str) -> Term:
    return Term(f"years.short.{plan}")


def _holidays(say: Words, own: Own) -> Table:
    return table(say, HEADS, {
        "holiday": "name", "first_day": "first_day", "ev_share": ("ev_share", "%", 1),
        "nevs": ("nevs", "millions", 2), "opens": "opens",
    }, own["holidays"], say("years.tables.holidays"))  # fmt: skip


def _figures(say: Words, own: Own) -> Table:
    rows = [
        {"label": found("years.of_plan", holiday=holiday["name"], plan=_plan(plan)),
         **{name: values[k] for name, values in of["figures"].items()}}
        for k, holiday in enumerate(own["holidays"])
        for plan, of in own["plans"].items()
    ]  # fmt: skip
    return _by_holiday(say, own, FIGURES, rows, say("years.tables.figures"))


def _differences(say: Words, own: Own) -> Table:
    """Without holidays before anything is open: they are the same in every plan."""
    rows = [
        {"label": found("years.minus", holiday=holiday["name"], plan=_plan(pair["to"]),
                        other=_plan(pair["from"])), **change}
        for k, holiday in enumerate(own["holidays"])
        for pair in own["differences"]
        for change in [{name: values[k] for name, values in pair["figures"].items()}]
        if any(x.mean for name, x in change.items() if name != "cost_cny")
    ]  # fmt: skip
    names = own["differences"][0]["figures"]
    return _by_holiday(say, own, names, rows, say("years.tables.differences"))


def _by_holiday(
    say: Words, own: Own, names: Iterable[str], rows: Sequence[Own], caption: str
) -> Table:
    columns = {name: (name, *FIGURES[name]) for name in names}
    threshold = own["rule"]["threshold"]
    return table(say, HEADS, {"of_plan": "label", **columns}, rows, caption, threshold=threshold)


def _built(say: Words, own: Own) -> Table:
    """A row for each number of things, and for each amount of money."""
    plans = {plan: own["plans"][plan]["built"] for plan in (RULE, TARGET)}
    every, open_ = list(plans.values()), [built["open"] for built in plans.values()]

    def row(form: str, label: Finding, values: Iterable[Any]) -> list[Cell]:
        return [label, *(x and found(f"years.cells.{form}", value=x) for x in values)]

    rows = []
    for year in plans[RULE]["by_year"]:
        of = [built["by_year"][year] for built in every]
        ordered, spent = (found(f"years.rows.{key}", year=year) for key in ("ordered", "spent"))
        rows += [row("number", ordered, [x["upgrades"] for x in of]),
                 row("money", spent, [x["cost_cny"] for x in of])]  # fmt: skip
    often = sorted({n for x in open_ for n in x["times"]})
    rows += [
        row("number", found("years.rows.upgrades"), [x["upgrades"] for x in every]),
        row("number", found("years.rows.stations"), [x["stations"] for x in every]),
        row("number", found("years.rows.open", last=last_of(own)), [x["upgrades"] for x in open_]),
        *(row("number", found("years.rows.times", times=times(n)),
              [x["times"].get(n) for x in open_]) for n in often),
        *(row("money", found(f"years.rows.prices.{level}"), [x["cost_cny"][level] for x in open_])
          for level in PRICES),
    ]  # fmt: skip
    heads = [say(f"{HEADS}.built"), *(say(_plan(plan)) for plan in plans)]
    return Table(heads, rows, say("years.tables.built"))


def _left(say: Words, own: Own) -> Table:
    plans = own["plans"]
    rows: list[list[Cell]] = [
        [Term(f"years.groups.{group}"), *(left_of(each["left"][group]) for each in plans.values())]
        for group in GROUPS
    ]
    rows.append([found("years.rows.change", since=since(own)),
                 *(each["change"] for each in plans.values())])  # fmt: skip
    heads = [say(f"{HEADS}.stations"), *(say(_plan(plan)) for plan in plans)]
    return Table(heads, rows, say("years.tables.left", last=last_of(own)))


# ---- stations --------------------------------------------------------------------------------


def _stations(say: Words, answer: Own) -> Section:
    """Who fails in the last holiday, and after which holiday an upgrade is ordered."""
    own, stations = answer["years"], answer["stations"]
    of = {plan: list(own["plans"][plan]["by_station"].values()) for plan in COLORS}
    columns = [
        Shares(say("years.fails"), say(_plan(plan)), [each["fails"][-1] for each in by], FAILS)
        for plan, by in of.items()
    ]
    heads = [say(f"{HEADS}.fails", plan=_plan(plan)) for plan in of]
    for plan in (RULE, TARGET):
        for k, holiday in enumerate(own["holidays"]):
            shares = [each["ordered"][k] for each in of[plan]]
            if any(shares):
                values = {"plan": _plan(plan), "day": holiday["first_day"]}
                after, month = (say(f"years.{key}", **values) for key in ("after", "month"))
                columns.append(Shares(after, month, shares))
                heads.append(say(f"{HEADS}.after", **values))
    rows = [
        [row["name"], row["evses"], *(column.shares[s] for column in columns)]
        for s, row in enumerate(stations)
    ]
    rows.sort(key=lambda row: (-row[2], -sum(row[5:])))
    figures = matrix(
        say, [say(row["name"]) for row in stations], columns,
        title=say("years.matrix.title"), alt=say("years.matrix.alt"),
        key=[*key_of(say), Key(FAILS[-1], say("flags.fails_always"), "square")],
    )  # fmt: skip
    first = [Column(say(f"{HEADS}.{name}")) for name in ("station", "evses")]
    last, every = last_of(own), [*first, *(Column(head, "%", 0) for head in heads)]
    return Section(
        say("years.who"),
        [
            say("years.about.who", last=last),
            Beside([[figure] for figure in figures]),
            Table(every, rows, say("years.tables.stations", last=last)),
        ],
        "years_stations",
    )
