"""P95 waits before and after along each corridor: a dumbbell per station, in road order."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.neighbors import UPGRADED
from experiments.forty_percent_rule.upgrade_words import amount, label
from sim.report.figures import corridors as roads
from sim.report.figures import label_margin
from sim.report.simple import Figure
from sim.report.words import NARROW, WIDE, full_name, inert, tick_name

Found = Mapping[str, Any]
Row = Mapping[str, Any] | str  # a station, or the road of those below it
ROW_PX = 14
LESS, MORE, UNSURE = COLORS = ("var(--blue)", "var(--rust)", "var(--faint)")
BEFORE = "var(--muted)"


def corridors(scenario: Ruled, found: Found) -> list[Figure]:
    """All roads, in two columns of about the same height, with the same axis."""
    stations: list[dict[str, Any]] = scenario.station_table().to_dict("records")  # type: ignore[assignment]
    blocks: list[list[Row]] = [
        [road, *(stations[s] for s in own)] for road, own in roads(stations).items()
    ]
    ends = [own["wait_min_p95"][when]["high"] for own in found["along"].values()
            for when in ("before", "after")]  # fmt: skip
    title = f"P95 wait before and after, {label(found['action'])}"
    return [
        _column(rows, stations, found, max([1.0, *ends]), title + (", continued" if n else ""))
        for n, rows in enumerate(_columns(blocks))
        if rows
    ]


def _columns(blocks: Sequence[Sequence[Row]]) -> list[list[Row]]:
    """The roads in two columns as even as can be; a road is not cut."""
    halves = [
        [[row for block in part for row in block] for part in (blocks[:cut], blocks[cut:])]
        for cut in range(1, len(blocks) + 1)
    ]
    return min(halves, key=lambda half: max(map(len, half)))


def color(change: Mapping[str, float]) -> str:
    """By whether the change is shown to be less or more."""
    return LESS if change["high"] < 0.0 else MORE if change["low"] > 0.0 else UNSURE


def _column(
    rows: Sequence[Row], everyone: Sequence[dict[str, Any]], found: Found, most: float, title: str
) -> Figure:
    at = [(y, row) for y, row in enumerate(rows) if not isinstance(row, str)]
    heads = [(y, row) for y, row in enumerate(rows) if isinstance(row, str)]
    wait = {y: found["along"][row["station"]]["wait_min_p95"] for y, row in at}
    hover = [_hover(row, found) for _, row in at]
    colors = [color(wait[y]["change"]) for y, _ in at]
    ys = [y for y, _ in at]
    x = {when: [wait[y][when]["mean"] for y in ys] for when in ("before", "after")}
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "hoverinfo": "skip",
            "line": {"color": own, "width": 2.5},
            "x": [v for y, c in zip(ys, colors, strict=True) if c == own
                  for v in (wait[y]["before"]["mean"], wait[y]["after"]["mean"], None)],
            "y": [v for y, c in zip(ys, colors, strict=True) if c == own for v in (y, y, None)],
        }
        for own in COLORS
    ]  # fmt: skip
    for when, marker in (
        ("before", {"color": "var(--paper)", "size": 6.5, "line": {"color": BEFORE, "width": 1.6}}),
        ("after", {"color": colors, "size": 7.5}),
    ):
        data.append(
            {
                "type": "scatter", "mode": "markers", "x": x[when], "y": ys, "marker": marker,
                "cliponaxis": False, "hovertext": hover, "hoverinfo": "text",
            }
        )  # fmt: skip
    wide, narrow = (_labels(rows, found, letters) for letters, _ in (WIDE, NARROW))
    margins = [label_margin([tick_name(s, letters) for s in everyone], 1.04 * size)
               for letters, size in (WIDE, NARROW)]  # fmt: skip
    return Figure(
        data,
        {
            "height": ROW_PX * len(rows) + 56,
            "margin": {"l": margins[0], "r": 12, "t": 4, "b": 44},
            "xaxis": {"range": [-0.02 * most, 1.04 * most], "nticks": 6, "ticksuffix": " min",
                      "title": {"text": "P95 wait"}},
            "yaxis": {"range": [len(rows) - 0.4, -0.6], "tickvals": list(range(len(rows))),
                      "ticktext": wide, "tickfont": {"size": WIDE[1]},
                      "gridcolor": "var(--faintest)"},
            "shapes": [{"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": y - 0.5,
                        "y1": y + 0.5, "line": {"width": 0}, "layer": "below",
                        "fillcolor": "var(--faintest)"} for y, _ in heads],
            "annotations": [{"xref": "paper", "x": 0, "xanchor": "left", "xshift": 6, "y": y,
                             "showarrow": False, "text": f"<b>{inert(road)}</b>",
                             "font": {"size": 11, "color": "var(--muted)"}}
                            for y, road in heads],
        },
        f"{title}: a row per station in road order; the numbers are in the last table", title,
        [(BEFORE, "before (hollow)"), (LESS, "after: shorter"), (MORE, "after: longer"),
         (UNSURE, "no change shown")],
        {"yaxis.ticktext": narrow, "yaxis.tickfont.size": NARROW[1], "margin.l": margins[1],
         "xaxis.nticks": 4},
    )  # fmt: skip


def _labels(rows: Sequence[Row], found: Found, letters: int) -> list[str]:
    upgraded = set(found["groups"][UPGRADED])
    return [
        "" if isinstance(row, str)
        else f"<b>{tick_name(dict(row), letters)}</b>" if row["station"] in upgraded
        else tick_name(dict(row), letters)
        for row in rows
    ]  # fmt: skip


def _hover(row: Mapping[str, Any], found: Found) -> str:
    own = found["along"][row["station"]]
    wait = own["wait_min_p95"]
    return (
        f"{inert(full_name(dict(row)))}<br>P95 wait {amount(wait['before'])} min, after "
        f"{amount(wait['after'])}<br>visits {amount(own['visits']['change'])}"
    )
