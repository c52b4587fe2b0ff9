"""Question 4: where the peaks come from, and what is bought against them.

All at the capacity of the corridor as it is, on common random numbers: what would be without a
cause of peaks, and with each of the levers.  Over worlds each is at its own capacity: at a common
one waits explode in worlds that carry less, and there are none in those that carry more.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from experiments.port_corridor.settings import LeversSection
from experiments.port_corridor.study import PortStudy, hourly, limits_kw, rounded
from sim.config.section import HOURS
from sim.freight.changes import booked, without_causes
from sim.freight.corridor import Corridor
from sim.freight.metrics import METRICS
from sim.report import charts
from sim.report.blocks import Beside, Block, Column, Key, Table
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.stats.estimate import Estimate
from sim.study.results import Results

BASE = "base"
CAUSES = ("vessels", "shifts", "meals", "nights")
LEVERS = ("appointments", "staggered", "storage", "all")
FIGURES = ("wait_min_p95", "hub_wait_min_p95", "hub_grid_peak_kw", "deliveries_per_day")
BOOKED = ("others_wait_min_p95", "booked_wait_min_p95")  # at the hub, without and with one
HOURLY = ("line", "occupied", "power_kw", "power_max_kw")
DRAWN = {BASE: charts.RUST, "staggered": charts.BLUE, "storage": charts.INK}  # over the hours
COLUMNS: dict[str, Form] = {
    "change": "change",
    "wait_min_p95": ("wait_min_p95", "min", 1), "hub_wait_min_p95": ("hub_wait_min_p95", "min", 1),
    "hub_grid_peak_kw": ("hub_grid_peak_kw", "kW", 0),
    "deliveries_per_day": ("deliveries_per_day", "", 1), "capacity": ("capacity", "", 1),
}  # fmt: skip


def answer(study: PortStudy) -> dict[str, Any]:
    """Paired differences of every cause and lever, and the hours of the hub's day."""
    base, own = study.corridor, study.own.levers
    designs = {BASE: base, **without_causes(base), **levers(base, own)}
    capacity = study.capacities(designs, study.fewer, "doing.calm")
    trucks: int | Estimate
    if study.worlds:
        trucks = capacity.estimate("capacity")
        each = [max(1, round(n)) for n in capacity.values("capacity").tolist()]
        results = study.at(designs, each, "doing.peaks")
    else:
        trucks = fleet = rounded(capacity)
        fleets = dict.fromkeys(designs, fleet)
        results = study.each(designs, study.replications, "doing.peaks", trucks=fleets)
    others, early = (results.values(name, "appointments") for name in BOOKED)
    return {
        "question": found("peaks.question"),
        "about": found(
            "peaks.about_worlds" if study.worlds else "peaks.about",
            runs=study.counted(study.replications), fewer=study.fewer, trucks=trucks,
            share=own.appointment_share, offsets=own.shift_offsets_h, kwh=own.storage.kwh,
            kw=own.storage.kw,
        ),
        "trucks": trucks,
        "base": {name: results.estimate(name) for name in FIGURES},
        "capacity": capacity.estimate("capacity"),
        "changes": {
            name: {
                **{f: results.change(f, name) for f in FIGURES},
                "capacity": capacity.change("capacity", name),
            }
            for name in designs
            if name != BASE
        },
        "leaders": {"causes": leaders(results, CAUSES), "levers": leaders(results, LEVERS[:-1])},
        "booked": {
            **{name: results.estimate(name, "appointments") for name in BOOKED},
            "difference": Estimate.change(others, early, METRICS[BOOKED[0]]),
        },
        "hours": {name: hourly(results, base, HOURLY, name) for name in results},
        "share": own.appointment_share, "cap_kw": limits_kw(base),
    }  # fmt: skip


def leaders(results: Results, names: Iterable[str]) -> list[str]:
    """Which of the changes may leave the shortest P95 wait; see `interval.leaders`."""
    there = [name for name in names if name in results]
    return results.best("wait_min_p95", there, least=True) if there else []


def levers(base: Corridor, own: LeversSection) -> dict[str, Corridor]:
    """Each of the levers, and all of them."""
    hub, first = base.section.hub, booked(base, own.appointment_share)
    store = {"storage": [*base.section.sites[hub].storage, own.storage]}
    return {
        "appointments": first,
        "staggered": base.with_(shift_offsets_h=own.shift_offsets_h),
        "storage": base.with_site(hub, **store),
        "all": first.with_(shift_offsets_h=own.shift_offsets_h).with_site(hub, **store),
    }


# ---- what is said ----------------------------------------------------------------------------


def plain(own: Mapping[str, Any]) -> list[Finding]:
    """Which cause and which lever do most; only what is shown."""
    return [*_first(own, "causes", CAUSES), *_first(own, "levers", LEVERS)]


def _first(own: Mapping[str, Any], kind: str, names: Iterable[str]) -> list[Finding]:
    """Who leads, who may, or that none is shown to shorten the P95 wait."""
    change = {n: row["wait_min_p95"] for n, row in own["changes"].items() if n in names}
    leading = own["leaders"][kind]
    if not leading:
        return []
    first, trucks = leading[0], own["trucks"]
    if len(leading) == 1 and change[first].sign < 0:
        name = Term(f"changes.{first}")
        key = "peaks.causes.only" if len(change) == 1 else f"peaks.{kind}.one"
        return [found(key, name=name, trucks=trucks, change=change[first])]
    changes = [found("peaks.may", name=Term(f"changes.{n}"), change=change[n]) for n in leading]
    is_any = any(each.sign < 0 for each in change.values())
    key = f"peaks.{kind}.several" if is_any else f"peaks.{kind}.none"
    return [found(key, trucks=trucks, changes=changes)]


def label(name: str) -> Finding | Term:
    """Of a change: `without vessel batches`, `staggered shifts`."""
    own = Term(f"changes.{name}")
    return found("peaks.without", cause=own) if name in CAUSES else own


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    booked = own["booked"]
    return [
        found("peaks.as_it_is", trucks=own["trucks"], **own["base"]),
        *(found("peaks.change", name=label(name), **row) for name, row in own["changes"].items()),
        found("peaks.booked", share=own["share"], own=booked[BOOKED[1]], others=booked[BOOKED[0]],
              difference=booked["difference"]),
    ]  # fmt: skip


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    changes = own["changes"]
    heads = [say("peaks.base"), *(say(label(name)) for name in changes)]
    names = [say(f"changes.{name}") for name in changes]
    colors = [charts.BLUE if name in LEVERS else charts.INK for name in changes]
    levers = charts.forest(
        say, names, [charts.Marks("", [row["wait_min_p95"] for row in changes.values()], colors)],
        charts.Axis(say("peaks.axis"), "min"), title=say("peaks.title"), is_change=True, row_px=30,
        key=[Key(charts.INK, say("peaks.cause")), Key(charts.BLUE, say("peaks.lever"))],
    )  # fmt: skip
    middles = [h + 0.5 for h in range(HOURS)]
    lines = charts.by_hour(
        say,
        [charts.Line(head, middles, hours["line"], DRAWN[name])
         for head, (name, hours) in zip(heads, own["hours"].items(), strict=True) if name in DRAWN],
        charts.Axis(say("peaks.line"), from_zero=True), title=say("peaks.line_title"), digits=2,
    )  # fmt: skip
    rows = [{"change": label(name), **row} for name, row in changes.items()]
    return [
        Beside([[levers], [lines]]),
        table(say, "peaks.heads", COLUMNS, rows, say("peaks.caption")),
        Table(
            [say("hour"), *(Column(head, digits=2) for head in heads)],
            [[f"{h}:00", *(hours["line"][h] for hours in own["hours"].values())]
             for h in range(HOURS)],
            say("peaks.hours_caption"),
        ),
    ]  # fmt: skip
