"""What happens at the neighbors of a site while all of its chargers are in use.

Expected there are as many sessions as begin in the whole city in that hour, times the neighbor's
share of all: what the day and the hour do is taken out, and what the neighborhood does is not.
More than that is a rise, in what was recorded and in what was simulated alike.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from experiments.validate.city.records import City, Spans
from sim.replay.law import DAY_H

EDGES_KM = (0.0, 0.5, 1.0, 2.0)  # of rings around a site


class Rise(NamedTuple):
    """Sessions that began at neighbors of full sites, and how many are expected, [ring, day]."""

    began: np.ndarray
    expected: np.ndarray

    @property
    def ratio(self) -> np.ndarray:
        """Of all days, [ring]."""
        found: np.ndarray = self.began.sum(axis=1) / np.maximum(self.expected.sum(axis=1), 1e-12)
        return found


def rise(city: City, spans: Spans, days: np.ndarray) -> Rise:
    """Of some days, numbered."""
    began, full = city.began(spans).reshape(-1, city.days, DAY_H), city.full(spans)
    full_h = city.busy(full).reshape(-1, city.days, DAY_H)
    of_city = began[:, days].sum(axis=0)
    level = began[:, days].sum(axis=(1, 2)) / max(1, of_city.sum())
    found_full = (full_h[:, days] * of_city).sum(axis=2)  # [site, day]
    apart = np.hypot(*(city.at_km[:, None] - city.at_km).T)
    np.fill_diagonal(apart, np.inf)
    observed, expected = [], []
    for low, high in pairwise(EDGES_KM):
        near = (apart > low) & (apart <= high) if low else apart <= high
        expected.append((near @ level) @ found_full)
        observed.append(_began_beside(near, spans, full, days))
    return Rise(np.array(observed, float), np.array(expected))


def _began_beside(near: np.ndarray, spans: Spans, full: Spans, days: np.ndarray) -> np.ndarray:
    """Sessions that began while a site nearby was full, once for each such site, [day]."""
    own = np.isin((spans.begin_h // DAY_H).astype(int), days)
    order = np.flatnonzero(own)[np.argsort(spans.site[own], kind="stable")]
    site, begin_h = spans.site[order], spans.begin_h[order]
    start = np.searchsorted(site, np.arange(len(near) + 1))
    beside, of = np.nonzero(near)
    many = np.diff(start)[of]
    asked = np.repeat(beside, many)
    first = np.repeat(start[of] - np.cumsum(many) + many, many)
    when = begin_h[first + np.arange(len(asked))]
    late = 1.0 + max(full.end_h.max(initial=0.0), begin_h.max(initial=0.0))
    last = np.searchsorted(full.site * late + full.begin_h, asked * late + when, "right") - 1
    known = last >= 0
    last = np.maximum(last, 0)
    if not len(full.site):
        return np.zeros(len(days))
    hit = known & (full.site[last] == asked) & (when < full.end_h[last])
    day = (when[hit] // DAY_H).astype(int)
    return np.array([(day == n).sum() for n in days], float)
