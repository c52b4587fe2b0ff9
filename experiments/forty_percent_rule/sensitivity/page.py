"""Question 6 on the page: the tornado, elementary effects, and what survives."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.sensitivity.verdict import OUTPUTS, SAID, SAYS, amount, ranked
from sim.report.blocks import Beside, Figure, Section, Table
from sim.report.charts import BLUE, FAINT, RUST, Axis, Bars, Dots, Line, bars, scatter
from sim.report.charts.labels import around
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.report.tables import table

COLORS = {"low": BLUE, "high": RUST}  # of the ends of a range
UNITS = {"wait_min_p95": "min"}
DIGITS = {"flagged": 1, "wait_min_p95": 1, "wait_h": 0}
BENT, LINEAR = 0.5, 0.1  # sigma / mu*: from here on, and up to here
ABOUT = ("tornado", "effects", "intervals")
ENDS = ("low", "high", "swing")
HEADS = "sensitivity.heads"

Own = Mapping[str, Any]


def sections(say: Words, answer: Own) -> list[Section]:
    own = answer["sensitivity"]
    sizes = {name: own[name] for name in ("replications", "trajectories", "points")}
    return [
        Section(
            say("sensitivity.heading"),
            [
                *map(say, own["verdict"]),
                *(say(f"sensitivity.about.{name}", **sizes) for name in ABOUT),
                Beside([[_tornado(say, own, name)] for name in SAID]),
                Beside([[_scatter(say, own, name)] for name in SAID]),
                _survival(say, own),
                *(_alone(say, own, name) for name in OUTPUTS),
                *(_together(say, own, name) for name in OUTPUTS),
                _ranges(say, own),
            ],
            "sensitivity",
        )
    ]


def value(own: Own, row: str, end: str) -> Finding:
    """A value of an input: a factor, a shift of the SOC, a share, or in its unit."""
    return found(f"sensitivity.values.{own['inputs'][row]['unit']}", at=own["inputs"][row][end])


def _label(own: Own, row: str) -> Finding:
    """An input with its range."""
    low, high = (value(own, row, end) for end in ("low", "high"))
    return found("sensitivity.label", input=own["inputs"][row]["label"], low=low, high=high)


# ---- figures ---------------------------------------------------------------------------------


def _tornado(say: Words, own: Own, name: str) -> Figure:
    """From the output as expected to each end of each range; diamonds: demand fitted again."""
    tornado, rows = own["tornado"][name], ranked(own, name)
    inputs, expected = tornado["inputs"], tornado["expected"].mean
    series = [
        Bars(
            say(f"sensitivity.ends.{end}"), [inputs[row]["as_is"][end] for row in rows], color,
            hover=[say(value(own, row, end)) for row in rows],
            also=[(inputs[row]["fitted_again"] or {}).get(end) for row in rows],
            also_label=say("sensitivity.again"),
        )
        for end, color in COLORS.items()
    ]  # fmt: skip
    at = say("sensitivity.expected", value=amount(name, tornado["expected"]))
    return bars(
        say, [say(own["inputs"][row]["label"]) for row in rows], series,
        Axis("", UNITS.get(name, "")), in_rows=True, base=expected, overlaid=True,
        line=(expected, at), digits=DIGITS[name], title=say(f"sensitivity.tornado.{name}"),
    )  # fmt: skip


def _scatter(say: Words, own: Own, name: str) -> Figure:
    """How much each assumption moves the output, and how much that differs."""
    effects = own["effects"][name]
    x, y = ([one[key].mean for one in effects.values()] for key in ("mu_star", "sigma"))
    labels = [say(own["inputs"][row]["label"]) for row in effects]
    most = 1.3 * max([1e-9, *x]), 1.15 * max([1e-9, *y])
    lines = [
        Line(say("sensitivity.ratio", ratio=ratio), [0.0, most[0]], [0.0, ratio * most[0]], FAINT,
             dash="dash" if ratio == BENT else "dot", width=1.0)
        for ratio in (BENT, LINEAR)
    ]  # fmt: skip
    dots = Dots("", x, y, BLUE, size=9.0, texts=labels, places=around(x, y, labels, most))
    unit = UNITS.get(name, "")
    return scatter(
        say, [dots],
        Axis(say("sensitivity.x"), unit, low=-0.03 * most[0], high=most[0]),
        Axis(say("sensitivity.y"), unit, low=-0.04 * most[1], high=most[1]),
        lines=lines, digits=DIGITS[name], title=say(f"sensitivity.scatter.{name}"),
    )  # fmt: skip


# ---- tables ----------------------------------------------------------------------------------


def _alone(say: Words, own: Own, name: str) -> Table:
    tornado, digits = own["tornado"][name], DIGITS[name]
    rows = [{**tornado["inputs"][row], "label": _label(own, row)} for row in ranked(own, name)]
    places = [f"{way}.{end}" for way in ("as_is", "fitted_again") for end in ENDS]
    caption = say("sensitivity.tables.alone", output=Term(f"sensitivity.outputs.{name}"),
                  expected=amount(name, tornado["expected"]))  # fmt: skip
    columns = {own: (own, "", digits) for own in places}
    return table(say, HEADS, {"input": "label", **columns}, rows, caption)


def _together(say: Words, own: Own, name: str) -> Table:
    effects, digits = own["effects"][name], DIGITS[name]
    rows = [{**one, "label": own["inputs"][row]["label"]} for row, one in effects.items()]
    rows.sort(key=lambda row: -row["mu_star"].mean)
    columns = {key: (key, "", digits) for key in ("mu_star", "mu", "sigma")}
    caption = say("sensitivity.tables.together", output=Term(f"sensitivity.outputs.{name}"))
    return table(say, HEADS, {"input": "label", **columns, "ratio": ("sigma_ratio", "", 2)}, rows,
                 caption)  # fmt: skip


def _survival(say: Words, own: Own) -> Table:
    rows = [
        {"says": Term(f"sensitivity.says.{name}"), "share": survives["share"],
         "holds": found("sensitivity.of", n=survives["count"], of=survives["of"]),
         "expected": found("sensitivity.of", n=survives["expected"], of=survives["expected_of"])}
        for name in SAYS
        for survives in [own["survives"][name]]
    ]  # fmt: skip
    caption = say("sensitivity.tables.survival", threshold=own["rule"]["threshold"])
    return table(say, HEADS, {
        "says": "says", "holds": "holds", "share": ("share", "%", 0), "expected": "expected",
    }, rows, caption)  # fmt: skip


def _ranges(say: Words, own: Own) -> Table:
    rows = [
        {**one, **{end: value(own, row, end) for end in ("low", "expected", "high")}}
        for row, one in own["inputs"].items()
    ]
    return table(say, HEADS, {
        "input": "label", "about": "group", "low": "low", "expected": "expected", "high": "high",
        "source": "source",
    }, rows, say("sensitivity.tables.ranges"))  # fmt: skip
