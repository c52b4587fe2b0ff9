"""What a simulation would find at other values of its inputs, from those at which it was run.

Each output is a quadratic of all inputs, fitted by ridge regression.  How much it is held back, and
how much more its squares and products than its lines, is chosen output by output by the errors of
leaving each point out; these are exact for ridge regression, and tell how far the emulator and the
luck of one replication lie from each other.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

PENALTIES = tuple(10.0 ** (n / 2) for n in range(-4, 9))
SECOND = (1.0, 0.5, 0.3, 0.2, 0.1, 0.05)  # size of squares and products where lines have 1
INFORMED = 0.05  # an R2 below is that of an output that no input informs
LEAST = 0.1  # of an output whose logarithm is taken
AT_ONCE = 8192  # points whose terms are in memory together


@dataclass(frozen=True)
class Emulator:
    """Outputs by their names as functions of the inputs.

    Attributes
    ----------
    outputs : their names.
    left_out : what is said of each point by all others, [point, output].
    residuals : what was found there less that, [point, output].
    r2 : share of the variance that is explained where a point is left out, by output; below 0
        where the mean says more.
    """

    outputs: tuple[str, ...]
    left_out: np.ndarray
    residuals: np.ndarray
    r2: Mapping[str, float]
    _terms: Callable[[np.ndarray], np.ndarray]
    _weights: np.ndarray  # [term, output], the first of the constant
    _is_log: np.ndarray

    @classmethod
    def fit(
        cls, inputs: np.ndarray, found: np.ndarray, outputs: Sequence[str],
        logs: Collection[str] = (),
    ) -> "Emulator":  # fmt: skip
        """From the points of a design, `inputs` [point, input], and what was `found` there,
        [point, output].

        `logs` : outputs whose logarithm is emulated, such as waits, which grow without end; what
        is below `LEAST` counts as that.
        """
        from sklearn.linear_model import RidgeCV  # takes a second, and only calibration needs it

        terms, size = _terms(inputs)
        is_log = np.array([own in logs for own in outputs])
        fitted = np.where(is_log, np.log(np.maximum(found, LEAST)), found)
        middle, spread = fitted.mean(axis=0), _some(fitted.std(axis=0))
        scaled, x = (fitted - middle) / spread, terms(inputs)[:, 1:]
        left_out, weights = np.zeros(found.shape), np.zeros((1 + x.shape[1], found.shape[1]))
        least = np.full(found.shape[1], np.inf)
        for second in SECOND:
            sizes = np.where(size == 2, second, 1.0)
            ridge = RidgeCV(
                PENALTIES, alpha_per_target=True, store_cv_results=True,
                scoring="neg_mean_squared_error",  # else the errors are kept squared
            )  # fmt: skip
            ridge.fit(x * sizes, scaled)
            chosen = np.searchsorted(PENALTIES, np.broadcast_to(ridge.alpha_, found.shape[1]))
            every = np.reshape(ridge.cv_results_, (*found.shape, len(PENALTIES)))
            said = np.take_along_axis(every, chosen[None, :, None], axis=2)[:, :, 0]
            error = ((said - scaled) ** 2).sum(axis=0)
            better = error < least
            least[better], left_out[:, better] = error[better], said[:, better]
            own = np.vstack([ridge.intercept_, np.atleast_2d(ridge.coef_).T * sizes[:, None]])
            weights[:, better] = own[:, better]
        weights *= spread
        weights[0] += middle
        left_out = _back(middle + spread * left_out, is_log)
        varied = ((found - found.mean(axis=0)) ** 2).sum(axis=0)
        lost = ((found - left_out) ** 2).sum(axis=0)
        r2 = np.where(varied > 0.0, 1.0 - lost / _some(varied), 0.0)
        named = dict(zip(outputs, r2.tolist(), strict=True))
        return cls(tuple(outputs), left_out, found - left_out, named, terms, weights, is_log)

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """[point, output] at other points, [point, input]."""
        found = np.empty((len(inputs), len(self.outputs)))
        for k in range(0, len(inputs), AT_ONCE):
            found[k : k + AT_ONCE] = self._terms(inputs[k : k + AT_ONCE]) @ self._weights
        return _back(found, self._is_log)

    def is_informed(self, output: str) -> bool:
        """Whether any input says more of it than its mean."""
        return self.r2[output] > INFORMED

    def covariance(self, outputs: Sequence[str]) -> np.ndarray:
        """Of what it does not say of one replication, [output, output]: its own error and luck."""
        rows = self.residuals[:, [self.outputs.index(own) for own in outputs]]
        return np.asarray(rows.T @ rows / len(rows))


def _terms(inputs: np.ndarray) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
    """A constant, lines, squares and products of inputs, all but the first of mean 0 and spread 1
    among these points; and the order of each term but the first."""
    from sklearn.preprocessing import PolynomialFeatures

    middle, spread = inputs.mean(axis=0), _some(inputs.std(axis=0))
    power = PolynomialFeatures(2).fit((inputs - middle) / spread)
    own = power.transform((inputs - middle) / spread)
    shift, scale = own.mean(axis=0), _some(own.std(axis=0))
    shift[0], scale[0] = 0.0, 1.0

    def terms(x: np.ndarray) -> np.ndarray:
        return np.asarray((power.transform((x - middle) / spread) - shift) / scale)

    return terms, power.powers_.sum(axis=1)[1:]


def _back(fitted: np.ndarray, is_log: np.ndarray) -> np.ndarray:
    """From logarithms, where they are."""
    return np.where(is_log, np.exp(np.where(is_log, fitted, 0.0)), fitted)


def _some(spread: np.ndarray) -> np.ndarray:
    """To divide by: 1 where nothing differs."""
    return np.where(spread > 0.0, spread, 1.0)
