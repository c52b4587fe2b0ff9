"""From runs and observations to a posterior, and whether such a posterior can be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.calibrate.design import HEADLINES, HOLIDAY, WAIT, Runs
from experiments.calibrate.observed import Observed
from sim.config.problems import InputError
from sim.stats import jackknife
from sim.stats.emulator import Emulator
from sim.stats.posterior import Likelihood, Posterior, narrowed
from sim.stats.prior import Prior, sobol
from sim.stats.streams import stream

MOST_SAMPLED = 2**20
FOLDS = 8
TRUTHS = 200
NEGLIGIBLE = 1e-8  # of the greatest weight

Place = tuple[str, str]  # a calendar and a metric


@dataclass(frozen=True)
class Fitted:
    """The observations that inputs are fitted to, where the runs have them.

    Attributes
    ----------
    places : of the observations, then of the headlines; each an output of the emulator.
    rows : the observations.
    """

    priors: Mapping[str, Prior]
    rows: Sequence[Observed]
    places: Sequence[Place]
    level_sd: float
    seed: int

    @classmethod
    def to(
        cls, rows: Sequence[Observed], calendars: Mapping[str, str], priors: Mapping[str, Prior],
        level_sd: float, seed: int,
    ) -> "Fitted":  # fmt: skip
        """To those rows that are to be fitted; `calendars`: by name of the demand."""
        fitted = [row for row in rows if row.role == "fitted" and row.demand in calendars]
        places = [(calendars[row.demand], row.metric) for row in fitted]
        return cls(priors, fitted, places, level_sd, seed)

    @property
    def outputs(self) -> list[Place]:
        """All that is emulated."""
        return list(dict.fromkeys([*self.places, *((HOLIDAY, own) for own in HEADLINES)]))

    def emulator(self, runs: Runs, rows: np.ndarray | slice = slice(None)) -> Emulator:
        """From some points of the runs."""
        values = np.stack([runs.values(*place)[rows] for place in self.outputs], axis=1)
        names = [".".join(own) for own in self.outputs]
        logs = [".".join(own) for own in self.outputs if own[1] == WAIT]
        return Emulator.fit(runs.points[rows], values, names, logs)

    def likelihood(self, emulator: Emulator) -> Likelihood:
        names = [".".join(place) for place in self.places]
        unexplained = emulator.covariance(names)
        return Likelihood.of([row.observation for row in self.rows], unexplained, self.level_sd)

    @property
    def columns(self) -> list[int]:
        """Of the observations among the outputs."""
        return [self.outputs.index(place) for place in self.places]

    def posterior(self, emulator: Emulator, sample: int, kept: int) -> tuple[Posterior, np.ndarray]:
        """From `sample` points of the prior, and the numbers of `kept` equally likely ones.

        Where fewer are accepted, twice as many points are looked at, and so on.
        """
        likelihood = self.likelihood(emulator)
        while True:
            points = sobol(self.priors, sample, self.seed + 1)
            posterior = Posterior.of(points, likelihood.log(emulator(points)[:, self.columns]))
            rng = stream(self.seed, 0, "calibrate", "accepted")
            accepted = posterior.accepted(rng)
            if len(accepted) >= kept:
                return posterior, accepted[:kept]
            if sample >= MOST_SAMPLED:
                raise InputError(
                    f"of {sample:,} points of the inputs only {len(accepted):,} agree with the "
                    f"observations, and {kept:,} are asked for: widen the ranges of one or other"
                )
            sample *= 2

    def narrowed(self, runs: Runs, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """By what share the interval of each headline would be narrower if an input were known,
        [headline, input]; and its pseudovalues, [group, headline, input].

        A group is a part of the runs, without which the emulator is fitted again, and of the
        `points` of the prior, which are weighed again by that emulator.
        """
        emulator = self.emulator(runs)
        likely = self._weights(emulator, points)
        points = points[likely > NEGLIGIBLE * likely.max()]  # others take time, and say nothing
        rng = stream(self.seed, 0, "calibrate", "groups")
        of_run, of_point = (jackknife.groups(len(own), rng) for own in (runs.points, points))
        whole = self._narrowed(emulator, points)
        without = [
            self._narrowed(self.emulator(runs, of_run != k), points[of_point != k])
            for k in range(jackknife.GROUPS)
        ]
        return whole, jackknife.pseudovalues(whole, np.array(without))

    def _weights(self, emulator: Emulator, points: np.ndarray) -> np.ndarray:
        log = self.likelihood(emulator).log(emulator(points)[:, self.columns])
        return Posterior.of(points, log).weights

    def _narrowed(self, emulator: Emulator, points: np.ndarray) -> np.ndarray:
        found, weights = emulator(points), self._weights(emulator, points)
        headlines = [found[:, self.outputs.index((HOLIDAY, own))] for own in HEADLINES]
        return np.array(
            [[narrowed(values, known, weights) for known in points.T] for values in headlines]
        )

    def ranks(self, runs: Runs, sample: int) -> np.ndarray:
        """Of known truths in the posteriors that they lead to, [truth, input].

        Each from so many points of the prior, twice those of the posterior itself: some truths lie
        where few points do, and the ends of 95 % need some hundred of them.

        The truths are points of the design; what is observed of each is what was simulated there,
        with a draw of the level and of the error of each observation.  The emulator is of the
        points of other folds.
        """
        points = sobol(self.priors, sample, self.seed + 2)
        truths = min(TRUTHS, len(runs.points))
        rng = stream(self.seed, 0, "calibrate", "folds")
        fold = jackknife.groups(len(runs.points), rng, FOLDS)
        found = np.stack([runs.values(*place) for place in self.places], axis=1)
        ranks = np.zeros((truths, len(self.priors)))
        for k in range(FOLDS):
            emulator = self.emulator(runs, fold != k)
            predicted = emulator(points)[:, self.columns]
            likelihood, own = self.likelihood(emulator), self._measured()
            for truth in np.flatnonzero(fold[:truths] == k).tolist():
                rng = stream(self.seed, truth, "calibrate", "observed")
                seen = own.made(found[truth], rng)
                ranks[truth] = Posterior.of(points, likelihood.log(predicted, seen)).ranks(
                    runs.points[truth]
                )
        return ranks

    def _measured(self) -> Likelihood:
        """What may be observed of something that is known: without luck, which it has had."""
        none = np.zeros((len(self.rows), len(self.rows)))
        return Likelihood.of([row.observation for row in self.rows], none, self.level_sd)
