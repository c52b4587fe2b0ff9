"""The tournament and the heap against sorting."""

import numpy as np

from sim.kernels import calendar, records


def test_tournament_names_the_earliest_station_with_ties_by_kind_then_number():
    rng = np.random.default_rng(3)
    for n in (1, 2, 5, 88):
        stations = np.zeros(n, records.STATION)
        stations["next_ns"] = rng.integers(0, 5, n)
        stations["next_kind"] = rng.integers(0, 3, n)
        tree = np.zeros(2 << (n - 1).bit_length(), np.int64)
        calendar.build(tree, stations)
        for _ in range(200):
            s = rng.integers(n)
            stations[s]["next_ns"], stations[s]["next_kind"] = (
                rng.integers(0, 5),
                rng.integers(0, 3),
            )
            calendar.replay(tree, stations, s)
            first = min(range(n), key=lambda k: (*stations[["next_ns", "next_kind"]][k].item(), k))
            assert tree[1] == first


def test_heap_gives_evs_in_order_of_time_then_number():
    rng = np.random.default_rng(4)
    evs = np.zeros(300, records.EV)
    evs["due_ns"] = rng.integers(0, 40, 300)
    heap, count = np.zeros(301, np.int64), 0
    for i in rng.permutation(300):
        count = calendar.push(heap, count, evs, i)
    out = []
    while count:
        out.append(int(heap[0]))
        count = calendar.pop(heap, count, evs)
    assert out == sorted(range(300), key=lambda i: (evs["due_ns"][i], i))
