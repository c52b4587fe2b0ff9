"""What the checks of an audit have in common: rows of visits, and how near is equal."""

import numpy as np

from sim.clock import NEVER
from sim.ledger import Ledger
from sim.lifecycle import Outcome

TOLERANCE = 1e-9


def off(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.abs(a - b) > TOLERANCE * np.maximum(
        1.0, np.maximum(np.abs(a), np.abs(b))
    )
    return found


def two_guns(rows: np.ndarray) -> np.ndarray:
    """Visits that had two EVSEs at a time, be it for a part of their stay."""
    return rows["evse_h"] > rows["occupied_h"] * (1.0 + TOLERANCE)


def books(ledger: Ledger) -> tuple[np.ndarray, np.ndarray]:
    """What each EV ever had (at its entry, from stations, as fuel), and what it holds [kWh]."""
    v, evs, ends = ledger.visits, ledger.evs, ledger.ends
    had = evs["entry_kwh"] + ends["fuel_kwh"]
    had += np.bincount(v["ev"], v["leave_kwh"] - v["arrival_kwh"] + v["fuel_kwh"], len(evs))
    held = ends["kwh"].copy()
    still = np.flatnonzero(v["outcome"] == Outcome.IN_SYSTEM_AT_END)
    held[v["ev"][still]] = v["leave_kwh"][still]
    return had, held


def patience_and_deadline(ledger: Ledger, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How long the EVs of these visits would wait, and until when they would be there [ns]."""
    evs, of = ledger.evs, ledger.visits["ev"][rows]
    patience, deadline = evs["patience_ns"][of], evs["deadline_ns"][of]
    stay = ledger.at_stay[rows]
    patience[stay] = NEVER
    if stay.any():
        deadline[stay] = ledger.diaries.stays["leave_ns"][ledger.of_stay[rows][stay]]
    return patience, deadline
