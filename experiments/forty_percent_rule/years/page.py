"""Question 5 on the page: the years, what is left, what it costs, and who is upgraded when."""

from collections.abc import Mapping
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
from sim.report.tables import Form, table

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


def _heads(say: Words, own: Own, names: list[str]) -> list[Column]:
    threshold = own["rule"]["threshold"]
    return [Column(say(f"{HEADS}.{name}", threshold=threshold), *FIGURES[name]) for name in names]


def _holidays(say: Words, own: Own) -> Table:
    columns: dict[str, Form] = {
        "holiday": "name", "first_day": "first_day", "ev_share": ("ev_share", "%", 1),
        "nevs": ("nevs", "millions", 2), "opens": "opens",
    }  # fmt: skip
    return table(say, HEADS, columns, own["holidays"], say("years.tables.holidays"))


def _figures(say: Words, own: Own) -> Table:
    rows: list[list[Cell]] = [
        [found("years.of_plan", holiday=holiday["name"], plan=_plan(plan)),
         *(of["figures"][name][k] for name in FIGURES)]
        for k, holiday in enumerate(own["holidays"])
        for plan, of in own["plans"].items()
    ]  # fmt: skip
    heads = [Column(say(f"{HEADS}.of_plan")), *_heads(say, own, list(FIGURES))]
    return Table(heads, rows, say("years.tables.figures"))


def _differences(say: Words, own: Own) -> Table:
    """Without holidays before anything is open: they are the same in every plan."""
    names = list(own["differences"][0]["figures"])
    rows: list[list[Cell]] = []
    for k, holiday in enumerate(own["holidays"]):
        for pair in own["differences"]:
            change = {name: by_holiday[k] for name, by_holiday in pair["figures"].items()}
            if any(x.mean for name, x in change.items() if name != "cost_cny"):
                label = found("years.minus", holiday=holiday["name"], plan=_plan(pair["to"]),
                              other=_plan(pair["from"]))  # fmt: skip
                rows.append([label, *change.values()])
    heads = [Column(say(f"{HEADS}.of_plan")), *_heads(say, own, names)]
    return Table(heads, rows, say("years.tables.differences"))


def _built(say: Words, own: Own) -> Table:
    plans = {plan: own["plans"][plan]["built"] for plan in (RULE, TARGET)}
    every, open_ = list(plans.values()), [built["open"] for built in plans.values()]
    last = last_of(own)
    rows: list[list[Cell]] = []

    def add(form: str, label: Finding, values: list[Any]) -> None:
        """A row: a number of things, or money."""
        rows.append([label, *(x and found(f"years.cells.{form}", value=x) for x in values)])

    for year in plans[RULE]["by_year"]:
        ordered = [built["by_year"][year] for built in every]
        add("number", found("years.rows.ordered", year=year), [x["upgrades"] for x in ordered])
        add("money", found("years.rows.spent", year=year), [x["cost_cny"] for x in ordered])
    add("number", found("years.rows.upgrades"), [x["upgrades"] for x in every])
    add("number", found("years.rows.stations"), [x["stations"] for x in every])
    add("number", found("years.rows.open", last=last), [x["upgrades"] for x in open_])
    for n in sorted({n for x in open_ for n in x["times"]}):
        add("number", found("years.rows.times", times=times(n)), [x["times"].get(n) for x in open_])
    for level in PRICES:
        add("money", found(f"years.rows.prices.{level}"), [x["cost_cny"][level] for x in open_])
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
    heads: list[Column | str] = [say(f"{HEADS}.stations"), *(say(_plan(plan)) for plan in plans)]
    return Table(heads, rows, say("years.tables.left", last=last_of(own)))


# ---- stations --------------------------------------------------------------------------------


def _stations(say: Words, answer: Own) -> Section:
    """Who fails in the last holiday, and after which holiday an upgrade is ordered."""
    own, stations = answer["years"], answer["stations"]
    last, days = last_of(own), [holiday["first_day"] for holiday in own["holidays"]]
    of = {plan: list(own["plans"][plan]["by_station"].values()) for plan in COLORS}
    fails = {plan: [each["fails"][-1] for each in by] for plan, by in of.items()}
    ordered = {
        (plan, k): shares
        for plan in (RULE, TARGET)
        for k in range(len(days))
        if any(shares := [each["ordered"][k] for each in of[plan]])
    }
    columns = [Shares(say("years.fails"), say(_plan(plan)), p, FAILS)
               for plan, p in fails.items()] + [
        Shares(say("years.after", plan=_plan(plan)), say("years.month", day=days[k]), p)
        for (plan, k), p in ordered.items()
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [row["name"], row["evses"], *(p[s] for p in (*fails.values(), *ordered.values()))]
        for s, row in enumerate(stations)
    ]
    rows.sort(key=lambda row: (-row[2], -sum(row[5:])))
    heads = [
        Column(say(f"{HEADS}.station")), Column(say(f"{HEADS}.evses")),
        *(Column(say(f"{HEADS}.fails", plan=_plan(plan)), "%", 0) for plan in fails),
        *(Column(say(f"{HEADS}.after", plan=_plan(plan), day=days[k]), "%", 0)
          for plan, k in ordered),
    ]  # fmt: skip
    figures = matrix(
        say, [say(row["name"]) for row in stations], columns,
        title=say("years.matrix.title"), alt=say("years.matrix.alt"),
        key=[*key_of(say), Key(FAILS[-1], say("flags.fails_always"), "square")],
    )  # fmt: skip
    return Section(
        say("years.who"),
        [
            say("years.about.who", last=last),
            Beside([[figure] for figure in figures]),
            Table(heads, rows, say("years.tables.stations", last=last)),
        ],
        "years_stations",
    )
