"""Claims of comparisons on made results: most, more and less are said only where they are shown."""

import numpy as np
import pytest

from sim.report import comparison
from sim.report.finding import Term
from sim.stats.estimate import Metric
from sim.study.case import Replication
from sim.study.results import Results

N = 12
NAMES = [Term("changes.today"), *(Term("", name) for name in "abc")]


def made(**shifts: tuple[float, float]) -> Results:
    """Waits of a base, and of designs that differ by (mean, spread) in each replication."""
    rng = np.random.default_rng(2)
    luck = rng.normal(60.0, 20.0, N)  # common random numbers: it does not count
    noise = rng.permutation(np.linspace(-1.0, 1.0, N))
    noise -= noise.mean()
    waits = {"": luck} | {
        name: luck + mean + spread * np.roll(noise, n) for n, (name, (mean, spread))
        in enumerate(shifts.items())
    }  # fmt: skip
    found = {name: [Replication({"wait": w}) for w in own] for name, own in waits.items()}
    return Results(found, {"wait": Metric("wait", "min")})


def claims(results: Results) -> tuple[str, list[str]]:
    """The key of the headline, and those that it names."""
    names = [Term("", name) for name in results]
    leading = [list(results).index(n) for n in results.best("wait", list(results)[1:], least=True)]
    own = results.compared(["wait"])["wait"]
    said = comparison.most("v", names, own, leading, where="here")
    if not said:
        return "", []
    (finding,) = said
    assert finding.values["where"] == "here"
    named = finding.values.get("names") or [finding.values.get("name")]
    return finding.key, [name.other for name in named if name]


@pytest.mark.parametrize(
    ("shifts", "key", "names"),
    [
        ({"a": (-20.0, 1.0), "b": (-5.0, 1.0)}, "v.most", ["a"]),
        ({"a": (-5.0, 1.0), "b": (-20.0, 1.0), "c": (9.0, 1.0)}, "v.most", ["b"]),
        ({"a": (-20.0, 9.0), "b": (-19.0, 9.0)}, "v.may", ["a", "b"]),
        ({"a": (-20.0, 1.0), "b": (-21.0, 99.0)}, "v.may", ["b", "a"]),  # b is not shown to help
        ({"a": (-1.0, 30.0), "b": (5.0, 1.0)}, "v.none", []),
        ({"a": (0.0, 0.0), "b": (0.0, 0.0)}, "v.none", []),
        ({"a": (-20.0, 1.0)}, "", []),  # most of one
        ({"a": (3.0, 1.0)}, "v.none", []),
    ],
)
def test_most_is_said_only_where_it_is_shown(shifts, key, names):
    assert claims(made(**shifts)) == (key, names)


def test_every_design_is_named_by_what_is_shown_of_it():
    own = made(a=(-20.0, 1.0), b=(-1.0, 30.0), c=(9.0, 1.0)).compared(["wait"])["wait"]
    said = comparison.each("v", NAMES, own)
    named = {f.key: [one.values["name"].other for one in f.values["changes"]] for f in said}
    assert named == {"v.less": ["a"], "v.more": ["c"], "v.unclear": ["b"]}
    assert said[0].values["changes"][0].values["by"] == own["change"][1]
    only = made(a=(-20.0, 1.0)).compared(["wait"])["wait"]
    assert [finding.key for finding in comparison.each("v", NAMES[:2], only)] == ["v.less"]
