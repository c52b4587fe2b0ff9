import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from sim.stats.streams import Distribution, stream, streams, uniforms

ADAPTER = TypeAdapter(Distribution)
U = (np.arange(20000) + 0.5) / 20000


def made(**fields):
    return ADAPTER.validate_python(fields)


def test_a_stream_is_its_name():
    first = stream(1, 2, "soc", "a>b").random(5)
    assert np.array_equal(first, stream(1, 2, "soc", "a>b").random(5))
    others = [(2, 2, "soc", "a>b"), (1, 3, "soc", "a>b"), (1, 2, "vehicle", "a>b")]
    others += [(1, 2, "soc", "b>a"), (12, 0, "soc", "a>b"), (1, 20, "soc", "a>b")]
    for other in others:
        assert not np.array_equal(first, stream(*other).random(5)), other


def test_uniforms_are_the_streams_one_after_the_other():
    counts = [("a>b", 3), ("b>a", 0), ("c>a", 701)]
    expected = np.concatenate([stream(7, 0, "soc", name).random(n) for name, n in counts])
    assert np.array_equal(uniforms(7, 0, "soc", counts), expected)


def test_streams_are_those_of_the_names_however_much_was_drawn_before():
    for name, rng in zip("abc", streams(7, 0, "soc", "abc"), strict=True):
        alone = stream(7, 0, "soc", name)
        assert rng.random() == alone.random()
        assert rng.integers(9, dtype=np.int32) == alone.integers(9, dtype=np.int32)  # keeps a half


def test_what_one_entity_draws_does_not_depend_on_the_others():
    alone = uniforms(7, 0, "soc", [("c>a", 70)])
    assert np.array_equal(uniforms(7, 0, "soc", [("x>y", 9), ("c>a", 70)])[9:], alone)


def test_streams_are_uniform_and_uncorrelated():
    rows = np.array([stream(3, r, "soc", "a>b").random(2000) for r in range(30)])
    assert stats.kstest(rows.ravel(), "uniform").pvalue > 0.01
    correlation = np.corrcoef(rows)[np.triu_indices(30, 1)]
    assert np.abs(correlation).max() < 0.12


def truncated(dist, low, high):
    """Mean and standard deviation of a scipy distribution cut to [low, high]."""

    def moment(k):
        return dist.expect(lambda x: x**k, lb=low, ub=high, conditional=True)

    return moment(1), np.sqrt(moment(2) - moment(1) ** 2)


@pytest.mark.parametrize(
    ("fields", "reference", "low", "high"),
    [
        ({"dist": "uniform", "low": 0.2, "high": 0.6}, stats.uniform(0.2, 0.4), 0.2, 0.6),
        (
            {"dist": "normal", "mean": 2.0, "sd": 1.0, "low": 1.0, "high": 2.5},
            stats.norm(2, 1), 1.0, 2.5,
        ),
        (
            {"dist": "lognormal", "median": 60.0, "sigma": 0.6, "high": 100.0},
            stats.lognorm(0.6, scale=60), 0.0, 100.0,
        ),
        ({"dist": "exponential", "mean": 4.0, "high": 6.0}, stats.expon(scale=4), 0.0, 6.0),
        (
            {"dist": "beta", "mean": 0.4, "sd": 0.2, "low": 0.3, "high": 0.9},
            stats.beta(2.0, 3.0), 0.3, 0.9,
        ),
    ],
)  # fmt: skip
def test_a_distribution_is_the_one_it_says(fields, reference, low, high):
    distribution = made(**fields)
    x = distribution.quantile(U)
    mean, sd = truncated(reference, low, high)
    assert x.mean() == pytest.approx(mean, rel=1e-3)
    assert x.std() == pytest.approx(sd, rel=2e-3)
    assert np.all(np.diff(x) >= 0)
    assert (distribution.least, distribution.greatest) == (low, pytest.approx(high))
    assert low <= x.min()
    assert x.max() <= high


def test_a_mixture_draws_each_part_at_its_share():
    parts = [
        {"share": 0.3, "of": {"dist": "uniform", "low": 0.0, "high": 1.0}},
        {"share": 0.7, "of": {"dist": "constant", "value": 5.0}},
    ]
    mixture = made(dist="mixture", parts=parts)
    x = mixture.quantile(U)
    assert np.mean(x == 5.0) == pytest.approx(0.7, abs=1e-3)
    assert x[x < 5.0].mean() == pytest.approx(0.5, abs=1e-3)
    assert (mixture.least, mixture.greatest) == (0.0, 5.0)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"dist": "uniform", "low": 2.0, "high": 1.0}, "low is 2, but must be below high, 1"),
        ({"dist": "beta", "mean": 0.5, "sd": 0.5, "low": 0.0, "high": 1.0}, "must be below 0.5"),
        (
            {"dist": "mixture", "parts": [{"share": 0.4, "of": {"dist": "constant", "value": 1}}]},
            "sum to 0.4, not to 1",
        ),
        ({"dist": "normal", "mean": True, "sd": 1.0, "low": 0.0, "high": 1.0}, "number"),
        ({"dist": "poisson", "mean": 1.0}, "poisson"),
    ],
)
def test_an_impossible_distribution_is_refused(fields, says):
    with pytest.raises(ValidationError, match=says):
        made(**fields)


def test_seed_and_replication_do_not_run_together():
    assert stream(12, 0, "soc", "a>b").random() != stream(1, 20, "soc", "a>b").random()


NORMAL = {"dist": "normal", "mean": 0.2, "sd": 0.02, "low": 0.1, "high": 0.3}
BETA = {"dist": "beta", "mean": 0.7, "sd": 0.02, "low": 0.6, "high": 0.9}
LOGNORMAL = {"dist": "lognormal", "median": 60.0, "sigma": 0.6, "high": 360.0}
EXPONENTIAL = {"dist": "exponential", "mean": 4.0, "high": 60.0}


@pytest.mark.parametrize(
    ("spec", "slip"),
    [
        (NORMAL, {"mean": 0.0002}),
        (NORMAL, {"mean": 20.0}),
        (NORMAL, {"sd": 20.0}),
        (BETA, {"mean": 0.07}),
        (LOGNORMAL, {"median": 3600.0}),
        (EXPONENTIAL, {"mean": 240.0}),
    ],
)
def test_what_is_cut_off_is_tails(spec, slip):
    """A slip of units in the middle was drawn from its tail, without a word."""
    TypeAdapter(Distribution).validate_python(spec)
    [name] = slip
    with pytest.raises(ValueError, match=f"{name} is {slip[name]:g}, but must be from"):
        TypeAdapter(Distribution).validate_python({**spec, **slip})


def test_a_cut_that_leaves_nothing_is_refused():
    spec = {"dist": "beta", "mean": 0.6, "sd": 0.4, "low": 0.6, "high": 0.6 + 1e-15}
    with pytest.raises(ValueError, match="nearly nothing"):
        TypeAdapter(Distribution).validate_python(spec)


def test_an_exponential_far_below_its_cut_draws_without_a_warning():
    d = TypeAdapter(Distribution).validate_python(
        {"dist": "exponential", "mean": 1.0, "high": 60.0}
    )
    assert 36.0 < d.greatest <= 60.0
