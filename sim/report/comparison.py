"""Designs compared with the first of them: what may be claimed, and the blocks that show it.

An answer holds `Results.compared(keys)`, and the names of the designs in the same order:

    figures = answer["figures"]
    most("verdict", names, figures["wait_min_p95"], leading)  # findings
    effect(say, names, figures, "wait_min_p95", say("title"), say("caption"))  # blocks
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.report import charts
from sim.report.blocks import Block, Card, Cell, Column, Figure, Table
from sim.report.finding import Finding, found
from sim.report.language import Words
from sim.stats.estimate import Estimate

COLORS = (charts.RUST, charts.BLUE, charts.INK, "var(--u2)", "var(--u4)")
Compared = Mapping[str, Any]  # of one figure: `unit`, `digits`; by design `of` and `change`


def most(
    prefix: str, names: Sequence[Any], own: Compared, leading: Sequence[int], **values: Any
) -> list[Finding]:
    """What makes a figure less by most, if that is shown; else what may, or that nothing does.

    Messages `most` (name, by, n), `may` (names, n) and `none` (n) under the prefix, each with the
    `values`; nothing of a single design that helps.

    Parameters
    ----------
    names : of all designs, the base first.
    leading : numbers of those that are not told apart from the best, by `Results.best`.
    """
    n = len(names) - 1
    less = [k for k, by in enumerate(own["change"]) if by.sign < 0]
    if not less:
        return [found(f"{prefix}.none", n=n, **values)]
    if len(leading) == 1 and leading[0] in less:
        by = own["change"][leading[0]]
        first = found(f"{prefix}.most", name=names[leading[0]], by=by, n=n, **values)
        return [first] if n > 1 else []
    return [found(f"{prefix}.may", names=[names[k] for k in leading], n=n, **values)]


def each(prefix: str, names: Sequence[Any], own: Compared) -> list[Finding]:
    """Which designs make a figure less, or more, and of which that is not shown.

    Messages `less`, `more`, `unclear` (changes) under the prefix, and `one` (name, by) for each.
    """
    keys = {f"{prefix}.less": -1, f"{prefix}.more": 1, f"{prefix}.unclear": 0}
    rows = list(zip(names, own["change"], strict=True))[1:]
    of = {
        key: [found(f"{prefix}.one", name=name, by=by) for name, by in rows if by.sign == sign]
        for key, sign in keys.items()
    }
    return [found(key, changes=own) for key, own in of.items() if own]


# ---- blocks ----------------------------------------------------------------------------------


def head(say: Words, names: Sequence[Any], own: Compared, leading: Sequence[int]) -> str:
    """`most` on the first screen, under `first`; nothing where there is no figure to be less."""
    told = most("first", names, own, leading) if own["of"][0].mean is not None else []
    return say(told[0]) if told else ""


def cards(say: Words, figures: Mapping[str, Compared], keys: Sequence[str]) -> list[Card]:
    """Some figures of the base."""
    own = ((key, figures[key]) for key in keys)
    return [Card(say(f"metrics.{k}"), of["of"][0], of["unit"], of["digits"]) for k, of in own]


def effect(
    say: Words, names: Sequence[Any], figures: Mapping[str, Compared], key: str, title: str,
    caption: str,
) -> list[Block]:  # fmt: skip
    """By how much every design but the base moves one of the figures; and a table of all figures,
    those of the base and below it by how much the others move them."""
    return [_forest(say, names, figures[key], title), _table(say, names, figures, caption)]


def _table(
    say: Words, names: Sequence[Cell], figures: Mapping[str, Compared], caption: str
) -> Table:
    heads = [
        Column(say(f"metrics.{key}"), own["unit"], own["digits"]) for key, own in figures.items()
    ]
    rows = [
        [name, *(own["change" if n else "of"][n] for own in figures.values())]
        for n, name in enumerate(names)
    ]
    return Table([Column(say("comparison.design")), *heads], rows, caption)


def _forest(say: Words, names: Sequence[Any], own: Compared, title: str) -> Figure:
    marks = [charts.Marks("", own["change"][1:])]
    axis = charts.Axis(say("comparison.change"), own["unit"])
    said = [say(name) for name in names[1:]]
    return charts.forest(
        say, said, marks, axis, digits=own["digits"], title=title, is_change=True, row_px=28
    )


def by_hour(
    say: Words, names: Sequence[Any], courses: Sequence[Sequence[Estimate]], title: str,
    designs: Sequence[int],
) -> Figure:  # fmt: skip
    """Courses over the hours of a day [design][hour] of the base and of some other designs."""
    lines = [
        charts.Line(say(names[n]), list(range(25)), courses[n], COLORS[k % len(COLORS)],
                    dash="dash" if k >= len(COLORS) else "solid", steps=True)
        for k, n in enumerate([0, *designs])
    ]  # fmt: skip
    return charts.by_hour(say, lines, title=title)
