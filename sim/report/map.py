"""The corridor map: stations and roads on plain lon/lat axes, without tiles or coastlines."""

from collections.abc import Sequence
from math import cos, hypot, radians, sqrt

import numpy as np
import plotly.graph_objects as go

from sim.report.figures import payload, plain_axis, text_px, utilization_edges
from sim.report.words import full_name, inert, span_text, tick_name


class _Frame:
    """Lon/lat to pixels of a plot of known size, equal scale north and east."""

    def __init__(self, points: Sequence[dict], width: float, height: float) -> None:
        lon, lat = [p["lon"] for p in points], [p["lat"] for p in points]
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


def _side_positions(stations: Sequence[dict], frame: _Frame, gap: float) -> list[tuple]:
    """Where to draw each side: off the road, to the right of its own direction of travel."""
    roads: dict[str, dict[str, dict]] = {}
    for s in sorted(stations, key=lambda s: s["order"]):
        roads.setdefault(s["road"], {})[s["site"]] = s
    placed = []
    for s in stations:
        sites = list(roads[s["road"]].values())
        at = [p["site"] for p in sites].index(s["site"])
        a, b = sites[max(at - 1, 0)], sites[min(at + 1, len(sites) - 1)]
        (ax, ay), (bx, by) = frame.px(a["lon"], a["lat"]), frame.px(b["lon"], b["lat"])
        length = hypot(bx - ax, by - ay)
        east, south = ((bx - ax) / length, (by - ay) / length) if length else (1.0, 0.0)
        turn = {"out": gap, "in": -gap, "both": 0.0}[s["side"]]
        placed.append(frame.shift(s["lon"], s["lat"], -south * turn, east * turn))
    return placed


def _labels(points: Sequence[tuple], frame: _Frame, clear: float, taken: list) -> list[dict]:
    """Put each (lon, lat, text, size, color) where it covers nothing; leave it out if it cannot.

    Greedy in the order given: right, left, above, below, then the corners.
    """
    notes = []
    spots = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
    for lon, lat, text, size, color in points:
        x, y = frame.px(lon, lat)
        w, h = text_px(text, size), 1.15 * size
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
                        "text": text, "showarrow": False, "borderpad": 0,
                        "font": {"size": size, "color": color},
                    }
                )  # fmt: skip
                break
    return notes


def corridor_map(view: dict, wide: bool) -> dict:
    """Both sides of every site beside the roads: color = utilization class, area = EVSEs."""
    stations, nodes = view["stations"], view["network"]["nodes"]
    width, height, per_evse, gap, size = (
        (820.0, 720.0, 4.4, 6.0, 12.0) if wide else (350.0, 350.0, 2.7, 3.5, 10.5)
    )
    margin = {"l": 36, "r": 4, "t": 4, "b": 26}
    frame = _Frame([*stations, *nodes], width - 40, height - 30)
    edges = utilization_edges(view["threshold"])
    use = [s["utilization"]["time"]["holiday_mean"] for s in stations]
    level = np.searchsorted(edges, [u["mean"] for u in use], "left")
    spots = _side_positions(stations, frame, gap)
    at = {n["node"]: n for n in nodes}
    towns = [n for n in nodes if _node_name(n)]  # a junction has no name
    ends = [(at[a], at[b]) for a, b, _ in view["network"]["links"]]
    figure = go.Figure(
        [
            go.Scatter(
                x=[v for a, b in ends for v in (a["lon"], b["lon"], None)],
                y=[v for a, b in ends for v in (a["lat"], b["lat"], None)],
                mode="lines", line={"color": "var(--road)", "width": 3 if wide else 2},
                hoverinfo="skip",
            ),
            go.Scatter(
                x=[n["lon"] for n in towns], y=[n["lat"] for n in towns], mode="markers",
                marker={"color": "var(--faint)", "size": 5 if wide else 3, "symbol": "square"},
                hoverinfo="text", hovertext=[inert(_node_name(n)) for n in towns],
            ),
            go.Scatter(
                x=[lon for lon, _ in spots], y=[lat for _, lat in spots], mode="markers",
                marker={
                    "size": [per_evse * sqrt(s["evses"]) for s in stations], "opacity": 1,
                    "color": [f"var(--u{c})" for c in level],
                    "line": {"color": "var(--paper)", "width": 1},
                },
                hoverinfo="text",
                hovertext=[
                    f"<b>{inert(full_name(s))}</b><br>{inert(s['road'])}<br>{s['evses']} EVSEs, "
                    f"holiday mean {span_text(u, 100, ' %')}<br>{inert(s['position_note'])}"
                    for s, u in zip(stations, use, strict=True)
                ],
            ),
        ]
    )  # fmt: skip
    taken = []
    for (lon, lat), s in zip(spots, stations, strict=True):
        (x, y), r = frame.px(lon, lat), per_evse * sqrt(s["evses"]) / 2
        taken.append((x - r, y - r, x + r, y + r))
    busiest = sorted(range(len(stations)), key=lambda i: -use[i]["mean"])
    sites = {stations[i]["site"]: stations[i] for i in reversed(busiest)}
    names = [
        (s["lon"], s["lat"], tick_name({**s, "side": "both"}), size, "var(--ink)")
        for s in reversed(sites.values())
    ]
    notes = _labels(names, frame, gap + 7 if wide else gap + 5, taken)
    shown = {s["name_en"] for s in stations}  # a town of the same name needs no second label
    places = [
        (n["lon"], n["lat"], inert(_node_name(n)), size - 1, "var(--muted)")
        for n in towns
        if n["name_en"] not in shown
    ]
    notes += _labels(places, frame, 5, taken)
    degrees = {"gridcolor": "var(--faintest)", "nticks": 7 if wide else 5, "fixedrange": not wide}
    figure.update_layout(
        height=height, margin=margin, annotations=notes,
        xaxis=plain_axis(**degrees, range=frame.lon, ticksuffix="°E"),
        yaxis=plain_axis(
            **degrees, range=frame.lat, ticksuffix="°N", scaleanchor="x",
            scaleratio=1 / frame.shrink,
        ),
    )  # fmt: skip
    tools = ["zoomIn2d", "zoomOut2d", "pan2d", "resetScale2d", "toImage"]
    return payload(figure, tools=tools)


def _node_name(node: dict) -> str:
    return " ".join(p for p in (node["name_en"], node["name_zh"]) if p)
