"""What every EVSE of a station does on one day, and the line before it: filled in by the page."""

from collections.abc import Mapping
from typing import Any

from sim.report.blocks import Figure, Key, Mark
from sim.report.charts.frame import BLUE, FAINT, INK, RUST, finished
from sim.report.language import Words

# In the order in which an EV goes through them; `held` is charging in hours in which limits hold
# back power at the station, `blocked` an overstay while others wait.
STATES = {"handshake": "var(--u5)", "charging": BLUE, "held": "var(--q3)", "overstay": FAINT,
          "blocked": "var(--q5)", "down": "var(--road)"}  # fmt: skip
DOWN = {"shape": "/", "fgcolor": INK, "bgcolor": "var(--road)", "size": 6, "solidity": 0.25}
LEAVES: dict[str, tuple[str, Mark, str]] = {
    "balked": ("x", "cross", INK), "reneged": ("triangle-down", "down", RUST),
    "rerouted": ("triangle-right", "right", "var(--u4)"),
}  # fmt: skip


def days(say: Words, *, title: str, alt: str) -> Figure:
    """Below a row for each EVSE, above how many wait and who leaves the line."""
    data: list[dict[str, Any]] = [
        {
            "type": "bar", "orientation": "h", "width": 0.74, "hoverinfo": "text", "x": [],
            "base": [], "y": [], "hovertext": [], "customdata": [], "name": say(f"days.{state}"),
            "marker": {"color": color, "line": {"width": 0},
                       **({"pattern": DOWN} if state == "down" else {})},
            "meta": {"state": state},
        }
        for state, color in STATES.items()
    ]  # fmt: skip
    data.append({
        "type": "scatter", "mode": "lines", "x": [], "y": [], "yaxis": "y2", "hoverinfo": "skip",
        "line": {"color": RUST, "width": 1.5, "shape": "hv"}, "fill": "tozeroy",
        "fillcolor": "var(--band)", "meta": {"state": "line"},
    })  # fmt: skip
    data += [
        {
            "type": "scatter", "mode": "markers", "x": [], "y": [], "yaxis": "y2",
            "hoverinfo": "text", "hovertext": [], "customdata": [], "cliponaxis": False,
            "marker": {"symbol": symbol, "size": 8, "color": color}, "meta": {"state": fate},
        }
        for fate, (symbol, _, color) in LEAVES.items()
    ]  # fmt: skip
    axis: Mapping[str, Any] = {"range": [0, 24], "dtick": 2, "zeroline": False,
                               "ticksuffix": say("units.clock.text", n="")}  # fmt: skip
    layout = {
        "height": 420, "barmode": "overlay", "margin": {"l": 44, "r": 14, "t": 10, "b": 28},
        "xaxis": axis, "yaxis": {"domain": [0, 0.74], "showgrid": False, "tickmode": "array"},
        "yaxis2": {"domain": [0.8, 1], "anchor": "x", "rangemode": "tozero", "nticks": 3},
    }  # fmt: skip
    keys = [*(Key(color, say(f"days.{state}"), "hatched" if state == "down" else "square")
              for state, color in STATES.items()),
            Key(RUST, say("days.line"), "line"),
            *(Key(color, say(f"days.name_{fate}"), mark)
              for fate, (_, mark, color) in LEAVES.items())]  # fmt: skip
    return finished(say, data, layout, title=title, alt=alt, key=keys,
                    narrow={"xaxis.dtick": 6})  # fmt: skip
