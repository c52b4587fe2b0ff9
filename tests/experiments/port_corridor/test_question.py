"""`experiment=port_corridor`: what binds and what it costs by hand, and a small corridor whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from experiments import command
from experiments.port_corridor import capacity as port_capacity
from experiments.port_corridor import limits
from experiments.port_corridor import peaks as port_peaks
from experiments.port_corridor import plan as port_2028
from experiments.port_corridor import study as port_study
from experiments.port_corridor import swap as port_swap
from experiments.port_corridor.assumed import assumed
from experiments.port_corridor.settings import PortMoneySection, PortStudySection
from sim.config import compose
from sim.config.problems import InputError
from sim.freight.case import Freight
from sim.freight.metrics import METRICS
from sim.report.finding import Given
from sim.report.language import LANGUAGES, Words
from sim.stats.estimate import Estimate
from sim.study.case import Replication
from sim.study.results import Results
from tests import corridors, small
from tests.browser import CHROMIUM, MISSING, browser
from tests.report.reading import foreign, texts
from tests.report.showing import READY

WORDS = {of: Words(of, Path(port_capacity.__file__).parent) for of in LANGUAGES}
say = WORDS["en"]
STUDY = PortStudySection.model_validate(small.SECTIONS["port_study"])


def config(folder, study: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    cfg = small.config(folder) | {"corridor": corridors.write(folder, **changes)}
    cfg["port_study"] = cfg["port_study"] | (study or {})
    return cfg


# ---- what binds ------------------------------------------------------------------------------


def found(*values):
    return [Replication({"capacity": x, "deliveries_per_day": 10 * x}) for x in values]


def bound(before, after):
    return limits.bound(Results({"": before, **after}, METRICS))


def says(own):
    return say(port_capacity._binds(own))


def test_what_raises_the_capacity_most_binds():
    after = {"EVSEs": found(12, 14), "transformer": found(15, 17), "gate": found(10, 12)}
    own = bound(found(10, 12), after)
    assert own["binds"] == "transformer"
    assert own["gains"]["transformer"].mean == 50.0  # loads a day
    assert (own["capacity"].mean, own["flow"].mean) == (11.0, 110.0)


def test_a_gain_that_may_be_luck_binds_nothing():
    after = {"EVSEs": found(30, 2), "gate": found(10, 12)}
    own = bound(found(10, 12), after)
    assert own["binds"] == "unsure"
    assert says(own) == "which limit binds is not shown"


def test_limits_that_are_not_told_apart_are_named_together():
    after = {"EVSEs": found(13, 15, 17, 19), "transformer": found(13.5, 14.5, 17.5, 18.5)}
    own = bound(found(10, 12, 14, 16), after)
    assert (own["binds"], own["alike"]) == ("EVSEs", ["EVSEs", "transformer"])
    assert says(own) == ("what binds: EVSEs or transformer, which are not told apart")


def test_all_together_binds_only_if_nothing_does_alone():
    after = {"EVSEs": found(12, 14), "hub": found(20, 22)}
    assert bound(found(10, 12), after)["binds"] == "EVSEs"
    after = {"EVSEs": found(10, 12), "hub": found(20, 22)}
    assert bound(found(10, 12), after)["binds"] == "hub"


def test_if_nothing_helps_it_is_the_drivers():
    after = {"EVSEs": found(101, 101), "gate": found(99, 99)}
    assert bound(found(100, 100), after)["binds"] == "drivers"


def test_each_limit_is_relaxed_alone():
    base = corridors.corridor()
    changed = limits.relaxed(base, 0.5)
    assert set(changed) == {"EVSEs", "stacks", "transformer", "gate", "hub"}
    station = {name: own.model.stations[own.number["depot"]] for name, own in changed.items()}
    kws = {name: sum(c.kw for c in own.cabinets) for name, own in station.items()}
    assert kws == pytest.approx(
        {"EVSEs": 300, "stacks": 450, "transformer": 300, "gate": 300, "hub": 450}
    )
    assert {name: len(own.evses) for name, own in station.items()} == {
        "EVSEs": 6, "stacks": 4, "transformer": 4, "gate": 4, "hub": 6,
    }  # fmt: skip
    assert station["stacks"].evses[0].kw == pytest.approx(150.0)
    assert station["transformer"].cap_kw == pytest.approx(600.0)
    assert [changed["gate"].section.places[n].servers for n in ("gate", "yard")] == [2, 5]


def test_other_sites_are_ample():
    other = port_study.ample(corridors.corridor(), "depot").section.sites
    assert (other["swap"].swap.packs, other["swap"].swap.bays) == (8, 3)
    assert other["depot"].cabinets == {"pair": 2}
    other = port_study.ample(corridors.corridor(), "swap").section.sites
    assert (other["depot"].cabinets, other["depot"].kva) == ({"pair": 8}, None)


def test_nine_of_ten():
    assert port_capacity.nine_of_ten([3, 1, 2]) == 3
    assert port_capacity.nine_of_ten(list(range(1, 11))) == 9
    assert port_capacity.nine_of_ten(list(range(1, 21))) == 18


# ---- money -----------------------------------------------------------------------------------


@pytest.fixture
def money():
    return PortMoneySection.model_validate(small.SECTIONS["port_study"]["money"])


def test_bills_by_hand(tmp_path, money):
    prices = port_study.prices(STUDY)
    bill = port_swap.swap_bill(13, 100.0, money)
    assert bill == {"swap_bay": 2.0, "swap_pack_kwh": 1300.0, "air_kw": 650.0}
    assert port_swap.cost(bill, prices) == pytest.approx(2 * 2.5e6 + 1300 * 750 + 650 * 317)
    section = corridors.corridor().section
    assert port_swap.cabinet_bill(section, "pair") == {"air_kw": 0, "liquid_kw": 150.0, "evse": 2}
    assert port_swap.cost({"liquid_kw": 150.0, "evse": 2}, prices) == 150 * 650 + 2 * 15000


def test_a_budget_buys_whole_units_and_no_more(tmp_path, money):
    prices = port_study.prices(STUDY)
    base = corridors.corridor()
    one = 150 * 650 + 2 * 15000.0

    def bought(technology, budget):
        return port_swap.design(base, technology, budget, "big", money, prices)

    assert bought("dual", one - 1) is None
    corridor, what = bought("dual", 2.9 * one)
    assert corridor.section.sites["depot"].cabinets == {"pair": 2}
    assert [say(own) for own in what["what"]] == ["2 pair"]
    assert what["cny"] == 2 * one
    corridor, what = bought("swap", 2.5e6 + 2.5 * (300 * 750 + 150 * 317))
    swap = corridor.section.sites["depot"].swap
    assert (swap.packs, swap.bays, swap.rack_kw, swap.truck) == (2, 1, 150.0, "big")
    corridor, what = bought("dual+megawatt", 4 * one)
    sites, duties = corridor.section.sites, corridor.section.duties
    assert sites["depot"].kva == sites["second_hub"].kva == 200.0
    assert sites["depot"].other_load_kw == 50.0
    assert {name: (d.share, d.truck) for name, d in duties.items()} == {
        "shuttle": (0.25, "small"), "haul": (0.375, "big"), "haul_2": (0.375, "small"),
    }  # fmt: skip
    assert what["cny"] == 4 * one


def test_the_smallest_pack_that_lasts():
    assert port_swap.smallest_truck(corridors.corridor()) == "big"
    with pytest.raises(InputError, match="no truck with two guns"):
        port_swap.smallest_truck(corridors.corridor(**{"trucks.big.guns": 1}))


# ---- levers, and 2028 ------------------------------------------------------------------------


def test_causes_are_taken_away(tmp_path):
    causes = port_peaks.causes(corridors.corridor())
    assert set(causes) == {"vessels", "shifts"}
    assert causes["vessels"].section.berths == []
    own = STUDY.levers
    both = port_peaks.levers(corridors.corridor(), own)["all"].section
    assert both.shift_offsets_h == [-1.0, 1.0]
    assert both.sites["depot"].discipline == both.places["gate"].discipline == "priority"
    assert both.sites["depot"].storage == [own.storage]


def test_a_corridor_grows():
    grown = port_2028.scaled(corridors.corridor(), 2.5).section
    assert grown.sites["depot"].cabinets == {"pair": 5 if round(5.0) == 5 else 4}
    assert (grown.sites["depot"].kva, grown.sites["swap"].swap.packs) == (1000.0, 5)
    assert len(grown.berths) == 2
    assert grown.places["yard"].servers == 8
    assert port_2028.planned(corridors.corridor()) == 750
    assert port_2028.grown(corridors.corridor()) == 25.0


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [(1.0, 1.2, "works"), (0.5, 0.99, "fails"), (0.9, 1.1, "edge")],
)
def test_it_works_if_the_interval_says_so(low, high, says):
    assert port_2028.judged(Estimate(1.0, low, high)) == says


@pytest.mark.parametrize(
    "name", ["guoyuan", "xintian", "chengyu_corridor", "land_sea_corridor", "beichuan", "suwan"]
)
def test_corridors_of_other_networks_are_what_the_command_line_gives(name):
    design = ("experiment=port_corridor", f"network={name}", "port_study.questions=[peaks]")
    composed = command.check(compose.plain(compose.config(design)))
    found = port_study.corridor_of(name, composed.config.engine)
    assert Freight(found, 1).key == Freight(composed.case, 1).key


# ---- whole -----------------------------------------------------------------------------------


ALL = ["capacity", "surface", "swap", "peaks", "outside"]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("port")
    money = small.SECTIONS["port_study"]["money"] | {"budgets_cny": [1e5, 1e7]}
    cfg = config(folder, {"questions": ALL, "money": money})
    return folder, small.asked(cfg, "port_corridor", folder / "out")


@pytest.mark.long
def test_a_small_corridor_whole(ran):
    folder, result = ran
    answer = json.loads((folder / "out" / "answer.json").read_text("utf-8"))
    assert [name for name in answer if name in ALL] == ALL
    own = answer["capacity"]
    assert own["trucks"]["mean"] == sum(own["each"]) / 2
    assert result.headline["trucks"] == own["trucks"]["mean"]
    assert len(answer["surface"]["rows"]) == 2
    assert {row["technology"] for row in answer["swap"]["rows"]} == set(port_swap.TECHNOLOGIES)
    page = folder / "out" / "report.html"
    for language, heading in (("en", "All that is assumed"), ("zh", "全部假定")):
        assert heading in texts(page, language)
    names = {"test", "TEU", "big", "small", "whcharging", "yqsm"}  # trucks, sources
    assert foreign(page, names) == []
    for path in result.paths:
        assert path.exists()


@pytest.mark.long
@pytest.mark.skipif(not CHROMIUM, reason=MISSING)
def test_the_page_opens_at_two_widths(ran):
    folder, _ = ran
    path = folder / "out" / "report.html"
    with browser() as chromium:
        for width in (1280, 390):
            page = chromium.open(path, width, ready=READY)
            assert page.problems() == []
            assert page.requests() == [path.as_uri()]
            assert page.js("document.documentElement.scrollWidth") <= width
            page.close()


def test_every_assumption_is_told():
    section = corridors.corridor(
        **{"sites.depot.source": "size assumed", "sources.stop_soc": "from memory"}
    ).section
    assert list(assumed(section)) == [
        ("stop_soc", Given("from memory")), ("sites.depot", Given("size assumed")),
    ]  # fmt: skip


# ---- bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("study", "says"),
    [
        ({"surface": {"cabinets": [1.0], "types": ["pear"], "kva": [1.0]}},
         "`port_study.surface.types.0` is an unknown cabinet type `pear`: did you mean `pair`?"),
        ({"questions": ["plan"], "plan": ["guoyuann"]},
         "`port_study.plan`: there is no network `guoyuann`: did you mean `guoyuan`?"),
        ({"questions": ["plan"], "plan": ["chongqing"]},
         "`port_study.plan`: network `chongqing` has no freight corridor"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_before_anything_runs(tmp_path, study, says):
    with pytest.raises(InputError) as error:
        small.asked(config(tmp_path, study), "port_corridor", tmp_path / "out")
    assert error.value.problems == [says]
    assert not (tmp_path / "out").exists()


def test_an_unknown_truck_of_megawatt_plugs(tmp_path):
    money = small.SECTIONS["port_study"]["money"] | {"megawatt_truck": "bigg"}
    cfg = config(tmp_path, {"questions": ["swap"], "money": money})
    with pytest.raises(InputError, match="megawatt_truck` is an unknown truck `bigg`: did you"):
        small.checked(cfg, "port_corridor")


@pytest.mark.parametrize(
    ("study", "says"),
    [
        ({"questions": ["capacities"]}, "`port_study.questions.0`"),
        ({"questions": ["peaks", "peaks"]}, "`port_study.questions`: `peaks` is there more than"),
        ({"plan": ["guoyuan", "xintian", "guoyuan"]}, "`port_study.plan`: `guoyuan` is there more"),
        ({"wait_p95_min": 0.0}, "`port_study.wait_p95_min` is 0"),
        ({"energy_share": 1.1}, "`port_study.energy_share` is 1.1"),
        ({"replications": 1}, "`port_study.replications` is 1"),
    ],
)
def test_wrong_figures_have_a_sentence(tmp_path, study, says):
    with pytest.raises(InputError) as error:
        small.checked(config(tmp_path, study), "port_corridor")
    assert error.value.problems[0].startswith(says)
