"""A small corridor: a gate, a yard, a depot with plugs, a swap station, two duties."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.config.section import CurvePoint
from sim.freight.corridor import Corridor
from sim.freight.schema import CorridorSection
from tests.small import constant, uniform

EVEN = [1.0] * 24
SECTION: dict[str, Any] = {
    "name": "small corridor", "name_zh": "小走廊", "names_zh": {
        "gate": "闸口", "yard": "堆场", "depot": "车场", "swap": "换电站", "shuttle": "短驳",
        "haul": "运输", "pair": "双枪桩",
    },
    "curves": "trucks.csv", "gate": "gate", "hub": "depot",
    "days": 2, "warm_up_days": 1, "trucks_in_fleet": 4,
    "shapes": {
        "even": {"hours": EVEN, "source": "test"},
        "day": {"hours": [0.0] * 8 + [1.0] * 8 + [0.0] * 8, "source": "test"},
    },
    "evse_classes": {"gun": {"kw": 100.0, "amps": 1000.0, "source": "test"}},
    "cabinet_types": {"pair": {"kw": 150.0, "evses": {"gun": 2}, "source": "test"}},
    "transformers": {"kva": [200.0, 400.0], "simultaneity": 0.7, "source": "test"},
    "places": {
        "gate": {"servers": 1, "service_min": constant(6.0), "source": "test"},
        "yard": {"servers": 3, "service_min": uniform(6.0, 18.0), "source": "test"},
    },
    "berths": [
        {"place": "yard", "cranes": 2, "gap_h": constant(4.0), "stay_h": constant(6.0),
         "source": "test"},
    ],
    "sites": {
        "depot": {"cabinets": {"pair": 2}, "kva": 400.0, "other_load_kw": 100.0,
                  "other_load_shape": "day", "source": "test"},
        "swap": {"swap": {"truck": "small", "bays": 1, "swap_min": 6.0, "packs": 2,
                          "rack_kw": 50.0, "soc": 0.9},
                 "kva": None, "source": "test"},
    },
    "trucks": {
        "small": {"curve": "t100", "guns": 1, "kwh_per_km_loaded": 2.0, "kwh_per_km_empty": 1.0,
                  "aux_kw": 0.0, "source": "test"},
        "big": {"curve": "t300", "guns": 2, "kwh_per_km_loaded": 2.0, "kwh_per_km_empty": 1.0,
                "aux_kw": 1.0, "source": "test"},
    },
    "duties": {
        "shuttle": {
            "truck": "small", "share": 0.25, "tonnes": 20.0, "teu": 2.0,
            "shift": {"begin_h": 6.0, "end_h": 22.0},
            "turn": [
                {"serve": {"at": "gate"}},
                {"drive": {"km": 10.0, "kmh": 40.0, "load": "loaded"}},
                {"deliver": {}},
                {"charge": {"at": "swap", "rule": "need", "soc": 0.9}},
                {"drive": {"km": 10.0, "kmh": 50.0, "load": "empty"}},
            ],
            "breaks": [{"from_h": 12.0, "to_h": 13.0, "steps": [{"pause": {"min": 60.0}}]}],
            "source": "test",
        },
        "haul": {
            "truck": "big", "share": 0.75, "tonnes": 30.0, "teu": 0.0,
            "turn": [
                {"charge": {"at": "depot", "rule": "threshold", "soc": 0.8}},
                {"drive": {"km": 30.0, "kmh": 60.0, "load": "empty"}},
                {"serve": {"at": "gate"}},
                {"serve": {"at": "yard"}},
                {"drive": {"km": 30.0, "kmh": 60.0, "load": "loaded", "grade": 1.1}},
                {"deliver": {}},
                {"between": {"from_h": 23.0, "to_h": 4.0, "steps": [
                    {"charge": {"at": "depot", "rule": "always", "soc": 1.0}},
                    {"until": {"clock_h": 4.0}},
                ]}},
            ],
            "source": "test",
        },
    },
    "target_2028": {"trucks": 1500, "stations": 100, "share": 0.5, "source": "test"},
    "season_factor": 1.0, "consumption_spread": constant(1.0),
    "drive_spread": uniform(0.8, 1.2), "start_soc": constant(0.5),
    "start_spread_min": constant(0.0), "stop_soc": 0.3, "reserve_soc": 0.1,
    "patience_min": None, "balk_per_evse": None, "drive_limit_h": 4.0, "rest_min": 20.0,
    "handshake_min": 0.0, "efficiency": 1.0, "power_factor": 1.0, "loading_limit": 1.0,
    "module_kw": 20.0, "failures": None, "shift_offsets_h": [0.0], "appointment_share": 0.0,
}  # fmt: skip
SECTION["sources"] = dict.fromkeys(
    set(SECTION) & (set(CorridorSection.model_fields) - CorridorSection.elsewhere - {"name"}),
    "test",
)
CURVES = """\
vehicle,battery_kwh,volts,soc,power_kw,source
t100,100,400,0,100,test
t100,100,400,1,100,test
t300,300,400,0,200,test
t300,300,400,1,200,test
"""


def config(**changes: Any) -> dict[str, Any]:
    """The section with values put in at their paths (`"sites.depot.kva": 300.0`)."""
    section = copy.deepcopy(SECTION)
    for path, value in changes.items():
        *parents, last = path.split(".")
        at: Any = section
        for part in parents:
            at = at[int(part) if isinstance(at, list) else part]
        at[int(last) if isinstance(at, list) else last] = value
    return section


def curves() -> Mapping[str, tuple[CurvePoint, ...]]:
    _, *lines = (line.split(",") for line in CURVES.splitlines())
    rows = [
        CurvePoint(vehicle=v, battery_kwh=float(b), volts=float(u), soc=float(s),
                   power_kw=float(p), source=t)
        for v, b, u, s, p, t in lines
    ]  # fmt: skip
    return {name: tuple(r for r in rows if r.vehicle == name) for name in ("t100", "t300")}


def corridor(**changes: Any) -> Corridor:
    return Corridor(CorridorSection.model_validate(config(**changes)), curves())


def write(folder: Path, **changes: Any) -> dict[str, Any]:
    """The section, its table of curves in a folder."""
    (folder / "trucks.csv").write_text(CURVES)
    return config(**{"curves": str(folder / "trucks.csv")} | changes)
