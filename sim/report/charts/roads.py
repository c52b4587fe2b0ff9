"""Stations along their roads, each before and after a change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.report.blocks import Figure, Key
from sim.report.charts.forest import Marks, forest
from sim.report.charts.frame import BLUE, FAINT, MUTED, RUST, Axis
from sim.report.language import Words
from sim.stats.estimate import Estimate

SIGNS = {-1: BLUE, 1: RUST, 0: FAINT}  # colors of what is shown to be less, more, or neither


@dataclass(frozen=True)
class Stop:
    """A station on its road; `change` is from `before` to `after`, `stands_out` is printed bold."""

    road: str
    name: str
    before: Estimate
    after: Estimate
    change: Estimate
    stands_out: bool = False
    hover: str = ""


Road = tuple[str, Sequence[Stop]]


def along(
    say: Words, stops: Sequence[Stop], axis: Axis, *, before: str, after: str,
    signs: Mapping[int, str], title: str, alt: str = "", digits: int | None = 0,
) -> list[Figure]:  # fmt: skip
    """A row for each station in the order of its road, from before to after; all roads, in two
    columns of about the same height, with the same axis.

    `before`, `after` : what the marks are called; `signs` : what the colors of `SIGNS` mean.
    """
    key = [Key(MUTED, before, "ring"), *(Key(SIGNS[sign], text) for sign, text in signs.items())]
    ends = [own.high for stop in stops for own in (stop.before, stop.after)]
    most = max([1.0, *(end for end in ends if end is not None)])
    axis = Axis(axis.title, axis.unit, -0.02 * most, 1.04 * most)
    figures = []
    for n, roads in enumerate(columns([*_by_road(stops).items()])):
        rows: list[str | Stop] = []
        for road, of_road in roads:
            rows += [road, *of_road]
        own = [None if isinstance(row, str) else row for row in rows]
        hover = [stop.hover if stop else "" for stop in own]
        colors = [SIGNS[stop.change.sign] if stop else FAINT for stop in own]
        x, y = ([getattr(stop, when).mean if stop else None for stop in own]
                for when in ("before", "after"))  # fmt: skip
        figures.append(forest(
            say, [row if isinstance(row, str) else row.name for row in rows],
            [Marks(before, x, MUTED, "circle-open", hover), Marks(after, y, colors, hover=hover)],
            axis, joined=True, digits=digits, key=key, room=[stop.name for stop in stops],
            heads=[k for k, stop in enumerate(own) if not stop],
            bold=frozenset(k for k, stop in enumerate(own) if stop and stop.stands_out),
            title=say("charts.continued", title=title) if n else title, alt=alt,
        ))  # fmt: skip
    return figures


def _by_road(stops: Sequence[Stop]) -> dict[str, list[Stop]]:
    roads: dict[str, list[Stop]] = {}
    for stop in stops:
        roads.setdefault(stop.road, []).append(stop)
    return roads


def columns(roads: Sequence[Road]) -> list[Sequence[Road]]:
    """Roads with their stations in two columns as even as can be, or in one; a road is not cut."""
    halves = [[roads[:cut], roads[cut:]] for cut in range(1, len(roads) + 1)]

    def height(part: Sequence[Road]) -> int:
        return sum(1 + len(own) for _, own in part)

    return [part for part in min(halves, key=lambda half: max(map(height, half))) if part]
