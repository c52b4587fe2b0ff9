"""The optimizer on a toy of two stations, by hand."""

from itertools import product

from sim.roads.money import greedy
from sim.roads.money.greedy import Step

SAVINGS = {  # of the first, second, third thing at each of two stations
    ("a", "big"): (90.0, 20.0, 5.0), ("a", "tiny"): (25.0, 15.0, 4.0),
    ("b", "big"): (60.0, 50.0, 6.0), ("b", "tiny"): (10.0, 9.0, 1.0),
}  # fmt: skip
PRICES = {"big": 3.0, "tiny": 1.0}


class Toy:
    """Two stations whose savings depend on how many of each thing they have."""

    def __init__(self):
        self.asked = []

    def saving(self, plan, one):
        have = plan.get(one[0], ()).count(one[1])
        return SAVINGS[one][have] if have < 3 else 0.0

    def savings(self, plan, purchases, decides):
        self.asked += [(one, decides) for one in purchases]
        return {one: self.saving(plan, one) for one in purchases}

    def total(self, order):
        plan, saved, cost = {}, 0.0, 0.0
        for one in order:
            saved += self.saving(plan, one)
            cost += PRICES[one[1]]
            plan[one[0]] = (*plan.get(one[0], ()), one[1])
        return saved, cost


def climbed(toy, most_h):
    return greedy.greedy(
        most_h, ("big", "tiny"), lambda plan, one: PRICES[one[1]], toy.savings, 3.0, rounds=9
    )


def test_the_toy_of_two_stations_is_solved():
    """Every budget at which a purchase ends is spent as well as by the best of all plans."""
    toy = Toy()
    steps = climbed(toy, {"a": 200.0, "b": 150.0})
    assert [s.purchase for s in steps[:4]] == [
        ("a", "big"), ("a", "tiny"), ("b", "big"), ("b", "big"),
    ]  # fmt: skip
    assert steps[0] == Step(("a", "big"), 90.0, 3.0)
    best: dict[float, float] = {}
    for counts in product(range(4), repeat=4):
        order = [one for one, n in zip(SAVINGS, counts, strict=True) for _ in range(n)]
        saved, cost = toy.total(order)
        best[cost] = max(best.get(cost, 0.0), saved)
    for n in range(1, len(steps) + 1):
        saved, cost = toy.total([s.purchase for s in steps[:n]])
        assert saved == sum(s.saving_h for s in steps[:n])
        assert saved == max(own for budget, own in best.items() if budget <= cost)
    assert len(steps) == 11  # all but the last tiny one at b, which saves no more than 3
    assert min(s.saving_h for s in steps) == 4.0


def test_no_station_gets_more_than_there_are_rounds():
    toy = Toy()
    steps = greedy.greedy(
        {"a": 200.0, "b": 150.0}, ("big", "tiny"), lambda plan, one: PRICES[one[1]], toy.savings,
        3.0, rounds=2,
    )  # fmt: skip
    assert [s.purchase[0] for s in steps].count("a") == 2
    assert len(steps) == 4


def test_the_search_is_lazy():
    """What cannot be best is not estimated; what is bought has been estimated to decide."""
    toy = Toy()
    steps = climbed(toy, {"a": 90.0, "b": 60.0})  # tight: nothing is left after the first
    assert [s.purchase for s in steps] == [("a", "big"), ("b", "big")]
    assert [one for one, decides in toy.asked if decides] == [("a", "big"), ("b", "big")]
    rough = [one for one, decides in toy.asked if not decides]
    assert rough.count(("a", "big")) == 1


def test_a_poor_step_to_a_good_one_counts_with_it():
    a = [Step(("a", "x"), 1.0, 10.0), Step(("a", "y"), 99.0, 10.0), Step(("a", "z"), 1.0, 1.0)]
    b = [Step(("b", "x"), 8.0, 2.0), Step(("b", "x"), 9.0, 3.0)]
    assert greedy.merged([a, b]) == [a[0], a[1], b[0], b[1], a[2]]


def test_what_the_purchases_of_a_plan_promise():
    steps = [Step(("a", "x"), 9.0, 1.0), Step(("b", "x"), 5.0, 1.0), Step(("a", "x"), 2.0, 1.0)]
    assert greedy.promised(steps, {"a": ("x",), "b": ("x",)}) == 14.0
    assert greedy.promised(steps, {"a": ("x", "x")}) == 11.0
