"""Exact rows of the oracles: schedules worked out by hand, and closed forms of the taper."""

from fractions import Fraction
from typing import Any

import numpy as np

from experiments.verify.oracles import HUGE_KWH, customers
from sim.engine import simulate
from sim.kernels.curve import staircase
from sim.ledger import Ledger
from sim.model import Cabinet, Evse, Model, Station, Vehicle

TOLERANCE = 1e-9


def table(oracles: dict[str, Any]) -> list[dict[str, Any]]:
    """A line per exact figure; its `se` is the error."""
    lines = []
    for name in ("worked_L1", "worked_L2", "worked_L3"):
        row = oracles[name]
        ledger = _charging(row)
        left = ledger.visits["leave_h"][np.argsort(ledger.visits["ev"])]
        for n, exact in enumerate(row["departures"]):
            lines.append(_line(f"{name}/0", f"departure {n + 1} [h]", _number(exact), left[n]))
        peak = ledger.bins["power_max_kw"].max()
        lines.append(_line(f"{name}/0", "peak [kW]", _number(row["peak"]), peak))
    row = oracles["worked_L4"]
    for n, (exact, wait) in enumerate(zip(row["waits"], _waiting(row), strict=True)):
        lines.append(_line("worked_L4/0", f"wait {n + 1} [h]", exact, wait))
    for n, row in enumerate(oracles["taper"]):
        lines.append(_line(f"taper/{n}", "charging time [h]", row["hours"], _taper(row)))
    return lines


def _line(oracle: str, figure: str, exact: float, simulated: float) -> dict[str, Any]:
    error = abs(float(simulated) - exact)
    return {
        "oracle": oracle, "figure": figure, "exact": exact, "simulated": float(simulated),
        "se": error, "z": None, "batches": 0, "verdict": "pass" if error < TOLERANCE else "FAIL",
    }  # fmt: skip


def _number(text: Any) -> float:
    return float(Fraction(str(text)))


def _charging(row: dict[str, Any]) -> Ledger:
    """EVs of their own greatest power share a cap equally, each at an EVSE of its own."""
    n = len(row["arrivals"])
    vehicles = tuple(
        Vehicle(f"v{i}", HUGE_KWH, ((1.0, float(kw)),)) for i, kw in enumerate(row["pmax"])
    )
    station = Station("s", (Cabinet((Evse(),) * n),), cap_kw=float(row["cap"]))
    evs = customers(
        np.array([_number(a) for a in row["arrivals"]]), np.array(row["kwh"], float),
        vehicle=np.arange(n),
    )  # fmt: skip
    return simulate(Model((station,), vehicles), evs)


def _waiting(row: dict[str, Any]) -> np.ndarray:
    """First come, first served at c EVSEs of 1 kW."""
    vehicle = Vehicle("v", HUGE_KWH, ((1.0, 1.0),))
    station = Station("s", (Cabinet((Evse(),) * int(row["c"])),))
    evs = customers(np.array(row["arrivals"], float), np.array(row["service"], float))
    return simulate(Model((station,), (vehicle,)), evs).visits["wait_h"]


def _taper(row: dict[str, Any]) -> float:
    """Constant power, then linear to 0 kW at 100 %.  The curve ends where the session does, so
    that the session covers whole steps, through which the staircase is exact."""
    end, knee = row["SOC1"], row["SOC taper"]
    soc = np.array([0.0, min(knee, end), end] if end > knee else [0.0, end])
    kw = row["kW"] * np.minimum(1.0, (1.0 - soc) / (1.0 - knee))
    battery = row["kWh"] * end
    vehicle = Vehicle("v", battery, staircase(soc / end, kw))
    evs = customers(np.zeros(1), np.array([battery]), entry_kwh=row["kWh"] * row["SOC0"])
    ledger = simulate(Model((Station("s", (Cabinet((Evse(),)),)),), (vehicle,)), evs)
    return float(ledger.visits["charge_h"][0])
