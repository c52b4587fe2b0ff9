"""What each action saves and costs, whom it helps, and the waits along each road."""

from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.upgrade.verdict import cost_of, label, of_rule
from sim.report.blocks import Beside, Block, Column, Figure, Key, Section, Stations, Table
from sim.report.changes import Change, Pair, by_station, picked
from sim.report.charts import BLUE, RUST, Axis, Bars, Dots, Marks, bars, forest, scatter
from sim.report.charts.roads import Stop, along
from sim.report.finding import Term, found
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.roads.neighbors import COLUMNS, GROUPS, NETWORK, UPGRADED
from sim.stats.estimate import Estimate

ALONG = ("wait_min_p95", "wait_h", "visits")
FINE = ("wait_min_mean", "wait_min_p95", "stranded")  # shown with one decimal
HEADS, FIGURES = "upgrade.heads", "upgrade.figures"
METHOD = ("simulated", "groups", "price")
SIGNS = {-1: "shorter", 1: "longer", 0: "unshown"}  # what waits are shown to become

Own = Mapping[str, Any]


def sections(say: Words, answer: Own) -> list[Section]:
    own, heading = answer["upgrade"], say("upgrade.heading")
    if not own["upgraded"]:
        return [Section(heading, [*map(say, own["plain"]), *map(say, own["verdict"])], "upgrade")]
    figures = [_money(say, own), _hour(say, own),
               *(_groups(say, own, column) for column in ("wait_h", "visits"))]  # fmt: skip
    blocks: list[Block] = [
        *map(say, own["verdict"]),
        *(say(f"upgrade.about.{name}", replications=own["replications"]) for name in METHOD),
        *_left_out(say, answer),
        Beside([[figure] for figure in figures]),
        _actions(say, own), _saved(say, own), _whom(say, own), _network(say, own),
    ]  # fmt: skip
    roads: list[Block] = [
        say("upgrade.along.about", action=_named(say, own["action"])),
        Beside([[figure] for figure in _along(say, answer)]),
        *by_station(say, _pair(say, answer), _captioned(say, own, "stations")),
    ]  # fmt: skip
    return [Section(heading, blocks, "upgrade"),
            Section(say("upgrade.along.heading"), roads, "corridors")]  # fmt: skip


def stations(say: Words, answer: Own) -> Stations | None:
    """What can be picked: what the rule's action changes at a station; None where it is nowhere."""
    return picked(say, _pair(say, answer), {}, []) if answer["upgrade"]["upgraded"] else None


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


def _named(say: Words, action: str) -> str:
    return say.format_field(label(action), "")


def _key(say: Words) -> list[Key]:
    return [Key(RUST, say("upgrade.key.rule")), Key(BLUE, say("upgrade.key.other"))]


def _color(own: Own, action: str) -> str:
    return RUST if action == own["action"] else BLUE


def _money(say: Words, own: Own) -> Figure:
    """Hours saved against what they cost."""
    costs = {name: cost_of(action["cost_cny"]) for name, action in own["actions"].items()}
    before = of_rule(own)[NETWORK]["wait_h"]["before"].mean
    dots = []
    for n, name in enumerate(sorted(costs, key=lambda name: costs[name].mean or 0.0)):
        text, place = _named(say, name), "bottom center" if n % 2 else "top center"
        dots.append(Dots(text, [costs[name]], [own["actions"][name]["saved_h"]], _color(own, name),
                         size=10.0, texts=[text], places=[place]))  # fmt: skip
    return scatter(
        say, dots, Axis(say("upgrade.money.x"), "money", log=True), Axis(say("upgrade.money.y")),
        at_y=[(before, say("upgrade.money.all"))], height=340, key=_key(say),
        title=say("upgrade.money.title"), alt=say("upgrade.money.alt"),
    )  # fmt: skip


def _hour(say: Words, own: Own) -> Figure:
    """What an hour costs: at typical prices with its interval, and the range of prices."""
    colors = [_color(own, name) for name in own["actions"]]
    costs = [action["cny_per_h"] for action in own["actions"].values()]
    ranges = [c and Estimate(c["typical"].mean, c["low"].mean, c["high"].mean) for c in costs]
    marks = [
        Marks(say("upgrade.hour.range"), ranges, colors, width=1.2),
        Marks(say("upgrade.hour.typical"), [c and c["typical"] for c in costs], colors, width=5.0),
    ]
    return forest(
        say, [_named(say, name) for name in own["actions"]], marks,
        Axis(say("upgrade.hour.x"), log=True), digits=0, missing=say("upgrade.hour.missing"),
        row_px=40.0, key=_key(say), title=say("upgrade.hour.title"), alt=say("upgrade.hour.alt"),
    )  # fmt: skip


def _groups(say: Words, own: Own, column: str) -> Figure:
    """How a figure changes at each group of stations with the rule's action."""
    change = [of_rule(own)[place][column]["change"] for place in GROUPS]
    names = [
        say("upgrade.group", group=say(f"upgrade.groups.{place}"), n=len(own["groups"][place]))
        for place in GROUPS
    ]
    colors = [BLUE if c.mean <= 0.0 else RUST for c in change]
    key = [Key(color, say(f"upgrade.key.{text}"), "square")
           for color, text in ((BLUE, "less"), (RUST, "more"))]  # fmt: skip
    title = say(f"upgrade.change.{column}")
    return bars(
        say, names, [Bars("", change, colors)], Axis(), in_rows=True, numbers=True, digits=0,
        key=key, title=title, alt=say("upgrade.change.alt", title=title),
    )  # fmt: skip


def _along(say: Words, answer: Own) -> list[Figure]:
    """P95 waits before and after, a row per station in road order."""
    own, stops = answer["upgrade"], []
    for row in answer["stations"]:
        at = own["along"][row["station"]]
        wait = at["wait_min_p95"]
        stops.append(Stop(
            say(row["road"]), say(row["name"]), **wait,
            stands_out=row["station"] in own["groups"][UPGRADED],
            hover=say("upgrade.along.hover", **wait, visits=at["visits"]["change"]),
        ))  # fmt: skip
    return along(
        say, stops, Axis(say("upgrade.along.x"), "min"), before=say("upgrade.along.before"),
        after=say("upgrade.along.after"),
        signs={sign: say(f"upgrade.along.{text}") for sign, text in SIGNS.items()},
        title=say("upgrade.along.title", action=label(own["action"])),
        alt=say("upgrade.along.alt"),
    )  # fmt: skip


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


def _pair(say: Words, answer: Own) -> Pair:
    """The stations before the rule's action and after it, and whether they are upgraded."""
    own = answer["upgrade"]
    stations = {
        column: {name: Change(*(at[column][key] for key in ("before", "after", "change")))
                 for name, at in own["along"].items()}
        for column in ALONG
    }  # fmt: skip
    group = {
        name: Term(f"upgrade.groups.{place}")
        for place, names in own["groups"].items()
        for name in names
    }
    evses = {row["station"]: row["evses"] for row in answer["stations"]}
    more = [(Column(say(f"{HEADS}.group")), group), (Column(say(f"{HEADS}.evses_before")), evses)]
    places = [row for row in answer["stations"] if "lon" in row]  # earlier answers do not say it
    return Pair(
        (say("upgrade.along.one"), say("upgrade.along.other")), {}, stations, places,
        answer.get("towns", ()), answer.get("links", ()), more,
    )  # fmt: skip


def _captioned(say: Words, own: Own, name: str) -> str:
    return say(f"upgrade.tables.{name}", action=label(own["action"]))
