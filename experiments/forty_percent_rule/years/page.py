"""Question 5 on the page: the strip of the years, what is left, and who is upgraded when."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.matrix import FAILS, Column, matrices
from experiments.forty_percent_rule.measure import limit, told
from experiments.forty_percent_rule.years import tables
from experiments.forty_percent_rule.years.plans import NOTHING, RULE, TARGET
from sim.report.simple import Figure, Section, Table
from sim.report.words import full_name, inert, span
from sim.roads.upgrade import Rule
from sim.stations.schema import Upgrade

COLORS = {NOTHING: "var(--faint)", RULE: "var(--rust)", TARGET: "var(--blue)"}
BAR = 0.27  # width of a bar, where holidays are 1 apart
PANEL_PX, LONE_PX, GAP_PX, TOP_PX, BOTTOM_PX = 120, 180, 34, 26, 44


class Panel(NamedTuple):
    """A figure of the plans, and in which unit it is drawn."""

    name: str
    title: str
    scale: float = 1.0


LEFT = (
    Panel("wait_h", "Thousand hours waited", 1e-3),
    Panel("wait_min_p95", "P95 wait, minutes"),
    Panel("unserved_kwh", "MWh unserved: who balks or reneges", 1e-3),
    Panel("cost_cny", "Million CNY for what is ordered after the holiday", 1e-6),
)


def labels(found: Mapping[str, Any]) -> dict[str, str]:
    """What the plans are called."""
    return {
        NOTHING: "nothing is built",
        RULE: f"the rule ({limit(found)}) after every holiday",
        TARGET: f"the target: {found['target']['stations']} new super stations",
    }


def sections(scenario: Ruled, found: Mapping[str, Any]) -> list[Section]:
    strip = (
        Panel("flagged", f"Stations over {limit(found)}"),
        Panel("standing", "Stations upgraded and open"),
        Panel("failing", "Stations where service fails"),
    )
    first, last = (found["holidays"][k]["first_day"][:4] for k in (0, -1))
    title = f"{first}–{last}: flagged, upgraded, failing"  # noqa: RUF001
    return [
        Section(
            "5. Year after year",
            [*found["verdict"], *_method(scenario, found)],
            [_bars(found, strip, title)],
            [tables.holidays(found), tables.figures(found)],
        ),
        Section(
            "Year after year: what is left of the waits, and what it costs",
            [],
            [_bars(found, [panel], panel.title) for panel in LEFT],
            [tables.differences(found), tables.built(found), tables.left(found)],
        ),
        _stations(scenario, found),
    ]


def _method(scenario: Ruled, found: Mapping[str, Any]) -> list[str]:
    study, target, last = scenario.own, found["target"], found["holidays"][-1]
    by_rule = Rule.of(scenario).action.upgrade
    return [
        f"A world is one path through all holidays; here are {found['worlds']}. After a holiday "
        "the rule flags what that one holiday showed in that world, no mean; what is ordered opens "
        f"{found['build_months']:g} months later, and stays. A station is upgraded again if it is "
        "flagged again, nothing is under construction there, and no bigger transformer is needed "
        "than it may have. The holidays of a world are drawn independently; in each the plans meet "
        "the same drivers, so their differences are paired. In brackets: 95 % Student-t intervals "
        "over worlds.",
        f"Flagged: {told(found)} over {limit(found)}. Service fails: P90 wait over "
        f"{study.fails_wait_p90_min:g} min, or more than {100 * study.fails_lost_share:g} % of the "
        "visits balk or renege, in that holiday.",
        f"The target: {target['stations']} new super stations at service areas; our tables hold "
        f"{100 * target['share']:.1f} % of the sides, so {target['ours']} of them are here. "
        f"{target['super_before']} stations are super stations already "
        f"({study.years.super_kw:g} kW in one cabinet); the others get one, the fullest first, the "
        "same number after each holiday that is early enough for the last one. Built is "
        f"{_words(study.years.super_station)}; by the rule, {_words(by_rule)}.",
        "Assumed: the EV share of a holiday grows as the city's NEVs do, to "
        f"{last['nevs'] / 1e6:.2f} million in {last['name']}; the number of vehicles, the cars and "
        "what else is built stay as they are; later holidays have the days of those in the tables. "
        "Cars that charge faster would shorten the lines, more traffic would lengthen them. EVs "
        "strand for want of a station in reach, so what is built at stations helps few of them.",
    ]


def _words(upgrade: Upgrade) -> str:
    """What is built at a station, by the names of the config."""
    storage, mobile = upgrade.storage, upgrade.mobile
    parts = [
        upgrade.replace and f"{upgrade.replace} in the bays of weaker cabinets",
        upgrade.add and f"{upgrade.add} beside what stands",
        upgrade.kva and "a bigger transformer where one is needed",
        storage and f"a battery of {storage.kwh:g} kWh",
        mobile and f"{mobile.cabinets} in holidays only",
    ]
    return " and ".join(part for part in parts if part)


# ---- bars ------------------------------------------------------------------------------------


def _bars(found: Mapping[str, Any], panels: Sequence[Panel], title: str) -> Figure:
    """Panels one above another; in each the plans side by side, holiday by holiday."""
    holidays, names, several = found["holidays"], labels(found), len(panels) > 1
    px = PANEL_PX if several else LONE_PX
    inside = len(panels) * (px + GAP_PX) - GAP_PX
    highest = max(
        panel.scale * own["high"]
        for panel in panels
        for plan in found["plans"].values()
        for own in plan["figures"][panel.name]
    )
    data: list[dict[str, Any]] = []
    titles: list[dict[str, Any]] = []
    numbers: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    for n, panel in enumerate(panels):
        number = f"{n + 1}" if n else ""
        top = 1.0 - n * (px + GAP_PX) / inside
        axes[f"yaxis{number}"] = {
            "domain": [max(0.0, top - px / inside), top], "nticks": 5,
            "range": [0, 1.18 * highest or 1],
        }  # fmt: skip
        if several:
            paper = {"xref": "paper", "yref": "paper", "xanchor": "left", "yshift": 4}
            titles.append(_note(0, top, f"<b>{panel.title}</b>", 12, **paper))
        for j, plan in enumerate(COLORS):
            bars = _plan(found, panel, plan, j, f"y{number}")
            data.append(bars)
            tops = [y + more for y, more in zip(bars["y"], bars["error_y"]["array"], strict=True)]
            numbers += [
                _note(x, up, f"{y:.0f}" if y >= 9.95 or y == 0 else f"{y:.1f}", 10,
                      yref=f"y{number}", yshift=1)
                for x, y, up in zip(bars["x"], bars["y"], tops, strict=True)
            ]  # fmt: skip
    wide, short = ([_tick(own, brief) for own in holidays] for brief in (not several, True))
    return Figure(
        data,
        {
            "height": inside + TOP_PX + BOTTOM_PX,
            "margin": {"l": 44, "r": 8, "t": TOP_PX, "b": BOTTOM_PX},
            "xaxis": {
                "range": [-0.5, len(holidays) - 0.5], "tickvals": list(range(len(holidays))),
                "ticktext": wide, "showgrid": False, "tickangle": 0,
                "anchor": f"y{len(panels) if several else ''}",
            },
            **axes,
            "annotations": titles + numbers,
            "shapes": [
                {"type": "line", "x0": k + 0.5, "x1": k + 0.5, "yref": "paper", "y0": 0, "y1": 1,
                 "layer": "below", "line": {"color": "var(--rule)", "width": 1}}
                for k in range(len(holidays) - 1)
            ],
        },
        f"{title}, by plan and holiday, with 95 % intervals; the numbers are in the tables",
        title, [(COLORS[plan], names[plan]) for plan in COLORS],
        {"xaxis.ticktext": short, "annotations": titles, "margin.l": 36},
    )  # fmt: skip


def _plan(
    found: Mapping[str, Any], panel: Panel, plan: str, place: int, axis: str
) -> dict[str, Any]:
    """The bars of a plan in a panel."""
    own = found["plans"][plan]["figures"][panel.name]
    mean, low, high = ([panel.scale * x[key] for x in own] for key in ("mean", "low", "high"))
    label = labels(found)[plan]
    return {
        "type": "bar", "x": [k + (place - 1) * BAR for k in range(len(own))], "y": mean,
        "width": BAR * 0.9, "yaxis": axis, "marker": {"color": COLORS[plan]},
        "hoverinfo": "text",
        "hovertext": [
            f"{inert(h['name'])}, {label}<br>{panel.title}: {span(x, 1, panel.scale)}"
            for h, x in zip(found["holidays"], own, strict=True)
        ],
        "error_y": {
            "type": "data", "symmetric": False, "thickness": 1.4, "width": 3, "color": "var(--ink)",
            "array": [h - m for h, m in zip(high, mean, strict=True)],
            "arrayminus": [m - b for b, m in zip(low, mean, strict=True)],
        },
    }  # fmt: skip


def _note(x: float, y: float, text: str, size: float, **more: Any) -> dict[str, Any]:
    return {
        "x": x, "y": y, "text": text, "showarrow": False, "yanchor": "bottom",
        "font": {"size": size, "color": "var(--ink)"}, **more,
    }  # fmt: skip


def _tick(holiday: Mapping[str, Any], brief: bool) -> str:
    name = _initials(holiday["name"]) if brief else inert(holiday["name"])
    return f"{name}<br>{100 * holiday['ev_share']:.0f} %{'' if brief else ' EVs'}"


def _initials(name: str) -> str:
    """`SF 26` for Spring Festival 2026."""
    words = name.split()
    year = words.pop()[-2:] if words[-1].isdigit() else ""
    return inert(f"{''.join(word[0] for word in words)} {year}".strip())


# ---- stations --------------------------------------------------------------------------------


def _stations(scenario: Ruled, found: Mapping[str, Any]) -> Section:
    table: list[Any] = scenario.station_table().to_dict("records")
    last, holidays = found["holidays"][-1]["name"], found["holidays"]
    of = {plan: found["plans"][plan]["by_station"] for plan in COLORS}
    fails = {plan: [own["fails"][-1] for own in by.values()] for plan, by in of.items()}
    ordered = {
        (plan, k): p
        for plan in (RULE, TARGET)
        for k in range(len(holidays))
        if any(p := [own["ordered"][k] for own in of[plan].values()])
    }
    columns = [Column("Fails", plan, p, FAILS) for plan, p in fails.items()] + [
        Column(f"{plan.capitalize()}: after", _initials(holidays[k]["name"]), p)
        for (plan, k), p in ordered.items()
    ]
    rows = [
        [full_name(row), row["evses"], *(100 * p[s] for p in (*fails.values(), *ordered.values()))]
        for s, row in enumerate(table)
    ]
    rows.sort(key=lambda row: (-row[2], -sum(row[5:])))
    head = [
        "Station", "EVSEs now", *(f"fails, {plan} %" for plan in fails),
        *(f"{plan}, after {_initials(holidays[k]['name'])} %" for plan, k in ordered),
    ]  # fmt: skip
    return Section(
        "Year after year: who is upgraded when",
        [
            "Blue: the share of the worlds in which an upgrade of the station is ordered after "
            "that holiday, by the rule or for the target. Red: in which service fails there in "
            f"{last}, with nothing built, with the rule, with the target."
        ],
        matrices(table, columns, "Upgrades ordered"),
        [Table(head, rows, f"Every station, in percent of the worlds; fails: in {last}")],
    )
