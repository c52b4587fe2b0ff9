"""The page of a sweep, from its answer alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from experiments.sweep.answer import as_numbers, drawn, mean
from experiments.sweep.front import front
from sim.report import charts
from sim.report import page as report
from sim.report.blocks import Beside, Block, Cell, Column, Figure, Page, Section, Table
from sim.report.finding import packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.study import store

HERE = Path(__file__).parent
ANSWER, PAGE = "sweep.json", "sweep.html"
LEVELS = 12  # values of a setting that are shown one by one; of more, parts
PARTS = 8
PAIRS = 6  # of settings, that are drawn
FEW = 4  # lines of an interaction
END = 0.25  # beside the outer ones of what has a name, for that, where two are 1 apart
FOURTHS = (charts.BLUES[5], charts.BLUES[3], charts.MUTED, charts.RUST)
COLORS = (charts.RUST, charts.BLUE, charts.INK, charts.FAINT)


def page(say: Words, found: Mapping[str, Any]) -> Page:
    """Designs, changes, effects, interactions, all settings at once, and the front."""
    good = [own for own in found["designs"] if not own["problem"]]
    keys, parameters = drawn(found), found["parameters"]
    sections = [_designs(say, found)]
    if any(own["change"].keys() & found["figures"].keys() for own in good):
        sections.append(_changes(say, found, good))
    if keys and len(good) > 1:
        sections.append(_effects(say, found, good, keys))
        if len(parameters) > 1:
            sections.append(_interactions(say, found, good, keys[0]))
        if len(parameters) > 2:
            sections.append(_parallel(say, found, good, keys[0]))
        if found["front"]:
            sections.append(_front(say, found, good))
    failed = len(found["designs"]) - len(good)
    answer = say("answer", n=len(found["designs"]), parameters=parameters,
                 baseline=f"{found['baseline']:03}")  # fmt: skip
    if failed:
        answer = say.join([answer, say("failed", n=failed, of=len(found["designs"]))])
    return Page(
        say("title", question=found["question"]), sections,
        say("question", parameters=parameters), answer=answer,
        sure=say("sure"), assumed=say("assumed"),
    )  # fmt: skip


def write(
    found: Mapping[str, Any], folder: Path, facts: Mapping[str, Any], first: str
) -> list[Path]:
    """The answer as data, and from that its page in all languages, which begins in the first."""
    path = store.write_json(folder / ANSWER, packed(dict(found)))
    kept = unpacked(json.loads(path.read_text("utf-8")))
    words = {tongue: Words(tongue, HERE) for tongue in LANGUAGES}
    return [path, report.write(folder / PAGE, lambda say: page(say, kept), words, (), facts, first)]


def label(say: Words, key: str) -> str:
    """What people call a figure; its key where nobody has given it a name."""
    return say(f"metrics.{key}") if say.has(f"metrics.{key}") else key


def _axis(say: Words, found: Mapping[str, Any], key: str) -> charts.Axis:
    return charts.Axis(label(say, key), found["figures"][key]["unit"])


def _heads(say: Words, found: Mapping[str, Any]) -> list[Column]:
    figures = [
        Column(label(say, key), own["unit"], own["digits"] if own["is_known"] else None)
        for key, own in found["figures"].items()
    ]
    settings = [Column(key, form="text") for key in found["parameters"]]
    return [Column(say("design"), form="text"), *settings, *figures]


def _row(found: Mapping[str, Any], own: Mapping[str, Any], of: str) -> list[Cell]:
    settings = [own["settings"].get(key, "") for key in found["parameters"]]
    return [own["design"], *settings, *(own[of].get(key) for key in found["figures"])]


def _designs(say: Words, found: Mapping[str, Any]) -> Section:
    rows = [[*_row(found, own, "of"), own["problem"]] for own in found["designs"]]
    heads = [*_heads(say, found), Column(say("problem"), wide=True)]
    table = Table(heads, rows, say("designs.table"), note=say("settings"), folds=False)
    return Section.of(say, "designs", [say("designs.about"), table])


def _changes(say: Words, found: Mapping[str, Any], good: Sequence[Mapping[str, Any]]) -> Section:
    figures = {
        key: own for key, own in found["figures"].items()
        if any(key in each["change"] for each in good)
    }  # fmt: skip
    shown = {**found, "figures": figures}
    rows = [_row(shown, own, "change") for own in good if own["change"]]
    table = Table(_heads(say, shown), rows, say("changes.table"))
    blocks: list[Block] = [say("changes.about"), table]
    return Section.of(say, "changes", blocks, baseline=f"{found['baseline']:03}")


# ---- how figures move with settings ----------------------------------------------------------


class _Setting:
    """Values of a setting in all designs, on an axis: numbers, or one place for each text."""

    def __init__(self, key: str, good: Sequence[Mapping[str, Any]]) -> None:
        texts = [own["settings"].get(key, "") for own in good]
        numbers = as_numbers(texts)
        self.key, self.is_number = key, numbers is not None
        self.texts = list(dict.fromkeys(texts))
        self.values = np.array(numbers or [self.texts.index(text) for text in texts], float)

    @property
    def axis(self) -> charts.Axis:
        if self.is_number:
            return charts.Axis(self.key)
        ticks = [(float(n), own) for n, own in enumerate(self.texts)]
        return charts.Axis(self.key, low=-END, high=ticks[-1][0] + END, ticks=ticks)

    def said(self, value: float) -> str:
        return f"{value:g}" if self.is_number else self.texts[int(value)]

    def parts(self, most: int) -> list[np.ndarray]:
        """Designs of each value from the least on; where they are too many, in equal parts."""
        levels = np.unique(self.values)
        if len(levels) <= most:
            return [np.flatnonzero(self.values == level) for level in levels]
        order = np.argsort(self.values, kind="stable")
        return [own for own in np.array_split(order, min(PARTS, most)) if len(own)]

    def split(self, say: Words) -> list[tuple[str, np.ndarray]]:
        """A few groups of designs, and what each is called."""
        levels = np.unique(self.values)
        if len(levels) <= FEW or not self.is_number:
            parts = [(level, np.flatnonzero(self.values == level)) for level in levels[:FEW]]
            return [(f"{self.key}={self.said(level)}", own) for level, own in parts]
        middle = float(np.median(self.values))
        low, high = self.values <= middle, self.values > middle
        return [
            (f"{self.key} {say('interactions.least', value=f'{middle:.3g}')}", np.flatnonzero(low)),
            (f"{self.key} {say('interactions.most', value=f'{middle:.3g}')}", np.flatnonzero(high)),
        ]


def _line(
    name: str, setting: _Setting, values: np.ndarray, only: np.ndarray, color: str
) -> charts.Line:
    """Means of some designs over the values of a setting."""
    inside = [np.intersect1d(own, only) for own in setting.parts(LEVELS)]
    inside = [own for own in inside if len(own)]
    x = [float(setting.values[own].mean()) for own in inside]
    y = [float(values[own].mean()) for own in inside]
    return charts.Line(name, x, y, color, has_marks=True)


def _effects(
    say: Words, found: Mapping[str, Any], good: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> Section:
    """Small multiples: a row for each figure, a column for each setting."""
    blocks: list[Block] = [say("effects.about")]
    settings = [_Setting(key, good) for key in found["parameters"]]
    every = np.arange(len(good))
    hover = [f"{say('design')} {own['design']}" for own in good]
    for key in keys:
        values = np.array([mean(own["of"][key]) for own in good])
        figures: list[Figure] = [
            charts.curve(
                say, [_line(say("effects.mean"), own, values, every, charts.RUST)], own.axis,
                _axis(say, found, key),
                dots=[charts.Dots(say("effects.each"), own.values.tolist(), values.tolist(),
                                  charts.FAINT, size=5.0, hover=hover)],
                title=say("effects.title", figure=label(say, key), parameter=own.key), height=260,
            )
            for own in settings
        ]  # fmt: skip
        blocks.append(Beside([[figure] for figure in figures], 2) if len(figures) > 1
                      else figures[0])  # fmt: skip
    return Section.of(say, "effects", blocks)


def _interactions(
    say: Words, found: Mapping[str, Any], good: Sequence[Mapping[str, Any]], key: str
) -> Section:
    settings = [_Setting(own, good) for own in found["parameters"]]
    values = np.array([mean(own["of"][key]) for own in good])
    pairs = list(combinations(settings, 2))
    figures = []
    for one, other in pairs[:PAIRS]:
        lines = [
            _line(name, one, values, only, COLORS[n % len(COLORS)])
            for n, (name, only) in enumerate(other.split(say))
        ]
        title = say("interactions.title", one=one.key, other=other.key)
        figures.append(charts.curve(say, lines, one.axis, _axis(say, found, key), title=title,
                                    height=260))  # fmt: skip
    blocks: list[Block] = [say("interactions.about", figure=label(say, key))]
    blocks.append(Beside([[own] for own in figures], 2) if len(figures) > 1 else figures[0])
    if len(pairs) > PAIRS:
        blocks.append(say("interactions.more", n=len(pairs) - PAIRS))
    return Section.of(say, "interactions", blocks)


def _parallel(
    say: Words, found: Mapping[str, Any], good: Sequence[Mapping[str, Any]], key: str
) -> Section:
    """A line for each design over all settings, and the figure at the right."""
    settings = [_Setting(own, good) for own in found["parameters"]]
    values = np.array([mean(own["of"][key]) for own in good])
    across = [own.values for own in settings] + [values]
    shares = np.array([_share(own) for own in across]).T
    edges = np.quantile(values, [0.25, 0.5, 0.75, 1.0])
    fourth = np.minimum(np.searchsorted(edges, values), 3)
    lines = []
    places = [float(n) for n in range(len(across))]
    for n, color in enumerate(FOURTHS):
        chosen = np.flatnonzero(fourth == n)
        if not len(chosen):
            continue
        x = [*places, places[-1]] * len(chosen)
        y: list[float | None] = []
        hover: list[str] = []
        for own in chosen.tolist():
            y += [*shares[own].tolist(), None]  # and the pen is lifted
            hover += [f"{say('design')} {good[own]['design']}"] * (len(places) + 1)
        value = say.number(float(edges[n]))
        name = say("parallel.fourth", n=n + 1, figure=label(say, key), value=value)
        lines.append(charts.Line(name, x, y, color, hover=hover, width=1.2))
    ticks = list(zip(places, [*found["parameters"], label(say, key)], strict=True))
    sides = [(0.0, say("parallel.least")), (1.0, say("parallel.most"))]
    ends = [
        say("parallel.ends", parameter=own.key, least=own.said(own.values.min()),
            most=own.said(own.values.max()))
        for own in settings
    ]  # fmt: skip
    figure = charts.curve(
        say, lines, charts.Axis(low=-END, high=places[-1] + END, ticks=ticks),
        charts.Axis(low=-0.02, high=1.02, ticks=sides),
        title=say("parallel.title", figure=label(say, key)), digits=2, height=380,
        note=say.format_field(ends, ";"),
    )  # fmt: skip
    upright = {"xaxis.tickangle": -90, "xaxis.automargin": "height", "height": 380}
    figure = replace(figure, narrow={**figure.narrow, **upright})
    return Section.of(say, "parallel", [say("parallel.about", figure=label(say, key)), figure])


def _share(values: np.ndarray) -> np.ndarray:
    """From 0 to 1 between the least and the greatest; the middle where all are the same."""
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.full(len(values), 0.5)


# ---- the front -------------------------------------------------------------------------------


def _front(say: Words, found: Mapping[str, Any], good: Sequence[Mapping[str, Any]]) -> Section:
    keys = found["front"]
    known = [own for own in good if all(isfinite(mean(own["of"][key])) for key in keys)]
    best = front([[mean(own["of"][key]) for key in keys] for own in known])
    beaten = [n for n in range(len(known)) if n not in best]
    first, *others = keys
    figures = []
    for other in others:
        dots = [
            charts.Dots(
                say(f"front.{name}"), [known[n]["of"][first] for n in own],
                [known[n]["of"][other] for n in own], color, size=size,
                hover=[f"{say('design')} {known[n]['design']}" for n in own],
            )
            for name, own, color, size in (
                ("off", beaten, charts.FAINT, 6.0), ("on", best, charts.RUST, 9.0),
            )
            if own
        ]  # fmt: skip
        title = say("front.title", one=label(say, first), other=label(say, other))
        axes = _axis(say, found, first), _axis(say, found, other)
        figures.append(charts.scatter(say, dots, *axes, title=title))
    rows = [_row(found, known[n], "of") for n in best]
    blocks: list[Block] = [say("front.about", figures=[label(say, key) for key in keys]), *figures]
    blocks.append(Table(_heads(say, found), rows, say("front.table"), folds=False))
    return Section.of(say, "front", blocks)
