"""The key figures on a page: made replications, each sentence gated, both languages."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.__main__ import main
from sim.metrics.schema import KpisSection, unpriced
from sim.report import kpis
from sim.report.blocks import Table
from sim.report.finding import packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.stats import interval
from sim.study.case import Replication

SECTION = {
    "weights": {"prompt": 1.0, "served": 1.0, "first_try": 2.0, "price": 0.0},
    "sample_min": 15.0, "lost_messages": 0.02, "standard_session": {"kwh": 24.0, "hour": 19},
}  # fmt: skip
KPIS = KpisSection.model_validate(SECTION)
UNPRICED = (
    "`kpis.weights.price` is 1, but no station here has a tariff, so nobody is charged: it must "
    "be 0"
)
NAMES = [f"s{k}" for k in range(40)]


def made(n=20, off=0.0, nobody=()):
    """Replications in which all stations have the same availability but for luck, and the first
    eight a much worse service; the platform shows so much more availability than there is."""
    rng = np.random.default_rng(3)
    each = []
    for r in range(n):
        served = np.where(np.arange(40) < 8, 0.3, 0.9) + rng.normal(0.0, 0.02, 40)
        table = pd.DataFrame({
            "station": NAMES, "availability": 0.95 + rng.normal(0.0, 0.01, 40),
            "prompt_share": served, "served_share": served, "first_try_share": served,
        })  # fmt: skip
        table.loc[[*nobody], ["prompt_share", "served_share", "first_try_share"]] = np.nan
        truth = 0.95 + rng.normal(0.0, 0.01)
        shown = truth + off + rng.normal(0.0, 0.001)
        own = {"time_utilization": 0.3 + 0.01 * r, "availability": truth, "prompt_share": 0.8,
               "served_share": 0.6, "first_try_share": 0.9, "repair_h_p90": None}  # fmt: skip
        more = {"platform": {"shown_availability": {"truth": truth, "shown": shown}},
                "online_rate": 0.98 + 2e-4 * r}  # fmt: skip
        each.append(Replication(stations=table, more={"kpis": own, **more}))
    return each


def numbers(**asked):
    each = made(**asked)
    return unpacked(packed(kpis.numbers(each, each, KPIS)))


def said(own):
    return [(one.key, {**one.values}) for one in kpis.findings(own)]


def test_figures_have_intervals_and_what_does_not_exist_has_none():
    own = numbers()["figures"]
    assert own["time_utilization"].mean == pytest.approx(0.395)
    assert own["time_utilization"].low < 0.395 < own["time_utilization"].high
    assert own["repair_h_p90"] is None
    assert own["satisfaction"].mean == pytest.approx((0.8 + 0.6 + 2 * 0.9) / 4)
    assert "price_per_kwh" not in own


@pytest.mark.parametrize(("off", "key"), [(0.05, "more"), (-0.05, "less"), (0.0, "unshown")])
def test_the_platform_is_said_to_be_off_where_that_is_shown(off, key):
    (first, _), *_ = said(numbers(off=off))
    assert first == f"kpis.seen.{key}"


def test_who_is_last_by_luck_only():
    """By availability all of the last 8 of 40; by satisfaction none."""
    own = numbers()
    luck = {str(values["by"].key): values for key, values in said(own) if key == "kpis.luck"}
    assert (luck["kpis.of.availability"]["k"], luck["kpis.of.availability"]["unshown"]) == (8, 8)
    assert luck["kpis.of.satisfaction"]["unshown"] == 0
    assert set(own["ranks"]["satisfaction"]["worst"]) == set(NAMES[:8])
    by_luck = own["ranks"]["availability"]["by_luck"]
    assert 2.0 < by_luck.mean < 6.0  # half of 8
    assert own["ranks"]["satisfaction"]["by_luck"].mean == 0.0
    for name in NAMES[:8]:
        rank, low, high = own["stations"][name]["satisfaction"]["rank"]
        assert 33 <= low <= rank <= high == 40


def test_no_more_can_be_bad_by_luck_than_are_last():
    """With two runs the interval of the mean would reach beyond all 8."""
    own = numbers(n=2)["ranks"]["availability"]["by_luck"]
    assert own.low == 0.0
    assert own.high == 8.0


def test_a_station_to_which_nobody_came_has_no_rank():
    own = numbers(nobody=(0, 39))
    assert own["ranks"]["satisfaction"]["out"] == 2
    assert own["ranks"]["availability"]["out"] == 0
    assert "satisfaction" not in own["stations"]["s0"]


def test_ranks_and_platform_are_of_luck_also_over_worlds():
    luck, worlds = made(), made(n=50)
    with interval.over_points():
        own = unpacked(packed(kpis.numbers(worlds, luck, KPIS)))
    assert own["ranks"] == numbers()["ranks"]
    assert own["worlds"] == 50
    width = own["figures"]["time_utilization"]
    assert width.high - width.low > 0.4  # the worlds, not their mean


def sections(own):
    """By language, what is said and shown."""
    names = dict(zip(NAMES, NAMES, strict=True))
    return {lang: kpis.sections(Words(lang), own, names)[0].blocks for lang in LANGUAGES}


def test_the_online_rate_is_told_where_a_platform_looks():
    own = numbers()
    assert own["online_rate"].mean == pytest.approx(0.9819)
    for language, blocks in sections(own).items():
        said = Words(language)("kpis.platform.online", rate=own["online_rate"])
        assert blocks.count(said) == 1
        assert "98.19" in said
    bare = [replace(one, more={"kpis": one.more["kpis"]}) for one in made()]
    assert "online_rate" not in kpis.numbers(bare, bare, KPIS)


def test_where_nothing_fails_that_is_said():
    each = made()
    for one in each:
        del one.more["kpis"]["repair_h_p90"]
    for fails, own in ((True, made()), (False, each)):
        for language, blocks in sections(unpacked(packed(kpis.numbers(own, own, KPIS)))).items():
            assert (Words(language)("kpis.no_faults") in blocks) != fails


def test_one_run_has_neither_interval_nor_rank():
    own = numbers(n=1)
    assert own["figures"]["availability"].low is None
    assert (own["ranks"], own["stations"]) == ({}, {})


@pytest.mark.parametrize("n", [1, 20])
def test_the_section_is_the_same_in_both_languages(n):
    own = numbers(n=n)
    english, chinese = (
        kpis.sections(Words(language), own, dict(zip(NAMES, NAMES, strict=True)))[0]
        for language in LANGUAGES
    )
    assert [type(block) for block in english.blocks] == [type(block) for block in chinese.blocks]
    tables = [block for block in english.blocks if isinstance(block, Table)]
    assert len(tables) == 2  # those of ranks stand side by side
    for row in tables[0].rows:
        assert all(row), row
    assert len(tables[0].rows) == len(own["figures"])


@pytest.mark.parametrize(
    ("place", "value"),
    [("weights", {"prompt": 0.0, "served": 0.0, "first_try": 0.0, "price": 0.0}),
     ("weights", {"prompt": -1.0, "served": 1.0, "first_try": 0.0, "price": 0.0}),
     ("weights", {**SECTION["weights"], "fire_risk": 1.0}), ("lost_messages", 1.0),
     ("sample_min", 0.0)],
)  # fmt: skip
def test_what_cannot_be_asked(place, value):
    with pytest.raises(ValueError, match=place):
        KpisSection.model_validate({**SECTION, place: value})


def test_fees_need_a_tariff():
    asked = KpisSection.model_validate({**SECTION, "weights": {**SECTION["weights"], "price": 1.0}})
    assert list(unpriced(KPIS)) == []
    assert list(unpriced(asked)) == [UNPRICED]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("kpis.weights.prompt=-1", "`kpis.weights.prompt` is -1, but must be from 0 to 1,000"),
        ("kpis.weights.price=1", UNPRICED),
        (
            "kpis.weights.prompt=0 kpis.weights.served=0 kpis.weights.first_try=0",
            "`kpis.weights`: all weights are 0, so there is nothing to weigh",
        ),
        (
            "kpis.weights.promt=1",
            "unknown key `kpis.weights.promt`: did you mean `kpis.weights.prompt`?",
        ),
        (
            "kpis.standard_session.hour=20",
            "`kpis.standard_session.hour=20` has no effect on experiment=holiday_highway: it "
            "belongs to experiment=city",
        ),
        ("kpis.lost_messages=1", "`kpis.lost_messages` is 1, but must be from 0 to 0.99"),
    ],
)
def test_bad_input_is_one_sentence(words, sentence, capsys, tmp_path):
    out = tmp_path / "out"
    assert main(["experiment=holiday_highway", *words.split(), f"out={out}"]) == 2
    assert capsys.readouterr().err.strip() == sentence
    assert not out.exists()
