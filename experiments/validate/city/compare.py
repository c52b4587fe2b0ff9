"""Even days of a city, recorded and simulated by what its odd days say.

Each model finds the levels of its parts and of hours, and how uneven sites are, so that its own odd
days have as many sessions and are as uneven as those that were recorded: without choice more
drivers are lost at full sites, so more of them must come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, log1p
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from experiments.validate.city import neighbors
from experiments.validate.city.choice import Network
from experiments.validate.city.demand import KINDS, Demand, learn, unevenness, zones
from experiments.validate.city.neighbors import Rise
from experiments.validate.city.records import City, Spans
from experiments.validate.city.settings import CitySection
from sim.replay.law import DAY_H
from sim.stats import bands, jackknife
from sim.stats.bands import REPLICATIONS
from sim.stats.estimate import Estimate, Metric

ROUNDS, LEARNING = 6, 10  # in which levels are found, and replications of each
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


ANY = Metric("", least=-inf)
RISE = ANY._replace(key="rise", digits=2)
# Of each even day; what a change of it is measured in.
GAINS = {"inside": ANY._replace(key="inside", unit="%"), "crps": ANY._replace(key="crps")}


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
    recorded, by_hour = _odd(city, city.spans)
    for _ in range(ROUNDS):
        runs = []
        for run in range(LEARNING):
            visits = demand.draw(seed, run, f"learning {purpose}")
            runs.append(_odd(city, network.play(visits, seed, run, f"learning {purpose}")[0]))
        sites, hours = (np.array(own) for own in zip(*runs, strict=True))
        uneven_cv = demand.uneven_cv
        if way.uneven:
            simulated = np.mean([unevenness(own, city.evses, part) for own in sites])
            uneven_cv *= float(_more(unevenness(recorded, city.evses, part), simulated))
        of_part = [np.bincount(part, own) for own in (recorded, sites.mean(axis=0))]
        demand = demand.with_(
            np.minimum(demand.level * _more(of_part[0] + 0.5, of_part[1] + 0.5), MOST_LEVEL),
            np.minimum(demand.hours * _more(by_hour + 0.5, hours.mean(axis=0) + 0.5), MOST_LEVEL),
            uneven_cv,
        )  # fmt: skip
    return demand, network


def _more(wanted: ArrayLike, found: ArrayLike) -> np.ndarray:
    """What to multiply by: the root, since more drivers of an hour are more drivers of a part, too;
    half to twice."""
    return np.clip(np.sqrt(np.asarray(wanted) / np.maximum(found, 1e-9)), 0.5, 2.0)


def _odd(city: City, spans: Spans) -> tuple[np.ndarray, np.ndarray]:
    """Sessions that began on odd days, [site] and [kind, hour]."""
    began = city.began(spans).reshape(-1, city.days, DAY_H) * city.is_odd[:, None]
    by_hour = np.zeros((KINDS, DAY_H))
    np.add.at(by_hour, city.kind, began.sum(axis=0))
    return began.sum(axis=(1, 2)), by_hour


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
        "level": float((demand.level[:, None, None] * demand.hours * demand.count).sum()
                       / demand.count.sum()),
        "lost_share": lost / came,
        **scores(city, demand.zone, Seen.of(city, city.spans), runs),
    }  # fmt: skip


def answer(city: City, found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """All models, what choice changes on each day, also where sites are learned one by one, and
    what was recorded beside full sites."""
    even = np.flatnonzero(~city.is_odd)
    beside = neighbors.rise(city, city.spans, even)
    without = [np.delete(np.arange(len(even)), n) for n in range(len(even))]
    parts = np.array([_ratio(beside, own) for own in without])
    values = jackknife.pseudovalues(_ratio(beside, np.arange(len(even))), parts)
    per_day = {key: {model: own[f"{key}_of_day"] for model, own in found.items()} for key in GAINS}
    return {
        "sites": len(city.evses), "evses": int(city.evses.sum()), "sessions": len(city.spans.site),
        "days": city.days, "even_days": len(even), "first_day": city.first.date().isoformat(),
        "models": found,
        "gain": {
            key: {model: Estimate.change(own["nearest"], own[model], metric)
                  for model in own if model != "nearest"}
            for (key, metric), own in zip(GAINS.items(), per_day.values(), strict=True)
        },
        "gain_by_site": {
            key: Estimate.change(per_day[key]["site_nearest"], per_day[key]["site"], metric)
            for key, metric in GAINS.items() if "site" in found
        },
        "rise": Estimate.each(values.T, RISE),
        "taken": Estimate.of(_taken(found, values[:, 0]), RISE),
    }  # fmt: skip


def _ratio(beside: Rise, days: np.ndarray) -> np.ndarray:
    return Rise(beside.began[:, days], beside.expected[:, days]).ratio


def _taken(found: Mapping[str, Mapping[str, Any]], recorded: np.ndarray) -> np.ndarray:
    """How far the recorded rise at the nearest neighbors is on the way from that without choice, 0,
    to that with it, 1."""
    low, high = (found[model]["rise"][0]["simulated"] for model in ("nearest", "choice"))
    share: np.ndarray = (recorded - low) / (high - low)
    return share


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
        "by_hour": bands.cells(
            recorded.busy.sum(axis=0).mean(axis=0), busy.sum(axis=1).mean(axis=1)
        ),
        "sites": bands.ranks(*kinds["site"]),
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
