"""The tournament and the heap against sorting."""

import numpy as np

from sim.kernels import calendar, records


def test_tournament_names_the_earliest_station_with_ties_by_kind_then_number():
    rng = np.random.default_rng(3)
    for n in (1, 2, 5, 88):
        stations = np.zeros(n, records.STATION)
        stations["next_ns"] = rng.integers(0, 5, n)
        stations["next_kind"] = rng.integers(0, 3, n)
        tree = np.zeros(2 << (n - 1).bit_length(), records.MATCH)
        calendar.build(tree, stations)
        for _ in range(200):
            s = int(rng.integers(n))
            stations[s]["next_ns"], stations[s]["next_kind"] = (
                rng.integers(0, 5),
                rng.integers(0, 3),
            )
            calendar.replay(tree, stations, s)
            first = min(range(n), key=lambda k: (*stations[["next_ns", "next_kind"]][k].item(), k))
            assert tree[1]["order"] & calendar.NUMBER == first
            assert tree[1]["due_ns"] == stations[first]["next_ns"]


def test_heap_gives_evs_in_order_of_time_then_number():
    rng = np.random.default_rng(4)
    due = rng.integers(0, 40, 300)
    heap, count = np.zeros(301, records.DUE), 0
    for i in rng.permutation(300).tolist():
        count = calendar.push(heap, count, int(due[i]), i, 1000 - i)
    out = []
    while count:
        first = heap[0].copy()
        assert first["who"] == 1000 - first["ev"]
        out.append(int(first["ev"]))
        count = calendar.pop(heap, count)
    assert out == sorted(range(300), key=lambda i: (due[i], i))
