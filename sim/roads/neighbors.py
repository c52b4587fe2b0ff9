"""Who is whom along the roads, seen from the stations that are upgraded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from sim.model import Route
from sim.study.results import Results

UPGRADED, BETWEEN, UPSTREAM, DOWNSTREAM, ELSEWHERE = GROUPS = (
    "upgraded", "between", "upstream", "downstream", "elsewhere",
)  # fmt: skip
NEIGHBORS, NETWORK = "neighbors", "network"  # the middle three together; all of them
COLUMNS = {
    "wait_h": ("wait_h",), "visits": ("visits",), "lost": ("balked", "reneged"),
    "rerouted": ("rerouted",), "unserved_kwh": ("unserved_kwh",), "energy_kwh": ("energy_kwh",),
}  # fmt: skip


def groups(
    routes: Iterable[Route], stations: int, upgraded: Collection[int]
) -> dict[str, list[int]]:
    """Numbers of the stations of each group; every station is in one of them.

    Upstream: on some route the next station is an upgraded one; downstream: the last one was;
    between: both.
    """
    hops = {hop for route in routes for hop in pairwise(stop.station for stop in route.stops)}
    before = {a for a, b in hops if b in upgraded}
    after = {b for a, b in hops if a in upgraded}

    def group(s: int) -> str:
        if s in upgraded:
            return UPGRADED
        if s in before and s in after:
            return BETWEEN
        return UPSTREAM if s in before else DOWNSTREAM if s in after else ELSEWHERE

    own = [group(s) for s in range(stations)]
    return {name: [s for s in range(stations) if own[s] == name] for name in GROUPS}


def with_sums(members: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """The groups, and those that are made of several of them."""
    near = [s for name in (BETWEEN, UPSTREAM, DOWNSTREAM) for s in members[name]]
    return {
        **{name: list(own) for name, own in members.items()},
        NEIGHBORS: sorted(near),
        NETWORK: sorted(s for own in members.values() for s in own),
    }


def totals(
    results: Results, design: str, members: Mapping[str, Sequence[int]]
) -> dict[str, dict[str, np.ndarray]]:
    """Figures of each group [replication], by group and figure: sums over its stations, so that
    those of all groups add up to those of all stations."""
    whole = {
        name: np.sum([results.stations(column, design) for column in columns], axis=0)
        for name, columns in COLUMNS.items()
    }
    return {
        group: {name: values[own].sum(axis=0) for name, values in whole.items()}
        for group, own in members.items()
    }
