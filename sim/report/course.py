"""Courses over the hours as bytes: a page holds hundreds of them."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

TOP = 255  # the greatest value of a station


def packed(values: np.ndarray) -> dict[str, Any]:
    """Values [series, station, hour], none below 0, as a byte each.

    `bytes` are those of [station][series][hour] in base64; `scale`, of each station, is what one
    stands for, so that no value is off by more than half of that: 1/510 of its greatest one.
    """
    series, _, hours = values.shape
    top = values.max(axis=(0, 2), initial=0.0)
    scale = np.array([float(f"{own:.4g}") for own in top / TOP])
    per = np.where(scale > 0.0, scale, 1.0)
    own = np.rint(values / per[:, None]).clip(0, TOP).astype(np.uint8)
    data = base64.b64encode(own.transpose(1, 0, 2).tobytes()).decode("ascii")
    return {"series": series, "hours": hours, "scale": scale.tolist(), "bytes": data}


def unpacked(course: Mapping[str, Any]) -> np.ndarray:
    """The values [series, station, hour] that it stands for."""
    scale = np.array(course["scale"])
    own = np.frombuffer(base64.b64decode(course["bytes"]), np.uint8)
    shaped = own.reshape(len(scale), course["series"], course["hours"]).transpose(1, 0, 2)
    found: np.ndarray = shaped * scale[:, None]
    return found
