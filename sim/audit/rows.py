"""What the checks of an audit have in common: rows of visits, and how near is equal."""

import numpy as np

TOLERANCE = 1e-9


def off(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.abs(a - b) > TOLERANCE * np.maximum(
        1.0, np.maximum(np.abs(a), np.abs(b))
    )
    return found


def two_guns(rows: np.ndarray) -> np.ndarray:
    """Visits that had two EVSEs at a time, be it for a part of their stay."""
    return rows["evse_h"] > rows["occupied_h"] * (1.0 + TOLERANCE)
