"""What a simulation would find at other values of its inputs, from those at which it was run.

Each output is a quadratic of all inputs, fitted by ridge regression whose penalty is chosen, output
by output, by the errors of leaving each point out; these are exact for ridge regression and tell
how far the emulator and the luck of one replication lie from each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

PENALTIES = tuple(10.0 ** (n / 2) for n in range(-4, 9))
INFORMED = 0.05  # an R2 below is that of an output that no input informs
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
    _fitted: Any

    @classmethod
    def fit(cls, inputs: np.ndarray, found: np.ndarray, outputs: Sequence[str]) -> "Emulator":
        """From the points of a design, `inputs` [point, input], and what was `found` there,
        [point, output]."""
        from sklearn.linear_model import RidgeCV  # takes a second, and only calibration needs it
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import PolynomialFeatures, StandardScaler

        middle, spread = found.mean(axis=0), found.std(axis=0)
        spread[spread == 0.0] = 1.0
        scaled = (found - middle) / spread
        ridge = RidgeCV(
            PENALTIES, alpha_per_target=True, store_cv_results=True,
            scoring="neg_mean_squared_error",  # else the errors are kept squared
        )  # fmt: skip
        terms = PolynomialFeatures(2, include_bias=False)
        pipe = make_pipeline(StandardScaler(), terms, StandardScaler(), ridge)
        pipe.fit(inputs, scaled)
        chosen = np.searchsorted(PENALTIES, np.broadcast_to(ridge.alpha_, len(outputs)))
        every = np.reshape(ridge.cv_results_, (len(found), len(outputs), len(PENALTIES)))
        left_out = np.take_along_axis(every, chosen[None, :, None], axis=2)[:, :, 0]
        left_out = middle + spread * left_out
        residuals = found - left_out
        varied = ((found - middle) ** 2).sum(axis=0)
        r2 = 1.0 - (residuals**2).sum(axis=0) / np.where(varied > 0.0, varied, np.inf)
        r2[varied == 0.0] = 0.0

        def fitted(x: np.ndarray) -> np.ndarray:
            return np.asarray(middle + spread * np.reshape(pipe.predict(x), (len(x), len(middle))))

        return cls(
            tuple(outputs), left_out, residuals,
            dict(zip(outputs, r2.tolist(), strict=True)), fitted,
        )  # fmt: skip

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """[point, output] at other points, [point, input]."""
        parts = [self._fitted(inputs[k : k + AT_ONCE]) for k in range(0, len(inputs), AT_ONCE)]
        return np.concatenate([*parts, np.zeros((0, len(self.outputs)))])

    def is_informed(self, output: str) -> bool:
        """Whether any input says more of it than its mean."""
        return self.r2[output] > INFORMED

    def covariance(self, outputs: Sequence[str]) -> np.ndarray:
        """Of what it does not say of one replication, [output, output]: its own error and luck."""
        rows = self.residuals[:, [self.outputs.index(own) for own in outputs]]
        return np.asarray(rows.T @ rows / len(rows))
