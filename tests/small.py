"""A small scenario with tables in a folder: two towns, a scenic spot, two gates, three sites."""

import copy
from pathlib import Path
from typing import Any

import experiments
from experiments import command
from experiments.config import Checked
from experiments.forty_percent_rule.case import Ruled
from experiments.question import Result, run
from sim.report.language import LANGUAGES, Words
from sim.roads import scenario

QUESTIONS = Path(experiments.__file__).parent
SAY = [Words(of, *map(QUESTIONS.joinpath, experiments.QUESTIONS), command.TERMINAL)
       for of in LANGUAGES]  # fmt: skip

TABLES = {
    "nodes.csv": """\
node,name_en,name_zh,lon,lat,kind,mass,source
city,City,城,0.0,0.0,core,100,test
town,Town,镇,1.0,0.0,district,50,test
lake,Lake,湖,1.0,1.0,scenic,20,test
west,West gate,西,-1.0,0.0,gate,1000,test
east,East gate,东,3.0,0.0,gate,3000,test
fork,Fork,,0.5,0.0,junction,0,test
""",
    "links.csv": """\
from,to,km,kmh,road,source
west,city,100,100,A1,test
city,fork,50,100,A1,test
fork,town,60,60,A1,test
town,east,150,100,A1,test
fork,lake,80,80,B2,test
""",
    "areas.csv": """\
site,name_en,name_zh,road,from,to,km,sides,lon,lat,position,cabinets,kva,other_load_kw,evidence,note
near,Near,近,A1,city,fork,20,two,0.2,0.0,approximate,pair*2,400,50,given,
far,Far,远,A1,town,east,30,two,1.2,0.0,approximate,pair*1+big*1,800,50,assumed,
gate,Gate,门,A1,west,city,10,one,-0.9,0.0,approximate,pair*1,200,20,given,
""",
    "days.csv": """\
date,label,kind,factor,outbound,counted,source
2025-09-30,eve,plain,1.0,0.5,no,test
2025-10-01,day 1,rush,2.0,0.8,yes,test
2025-10-02,day 2,plain,1.5,0.4,yes,test
""",
    "hours.csv": "kind,hour,share,source\n"
    + "".join(f"plain,{h},{1 / 24:.6f},test\n" for h in range(24))
    + "".join(f"rush,{h},{0.5 if h in (8, 9) else 0},test\n" for h in range(24)),
    "curves.csv": """\
vehicle,battery_kwh,volts,soc,power_kw,source
small,40,400,0,60,test
small,40,400,0.5,60,test
small,40,400,1,10,test
big,80,800,0,200,test
big,80,800,1,20,test
""",
    "holidays.csv": """\
holiday,calendar,first_day,ev_share,season_factor,source
first,FOLDER/days.csv,2026-10-01,0.1,1.0,test
second,FOLDER/days.csv,2027-10-01,0.1,1.2,test
third,FOLDER/days.csv,2028-10-01,0.1,1.0,test
""",
    "observed.csv": """\
demand,metric,quantity,unit,role,observed,low,high,kind,definition,source
three days,sessions_per_evse_day,sessions,1/day,fitted,20,15,25,measured,counted,test
three days,kwh_per_session,energy,kWh,fitted,22,18,26,derived,metered,test
three days,arrival_soc,state of charge,share,check,0.3,0.1,0.6,forecast,as said,test
""",
    "growth.csv": "date,nevs,source\n2025-10-01,1000,test\n2029-10-01,4000,test\n",
}

COSTS = """\
item,unit,low,typical,high,source
air_kw,CNY/kW,100,200,300,test
liquid_kw,CNY/kW,500,600,700,test
evse,CNY/EVSE,1000,2000,3000,test
transformer_kva,CNY/kVA,10,20,30,test
transformer_works,CNY/station,100000,200000,300000,test
storage_kwh,CNY/kWh,1,2,3,test
mobile_evse_day,CNY/EVSE-day,10,20,30,test
"""


class Quiet:
    """A line of progress that shows nothing: it knows how much there was to do last, and what was
    `warned` of.  Whatever it is told must be a message of both languages."""

    def __init__(self):
        self.warned = []

    def say(self, key, /, **values):
        english, _ = (say(key, **values) for say in SAY)
        return english

    def start(self, total, key, running=None, /, **values):
        self.say(key, **values)
        self.total = total

    def advance(self):
        pass

    def questions(self, of):
        return iter(of)

    def status(self, key, /, **values):
        self.say(key, **values)

    def warn(self, key, /, **values):
        self.warned.append(self.say(key, **values))


def uniform(low: float, high: float) -> dict[str, Any]:
    return {"dist": "uniform", "low": low, "high": high}


def constant(value: float) -> dict[str, Any]:
    return {"dist": "constant", "value": value}


def everywhere(soc: dict[str, Any]) -> dict[str, Any]:
    return {kind: soc for kind in ("core", "district", "scenic", "gate")}


def _sourced(section: dict[str, Any], *elsewhere: str) -> dict[str, Any]:
    figures = set(section) - {"name"} - set(elsewhere)
    return section | {"sources": dict.fromkeys(sorted(figures), "test")}


SECTIONS: dict[str, Any] = {
    "demand": _sourced(
        {
            "name": "three days", "calendar": "days.csv", "hourly": "hours.csv", "holiday": True,
            "kinds": {
                "plain": {"deterrence_km": 100.0, "scenic": 0.5, "source": "test"},
                "rush": {"deterrence_km": 200.0, "scenic": 1.0, "source": "test"},
            },
            "vehicles_per_day": 10000.0, "scale": 1.0, "ev_share": 0.2, "dc_share": 0.5,
            "variation": {"period_cv": 0.0, "day_cv": 0.0, "known": True},
            "local_share": 0.0, "season_factor": 1.0,
            "crossing_share": 0.4, "through_share": 0.5, "crossing_km": 150.0,
            "through_min_km": 100.0,
        },
        "calendar", "hourly", "holiday", "kinds",
    ),
    "fleet": _sourced(
        {
            "name": "two types", "curves": "curves.csv",
            "types": {
                "small": {"share": 0.75, "consumption_factor": 0.9, "source": "test"},
                "big": {"share": 0.25, "consumption_factor": 1.2, "source": "test"},
            },
            "pack_factor": 1.0,
            "kwh_per_km": {"dist": "normal", "mean": 0.2, "sd": 0.02, "low": 0.1, "high": 0.3},
            "speed": {"reference_kmh": 100.0, "exponent": 0.5},
            "terrain_factor": 1.1, "load_factor": 1.0,
            "entry_soc": everywhere(uniform(0.2, 1.0)),
            "destination_soc": everywhere(uniform(0.1, 0.4)),
            "target_soc": uniform(0.7, 0.9), "stop_soc": uniform(0.2, 0.5), "reserve_soc": 0.1,
            "patience_min": constant(30.0), "overstay_min": constant(3.0),
            "balk_per_evse": constant(2.0), "plan_ahead_share": 0.5, "informed_share": 0.5,
        },
        "curves", "types",
    ),
    "station": _sourced(
        {
            "name": "stations",
            "evse_classes": {
                "plain": {"kw": 60.0, "amps": 200.0, "source": "test"},
                "liquid": {"kw": 250.0, "amps": 600.0, "source": "test"},
            },
            "cabinet_types": {
                "pair": {"kw": 80.0, "evses": {"plain": 2}, "source": "test"},
                "big": {"kw": 300.0, "evses": {"liquid": 1, "plain": 2}, "source": "test"},
            },
            "handshake_min": 3.0, "efficiency": 0.9, "power_factor": 1.0, "loading_limit": 0.8,
            "other_load_shape": [0.5] * 12 + [1.0] * 12, "line_places": -1, "service_min": 30.0,
            "expected_wait_min": 6.0, "failures": {"mtbf_h": 30.0, "mttr_h": 5.0},
            "overrides": {},
        },
        "evse_classes", "cabinet_types", "overrides",
    ),
    "policy": _sourced(
        {"name": "rule", "when": "holidays", "soc_cap": 0.8, "session_limit_min": 30.0}, "when"
    ),
    "engine": {
        "seed": 1, "replications": 2, "workers": 1, "bin_min": 60, "curve_tolerance": 0.01,
        "half_width": None, "most_replications": 4,
    },
    "report": {"utilization_threshold": 0.4, "worst": 3},
    "kpis": {
        "weights": {"prompt": 1.0, "served": 1.0, "first_try": 1.0, "price": 0.0},
        "sample_min": 15.0, "lost_messages": 0.02, "standard_session": {"kwh": 24.0, "hour": 19},
    },
    "verify": {"quick": True},
    "replay": {
        "stations": None, "visits": None, "vehicles": None, "out": "nowhere", "bin_min": 5,
        "discipline": "fcfs", "sharing": "max_min", "module_kw": None, "station_overrides": {},
    },
    "validate": {
        "sessions": None, "site": None,
        "city": {
            "zone_km": 2.0, "around_km": 0.3, "known": 6, "walk_km": 1.0, "detour": 1.3,
            "walk_kmh": 4.5, "drive_kmh": 20.0, "informed_share": 0.4,
        },
    },
    "rule_study": {
        "fails_wait_p90_min": 30.0, "fails_lost_share": 0.05, "miss_cost": 1.0,
        "saturated_h_per_day": 6.0,
        "demand_change": 0.2, "ev_share_growth": 0.5, "overstay_min": constant(12.0),
        "site_rule": {"soc_cap": 0.8, "session_limit_min": 30.0},
        "actions": {"pair": {"add": "pair*1"}, "transformer": {"kva": 250.0}},
        "money": {
            "budget_cny": None, "shares": [0.5, 1.0], "holidays": 2, "lost_h": 1.0,
            "most_evses": 8, "least_saving_h": 1.0, "indifference": 0.1,
            "menu": {"pair": {"add": "pair*1"}, "mobile": {"mobile": {"cabinets": "pair*1"}}},
        },
        "years": {
            "holidays": "holidays.csv", "growth": "growth.csv", "build_months": 9.0,
            "super_stations": 4, "super_share": 0.5, "super_kw": 200.0,
            "super_station": {"replace": "big*1"},
        },
        "sensitivity": {"inputs": "policy/sensitivity.csv"},
        "worlds": 4, "quick": False,
    },
    "port_study": {
        "questions": ["capacity"], "wait_p95_min": 15.0, "energy_share": 0.99,
        "replications": 2, "fewer_replications": 2, "worlds": 3, "most_trucks": 50,
        "resolution": 0.1, "step": 0.25,
        "surface": {"cabinets": [1.0, 2.0], "types": ["pair"], "kva": [1.0]},
        "money": {
            "budgets_cny": [1e6], "costs": "policy/upgrade_costs.csv",
            "swap_costs": "corridor/swap_costs.csv", "life_years": 10.0, "dual_gun": "pair",
            "megawatt": "pair", "megawatt_truck": "small", "swap_min": 5.0, "packs_a_bay": 12,
            "rack_c_rate": 0.5, "pack_soc": 0.9,
        },
        "levers": {
            "appointment_share": 0.5, "shift_offsets_h": [-1.0, 1.0],
            "storage": {"kwh": 100.0, "kw": 50.0, "efficiency": 0.9, "discharge_hours": [12, 13],
                        "charge_hours": [1, 2, 3]},
        },
        "plan": ["guoyuan"], "outside": [], "quick": False,
    },
    "one_station": {
        "station": "near_out", "costs": "policy/upgrade_costs.csv",
        "changes": {
            "more_evses": {"here.add": "pair*1"}, "transformer": {"here.kva": 800.0},
            "site_rule": {"policy.soc_cap": 0.6},
            "live_queues": {"fleet": {"informed_share": 1.0}}, "my own": {"here": {"evses": 8}},
        },
    },
    "calibrate": {
        "inputs": "calibration/inputs.csv", "observations": "observed.csv", "points": 16,
        "sample": 1024, "kept": 4, "level_sd": 0.03, "quick": False,
    },
    "speed": {
        "parts": ["twin"], "rounds": 1, "sessions": 1000, "twin_sessions": 1000,
        "peer_customers": 1000, "replications": 2,
        "national": {"stations": 100, "evses": 1000, "days": 2, "sessions": 10000, "rounds": 1},
        "week": {"stations": 100, "days": 7, "evs": 10000, "rounds": 1},
        "pool": {
            "designs": 20, "design_s": 0.01, "replications": 2, "bare": 20, "tasks": 20,
            "task_s": 0.05, "short": 100,
        },
        "profile": False, "quick": False,
    },
    "experiment": "test", "out": "nowhere", "overwrite": False,
}  # fmt: skip


def config(folder: Path, **tables: str) -> dict[str, Any]:
    """A config whose tables, with those given in place of ours (`nodes=...`), are in `folder`."""
    for name, text in TABLES.items():
        text = tables.pop(name.removesuffix(".csv"), text).replace("FOLDER", str(folder))
        (folder / name).write_text(text)
    assert not tables
    cfg = copy.deepcopy(SECTIONS)
    cfg["network"] = {
        "name": "small", "note": "test", "nodes": str(folder / "nodes.csv"),
        "links": str(folder / "links.csv"), "service_areas": str(folder / "areas.csv"),
    }  # fmt: skip
    for section, key in (("demand", "calendar"), ("demand", "hourly"), ("fleet", "curves")):
        cfg[section][key] = str(folder / cfg[section][key])
    for key in ("holidays", "growth"):
        cfg["rule_study"]["years"][key] = str(folder / cfg["rule_study"]["years"][key])
    cfg["reference"] = copy.deepcopy(cfg["demand"]) | {"holiday": False}
    cfg["calibrate"]["observations"] = str(folder / "observed.csv")
    cfg["calibrate"]["check"] = copy.deepcopy(cfg["demand"]) | {"name": "a check"}
    return cfg


def ruled(
    folder: Path, table: str = COSTS, overrides: dict[str, Any] | None = None, **rule: Any
) -> dict[str, Any]:
    """The config with a rule for upgrades; `action` and what else is given in place of ours."""
    (folder / "costs.csv").write_text(table)
    cfg = config(folder)
    cfg["station"]["overrides"] = overrides or {}
    cfg["policy"]["upgrade_rule"] = {
        "name": "rule", "definition": "time", "unit": "station", "window": "holiday_mean",
        "threshold": 0.4, "budget_cny": None, "action": {"add": "pair*1"},
        "transformers": {"kva": [250.0, 400.0, 630.0], "simultaneity": 0.7, "source": "test"},
        "costs": str(folder / "costs.csv"),
        "sources": dict.fromkeys(("threshold", "budget_cny", "action"), "test"),
    } | rule  # fmt: skip
    return cfg


def build(folder: Path, **tables: str) -> scenario.Scenario:
    return scenario.load(config(folder, **tables))


def checked(config: dict[str, Any], experiment: str) -> Checked:
    """A config of ours, as a question takes it: without the settings of the others."""
    return command.check(config | {"experiment": experiment})


def asked(config: dict[str, Any], experiment: str, out: Path, progress: Any = None) -> Result:
    """The answer to a question, in a folder."""
    own = checked(config, experiment)
    return run(experiments.named(experiment), own, out, progress or Quiet())


def put_to_the_test(config: dict[str, Any]) -> Ruled:
    """The scenario of the study of the 40 % rule."""
    found: Ruled = checked(config, "forty_percent_rule").case
    return found
