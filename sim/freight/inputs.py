"""What is not known of a corridor: its trucks, drivers, places and sites.

They are moved in what `Corridor.cfg` gives: the section, and `packs`, the knots of the charging
curves of its trucks.
"""

from collections.abc import Iterator
from math import inf
from typing import Any

from sim.stats.inputs import Cfg, Input

TRUCKS, DRIVERS, PLACES, SITES = "trucks", "drivers", "places", "sites"  # groups


class Servers(Input):
    """A factor on gates, cranes and docks, in whole ones; those of berths stay, and one beside
    them."""

    def set(self, cfg: Cfg, value: float) -> None:
        for name, place in cfg["places"].items():
            cranes = sum(own["cranes"] for own in cfg["berths"] if own["place"] == name)
            place["servers"] = max(cranes + 1, round(place["servers"] * value))


class Availability(Input):
    """That of an EVSE; repairs take as long as before.  Where none fails, it is and stays 1."""

    def value(self, cfg: Cfg) -> float:
        failures = cfg["failures"]
        if failures is None:
            return 1.0
        return float(failures["mtbf_h"] / (failures["mtbf_h"] + failures["mttr_h"]))

    def set(self, cfg: Cfg, value: float) -> None:
        if failures := cfg["failures"]:
            mttr_h = failures["mttr_h"]
            failures["mtbf_h"] = mttr_h * value / (1.0 - value) if value < 1.0 else inf


class OfSteps(Input):
    """A figure of the steps of all duties, wherever they stand: "drive.kmh"."""

    def set(self, cfg: Cfg, value: float) -> None:
        kind, key = self.places[0].split(".")
        for step in _steps(cfg["duties"]):
            own = step.get(kind)
            if own and not _swaps(cfg, own):
                own[key] = self._moved(own[key], value)


def _steps(duties: Any) -> Iterator[Cfg]:
    """Every mapping in it."""
    for own in duties.values() if isinstance(duties, dict) else duties:
        if isinstance(own, dict | list):
            yield from _steps(own)
    if isinstance(duties, dict):
        yield duties


def _swaps(cfg: Cfg, step: Cfg) -> bool:
    """Whether it charges where packs are swapped: these are as full as the site says."""
    site = cfg["sites"].get(step.get("at"))
    return bool(site and site["swap"])


INPUTS: dict[str, Input] = {
    "kwh_per_km": Input(TRUCKS, "x", (
        "trucks.*.kwh_per_km_loaded", "trucks.*.kwh_per_km_empty",
    )),
    "pack": Input(TRUCKS, "x", ("packs.*.*.battery_kwh",)),
    "truck_power": Input(TRUCKS, "x", ("packs.*.*.power_kw",)),
    "speed": OfSteps(DRIVERS, "x", ("drive.kmh",)),
    "stop_soc": Input(DRIVERS, "SOC", ("stop_soc",)),
    "target_soc": OfSteps(DRIVERS, "SOC", ("charge.soc",)),
    "handling": Input(PLACES, "x", ("places.*.service_min",)),
    "servers": Servers(PLACES, "x", ("places.*.servers",)),
    "power": Input(SITES, "x", (
        "evse_classes.*.kw", "evse_classes.*.amps", "cabinet_types.*.kw",
    )),
    "handshake": Input(SITES, "min", ("handshake_min",)),
    "availability": Availability(SITES, "-", ("failures.mtbf_h",)),
    "loading": Input(SITES, "-", ("loading_limit",)),
    "swap_time": Input(SITES, "x", ("sites.*.swap.swap_min",)),
}  # fmt: skip
