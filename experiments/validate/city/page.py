"""The section of the city on the page."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from experiments.validate.among import among
from experiments.validate.city.neighbors import EDGES_KM
from experiments.validate.city.verdict import LEVELS
from sim.replay.law import DAY_H
from sim.report import charts
from sim.report.blocks import Beside, Cell, Column, Figure, Key, Section, Table
from sim.report.language import Words
from sim.stats.estimate import Estimate

COLORS = {"choice": charts.BLUE, "nearest": charts.RUST}
KINDS = ("hour", "hour_of_day", "site", "began", "city")

Answer = Mapping[str, Any]  # as it is read from answer.json


def section(say: Words, city: Answer, replications: int) -> Section:
    models = city["models"]
    choice = models["choice"]
    return Section.of(
        say, "city",
        [
            say("city.about", **{k: city[k] for k in ("sites", "evses", "sessions", "days",
                                                      "even_days")},
                first=date.fromisoformat(city["first_day"])),
            say("city.learned", zones=choice["parts"], city_cv=choice["city_cv"],
                part_cv=choice["part_cv"], uneven_cv=choice["uneven_cv"],
                alike_cv=choice["alike"] ** -0.5, replications=replications),
            say("city.driven"),
            say("city.models.about", level=models["nearest"]["level"] / choice["level"] - 1.0),
            _rise(say, city),
            say("city.rise.about"),
            Beside([[_by_hour(say, choice["by_hour"])],
                    [among(say, "city.sites", choice["sites"]["counts"])]]),
            _coverage(say, models), say("city.coverage.about"), _gains(say, city["gain"]),
            _scores(say, models),
            say("city.not_learned"),
        ],
    )  # fmt: skip


def _band(own: Answer) -> Estimate:
    """The mean of what was simulated, and its band."""
    return Estimate(own["simulated"], own["low"], own["high"])


def _rise(say: Words, city: Answer) -> Figure:
    """At neighbors of full sites, ring by ring: recorded, with choice and without."""
    rings = [say("city.rise.ring", low=low, high=high) for low, high in pairwise(EDGES_KM)]
    marks = [charts.Marks(say("site.recorded"), city["rise"], charts.INK)] + [
        charts.Marks(say(f"city.models.{model}"), [_band(own) for own in
                                                   city["models"][model]["rise"]], color)
        for model, color in COLORS.items()
    ]  # fmt: skip
    return charts.forest(
        say, rings, marks, charts.Axis(say("city.rise.axis")), title=say("city.rise.title"),
        alt=say("city.rise.alt"), digits=2, apart=True, line=(1.0, say("city.rise.none")),
    )  # fmt: skip


def _by_hour(say: Words, own: Answer) -> Figure:
    bands = zip(own["simulated"], own["low"], own["high"], strict=True)
    line = charts.Line(say("site.simulated"), list(range(DAY_H + 1)),
                       [Estimate(*band) for band in bands], steps=True, width=1.4)  # fmt: skip
    dots = charts.Dots(
        say("site.recorded"), [hour + 0.5 for hour in range(DAY_H)], own["recorded"],
        [charts.RUST if out else charts.INK for out in own["is_outside"]], size=6.5,
    )  # fmt: skip
    return charts.by_hour(
        say, [line], charts.Axis("", from_zero=True), dots=[dots], title=say("city.hours.title"),
        alt=say("city.hours.alt"), height=240, digits=0,
        key=[Key(charts.INK, say("site.recorded")), Key(charts.RUST, say("site.outside")),
             Key(charts.BLUE, say("site.simulated"), "line")],
    )  # fmt: skip


def _heads(say: Words, models: Answer, first: str) -> list[Column | str]:
    return [Column(say(first), wide=True),
            *(Column(say(f"city.models.{model}"), wide=True) for model in models)]  # fmt: skip


def _coverage(say: Words, models: Answer) -> Table:
    """How much lies in the bands, for each model, and how much would by chance."""
    rows: list[list[Cell]] = [
        [say(f"city.coverage.{kind}", n=models["choice"]["coverage"][kind]["of"]),
         *(say("city.coverage.cell", share=own["coverage"][kind]["share"],
               by_chance=own["coverage"][kind]["by_chance"]) for own in models.values())]
        for kind in KINDS
    ]  # fmt: skip
    rows.append([say("city.coverage.nothing"),
                 *(say.number(own["says_nothing"], "1%") for own in models.values())])  # fmt: skip
    return Table(_heads(say, models, "city.coverage.head"), rows, say("city.coverage.caption"))


def _gains(say: Words, gain: Answer) -> Table:
    rows: list[list[Cell]] = [
        [say(f"city.models.{model}"), gain["inside"][model], gain["crps"][model]]
        for model in gain["inside"]
    ]
    columns: list[Column | str] = [
        Column(say("city.gain.model"), wide=True), Column(say("city.gain.inside"), "%", 2),
        Column(say("city.gain.crps"), digits=4),
    ]  # fmt: skip
    return Table(columns, rows, say("city.gain.caption"))


def _scores(say: Words, models: Answer) -> Table:
    rows: list[list[Cell]] = [
        [say(f"city.scores.{key}", recorded=models["choice"][key]["recorded"]),
         *(say("city.scores.level", own=_band(own[key])) for own in models.values())]
        for key in LEVELS
    ]  # fmt: skip
    rows += [
        [say(f"city.scores.crps_{kind}"),
         *(say.number(own["crps"][kind], "4") for own in models.values())]
        for kind in ("hour", "site")
    ]  # fmt: skip
    rows.append([say("city.scores.lost"),
                 *(say.number(own["lost_share"], "1%") for own in models.values())])  # fmt: skip
    return Table(_heads(say, models, "city.scores.head"), rows, say("city.scores.caption"))
