"""Siting: where new stations serve most of a demand that is not served.

A demand of a block in an hour is served by stations near it, and a station serves no more in an
hour than it can.  What some stations serve together is a maximum flow, exactly; another one adds
the less, the more there are (the value of a flow is submodular in its sources), so the place that
adds most, again and again, ends at no less than 1 - 1/e of the best there is (Nemhauser, Wolsey
and Fisher, Mathematical Programming 14, 1978).
"""

from dataclasses import replace
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from sim.config.problems import InputError
from sim.region import travel
from sim.region.cover import Near
from sim.region.equipment import Equipment
from sim.region.region import Region
from sim.region.stations import STATION, Stations
from sim.region.tables import written
from sim.stations.schema import counts


class Placed(NamedTuple):
    """A station, and what is served more with it than with those placed before."""

    place: int
    gain: int


def greedy(
    demand: np.ndarray, near: Near, capacity: int, stations: int, places: int, most: int = 1
) -> list[Placed]:
    """Stations one by one, each where it adds most; of equals the first place.  It ends early where
    nothing is left that another one would serve.

    Parameters
    ----------
    demand : whole numbers, int64 [block, hour].
    near : which of the places a block can be served from.
    capacity : what a station can serve in an hour.
    most : stations at one place.

    Raises InputError where there are not so many places.
    """
    if stations > places * most:
        raise InputError(
            f"{stations:,} stations are to be built, but there are only {places * most:,} places"
        )
    alone = np.zeros((places, demand.shape[1]), np.int64)
    np.add.at(alone, near.place, demand[near.block])
    # What a place adds at most, as known so far; it was found with so many stations built.
    queue = [(-int(gain), place, 0)
             for place, gain in enumerate(np.minimum(alone, capacity).sum(axis=1))]  # fmt: skip
    heapify(queue)
    built, found, total = np.zeros(places, np.int64), list[Placed](), 0
    while queue and len(found) < stations:
        bound, place, when = heappop(queue)
        if bound == 0:
            break
        if when < len(found):
            built[place] += 1
            gain = served(demand, near, capacity * built) - total
            built[place] -= 1
            heappush(queue, (-gain, place, len(found)))
            continue
        found.append(Placed(place, -bound))
        total -= bound
        built[place] += 1
        if built[place] < most:
            heappush(queue, (bound, place, when))
    return found


def served(demand: np.ndarray, near: Near, capacity: np.ndarray) -> int:
    """The most of a demand [block, hour] that places can serve together, which can serve so much in
    an hour [place]; 0 where nothing stands."""
    own = capacity[near.place] > 0
    (blocks, block), (places, place) = (
        np.unique(ids, return_inverse=True) for ids in (near.block[own], near.place[own])
    )
    hours = demand.shape[1]
    at = np.arange(hours)
    # Nodes: the source, places by hour, blocks by hour, the sink.
    from_place, from_block = 1, 1 + len(places) * hours
    sink = from_block + len(blocks) * hours
    there = (from_place + place[:, None] * hours + at).ravel()
    here = (from_block + block[:, None] * hours + at).ravel()
    supply, need = np.repeat(capacity[places], hours), demand[blocks].ravel()
    tail = [np.zeros(len(supply), int), there, np.arange(from_block, sink)]
    head = [np.arange(from_place, from_block), here, np.full(len(need), sink)]
    most = [supply, np.repeat(capacity[near.place[own]], hours), need]
    graph = csr_array(
        (np.concatenate(most).astype(np.int32), (np.concatenate(tail), np.concatenate(head))),
        shape=(sink + 1, sink + 1),
    )
    return int(maximum_flow(graph, 0, sink).flow_value)


def built(region: Region, blocks: list[int], cabinets: str) -> Region:
    """The region with a new station in each of these blocks, after those that stand; drivers know
    the nearest ones anew.  Raises InputError where no transformer carries what is built."""
    section, rows = region.section, np.zeros(len(blocks), STATION)
    at = region.blocks.rows[blocks]
    for name in ("zone", "x_km", "y_km"):
        rows[name] = at[name]
    names = [
        f"{region.zones.names[zone]}/new{n:03}" for n, zone in enumerate(at["zone"].tolist(), 1)
    ]
    equipment = Equipment.of(cabinets, section)
    for name, value in equipment._asdict().items():
        rows[name] = value
    rows["kind"], rows["year"] = -1, section.now.year
    rows["chargers"] = equipment.guns
    rows["is_super"] = equipment.most_gun_kw >= section.super_kw
    rows["kva"] = [equipment.kva(name, section) for name in names]
    old = region.stations
    stations = Stations(
        (*old.names, *names), np.concatenate([old.rows, rows]),
        (*old.cabinets, *[written(counts(cabinets))] * len(names)),
    )  # fmt: skip
    known = travel.candidates(section, region.tables, region.zones, region.blocks, stations)
    return replace(region, stations=stations, candidates=known)
