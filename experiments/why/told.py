"""The story of a driver in words."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from math import isinf
from typing import Any

from sim.archive.results import aligned
from sim.lifecycle import Drive
from sim.report.blocks import Cell, Column, Table
from sim.report.finding import found, station
from sim.report.language import Words
from sim.roads.driver import Option
from sim.roads.scenario import Scenario
from sim.roads.story import Change, Moment, Story

PLACES = ("station", "km", "soc")
PLANNED = ("line", "wait", "charge", "again")
WHY = "why"


class Told:
    """A story in one language."""

    def __init__(self, say: Words, scenario: Scenario, story: Story) -> None:
        self.say, self.story, self.driver = say, story, story.driver
        table = scenario.station_table()[["name_en", "name_zh", "side"]]
        named = (dict(zip(table.columns, row, strict=True)) for row in table.to_numpy().tolist())
        self._names = [say(station(place)) for place in named]
        self._day = datetime.combine(scenario.calendar[0].date, time())

    def when(self, time_h: float) -> str:
        """Day and clock."""
        at = self._day + timedelta(seconds=round(3600.0 * time_h))
        return f"{self.say.date(at.date(), 'medium')} {at:%H:%M:%S}"

    def clock(self, time_h: float) -> str:
        """Without the day."""
        return f"{self._day + timedelta(seconds=round(3600.0 * time_h)):%H:%M:%S}"

    def station(self, number: int) -> str:
        return self._names[number]

    def chosen(self, stop: int) -> str:
        if stop >= 0:
            return self.station(self.driver.route.stops[stop].station)
        return self.say("destination" if stop == Drive.DONE else "nowhere")

    def trust(self) -> str:
        """Whether the reasons can be relied on."""
        wrong = sum(not moment.agrees for moment in self.story.moments)
        return self.say("disagrees", n=wrong) if wrong else self.say("agrees")

    def moment(self, own: Moment) -> str:
        """One step, in a sentence or two."""
        key, values = own.kind, self._values(own)
        if key == "looked":
            key = "looked_in" if own.chosen >= 0 and self._is_here(own) else "looked_on"
        elif key == "joined" and own.values["patience_h"] is None:
            key = "joined_must"
        elif key == "ended" and self.driver.vehicle.hybrid and not own.values["kwh"]:
            key = "ended_fuel"
        elif key == "entered":
            values |= self._itself()
        return self.say(f"moment.{key}", **values)

    def _is_here(self, own: Moment) -> bool:
        return self.driver.route.stops[own.chosen].station == own.station

    def _values(self, own: Moment) -> dict[str, Any]:
        values: dict[str, Any] = {"chosen": self.chosen(own.chosen)}
        if own.station >= 0:
            values["station"] = self.station(own.station)
        if own.view:
            view = own.view
            values |= {"line": view.line, "free": view.free, "power": view.power_kw}
            values["cap"] = None if isinf(view.cap_kw) else view.cap_kw
        told = dict(own.values)
        if "kwh" in told:
            values["soc"] = self.driver.soc(told["kwh"])
        if "to" in told:
            values["other"] = self.station(told["to"])
        if "wait_h" in told:
            values["wait"] = 60.0 * told["wait_h"]
        if "plug_h" in told and told["plug_h"] == told["plug_h"]:
            hours, kwh = told["charge_h"], told["energy_kwh"]
            values |= {
                "plug": self.clock(told["plug_h"]), "charge": 60.0 * hours, "energy": kwh,
                "goal": self.driver.soc(told["goal_kwh"]),
            }  # fmt: skip
            values["power"] = kwh / hours if hours else None
        return {**told, **values}

    def _itself(self) -> dict[str, Any]:
        say, driver, ev = self.say, self.driver, self.driver.ev
        kind = "looks" if driver.looks else "plans" if driver.plans else "threshold"
        share = {
            name: driver.soc(float(ev[f"{name}_kwh"]))
            for name in ("stop", "target", "dest", "reserve")
        }
        return {
            "route": driver.route.name, "km": driver.route.km,
            "battery": driver.vehicle.battery_kwh, "rule": say(f"driver.{kind}", **share),
            "wants": say("driver.wants", **share),
            "patience": say(
                "driver.patience", patience=float(ev["patience_ns"]) / 6e10,
                balk=float(ev["balk_per_evse"]),
            ),
        }  # fmt: skip

    # ---- tables ------------------------------------------------------------------------------

    def options(self, own: Moment) -> Table:
        """What was thought of at a decision."""
        say = self.say
        plan = any(option.cost_h is not None for option in own.options)
        keys = [*PLACES, *(PLANNED if plan else ()), WHY]
        units = {"km": "", "soc": "%", "wait": "min", "charge": "min", "again": "min"}
        heads = [
            Column(say(f"option.{key}"), units.get(key, ""), 0, wide=key == WHY) for key in keys
        ]
        rows = [self._option(option, own.chosen, plan) for option in own.options]
        caption = say("choice", when=self.when(own.time_h), chosen=self.chosen(own.chosen))
        return Table(heads, rows, caption)

    def _option(self, own: Option, chosen: int, plan: bool) -> list[Cell]:
        stop = self.driver.route.stops[own.stop]
        why = "least" if own.why == "possible" and own.stop == chosen else own.why
        row: list[Cell] = [self.station(stop.station), stop.km, own.soc]
        if plan:
            line = None if own.view is None else own.view.line
            row += [line, *(h and 60.0 * h for h in (own.wait_h, own.charge_h, own.again_h))]
        return [*row, found(f"option.{why}")]

    def changes(self, own: Moment) -> Table:
        """Who came, went or ended at the station meanwhile, and its power afterwards."""
        say = self.say
        heads = [Column(say("change.when")), Column(say("change.what")), Column(say("change.ev"))]
        heads += [Column(say(f"change.{key}"), "kW", 0) for key in ("power", "wanted", "cap")]
        rows = [self._change(change) for change in sorted(own.changes, key=lambda c: c.time_h)]
        return Table(heads, rows, f"{say('power')}: {self.station(own.station)}")

    def _change(self, own: Change) -> list[Cell]:
        is_own = own.ev == self.story.ev
        who = self.say("change.self", ev=own.ev) if is_own else str(own.ev)
        cap = None if isinf(own.cap_kw) else own.cap_kw
        return [
            self.clock(own.time_h), found(f"change.{own.what}"), who, own.power_kw, own.wanted_kw,
            cap,
        ]  # fmt: skip


def lines(told: Told) -> Iterator[str]:
    """The whole story, for a terminal."""
    say = told.say
    for own in told.story.moments:
        yield f"{told.when(own.time_h)}  {told.moment(own)}"
        if own.options:
            yield from _rows(say, told.options(own))
        if own.changes:
            yield from _rows(say, told.changes(own))
    yield ""
    yield told.trust()


def _rows(say: Words, table: Table) -> list[str]:
    columns = [own if isinstance(own, Column) else Column(own) for own in table.columns]
    specs = [f"{'' if own.digits is None else own.digits}{own.unit}" for own in columns]
    cells = [
        [say.format_field(cell, spec) for cell, spec in zip(row, specs, strict=True)]
        for row in table.rows
    ]
    return [f"    {line}" for line in aligned([[own.head for own in columns], *cells])]
