"""PeakCharge: a discrete-event simulator of public EV charging networks.

The public names load what they need when first used, so that `import sim` is cheap.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # `typing` takes longer than all of this
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

_HOME = {
    "ChargingEnvironment": "sim.engine",
    "simulate": "sim.engine",
    "Ledger": "sim.ledger",
    "Model": "sim.model",
    "Station": "sim.model",
    "Cabinet": "sim.model",
    "Evse": "sim.model",
    "Vehicle": "sim.model",
    "Route": "sim.model",
    "Stop": "sim.model",
    "Change": "sim.model",
    "make_evs": "sim.evs",
    "Scenario": "sim.roads.scenario",
    "load": "sim.roads.scenario",
    "Demand": "sim.roads.demand",
    "load_study": "sim.archive.frames",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
