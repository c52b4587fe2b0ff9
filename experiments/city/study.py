"""The runs behind all questions of the city: worlds, which are regions drawn anew times life in
them, and drivers who have learnt what to expect."""

from functools import cached_property

import numpy as np

from experiments.city.settings import CitySection
from sim.metrics.schema import KpisSection
from sim.region import case as regions
from sim.region.case import Inhabited
from sim.region.retrofit import RetrofitRule
from sim.report import kpis
from sim.stats.estimate import Estimate, Metric
from sim.study.results import Results
from sim.study.study import Study


class CityStudy:
    """What the parts ask of it.

    base : the case, whatever the seed of its region.
    values : of a figure, [seed, replication].
    """

    def __init__(
        self, base: Inhabited, own: CitySection, rule: RetrofitRule, kpis: KpisSection, runs: Study
    ) -> None:
        self.base, self.own, self.rule, self.kpis, self.runs = base, own, rule, kpis, runs

    @cached_property
    def learning(self) -> Results:
        """What drivers come to expect in each region, in one replication of life."""
        cases = {seed: self.base.with_(**{"region.seed": seed}) for seed in self.own.seeds}
        return self.runs.run(cases, [0], "doing.expected", regions.learn, rounds=self.own.learning)

    @cached_property
    def cases(self) -> dict[int, Inhabited]:
        """By seed of the region, with drivers who expect that."""
        return {
            seed: self.base.with_(**{"region.seed": seed}).expecting(own[0].hours["waits"])
            for seed, own in self.learning.items()
        }

    @cached_property
    def results(self) -> Results:
        """As it stands, with key figures of its stations; designs are the seeds of the region."""
        session = self.kpis.standard_session
        return self.runs.run(
            self.cases, self.own.runs, "doing.as_it_stands", regions.overseen,
            session=(session.kwh, session.hour),
            platform=self.kpis.model_dump(include=set(kpis.PLATFORM)),
        )  # fmt: skip

    def values(self, metric: str) -> np.ndarray:
        """Of everything together, [seed, replication]."""
        return np.array([self.results.values(metric, seed) for seed in self.results])

    def estimate(self, metric: str) -> Estimate:
        return over_worlds(self.values(metric), self.base.metrics[metric])


def over_worlds(values: np.ndarray, metric: Metric) -> Estimate:
    """Where worlds lie [seed, replication]; those in which a figure does not exist are left out."""
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return Estimate(None, None, None)
    return Estimate.of(known, metric)


def agreed(values: np.ndarray) -> int:
    """1 or -1 where 95 % of the worlds and the mean of each seed [seed, replication] have that
    sign, else 0: the gate of every claim about the city."""
    if np.isnan(values).any():
        return 0
    signs = {int(np.sign(own.mean())) for own in values}
    own = Estimate.of(values.ravel(), Metric("", least=-np.inf)).sign
    return own if signs == {own} else 0


def by_hour(results: Results, name: str) -> list[Estimate]:
    """Mean MW at batteries at every hour of the day, over the worlds."""
    each = np.array([own.more["kw"][name] for seed in results for own in results[seed]]) / 1e3
    return Estimate.each(each.T, Metric(name))
