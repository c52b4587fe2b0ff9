"""What is charged is what was given, at the price of its hour."""

import numpy as np

from sim.audit.rows import TOLERANCE, off
from sim.clock import HOUR, ns
from sim.ledger import Ledger
from sim.tariff import WEEK


def fees(ledger: Ledger) -> list[str]:
    """Each fee lies between the least and the greatest price for its energy, and is that of the
    hour where power came in one hour only; nobody is charged where there is no tariff.  Those of a
    station add up to its power over time, at the prices of the hours, unless a bin is longer than
    one."""
    if not len(ledger.fees):
        return []
    v, prices = ledger.visits, ledger.model.arrays.prices
    tariff = np.append(ledger.model.arrays.stations["tariff"], -1)[v["station"]]
    kwh = np.where(ledger.swapped, 0.0, ledger.energy_kwh)
    least, most = (f(prices, axis=1)[tariff] * kwh for f in (np.min, np.max))
    slack = TOLERANCE * np.maximum(1.0, np.maximum(np.abs(least), np.abs(most)))
    beyond = (ledger.fees < least - slack) | (ledger.fees > most + slack)
    hour = [np.floor(np.nan_to_num(v[name])).astype(np.int64) for name in ("plug_h", "leave_h")]
    once = ~np.isnan(v["leave_h"]) & (hour[0] == hour[1])
    checks = {
        "somebody was charged where there is no tariff": (tariff < 0) & (ledger.fees != 0.0),
        "a fee is beyond all prices of its station": (tariff >= 0) & beyond,
        "a fee within an hour is not at its price": (tariff >= 0)
        & once
        & off(ledger.fees, prices[tariff, hour[0] % WEEK] * kwh),
    }
    return [what for what, bad in checks.items() if bad.any()] + _of_stations(ledger)


def _of_stations(ledger: Ledger) -> list[str]:
    bin_ns, (stations, bins) = ns(ledger.model.bin_h), ledger.bins.shape
    tariff = ledger.model.arrays.stations["tariff"]
    here = ledger.visits["station"] >= 0
    got = np.bincount(ledger.visits["station"][here], ledger.fees[here], minlength=stations)
    hour = np.arange(bins) * bin_ns // HOUR % WEEK
    due = (ledger.bins["energy_kwh"] * ledger.model.arrays.prices[tariff][:, hour]).sum(axis=1)
    wrong = (tariff >= 0) & off(got, due) & (HOUR % bin_ns == 0)
    return [
        f"fees at {ledger.model.station_names[s]}: {got[s]:.12g} CNY of visits, "
        f"{due[s]:.12g} CNY by the hour"
        for s in np.flatnonzero(wrong)
    ]
