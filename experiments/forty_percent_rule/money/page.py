"""Question 4 on the page: the cost frontier, who is best with the whole budget, who buys what."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from experiments.forty_percent_rule.money import strategies
from experiments.forty_percent_rule.money.verdict import label, whole
from experiments.forty_percent_rule.upgrade.verdict import cost_of
from experiments.forty_percent_rule.upgrade.verdict import label as action_label
from sim.report.blocks import Beside, Cell, Figure, Points, Section, Table
from sim.report.charts import BLUE, FAINT, INK, RUST, Axis, Dots, Line, Marks, curve, forest
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.report.tables import table

COLORS = {
    strategies.SAVING: RUST, strategies.MOBILE: BLUE, strategies.EVENLY: "var(--u2)",
    strategies.RULE: INK, strategies.WAIT: FAINT, strategies.INFORMED: BLUE,
    strategies.SITE_RULE: FAINT,
}  # fmt: skip
ITEMS = ("two_evses", "four_evses", "mobile")  # of our menu
MOST_STEPS = 25
HEADS = "money.heads"

Own = Mapping[str, Any]


def sections(say: Words, answer: Own) -> list[Section]:
    own, heading = answer["money"], say("money.heading")
    if not own["strategies"]:
        return [Section(heading, [*map(say, own["plain"]), _menu(say, own)], "money")]
    method = {name: own[name] for name in ("holidays", "most_evses", "promised_h")}
    does = [
        say("money.does", strategy=label(own, name),
            does=found(f"money.doing.{name}", least_h=own["least_saving_h"]))
        for name in own["strategies"]
    ]  # fmt: skip
    return [
        Section(
            heading,
            [
                *map(say, own["verdict"]),
                *(say(f"money.about.{name}", **method) for name in ("prices", "plans", "saving")),
                Beside([[_frontier(say, own)], [_whole(say, own)]]),
                _points(say, own), _changes(say, own), _selection(say, own),
                _steps(say, answer), _menu(say, own),
            ],
            "money",
        ),
        Section(say("money.where"), [Points(does), _where(say, answer)], "strategies"),
    ]  # fmt: skip


# ---- figures ---------------------------------------------------------------------------------


def _short(say: Words, name: str) -> str:
    return say(f"money.short.{name}")


def _frontier(say: Words, own: Own) -> Figure:
    """Hours saved against money spent, a line per strategy from nothing on; the free ones at 0."""
    lines, dots = [], []
    for name, strategy in own["strategies"].items():
        points = strategy["points"]
        saved = [point["saved_h"] for point in points]
        cost = [point["cost_cny"]["typical"] for point in points]
        hover = [say("money.hover", strategy=label(own, name), saved=s, cost=c)
                 for s, c in zip(saved, cost, strict=True)]  # fmt: skip
        text, color = _short(say, name), COLORS[name]
        if name in strategies.FREE:
            dots.append(Dots(text, cost, saved, color, "diamond", 11.0, hover))
        else:
            lines.append(Line(text, [0.0, *cost], [0.0, *saved], color, "bars",
                              "dash" if name == strategies.WAIT else "solid", has_marks=True,
                              hover=["", *hover]))  # fmt: skip
    return curve(
        say, lines, Axis(say("money.x.cost"), "money", from_zero=True), Axis(from_zero=True),
        dots=dots, at_y=[_today(say, own)], height=420, title=say("money.figures.frontier"),
    )  # fmt: skip


def _whole(say: Words, own: Own) -> Figure:
    """Every strategy with all the money, the one of the greatest mean on top."""
    saved = {name: point["saved_h"] for name, point in whole(own).items()}
    order = sorted(saved, key=lambda name: -saved[name].mean)
    marks = Marks("", [saved[name] for name in order], [COLORS[name] for name in order])
    return forest(
        say, [_short(say, name) for name in order], [marks],
        Axis(say("money.x.saved"), from_zero=True), digits=0, line=_today(say, own), row_px=44.0,
        title=say("money.figures.whole"),
    )  # fmt: skip


def _today(say: Words, own: Own) -> tuple[float, str]:
    return own["lost_h_today"].mean, say("money.all")


# ---- tables ----------------------------------------------------------------------------------


def _item(name: str) -> Term | str:
    """What a thing is called: one of a menu of somebody's own by its name there."""
    return Term(f"money.items.{name}") if name in ITEMS else action_label(name)


def _items(count: Mapping[str, int]) -> Finding | None:
    return _parts([found("money.count", n=n, item=_item(item)) for item, n in count.items()])


def _parts(parts: Sequence[Finding | str]) -> Finding | None:
    return found("money.list", parts=parts) if parts else None


def _bought(own: Own) -> dict[str, Own]:
    return {name: each for name, each in own["strategies"].items() if name not in strategies.FREE}


def _points(say: Words, own: Own) -> Table:
    bought = _bought(own)
    rows: list[list[Cell]] = [
        [label(own, name), *(found("money.cell", saved=point["saved_h"],
                                   cost=point["cost_cny"]["typical"]) for point in each["points"])]
        for name, each in bought.items()
    ]  # fmt: skip
    shares = [point["share"] for point in bought[strategies.RULE]["points"]]
    heads = [say("money.share", share=s, budget=s * own["budget_cny"]) for s in shares]
    return Table([say(f"{HEADS}.strategy"), *heads], rows, say("money.tables.points"))


def _changes(say: Words, own: Own) -> Table:
    rows = [
        {**point, "label": label(own, name), "cost": cost_of(point["cost_cny"]),
         "changes": own["strategies"][name]["changes"], "buys": _items(point["items"])}
        for name, point in whole(own).items()
    ]  # fmt: skip
    return table(say, HEADS, {
        "strategy": "label", "cost": ("cost", "money", 1), "saved": ("saved_h", "", 0),
        "wait_h": ("changes.wait_h", "", 0), "lost": ("changes.lost", "", 0),
        "unserved": ("changes.unserved_kwh", "MWh", 1),
        "energy": ("changes.energy_kwh", "MWh", 0), "stranded": ("changes.stranded", "", 1),
        "plugged": ("changes.plugged_h", "", 0), "hour": ("cny_per_h", "", 0),
        "stations": "stations", "buys": "buys",
    }, rows, say("money.tables.changes", holidays=own["holidays"]))  # fmt: skip


def _selection(say: Words, own: Own) -> Table:
    chosen = own["selection"]
    left = "best" if chosen["shown"] else "tied"
    rows = [
        {"label": label(own, name), "n": count, "less": chosen["less_than_best_h"].get(name),
         "state": Term(f"money.states.{left if name in chosen['left'] else 'out'}")}
        for name, count in chosen["replications"].items()
    ]  # fmt: skip
    rows.sort(key=lambda row: row["state"] == Term("money.states.out"))
    caption = say("money.tables.selection", worth=chosen["indifference_h"], of=own["indifference"])
    return table(say, HEADS, {
        "strategy": "label", "replications": "n", "less": ("less", "", 0), "state": "state",
    }, rows, caption)  # fmt: skip


def _steps(say: Words, answer: Own) -> Table:
    """The first purchases of the strategy that asks the simulation."""
    own, names = answer["money"], {row["station"]: row["name"] for row in answer["stations"]}
    spent = accumulate(step["cost_cny"] for step in own["steps"])
    rows = [
        {**step, "name": names[step["station"]], "gets": _item(step["item"]), "spent": total,
         "hour": step["cost_cny"] / (step["saving_h"] * own["holidays"])}
        for step, total in zip(own["steps"][:MOST_STEPS], spent, strict=False)
    ]  # fmt: skip
    sizes = {"first": len(rows), "of": len(own["steps"]), "holidays": own["holidays"]}
    return table(say, HEADS, {
        "station": "name", "gets": "gets", "saving": "saving_h", "price": ("cost_cny", "", 0),
        "hour": ("hour", "", 0), "spent": ("spent", "money", 1),
    }, rows, say("money.tables.steps", **sizes))  # fmt: skip


def _menu(say: Words, own: Own) -> Table:
    rows = [
        {**each, "label": _item(item), "parts": _parts(_what(each["what"]))}
        for item, each in own["menu"].items()
    ]
    return table(say, HEADS, {
        "thing": "label", "what": "parts", "can": "stations", "least": ("least_cny", "", 0),
        "most": ("most_cny", "", 0),
    }, rows, say("money.tables.menu"))  # fmt: skip


def _what(upgrade: Own) -> list[Finding | str]:
    """Cabinets as the config writes them, and the transformer."""
    mobile, kva = upgrade.get("mobile") or {}, upgrade.get("kva")
    parts = [upgrade.get("replace"), upgrade.get("add"), mobile.get("cabinets")]
    grid = [found(f"money.kva.{'fit' if kva == 'fit' else 'given'}", kva=kva)] if kva else []
    return [*filter(None, parts), *grid]


def _where(say: Words, answer: Own) -> Table:
    bought = {name: own["buys"] for name, own in _bought(answer["money"]).items()}
    rows: list[list[Cell]] = [
        [row["name"], *(_items(own.get(row["station"], {})) for own in bought.values())]
        for row in answer["stations"]
        if any(row["station"] in own for own in bought.values())
    ]
    heads = [say(f"{HEADS}.station"), *(_short(say, name) for name in bought)]
    return Table(heads, rows, say("money.tables.where"))
