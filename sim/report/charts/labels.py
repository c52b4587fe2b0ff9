"""Labels beside the points of a scatter chart, so that few of them overlap."""

from collections.abc import Sequence

from sim.report.charts.frame import text_px

PHONE_PX = 285.0, 265.0  # of the plot on a phone, without its margins; wider, there is more room
SIZE, LINE_PX, DOT_PX = 11.0, 14.0, 5.0

Box = tuple[float, float, float, float]


def around(
    x: Sequence[float], y: Sequence[float], texts: Sequence[str], most: tuple[float, float]
) -> list[str]:
    """Where each label stands, as Plotly calls it: the first free place around its point.

    `most`: the ends of the axes, which begin at about 0.
    """
    wide, high = PHONE_PX[0] / most[0], PHONE_PX[1] / most[1]
    taken: list[Box] = [
        (a * wide - DOT_PX, b * high - DOT_PX, a * wide + DOT_PX, b * high + DOT_PX)
        for a, b in zip(x, y, strict=True)
    ]
    chosen = []
    for a, b, text in zip(x, y, texts, strict=True):
        width, px, py = text_px(text, SIZE), a * wide, b * high
        places = {
            "middle right": (px + 7, py - 7), "top center": (px - width / 2, py + 6),
            "bottom center": (px - width / 2, py - 20), "top right": (px + 3, py + 6),
            "bottom right": (px + 3, py - 20), "middle left": (px - 7 - width, py - 7),
            "top left": (px - 3 - width, py + 6), "bottom left": (px - 3 - width, py - 20),
        }  # fmt: skip
        boxes = {name: (u, v, u + width, v + LINE_PX) for name, (u, v) in places.items()}
        best = min(boxes, key=lambda name: _overlap(boxes[name], taken))
        taken.append(boxes[best])
        chosen.append(best)
    return chosen


def _overlap(box: Box, taken: Sequence[Box]) -> float:
    """Area that a box shares with others, and what of it is outside."""
    shared = LINE_PX * (max(0.0, -box[0]) + max(0.0, box[2] - PHONE_PX[0]) + 50 * (box[1] < 0))
    for own in taken:
        width = min(box[2], own[2]) - max(box[0], own[0])
        height = min(box[3], own[3]) - max(box[1], own[1])
        shared += max(0.0, width) * max(0.0, height)
    return shared
