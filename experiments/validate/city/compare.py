"""Even days of a city, recorded and simulated by what its odd days say.

Each model finds the level of its parts so that its own odd days have as many sessions as were
recorded: without choice more drivers are lost at full sites, so more of them must come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p
from typing import Any, NamedTuple

import numpy as np

from experiments.validate.city import neighbors
from experiments.validate.city.choice import Network
from experiments.validate.city.demand import Demand, learn, unevenness, zones
from experiments.validate.city.neighbors import Rise
from experiments.validate.city.records import City, Spans
from experiments.validate.city.settings import CitySection
from sim.replay.law import DAY_H
from sim.stats import bands, jackknife
from sim.stats.bands import REPLICATIONS

ROUNDS, LEARNING = 4, 10  # in which levels are found, and replications of each
MOST_LEVEL = 5.0  # beyond it a part is full whatever comes


class Way(NamedTuple):
    """How a model learns, and where its drivers go."""

    choice: bool
    uneven: bool  # sites of a zone differ, by as much as on odd days; who is who is not learned
    by_site: bool = False


# The one that is judged; the same without choice; and bounds: all sites of a zone alike, and sites
# learned one by one, with and without choice.
MODELS = {
    "choice": Way(True, True),
    "nearest": Way(False, True),
    "even": Way(True, False),
    "site": Way(True, False, True),
    "site_nearest": Way(False, False, True),
}


@dataclass(frozen=True)
class Seen:
    """The even days of a city.

    Attributes
    ----------
    busy : mean number of chargers in use, [site, even day, hour].
    began : sessions, [site, even day].
    """

    busy: np.ndarray
    began: np.ndarray
    rise: Rise

    @classmethod
    def of(cls, city: City, spans: Spans) -> "Seen":
        even = np.flatnonzero(~city.is_odd)
        busy = city.busy(spans).reshape(-1, city.days, DAY_H)[:, even].astype(np.float32)
        began = city.began(spans).reshape(-1, city.days, DAY_H)[:, even].sum(axis=2)
        return cls(busy, began, neighbors.rise(city, spans, even))


def log_sd(count: np.ndarray, evses: np.ndarray) -> float:
    """How far sessions per charger are spread between sites, after the noise of Poisson counts."""
    load = count / evses
    excess = load.var(ddof=1) - (count / evses**2).mean()
    return float(np.sqrt(log1p(max(0.0, excess) / load.mean() ** 2)))


def learned(
    city: City, settings: CitySection, way: Way, seed: int, purpose: str
) -> tuple[Demand, Network]:
    """The demand of odd days by the rule of the model itself."""
    zone = zones(city.at_km, settings.zone_km)
    part = np.arange(len(zone)) if way.by_site else zone
    demand = learn(city, zone, part, way.uneven)
    network = Network(city, settings, way.choice, float(demand.stays_h.max()))
    recorded = np.bincount(part, _odd(city, city.spans))
    for _ in range(ROUNDS):
        sites = np.mean([
            _odd(city, network.play(
                demand.draw(seed, run, f"learning {purpose}"), seed, run, f"learning {purpose}"
            )[0]) for run in range(LEARNING)
        ], axis=0)  # fmt: skip
        more = (recorded + 0.5) / (np.bincount(part, sites) + 0.5)
        demand = demand.at_level(np.minimum(demand.level * more, MOST_LEVEL))
    return demand, network


def _odd(city: City, spans: Spans) -> np.ndarray:
    """Sessions that began on odd days, [site]."""
    found: np.ndarray = city.began(spans)[:, np.repeat(city.is_odd, DAY_H)].sum(axis=1)
    return found


def compare(city: City, settings: CitySection, seed: int, model: str) -> dict[str, Any]:
    """One model against the even days: plain numbers."""
    way = MODELS[model]
    purpose = "by site" if way.by_site else "by zone"
    demand, network = learned(city, settings, way, seed, purpose)
    runs, came, lost = [], 0, 0
    for replication in range(REPLICATIONS):
        visits = demand.draw(seed, replication, purpose)
        spans, without = network.play(visits, seed, replication, purpose)
        came, lost = came + len(visits.site), lost + without
        runs.append(Seen.of(city, spans))
    return {
        "parts": len(demand.level), "alike": demand.alike, "uneven_cv": demand.uneven_cv,
        "city_cv": demand.days.period_cv, "part_cv": demand.days.day_cv,
        "level": float((demand.level * demand.count.sum(axis=(1, 2))).sum() / demand.count.sum()),
        "lost_share": lost / came,
        **scores(city, demand.zone, Seen.of(city, city.spans), runs),
    }  # fmt: skip


def scores(city: City, zone: np.ndarray, recorded: Seen, runs: Sequence[Seen]) -> dict[str, Any]:
    """The recorded even days among the simulated ones."""
    busy = np.stack([run.busy for run in runs])
    began = np.array([run.began for run in runs])
    weekdays = (city.kind == 0)[~city.is_odd]
    evses = city.evses.astype(float)
    kinds = {
        "hour": (recorded.busy, busy),
        "hour_of_day": (recorded.busy.mean(axis=1), busy.mean(axis=2)),
        "site": (recorded.busy.mean(axis=(1, 2)), busy.mean(axis=(2, 3))),
        "began": (recorded.began.sum(axis=1), began.sum(axis=2)),
        "city": (recorded.busy.sum(axis=0), busy.sum(axis=1)),
    }
    low, high = bands.ends(busy)
    inside = (recorded.busy >= low) & (recorded.busy <= high)
    of_day = np.array([run.began.sum(axis=0) for run in runs])[:, weekdays]
    own = recorded.began.sum(axis=0)[weekdays]
    ratios = of_day.var(axis=1, ddof=1) / of_day.mean(axis=1)
    return {
        "coverage": {kind: bands.coverage(*values) for kind, values in kinds.items()},
        "crps": {kind: float(bands.crps(*kinds[kind]).mean()) for kind in ("hour", "site")},
        "inside_of_day": inside.mean(axis=(0, 2)).tolist(),
        "crps_of_day": bands.crps(recorded.busy, busy).mean(axis=(0, 2)).tolist(),
        "says_nothing": float(((low <= 0.0) & (high >= evses[:, None, None])).mean()),
        "mean_busy": bands.level(recorded.busy.mean(), busy.mean(axis=(1, 2, 3))),
        "log_sd": bands.level(
            log_sd(recorded.began.sum(axis=1), evses),
            np.array([log_sd(own.sum(axis=1), evses) for own in began]),
        ),
        "within_cv": bands.level(
            unevenness(recorded.began.sum(axis=1), evses, zone),
            np.array([unevenness(own.sum(axis=1), evses, zone) for own in began]),
        ),
        "day_ratio": bands.level(own.var(ddof=1) / own.mean(), ratios),
        "rise": [
            bands.level(found, np.array([run.rise.ratio[ring] for run in runs]))
            for ring, found in enumerate(recorded.rise.ratio)
        ],
    }  # fmt: skip
