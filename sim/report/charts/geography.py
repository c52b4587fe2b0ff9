"""A map on plain lon/lat axes, without tiles or coastlines: roads, towns, stations beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians, sqrt
from typing import Any, NamedTuple

from sim.report.blocks import Figure, Key
from sim.report.charts.frame import FAINT, FAINTEST, INK, MUTED, finished, inert, text_px
from sim.report.language import Words

WIDTH_PX, HALF_PX = 900, 720
BETWEEN_PX = 5  # one label and the next
TURNS = {"out": 1.0, "in": -1.0, "both": 0.0}  # to the right of the direction of travel, or left


@dataclass(frozen=True)
class Spot:
    """A station: where it is, what its site is called, on which road, the how manieth site of it,
    for which direction (`out`, `in`, `both`); its area stands for `size`, such as EVSEs; what is
    inferred is a diamond and has no label, nor has one whose `label` is empty."""

    site: str
    label: str
    lon: float
    lat: float
    road: str
    order: int
    side: str
    size: float
    color: str
    hover: str
    rank: float = 0.0  # which labels come first where there is no room for all
    is_inferred: bool = False
    station: str = ""  # its key, where it can be picked


@dataclass(frozen=True)
class Place:
    """A town or a junction; one without a label is not drawn."""

    label: str
    lon: float
    lat: float


class _Style(NamedTuple):
    """Sizes [px] of a map; `area`: diameter of a station of size 1."""

    width: float
    height: float
    area: float
    gap: float
    font: float
    clear: float
    town: float
    road: float


WIDE = _Style(770.0, 690.0, 4.4, 6.0, 12.0, 13.0, 5.0, 3.0)
HALF = _Style(560.0, 530.0, 3.4, 4.5, 11.0, 10.0, 4.0, 2.5)
PHONE = _Style(350.0, 350.0, 2.7, 3.5, 10.5, 8.5, 3.0, 2.0)


def map_of(
    say: Words, spots: Sequence[Spot], places: Sequence[Place],
    links: Sequence[tuple[Place, Place]], *, title: str = "", alt: str = "",
    key: Sequence[Key] = (), colors: Mapping[str, Sequence[str]] | None = None,
    sizes: Mapping[str, Sequence[float]] | None = None, half: bool = False,
) -> Figure:  # fmt: skip
    """Stations beside the roads, each to the right of its own direction of travel.

    links : ends of the stretches of road.
    half : it stands beside something else.
    colors, sizes : by an option of a `Choice` around it, those of the stations while it is chosen;
        of sizes, the greatest is drawn as the greatest of the stations is.
    """
    style = HALF if half else WIDE
    wide, phone = (_drawn(spots, places, links, own) for own in (style, PHONE))
    chosen: dict[str, dict[str, Any]] = {
        option: {"data.2.marker.color": list(own)} for option, own in (colors or {}).items()
    }
    for option, own in (sizes or {}).items():
        most = max(own, default=0.0) or 1.0
        each = [[max(4.0, max(drawn.sizes) * sqrt(size / most)) for size in own]
                for drawn in (wide, phone)]  # fmt: skip
        chosen[option] = {"data.2.marker.size": each[0],
                          "narrow": {"data.2.marker.size": each[1]}}  # fmt: skip
    towns = [place for place in places if place.label]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "hoverinfo": "skip",
            "x": [v for a, b in links for v in (a.lon, b.lon, None)],
            "y": [v for a, b in links for v in (a.lat, b.lat, None)],
            "line": {"color": "var(--road)", "width": style.road},
        },
        {
            "type": "scatter", "mode": "markers", "hoverinfo": "text",
            "x": [place.lon for place in towns], "y": [place.lat for place in towns],
            "marker": {"color": FAINT, "size": style.town, "symbol": "square"},
            "hovertext": [inert(place.label) for place in towns],
        },
        {
            "type": "scatter", "mode": "markers", "hoverinfo": "text", "x": wide.x, "y": wide.y,
            "marker": {"size": wide.sizes, "opacity": 1, "color": [s.color for s in spots],
                       "symbol": ["diamond" if s.is_inferred else "circle" for s in spots],
                       "line": {"color": MUTED, "width": 1}},
            "hovertext": [(f"<b>{inert(s.label)}</b><br>" if s.label else "")
                          + inert(s.hover).replace("\n", "<br>") for s in spots],
            **({"meta": {"stations": [s.station for s in spots]}}
               if any(s.station for s in spots) else {}),
        },
    ]  # fmt: skip
    degrees = {"gridcolor": FAINTEST, "nticks": 7, "fixedrange": False}
    layout = {
        "height": style.height, "margin": {"l": 52, "r": 4, "t": 4, "b": 26},
        "annotations": wide.notes,
        "xaxis": {**degrees, "range": wide.frame.lon, "ticksuffix": say("charts.east")},
        "yaxis": {**degrees, "range": wide.frame.lat, "ticksuffix": say("charts.north"),
                  "scaleanchor": "x", "scaleratio": 1 / wide.frame.shrink},
    }  # fmt: skip
    narrow = {
        "height": PHONE.height, "annotations": phone.notes, "xaxis.range": phone.frame.lon,
        "yaxis.range": phone.frame.lat, "xaxis.nticks": 5, "yaxis.nticks": 5,
        "xaxis.fixedrange": True, "yaxis.fixedrange": True, "data.0.line.width": PHONE.road,
        "data.1.marker.size": PHONE.town, "data.2.marker.size": phone.sizes,
        "data.2.x": phone.x, "data.2.y": phone.y,
    }  # fmt: skip
    tools = ("zoomIn2d", "zoomOut2d", "pan2d", "resetScale2d", "toImage")
    return finished(say, data, layout, title=title, alt=alt, key=key, narrow=narrow, tools=tools,
                    width=HALF_PX if half else WIDTH_PX, chosen=chosen)  # fmt: skip


# --- one size of it ------------------------------------------------------------------------


class _Frame:
    """Lon/lat to pixels of a plot of known size, equal scale north and east."""

    def __init__(self, points: Sequence[Spot | Place], width: float, height: float) -> None:
        lon, lat = [p.lon for p in points], [p.lat for p in points]
        self.width, self.height = width, height
        self.shrink = cos(radians((min(lat) + max(lat)) / 2))
        wide, high = max(max(lon) - min(lon), 0.1), max(max(lat) - min(lat), 0.1)
        self.scale = 0.9 * min(width / (wide * self.shrink), height / high)  # px per degree north
        half_lon, half_lat = width / self.scale / self.shrink / 2, height / self.scale / 2
        mid_lon, mid_lat = (min(lon) + max(lon)) / 2, (min(lat) + max(lat)) / 2
        self.lon = [mid_lon - half_lon, mid_lon + half_lon]
        self.lat = [mid_lat - half_lat, mid_lat + half_lat]

    def px(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.lon[0]) * self.shrink * self.scale, (self.lat[1] - lat) * self.scale

    def shift(self, lon: float, lat: float, right: float, down: float) -> tuple[float, float]:
        return lon + right / self.scale / self.shrink, lat - down / self.scale


class _Drawn(NamedTuple):
    frame: _Frame
    x: list[float]
    y: list[float]
    sizes: list[float]
    notes: list[dict[str, Any]]


Box = tuple[float, float, float, float]


def _drawn(
    spots: Sequence[Spot], places: Sequence[Place], links: Sequence[tuple[Place, Place]],
    style: _Style,
) -> _Drawn:  # fmt: skip
    ends = [end for link in links for end in link]
    frame = _Frame([*spots, *places, *ends], style.width - 56, style.height - 30)
    at = _beside_the_road(spots, frame, style.gap)
    sizes = [style.area * sqrt(s.size) for s in spots]
    taken: list[Box] = []
    for (lon, lat), size in zip(at, sizes, strict=True):
        x, y = frame.px(lon, lat)
        taken.append((x - size / 2, y - size / 2, x + size / 2, y + size / 2))
    first: dict[str, Spot] = {}
    for spot in sorted((s for s in spots if not s.is_inferred), key=lambda s: -s.rank):
        first.setdefault(spot.site, spot)
    labels = [(s.lon, s.lat, s.label, style.font, INK) for s in first.values() if s.label]
    notes = _labels(labels, frame, style.clear, taken)
    shown = {s.label for s in first.values()}  # a town of the same name needs no second label
    towns = [(p.lon, p.lat, p.label, style.font - 1, MUTED) for p in places
             if p.label and p.label not in shown]  # fmt: skip
    notes += _labels(towns, frame, 5, taken)
    return _Drawn(frame, [lon for lon, _ in at], [lat for _, lat in at], sizes, notes)


def _beside_the_road(spots: Sequence[Spot], frame: _Frame, gap: float) -> list[tuple[float, float]]:
    """Where to draw each side: off the road, to the right of its own direction of travel."""
    roads: dict[str, dict[str, Spot]] = {}
    for s in sorted(spots, key=lambda s: s.order):
        roads.setdefault(s.road, {})[s.site] = s
    placed = []
    for s in spots:
        sites = list(roads[s.road].values())
        at = [p.site for p in sites].index(s.site)
        a, b = sites[max(at - 1, 0)], sites[min(at + 1, len(sites) - 1)]
        (ax, ay), (bx, by) = frame.px(a.lon, a.lat), frame.px(b.lon, b.lat)
        length = hypot(bx - ax, by - ay)
        east, south = ((bx - ax) / length, (by - ay) / length) if length else (1.0, 0.0)
        turn = gap * TURNS[s.side]
        placed.append(frame.shift(s.lon, s.lat, -south * turn, east * turn))
    return placed


def _labels(
    points: Sequence[tuple[float, float, str, float, str]], frame: _Frame, clear: float,
    taken: list[Box],
) -> list[dict[str, Any]]:  # fmt: skip
    """Put each (lon, lat, text, size, color) where it covers nothing; leave it out if it cannot.

    Greedy in the order given: right, left, above, below, then the corners.
    """
    notes = []
    spots = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
    for lon, lat, text, size, color in points:
        x, y = frame.px(lon, lat)
        w, h = text_px(text, size) + BETWEEN_PX, 1.15 * size
        for dx, dy in spots:
            reach = clear if dx == 0 or dy == 0 else 0.75 * clear
            left = x + dx * reach - (w if dx < 0 else w / 2 if dx == 0 else 0)
            top = y + dy * reach - (h if dy < 0 else h / 2 if dy == 0 else 0)
            box = (left, top, left + w, top + h)
            inside = left >= 0 and top >= 0 and box[2] <= frame.width and box[3] <= frame.height
            if inside and not any(
                box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in taken
            ):
                taken.append(box)
                note_lon, note_lat = frame.shift(lon, lat, left - x, top - y)
                notes.append(
                    {
                        "x": note_lon, "y": note_lat, "xanchor": "left", "yanchor": "top",
                        "text": inert(text), "showarrow": False, "borderpad": 0,
                        "font": {"size": size, "color": color},
                    }
                )  # fmt: skip
                break
    return notes
