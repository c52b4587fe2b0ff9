"""Question 3 on the page: what each action saves and costs, whom it helps, and the waits before
and after along each corridor."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.forty_percent_rule.upgrade.verdict import cost_of, label, of_rule
from sim.report.blocks import Beside, Figure, Key, Section, Table
from sim.report.charts import BLUE, FAINT, RUST, Axis, Bars, Dots, Marks, bars, forest, scatter
from sim.report.charts.frame import MUTED
from sim.report.finding import Term, found
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.roads.neighbors import COLUMNS, GROUPS, NETWORK, UPGRADED
from sim.stats.estimate import Estimate

FINE = ("wait_min_mean", "wait_min_p95", "stranded")  # shown with one decimal
HEADS, FIGURES = "upgrade.heads", "upgrade.figures"
METHOD = ("simulated", "groups", "price")

Own = Mapping[str, Any]


def sections(say: Words, answer: Own) -> list[Section]:
    own = answer["upgrade"]
    heading = say("upgrade.heading")
    if not own["upgraded"]:
        return [
            Section(heading, [say(text) for text in (*own["plain"], *own["verdict"])], "upgrade")
        ]
    action = say.format_field(label(own["action"]), "")
    figures = [_money(say, own), _hour(say, own), _groups(say, own, "wait_h"),
               _groups(say, own, "visits")]  # fmt: skip
    method = {"replications": own["replications"]}
    return [
        Section(
            heading,
            [
                *map(say, own["verdict"]),
                *(say(f"upgrade.about.{name}", **method) for name in METHOD),
                *_left_out(say, answer),
                Beside([[figure] for figure in figures]),
                _actions(say, own), _saved(say, own), _whom(say, own), _network(say, own),
            ],
            "upgrade",
        ),
        Section(
            say("upgrade.along.heading"),
            [
                say("upgrade.along.about", action=action),
                Beside([[figure] for figure in corridors(say, answer)]), _stations(say, answer),
            ],
            "corridors",
        ),
    ]  # fmt: skip


def _left_out(say: Words, answer: Own) -> list[str]:
    """Where an action cannot be had."""
    names = {row["station"]: row["name"] for row in answer["stations"]}
    parts = [
        found("upgrade.left", action=label(action), stations=[names[s] for s in cannot])
        for action, cannot in answer["upgrade"]["cannot"].items()
        if cannot
    ]
    return [say("upgrade.left_out", parts=parts)] if parts else []


# ---- figures ---------------------------------------------------------------------------------


def _labels(say: Words, actions: Sequence[str]) -> list[str]:
    return [say.format_field(label(name), "") for name in actions]


def _key(say: Words) -> list[Key]:
    return [Key(RUST, say("upgrade.key.rule")), Key(BLUE, say("upgrade.key.other"))]


def _colors(own: Own, actions: Sequence[str]) -> list[str]:
    return [RUST if name == own["action"] else BLUE for name in actions]


def _money(say: Words, own: Own) -> Figure:
    """Hours saved against what they cost."""
    by_cost = sorted(own["actions"], key=lambda name: own["actions"][name]["cost_cny"]["typical"])
    before = of_rule(own)[NETWORK]["wait_h"]["before"].mean
    dots = [
        Dots(
            text, [cost_of(own["actions"][name]["cost_cny"])], [own["actions"][name]["saved_h"]],
            color, size=10.0, texts=[text],
            places=["bottom center" if n % 2 else "top center"],
        )
        for n, (name, text, color) in enumerate(
            zip(by_cost, _labels(say, by_cost), _colors(own, by_cost), strict=True)
        )
    ]  # fmt: skip
    return scatter(
        say, dots, Axis(say("upgrade.money.x"), "money", log=True), Axis(say("upgrade.money.y")),
        at_y=[(before, say("upgrade.money.all"))], height=340, key=_key(say),
        title=say("upgrade.money.title"), alt=say("upgrade.money.alt"),
    )  # fmt: skip


def _hour(say: Words, own: Own) -> Figure:
    """What an hour costs: at typical prices with its interval, and the range of prices."""
    actions = list(own["actions"])
    costs = [own["actions"][name]["cny_per_h"] for name in actions]
    ranges = [c and Estimate(c["typical"].mean, c["low"].mean, c["high"].mean) for c in costs]
    typical, colors = [c and c["typical"] for c in costs], _colors(own, actions)
    marks = [
        Marks(say("upgrade.hour.range"), ranges, colors, width=1.2),
        Marks(say("upgrade.hour.typical"), typical, colors, width=5.0),
    ]
    return forest(
        say, _labels(say, actions), marks, Axis(say("upgrade.hour.x"), log=True), digits=0,
        missing=say("upgrade.hour.missing"), row_px=40.0, key=_key(say),
        title=say("upgrade.hour.title"), alt=say("upgrade.hour.alt"),
    )  # fmt: skip


def _groups(say: Words, own: Own, column: str) -> Figure:
    """How a figure changes at each group of stations with the rule's action."""
    change = [of_rule(own)[place][column]["change"] for place in GROUPS]
    names = [
        say("upgrade.group", group=say(f"upgrade.groups.{place}"), n=len(own["groups"][place]))
        for place in GROUPS
    ]
    colors = [BLUE if c.mean <= 0.0 else RUST for c in change]
    title = say(f"upgrade.change.{column}")
    return bars(
        say, names, [Bars("", change, colors)], Axis(), in_rows=True, numbers=True, digits=0,
        key=[Key(color, say(f"upgrade.key.{text}"), "square")
             for color, text in ((BLUE, "less"), (RUST, "more"))],
        title=title, alt=say("upgrade.change.alt", title=title),
    )  # fmt: skip


def corridors(say: Words, answer: Own) -> list[Figure]:
    """P95 waits before and after, a row per station in road order; all roads, in two columns of
    about the same height, with the same axis."""
    own = answer["upgrade"]
    roads: dict[str, list[Own]] = {}
    for row in answer["stations"]:
        roads.setdefault(say.format_field(row["road"], ""), []).append(row)
    blocks: list[list[Own | str]] = [[road, *rows] for road, rows in roads.items()]
    ends = [wait["wait_min_p95"][when].high for wait in own["along"].values()
            for when in ("before", "after")]  # fmt: skip
    most = max([1.0, *(end for end in ends if end is not None)])
    title = say("upgrade.along.title", action=label(own["action"]))
    return [
        _corridor(say, answer, rows, most, say("charts.continued", title=title) if n else title)
        for n, rows in enumerate(columns_of(blocks))
        if rows
    ]


def columns_of(blocks: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The roads in two columns as even as can be; a road is not cut."""
    halves = [
        [[row for block in part for row in block] for part in (blocks[:cut], blocks[cut:])]
        for cut in range(1, len(blocks) + 1)
    ]
    return min(halves, key=lambda half: max(map(len, half)))


def _corridor(
    say: Words, answer: Own, rows: Sequence[Own | str], most: float, title: str
) -> Figure:
    along, upgraded = answer["upgrade"]["along"], answer["upgrade"]["groups"][UPGRADED]
    heads = [n for n, row in enumerate(rows) if isinstance(row, str)]
    names = [row if isinstance(row, str) else say(row["name"]) for row in rows]
    own = [None if isinstance(row, str) else along[row["station"]] for row in rows]
    values = {
        when: [o and o["wait_min_p95"][when].mean for o in own] for when in ("before", "after")
    }
    visits = [say("upgrade.along.hover", **o["wait_min_p95"], visits=o["visits"]["change"])
              if o else "" for o in own]  # fmt: skip
    colors = [color(o["wait_min_p95"]["change"].sign) if o else FAINT for o in own]
    key = [Key(MUTED, say("upgrade.along.before"), "ring")]
    key += [Key(color(sign), say(f"upgrade.along.{text}"))
            for sign, text in ((-1, "shorter"), (1, "longer"), (0, "unshown"))]  # fmt: skip
    bold = frozenset(
        n for n, row in enumerate(rows) if not isinstance(row, str) and row["station"] in upgraded
    )
    return forest(
        say, names,
        [Marks(say("upgrade.along.before"), values["before"], MUTED, "circle-open", hover=visits),
         Marks(say("upgrade.along.after"), values["after"], colors, hover=visits)],
        Axis(say("upgrade.along.x"), "min", -0.02 * most, 1.04 * most), joined=True, heads=heads,
        bold=bold, room=[say(row["name"]) for row in answer["stations"]], digits=0, key=key,
        title=title, alt=say("upgrade.along.alt"),
    )  # fmt: skip


def color(sign: int) -> str:
    """By whether the change is shown to be less or more."""
    return {-1: BLUE, 1: RUST, 0: FAINT}[sign]


# ---- tables ----------------------------------------------------------------------------------


def _actions(say: Words, own: Own) -> Table:
    rows = [{**action, "name": label(name), "cost": cost_of(action["cost_cny"])}
            for name, action in own["actions"].items()]  # fmt: skip
    columns: dict[str, Form] = {
        "action": "name", "cost": ("cost", "money", 1), "saved": ("saved_h", "", 0),
        "hour": ("cny_per_h.typical", "", 0), "behind": ("less_than_best_h", "", 0),
        "all": ("saved_all_h", "", 0), "hour_low": ("cny_per_h.low", "", 0),
        "hour_high": ("cny_per_h.high", "", 0), "stations": "stations", "changed": "changed",
        **{key: (key, "", 0) for key in ("evses", "rated_kw", "kva")},
    }  # fmt: skip
    return table(say, HEADS, columns, rows, say("upgrade.tables.actions"))


def _saved(say: Words, own: Own) -> Table:
    rows = [
        {"what": found("upgrade.saved_of", action=label(name), figure=Term(f"{FIGURES}.{column}")),
         **{group: figures[column]["change"] for group, figures in action["groups"].items()}}
        for name, action in own["actions"].items()
        for column in ("wait_h", "visits")
    ]  # fmt: skip
    columns: dict[str, Form] = {g: (g, "", 0) for g in (*GROUPS, NETWORK)}
    return table(say, "upgrade.groups", {"change": "what"} | columns, rows,
                 say("upgrade.tables.saved"))  # fmt: skip


def _whom(say: Words, own: Own) -> Table:
    sizes = {place: len(names) for place, names in own["groups"].items()}
    rows = [
        {**of_rule(own)[place], "place": Term(f"upgrade.groups.{place}"), "number": number}
        for place, number in (sizes | {NETWORK: own["stations"]}).items()
    ]
    columns: dict[str, Form] = {
        "place": "place", "number": "number", "hours_before": ("wait_h.before", "", 0),
        "after": ("wait_h.after", "", 0), "change": ("wait_h.change", "", 0),
        "visits_before": ("visits.before", "", 0), "visits_change": ("visits.change", "", 0),
        "each_before": ("wait_min_per_visit.before", "", 1),
        "each_change": ("wait_min_per_visit.change", "", 1), "lost_change": ("lost.change", "", 0),
        "unserved_change": ("unserved_kwh.change", "", 0),
        "energy_change": ("energy_kwh.change", "", 0),
    }  # fmt: skip
    return table(say, HEADS, columns, rows, _captioned(say, own, "whom"))


def _network(say: Words, own: Own) -> Table:
    group = of_rule(own)[NETWORK]
    rows = [
        {"what": Term(f"{FIGURES}.{name}"), "correlation": group[name]["change"].correlation}
        | {when: found(f"upgrade.{'fine' if name in FINE else 'whole'}", value=value)
           for when, value in group[name].items()}
        for name in (*COLUMNS, "plugged_h", *FINE)
    ]  # fmt: skip
    columns: dict[str, Form] = {
        "network": "what", "before": "before", "after": "after", "paired": "change",
        "correlation": ("correlation", "", 2),
    }  # fmt: skip
    return table(say, HEADS, columns, rows, _captioned(say, own, "network"))


def _stations(say: Words, answer: Own) -> Table:
    """Those where most waiting is saved first."""
    own = answer["upgrade"]
    group = {name: place for place, names in own["groups"].items() for name in names}
    rows = [
        {
            **row,
            **own["along"][row["station"]],
            "group": Term(f"upgrade.groups.{group[row['station']]}"),
        }
        for row in answer["stations"]
    ]
    rows.sort(key=lambda row: row["wait_h"]["change"].mean)
    columns: dict[str, Form] = {
        "station": "name", "group": "group", "evses_before": "evses",
        "p95_before": ("wait_min_p95.before", "", 0), "after": ("wait_min_p95.after", "", 0),
        "p95_change": ("wait_min_p95.change", "", 1), "visits_before": ("visits.before", "", 0),
        "visits_change": ("visits.change", "", 0), "hours_change": ("wait_h.change", "", 0),
    }  # fmt: skip
    return table(say, HEADS, columns, rows, _captioned(say, own, "stations"))


def _captioned(say: Words, own: Own, name: str) -> str:
    return say(f"upgrade.tables.{name}", action=label(own["action"]))
