"""What purchases in one design save, each by its own."""

from sim.roads.money import gauge


def test_purchases_simulated_together_are_no_neighbors():
    near = {"a": frozenset("b"), "b": frozenset("ac"), "c": frozenset("b"), "d": frozenset()}
    groups = gauge.apart([("a", "x"), ("b", "x"), ("c", "x"), ("c", "y"), ("d", "x")], near)
    assert sorted(one for group in groups for one in group) == [
        ("a", "x"), ("b", "x"), ("c", "x"), ("c", "y"), ("d", "x"),
    ]  # fmt: skip
    for group in groups:
        at = [name for name, _ in group]
        assert len(set(at)) == len(at)
        assert not any(near[name] & set(at) for name in at)


def test_what_changes_between_two_purchases_is_shared():
    near = {"a": frozenset("m"), "m": frozenset("ab"), "b": frozenset("m"), "z": frozenset()}
    change = {"a": 30.0, "m": 8.0, "b": 10.0, "z": 99.0}
    assert gauge.shared([("a", "x"), ("b", "y")], change, near) == {
        ("a", "x"): 30 + 8 * 30 / 40, ("b", "y"): 10 + 8 * 10 / 40,
    }  # fmt: skip
    change |= {"a": -1.0, "b": 0.0}
    assert gauge.shared([("a", "x")], change, near) == {("a", "x"): -1.0}
