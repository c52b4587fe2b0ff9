"""`experiment=port_corridor`: what binds and what it costs by hand, and a small corridor whole."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments import command
from experiments.port_corridor import capacity as port_capacity
from experiments.port_corridor import peaks as port_peaks
from experiments.port_corridor import plan as port_2028
from experiments.port_corridor import study as port_study
from experiments.port_corridor import swap as port_swap
from experiments.port_corridor.settings import PortMoneySection, PortStudySection
from sim.config import compose
from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.freight.case import Freight
from sim.freight.inputs import INPUTS
from sim.freight.network import corridor_of
from sim.freight.posterior import Posterior
from sim.report.language import LANGUAGES, Words
from sim.stats import inputs
from sim.stats.estimate import Estimate
from sim.stats.prior import Prior, sobol
from sim.study import store
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


def test_nine_of_ten():
    assert port_capacity.nine_of_ten([3, 1, 2]) == 3
    assert port_capacity.nine_of_ten(list(range(1, 11))) == 9
    assert port_capacity.nine_of_ten(list(range(1, 21))) == 18


# ---- money -----------------------------------------------------------------------------------


@pytest.fixture
def money():
    return PortMoneySection.model_validate(small.SECTIONS["port_study"]["money"])


def test_bills_by_hand(tmp_path, money):
    prices = port_study.prices(money, [])
    bill = port_swap.swap_bill(13, 100.0, money)
    assert bill == {"swap_bay": 2.0, "swap_pack_kwh": 1300.0, "air_kw": 650.0}
    assert port_swap.cost(bill, prices) == pytest.approx(2 * 2.5e6 + 1300 * 750 + 650 * 317)
    section = corridors.corridor().section
    assert port_swap.cabinet_bill(section, "pair") == {"air_kw": 0, "liquid_kw": 150.0, "evse": 2}
    assert port_swap.cost({"liquid_kw": 150.0, "evse": 2}, prices) == 150 * 650 + 2 * 15000


def test_a_budget_buys_whole_units_and_no_more(tmp_path, money):
    prices = port_study.prices(money, [])
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


# ---- levers, and 2028 ------------------------------------------------------------------------


def test_all_levers_together():
    own = STUDY.levers
    both = port_peaks.levers(corridors.corridor(), own)["all"].section
    assert both.shift_offsets_h == [-1.0, 1.0]
    assert both.sites["depot"].discipline == both.places["gate"].discipline == "priority"
    assert both.sites["depot"].storage == [own.storage]


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
    found = corridor_of(name, composed.config.engine)
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
    kept = pd.read_parquet(folder / "out" / "kpis.parquet")
    assert kept["station"].nunique() == len(own["sites"])
    assert kept["replication"].nunique() == own["kpis"]["replications"]


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


# ---- what is not known -----------------------------------------------------------------------


def unknown(folder, study: dict[str, Any]) -> dict[str, Any]:
    """The small corridor with a posterior of three points."""
    priors = inputs.read("calibration/trucks.csv", Prior, INPUTS, [])
    base = corridors.corridor()
    digest = store.file_digest(configs_dir() / "calibration/trucks.csv")
    made = {"inputs": {"table": "calibration/trucks.csv", "digest": digest}}
    expected = {name: INPUTS[name].value(base.cfg) for name in priors}
    kept = Posterior(tuple(priors), sobol(priors, 4, seed=1).round(6)[:3], expected, made)
    table, _ = kept.write(folder)
    cfg = config(folder, study)
    cfg["engine"] |= {"uncertainty": "posterior", "posterior": str(table)}
    return cfg


def test_capacity_has_two_brackets_and_says_what_survives(tmp_path):
    cfg = unknown(tmp_path, {"questions": ["capacity", "peaks"]})
    result = small.asked(cfg, "port_corridor", tmp_path / "out")
    found = json.loads((tmp_path / "out" / "answer.json").read_text("utf-8"))
    own = found["capacity"]
    alone = config(tmp_path, {"questions": ["capacity", "peaks"]})
    small.asked(alone, "port_corridor", tmp_path / "luck")
    luck = json.loads((tmp_path / "luck" / "answer.json").read_text("utf-8"))["capacity"]
    assert own["luck"] == {key: luck[key] for key in ("trucks", "flow", "each")}
    assert len(own["each"]) == 3
    assert own["each"] != luck["each"]
    assert sum(own["binds"]["by_world"].values()) == pytest.approx(1.0)
    assert "by_world" not in luck["binds"]
    rows = found["survival"]["rows"]
    assert {row["part"] for row in rows} == {"capacity", "peaks"}
    assert found["survival"]["worlds"] == 3
    (line,) = [line for line in result.verdict if line.startswith("What we do not know: ")]
    assert "in 95 % of 3 worlds" in line
    assert any(line.startswith("Which limit binds differs") for line in result.verdict)
    # Each world is full, and none beyond that: with one fleet for all some would be.
    waits = found["peaks"]["base"]["wait_min_p95"]
    assert waits["mean"] <= found["capacity"]["wait_p95_min"]
    assert found["peaks"]["trucks"]["low"] < found["peaks"]["trucks"]["high"]
    assert any(" trucks: P95 wait" in line for line in result.verdict)
    page = tmp_path / "out" / "report.html"
    told = " ".join(texts(page, "en"))
    assert "in each of 3 worlds" in told
    assert "layouts" not in told
    assert "replications of " not in told
    assert "未知因素" in " ".join(texts(page, "zh"))
    assert foreign(page, {"test", "TEU", "big", "small"}) == []


@pytest.mark.parametrize(
    ("engine", "says"),
    [
        ({"uncertainty": "layouts"},
         "`engine.uncertainty` is layouts, but a corridor has none: choose none or posterior"),
        ({"uncertainty": "posterior", "posterior": "calibration/nowhere.csv"},
         "there is no posterior nowhere.csv: make it again with experiment=calibrate_trucks"),
        ({"uncertainty": "posterior", "posterior": "calibration/inputs.csv"},
         "there is no posterior inputs.json: make it again with experiment=calibrate_trucks"),
    ],
)  # fmt: skip
def test_a_posterior_that_cannot_be_used(tmp_path, engine, says):
    cfg = config(tmp_path)
    cfg["engine"] |= engine
    with pytest.raises(InputError) as error:
        small.checked(cfg, "port_corridor")
    assert error.value.problems == [says]
