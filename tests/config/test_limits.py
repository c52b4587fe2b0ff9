"""The table of limits: every number has its range, slips of units are named, and whatever is
accepted the engine and the audit agree on."""

import copy
import typing
from itertools import chain
from math import inf

import pytest
from annotated_types import Ge, Gt, Le, Lt
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

import experiments
from sim import audit, metrics
from sim.config import limits
from sim.config.limits import Limits
from sim.config.problems import InputError
from sim.config.section import Section
from sim.config.table import Row
from sim.engine import simulate
from sim.roads import scenario
from sim.roads.demand import Demand, failures
from sim.roads.schema import Config
from tests import small

EVERY = {name: own for name, own in vars(limits).items() if isinstance(own, Limits)}


@pytest.mark.parametrize(
    ("own", "value", "says"),
    [
        (limits.CABINET_KW, 0.08, "from 1 to 50,000 kW: did you mean 80?"),
        (limits.CABINET_KW, 1e-9, "from 1 to 50,000 kW"),
        (limits.RATED_KW, 120_000.0, "from 1 to 5,000 kW: did you mean 120?"),
        (limits.KVA, 0.4, "from 5 to 500,000 kVA: did you mean 400?"),
        (limits.SHARE, 80.0, "from 0 to 1: did you mean 0.8?"),
        (limits.SHARE, 1.2, "from 0 to 1"),
        (limits.PATIENCE_MIN, 16_000.0, "from 0 to 10,080 minutes"),  # 266.667 h mean nothing
        (limits.SESSION_MIN, 0.5, "from 1 to 480 minutes: did you mean 30?"),
        (limits.MTTR_H, 14_400.0, "from 0.01 to 8,760 hours: did you mean 240?"),
        (limits.KWH_PER_KM, 1_650.0, "from 0.01 to 20 kWh/km: did you mean 16.5?"),
        (limits.SEASON, 100.0, "from 0.3 to 3"),
        (limits.DECAY_KM, 1e-6, "from 1 to 20,000 km"),
        (limits.HALF_WIDTH, 1e-12, "from 0.001 to 0.99"),
    ],
)
def test_a_slip_of_units_is_named(own, value, says):
    assert value not in own
    assert own.expected(value) == says


@pytest.mark.parametrize("name", EVERY)
def test_both_ends_belong_to_the_range_and_nothing_beyond(name):
    own = EVERY[name]
    assert own.least < own.most < inf
    assert own.least in own
    assert own.most in own
    for outside in (own.least - 1e-12 - abs(own.least), own.most * 1.01 + 1e-9, float("nan")):
        assert outside not in own


# Any whole number is a seed; what distributions draw is limited where they stand; how far an input
# may move is limited by what the config takes; of the energy of a recorded session only its sign
# counts.
WITHOUT = {
    "EngineSection.seed", "RegionSection.seed", "CitySection.seeds", "Range.low", "Range.high",
    "Prior.low", "Prior.high", "Session.kwh",
    "Total.value",  # the region says what is allowed
}  # fmt: skip
OURS = {own.config for own in experiments.every().values()}  # settings of questions


def _numbers(kind: object, metadata: tuple[object, ...] = ()) -> typing.Iterator[tuple]:
    """The metadata of every number in an annotation."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        own = (m.metadata if isinstance(m, FieldInfo) else [m] for m in args[1:])
        yield from _numbers(args[0], (*metadata, *chain(*own)))
    elif kind in (int, float):
        yield metadata
    elif origin is not typing.Literal:
        for arg in args:
            yield from _numbers(arg, metadata if origin is typing.Union else ())


def _subclasses(model: type[BaseModel]) -> typing.Iterator[type[BaseModel]]:
    for child in model.__subclasses__():
        is_ours = child in OURS or child.__module__.endswith(".settings")
        if is_ours or child.__module__.startswith("sim."):
            yield child
        yield from _subclasses(child)


def _is_limited(metadata: tuple) -> bool:
    low = any(isinstance(m, Ge | Gt) for m in metadata)
    high = any(isinstance(m, Le | Lt) for m in metadata)
    return (low and high) or any(isinstance(m, AfterValidator) for m in metadata)


def test_every_number_of_a_config_and_its_tables_has_a_range():
    free = {
        f"{model.__name__}.{name}"
        for base in (Section, Row)
        for model in _subclasses(base)
        for name, field in model.model_fields.items()
        for metadata in _numbers(field.annotation, tuple(field.metadata))
        if not _is_limited(metadata)
    }
    assert free <= WITHOUT
    assert "EngineSection.seed" in free
    assert {Config} | OURS - {None} <= set(_subclasses(Section))


# ---- what is accepted can be run -------------------------------------------------------------

# Ends of the ranges, but for those that only make a run longer; beside them the middle.
ENDS: dict[str, tuple[typing.Any, ...]] = {
    "station.cabinet_types.pair.kw": limits.CABINET_KW[:2],
    "station.cabinet_types.big.kw": limits.CABINET_KW[:2],
    "station.evse_classes.plain.kw": limits.RATED_KW[:2],
    "station.evse_classes.plain.amps": limits.AMPS[:2],
    "station.evse_classes.liquid.amps": limits.AMPS[:2],
    "station.handshake_min": limits.HANDSHAKE_MIN[:2],
    "station.efficiency": limits.EFFICIENCY[:2],
    "station.power_factor": limits.POWER_FACTOR[:2],
    "station.loading_limit": limits.LOADING[:2],
    "station.line_places": (-1, 0, 1),
    "station.service_min": limits.SESSION_MIN[:2],
    "station.expected_wait_min": limits.WAIT_MIN[:2],
    "station.failures.mtbf_h": limits.MTBF_H[:2],
    "station.failures.mttr_h": limits.MTTR_H[:2],
    "policy.soc_cap": (0.5, 1.0),
    "policy.session_limit_min": limits.SESSION_MIN[:2],
    "policy.guidance": tuple(
        {"cross_min": minutes, "source": "test"} for minutes in limits.CROSS_MIN[:2]
    ),
    "fleet.terrain_factor": limits.FACTOR[:2],
    "fleet.types.small.consumption_factor": limits.FACTOR[:2],
    "fleet.speed.exponent": limits.EXPONENT[:2],
    "fleet.speed.reference_kmh": limits.KMH[:2],
    "fleet.kwh_per_km.low": (limits.KWH_PER_KM.least, 0.1),
    "fleet.patience_min.value": limits.PATIENCE_MIN[:2],
    "fleet.overstay_min.value": limits.OVERSTAY_MIN[:2],
    "fleet.balk_per_evse.value": limits.BALK[:2],
    "fleet.reserve_soc": (0.0, 0.7),
    "demand.season_factor": limits.SEASON[:2],
    "demand.kinds.plain.deterrence_km": limits.DECAY_KM[:2],
    "demand.kinds.rush.scenic": limits.SCENIC[:2],
    "demand.crossing_km": limits.DECAY_KM[:2],
    "demand.crossing_share": limits.SHARE[:2],
    "demand.through_share": limits.SHARE[:2],
    "demand.local_share": limits.SHARE[:2],
    "demand.dc_share": limits.SHARE[:2],
    "demand.scale": (limits.SCALE.least, 3.0),
    "engine.curve_tolerance": (1e-4, limits.TOLERANCE.most),
}
CELLS = {  # of the tables: a cell, and what may stand there
    "areas": ("400,50", (f"{limits.KVA.least:g},0", f"{limits.KVA.most:g},50", "63.1,50")),
    "curves": ("small,40,400", ("small,1,24", "small,5000,2000", "small,40,24")),
    "links": ("50,100,A1", ("0.001,130,A1", "20000,1,A1", "50,1,A1")),
    "days": ("2.0,0.8", ("0,0.8", "20,1", "1,0")),
}


def _changed(folder, changes: dict[str, float], cells: dict[str, str]) -> dict[str, typing.Any]:
    tables = {
        name: small.TABLES[f"{name}.csv"].replace(CELLS[name][0], cell)
        for name, cell in cells.items()
    }
    cfg = small.config(folder, **tables)
    for path, value in changes.items():
        *parents, key = path.split(".")
        section = cfg
        for parent in parents:
            section = section[parent]
        section[key] = value
    return cfg | {"reference": copy.deepcopy(cfg["demand"]) | {"holiday": False}}


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    changes=st.dictionaries(st.sampled_from(sorted(ENDS)), st.integers(0, 2), max_size=5),
    cells=st.dictionaries(st.sampled_from(sorted(CELLS)), st.integers(0, 2), max_size=2),
)
def test_whatever_is_accepted_the_engine_and_the_audit_agree_on(tmp_path_factory, changes, cells):
    values = {path: ENDS[path][n % len(ENDS[path])] for path, n in changes.items()}
    texts = {name: CELLS[name][1][n] for name, n in cells.items()}
    try:
        own = scenario.load(_changed(tmp_path_factory.mktemp("own"), values, texts))
    except InputError:
        return
    evs, _ = Demand(own).traffic(1, 0)
    model = own.model().with_changes(failures(own, 1, 0))
    ledger = simulate(model, evs)
    audit.check(ledger)
    window = metrics.Window(own.counted_days())
    assert not metrics.stations(ledger, window, own.sites).isna().any(axis=None)
    assert all(abs(x) < inf for x in metrics.network(ledger, window).values())
