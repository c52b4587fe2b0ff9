"""Key figures of stations (`sim.metrics.kpis`) beside all else that a replication found."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from sim.ledger import Ledger
from sim.metrics.kpis import figures, sums, together
from sim.study.case import Replication

OF_STATIONS = (
    "kwh_per_evse_day", "sessions_per_evse_day", "load_factor", "availability", "availability_met",
    "first_try_share", "prompt_share", "served_share", "price_per_kwh", "session_cny",
    "cheap_share",
)  # fmt: skip
TRUTH = {"shown_utilization": "time_utilization", "shown_availability": "availability"}


def added(
    found: Replication, ledger: Ledger, hours: np.ndarray,
    shown: Mapping[str, np.ndarray] | None = None, numbers: np.ndarray | None = None,
    session: tuple[float, int] | None = None,
) -> Replication:  # fmt: skip
    """With columns in the table of stations, and those of all together in `more`: `kpis`, and where
    a platform looks, what it `shown` beside the truth, by what it shows: `platform`, and the share
    of its messages that came: `online_rate`.

    Parameters
    ----------
    hours : the clock hours that count [hour].
    shown : by figure, of every station of the model [station].
    numbers : of the stations in the table of stations, which are all of the model if None.
    session : kWh and clock hour of the standard session, where stations have tariffs.
    """
    own = sums(ledger, hours, session, numbers)
    each = figures(own, len(hours))
    columns = {key: each[key] for key in OF_STATIONS if key in each}
    more: dict[str, Any] = {"kpis": together(ledger, hours, own)}
    if shown:
        seen = {key: x[own.index] for key, x in shown.items()}
        columns |= seen
        mean = {key: _mean(x, own["evses"].to_numpy()) for key, x in seen.items()}
        more["platform"] = {
            key: {"truth": more["kpis"][true], "shown": mean[key]} for key, true in TRUTH.items()
        }
        more["online_rate"] = mean["online_rate"]
    stations = found.stations.assign(**columns)
    return replace(found, stations=stations, more={**found.more, **more})


def _mean(share: np.ndarray, evses: np.ndarray) -> float | None:
    """Of all EVSEs together; None where nothing was shown."""
    known = ~np.isnan(share)
    return float(np.average(share[known], weights=evses[known])) if known.any() else None
