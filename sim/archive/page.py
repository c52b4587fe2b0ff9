"""The page of two answers beside each other: in all, and station by station."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from sim.archive.comparison import Comparison
from sim.archive.differences import settings
from sim.config.problems import InputError
from sim.report import changes, charts, course
from sim.report.blocks import Block, Card, Column, Figure, Page, Section, Table
from sim.report.changes import Change, Pair, metric
from sim.report.charts import station as of_station
from sim.report.language import Words

STATIONS = ("wait_min_p95", "wait_h", "over_30_share", "time_utilization_holiday_mean", "visits",
            "energy_kwh")  # fmt: skip
CARDS = ("wait_min_p95", "over_30_share", "time_utilization", "balked", "reneged")
WIDE = 20  # letters of a name that a head holds
QUEUE = "queue"


def of(compared: Comparison, by: str) -> Callable[[Words], Page]:
    """What makes the page in a language; stations are told by that figure first."""
    have = compared.keys("stations")
    shown = list(dict.fromkeys([by, *(key for key in STATIONS if key in have)]))[: len(STATIONS)]
    stations = {key: compared.stations(key) for key in shown}
    stations = {key: own for key, own in stations.items() if own}
    if not stations:
        raise InputError(f"--page: no station of both has a figure `{by}`")
    lines = _lines(compared, list(next(iter(stations.values()))))
    return lambda say: _page(say, compared, stations, lines)


def _page(
    say: Words, compared: Comparison, stations: Mapping[str, Mapping[str, Change]],
    lines: np.ndarray | None,
) -> Page:  # fmt: skip
    names = _names(compared)
    together = {key: own for key, own in compared.figures.items() if say.has(f"metrics.{key}")}
    answer = compared.one.study.answer
    pair = Pair(names, together, stations, compared.places, answer.get("towns", ()),
                answer.get("links", ()))  # fmt: skip
    by, own = next(iter(stations.items()))
    counted = changes.counted(own)
    draws = compared.draws
    title = say("compare.page.title", one=names[0], other=names[1])
    blocks: dict[str, list[Block]] = {
        "where": changes.by_station(say, pair), "all": [changes.together(say, pair)],
        "settings": [_settings(say, compared)],
    }  # fmt: skip
    sections = [
        Section(say(f"compare.page.{key}.heading"), own, key, say(f"compare.page.{key}.short"))
        for key, own in blocks.items()
    ]
    cards = [Card(changes.label(say, key), together[key].by, metric(key).unit, metric(key).digits,
                  note=_was(say, together[key], key))
             for key in CARDS if key in together]  # fmt: skip
    courses = {} if lines is None else {QUEUE: course.packed(lines)}
    return Page(
        title, sections,
        say("compare.page.question"), cards,
        say("compare.page.answer", figure=changes.label(say, by), **counted),
        say.join([say(f"compare.page.{'worlds' if compared.over_worlds else 'luck'}",
                      n=len(compared.numbers)),
                  say(draws.key.replace("compare", "compare.page"), **draws.values)]),
        stations=changes.picked(say, pair, courses, _figures(say, compared, names, lines)),
    )  # fmt: skip


def _names(compared: Comparison) -> tuple[str, str]:
    """By what differs: the study, or the design of the same one; in full where that is no name."""
    one, other = compared.one, compared.other
    if one.study.path != other.study.path:
        names = one.study.name, other.study.name
    else:
        names = one.design, other.design
    short = tuple(name.rpartition("/")[2][:WIDE] for name in names)
    return (short[0], short[1]) if short[0] != short[1] else names


def _was(say: Words, change: Change, key: str) -> str:
    """What it was before the change."""
    one = say.number(change[0].mean, f"{metric(key).digits}{metric(key).unit}")
    return say("compare.page.was", one=one)


def _settings(say: Words, compared: Comparison) -> Table | str:
    """What is set otherwise."""
    rows = [
        [key, *(say("compare.page.unset") if own is None else str(own) for own in pair)]
        for key, pair in settings(compared.one.study, compared.other.study).items()
    ]
    if not rows:
        return say("diff.settings.none")
    heads = (say("compare.page.setting"), *_names(compared))
    return Table([Column(head, form="text", wide=n > 0) for n, head in enumerate(heads)], rows)


def _lines(compared: Comparison, names: list[str]) -> np.ndarray | None:
    """EVs waiting [side, station, hour], the mean over the replications of both; None where they
    are not kept, or not of the same hours."""
    own = [side.course(QUEUE, compared.numbers) for side in (compared.one, compared.other)]
    if "calendar" not in compared.one.study.answer or any(each is None for each in own):
        return None
    rows = [np.stack(each.loc[names].tolist()) for each in own if each is not None]
    return np.array(rows) if rows[0].shape == rows[1].shape else None


def _figures(
    say: Words, compared: Comparison, names: tuple[str, str], lines: np.ndarray | None
) -> list[Figure]:
    if lines is None:
        return []
    calendar: Any = compared.one.study.answer["calendar"]
    span = charts.Span(datetime.fromisoformat(calendar[0]["date"]), lines.shape[2])
    return [of_station.two(say, span, QUEUE, names, title=say("panel.queue"))]
