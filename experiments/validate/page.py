"""The page of `validate`: a section for the fast charger, one for each site, and the
city."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from experiments.validate.among import among
from experiments.validate.city import page as city
from experiments.validate.covered import width
from experiments.validate.long import BANDS, FIGURES
from experiments.validate.verdict import UNITS, counted, error_of
from sim.replay.law import DAY_H
from sim.report import charts
from sim.report.blocks import Beside, Cell, Classes, Column, Figure, Key, Page, Section, Table
from sim.report.finding import Given, found
from sim.report.language import Words
from sim.report.tables import Form, table
from sim.stats.estimate import Estimate

GROUPS = ("all", "overlapping", "slowed")
RULES = {"shared": charts.RUST, "unshared": charts.FAINT}
WHERE = ("mean_error", "mean_abs_error")
SIGNED = ("mean_error", "bias_frac")
# By name, how a score is told and where it is in the answer.
SCORES = {"shares": ("count", "share"), "means": ("count", "mean"),
          "hourly_error": ("error", "error"), "mean_busy": ("level", "mean_busy"),
          "spread": ("level", "spread_of_days"), "days": ("test", "pit")}  # fmt: skip

Answer = Mapping[str, Any]  # as it is read from answer.json


def page(say: Words, answer: Answer) -> Page:
    charger = [fast_charger(say, answer)] if "epfl" in answer else []
    sites = [site_section(say, site, answer["replications"]) for site in answer["sites"]]
    towns = [city.section(say, answer["city"], answer["replications"])] if "city" in answer else []
    return Page(say("title"), [*charger, *sites, *towns], say("question"),
                sure=say("first.sure"), assumed=say("first.assumed"))  # fmt: skip


# --- the fast charger ----------------------------------------------------------------------


def fast_charger(say: Words, answer: Answer) -> Section:
    epfl = answer["epfl"]
    idle = [own["idle_min"] for own in epfl["acceptance"]]
    return Section(
        say("epfl.heading"),
        [
            say("epfl.about", **epfl), say("epfl.assumed", even=idle[0], odd=idle[1]),
            say("epfl.not_recorded", slowed=epfl["slowed"]),
            Beside([[_recorded(say, epfl["each"], quantity)] for quantity in UNITS]),
            Beside([[_biases(say, answer, quantity)] for quantity in UNITS]),
            *(_errors(say, answer, quantity) for quantity in UNITS),
            _where(say, epfl["where"]),
        ],
        "epfl", say("epfl.short"),
    )  # fmt: skip


def _recorded(say: Words, each: Answer, quantity: str) -> Figure:
    """Every session, simulated over recorded."""
    recorded, simulated = np.array(each[quantity]), np.array(each[f"{quantity}_simulated"])
    top = float(np.percentile(recorded, 99.5)) * 1.1
    is_shared = np.array(each["shared"])
    dots = [
        charts.Dots(say(f"epfl.{key}"), recorded[own].tolist(), simulated[own].tolist(), color,
                    size=4.5, opacity=0.6)
        for key, own, color in (("alone", ~is_shared, charts.BLUE),
                                ("beside", is_shared, charts.RUST))
    ]  # fmt: skip
    axes = (charts.Axis(say(f"epfl.{k}"), UNITS[quantity], 0.0, top)
            for k in ("recorded", "simulated"))  # fmt: skip
    title = say(f"epfl.each.{quantity}")
    beyond = int(((recorded > top) | (simulated > top)).sum())
    return charts.scatter(say, dots, *axes, title=title, diagonal=True,
                          alt=say("epfl.beyond", title=title, n=beyond))  # fmt: skip


def _biases(say: Words, answer: Answer, quantity: str) -> Figure:
    """What sharing buys: bias with and without the rule."""
    marks = [
        charts.Marks(
            say(f"epfl.{model}"),
            [_signed(error_of(answer, quantity, group, model))["bias_frac"] for group in GROUPS],
            color,
        )
        for model, color in RULES.items()
    ]
    title = say(f"epfl.bias.{quantity}")
    return charts.forest(
        say, [say(f"groups.{group}") for group in GROUPS], marks, charts.Axis("", "%"),
        title=title, alt=say("epfl.bias_alt", title=title), is_change=True, apart=True,
    )  # fmt: skip


def _signed(row: Answer) -> Answer:
    """A row of errors, those with their sign that have one."""
    return {**row, **{key: replace(row[key], is_change=True) for key in SIGNED}}


def _errors(say: Words, answer: Answer, quantity: str) -> Table:
    units = dict.fromkeys(FIGURES, UNITS[quantity]) | {"bias_frac": "%"}
    columns: dict[str, Form] = {
        "sessions": ("of", "", None, "text"), "n": "n",
        **{key: (key, unit, 1) for key, unit in units.items()},
    }  # fmt: skip
    rows = [
        {**_signed(row), "of": say("epfl.of", group=say(f"groups.{row['group']}"),
                                   model=say(f"models.{row['model']}"))}
        for row in answer["epfl"]["errors"]
        if row["quantity"] == quantity
    ]  # fmt: skip
    mean = error_of(answer, quantity)["recorded_mean"]
    return table(say, "head", columns, rows, say(f"epfl.errors.{quantity}", mean=mean))


def _where(say: Words, where: list[Answer]) -> Table:
    columns: dict[str, Form] = {
        "part": ("kwh.group", "", None, "text"), "n": "kwh.n",
        **{f"{q}.{key}": (f"{q}.{key}", unit, 1) for q, unit in UNITS.items() for key in WHERE},
    }  # fmt: skip
    of = [[_signed(row) for row in where if row["quantity"] == quantity] for quantity in UNITS]
    rows = [dict(zip(UNITS, both, strict=True)) for both in zip(*of, strict=True)]
    return table(say, "head", columns, rows, say("epfl.where"))


# --- a site --------------------------------------------------------------------------------


def site_section(say: Words, site: Answer, replications: int) -> Section:
    line, name = site["line"], Given(site["site"])
    dropped = [found(f"dropped.{reason}", n=n) for reason, n in site["dropped"].items()]
    keys = [Key(charts.INK, say("site.recorded")), Key(charts.RUST, say("site.outside")),
            Key(charts.BLUE, say("site.simulated"), "line")]  # fmt: skip
    return Section(
        say("site.heading", site=name, units=counted(site["units"])),
        [
            say("site.about", weeks=site["weeks"], first=date.fromisoformat(site["first_day"]),
                days=line["days"], merged=site["merged"], sessions=site["sessions"],
                dropped=dropped),
            *(say("site.quiet", unit=Given(own["unit"]), weeks=own["weeks"])
              for own in site["quiet"]),
            say("site.learned", replications=replications, **line),
            Classes(keys), Beside([[figure] for figure in _hours(say, site)]),
            say("coverage.about"), _coverage(say, site), among(say, "days", line["pit"]["counts"]),
            _scores(say, site), _by_hour(say, line["mean"]),
        ],
        short=say("site.short", site=name),
    )  # fmt: skip


def _hours(say: Words, site: Answer) -> list[Figure]:
    """Share of time with so many units busy by hour, a figure for each number."""
    units, share = site["units"], site["line"]["share"]
    recorded, simulated, low, high = (np.array(share[key]) for key in BANDS)
    color = np.where(share["is_outside"], charts.RUST, charts.INK)
    numbers = range(1, 2) if units == 1 else range(units + 1)
    figures = []
    for n in numbers:
        title = say("site.busy" if units == 1 else "site.n_busy", n=n, units=units)
        bands = np.stack([simulated, low, high])[:, :, n].T.tolist()
        line = charts.Line(say("site.simulated"), list(range(DAY_H + 1)),
                           [Estimate(*band) for band in bands], steps=True,
                           width=1.4)  # fmt: skip
        dots = charts.Dots(say("site.recorded"), [hour + 0.5 for hour in range(DAY_H)],
                           recorded[:, n].tolist(), color[:, n].tolist(), size=6.5)  # fmt: skip
        alt = say("site.alt", title=title, site=Given(site["site"]))
        figures.append(
            charts.by_hour(say, [line], charts.Axis("", "%", from_zero=True), dots=[dots],
                           title=title, alt=alt, height=210, key=[])
        )  # fmt: skip
    return figures


def _coverage(say: Words, site: Answer) -> Table:
    """How much lies in its 95 % band, where levels vary and where they do not."""
    columns: dict[str, Form] = {
        "kind": ("kind", "", None, "text"), "of": "of", "plain": ("plain", "%", 1),
        "line": ("line", "%", 1), "by_chance": ("by_chance", "%", 1),
    }  # fmt: skip
    before, after = (site[model]["coverage"] for model in ("plain", "line"))
    rows = [
        {"kind": say(f"coverage.{kind}"), "of": own["of"], "plain": before[kind]["share"],
         "line": own["share"], "by_chance": own["by_chance"]}
        for kind, own in after.items()
    ]  # fmt: skip
    marked = frozenset(n for n, own in enumerate(after.values()) if width(own) != "right")
    return table(say, "coverage.heads", columns, rows, say("coverage.caption"), marked=marked)


def _scores(say: Words, site: Answer) -> Table:
    models = ("line", "plain", "lost")
    columns = [Column(say(f"scores.{key}"), wide=True) for key in ("score", *models)]
    freedoms = len(site["line"]["pit"]["counts"]) - 1
    rows: list[list[Cell]] = [
        [say(f"scores.{name}", freedoms=freedoms),
         *(found(f"scores.{form}", **site[model][key]) for model in models)]
        for name, (form, key) in SCORES.items()
    ]  # fmt: skip
    return Table(columns, rows, say("scores.heading"))


def _by_hour(say: Words, mean: Answer) -> Table:
    bands = enumerate(zip(*(mean[key] for key in BANDS), strict=True))
    rows: list[list[Any]] = [
        [say("hours.hour", start=hour, end=hour + 1), recorded, Estimate(*band)]
        for hour, (recorded, *band) in bands
    ]
    columns: list[Column | str] = [say("hours.head"), Column(say("epfl.recorded"), digits=3),
                                   Column(say("hours.simulated"), digits=3)]  # fmt: skip
    marked = frozenset(np.flatnonzero(mean["is_outside"]).tolist())
    return Table(columns, rows, say("hours.caption"), marked)
