"""Answers about nothing: what is said first where nobody comes, nobody needs, nobody is served."""

import json

import pytest

from sim.config.problems import InputError
from tests import small
from tests.report.reading import source

NO_TRAFFIC = small.TABLES["days.csv"].replace("1.0,0.5", "0,0.5").replace("2.0,0.8", "0,0.8")
NO_TRAFFIC = NO_TRAFFIC.replace("1.5,0.4", "0,0.4")
WASTELAND = {"mtbf_h": 1.0, "mttr_h": 8760.0}


def strict(text: str) -> dict:
    """As JSON without NaN and infinity, which it does not know."""

    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def holiday(cfg, folder) -> list[str]:
    verdict = small.asked(cfg, "holiday_highway", folder / "out").verdict
    assert strict((folder / "out" / "answer.json").read_text())["said"]["en"] == verdict
    assert verdict[0] in source(folder / "out" / "report.html").replace("&#39;", "'")
    return verdict


def test_no_ev_comes(tmp_path):
    (only,) = holiday(small.config(tmp_path, days=NO_TRAFFIC), tmp_path)
    assert only == (
        "No EV stops at any station in three days: no EV is on a route that passes one. There is "
        "nothing to judge."
    )


def test_nobody_needs_to_stop(tmp_path):
    cfg = small.config(tmp_path)
    full = small.everywhere(small.constant(1.0))
    cfg["fleet"] |= {"entry_soc": full, "destination_soc": small.everywhere(small.constant(0.0))}
    cfg["fleet"]["kwh_per_km"] = small.constant(0.01)
    (only,) = holiday(cfg, tmp_path)
    assert only.startswith("No EV stops at any station in three days: ")
    assert " EV trips pass one, but none needs it. " in only


def test_every_evse_is_always_down_and_nobody_gives_up(tmp_path):
    cfg = small.config(tmp_path)
    cfg["station"]["failures"] = WASTELAND
    cfg["fleet"] |= {
        "patience_min": small.constant(10_080.0), "balk_per_evse": small.constant(1e6),
        "informed_share": 0.0,
    }  # fmt: skip
    cfg["engine"]["seed"] = 5  # no EVSE happens to be up at the start
    verdict = holiday(cfg, tmp_path)
    assert verdict[0].startswith("Nobody charges in three days: of ")
    assert verdict[0].endswith("visits 100 % are still there at the end.")
    assert not any("utilization" in line for line in verdict)


def test_a_rule_is_not_judged_by_stations_that_nobody_uses(tmp_path):
    cfg = small.ruled(tmp_path)
    (tmp_path / "days.csv").write_text(NO_TRAFFIC)
    (tmp_path / "days_before.csv").write_text(small.TABLES["days.csv"])
    cfg["reference"]["calendar"] = str(tmp_path / "days_before.csv")
    result = small.asked(cfg, "forty_percent_rule", tmp_path / "out")
    assert len(result.verdict) == 1
    assert result.verdict[0].startswith("No EV stops at any station in three days")
    assert result.headline == {}
    strict((tmp_path / "out" / "answer.json").read_text())


@pytest.mark.parametrize("need", ["0", "20"])
def test_a_trace_in_which_nobody_needs_anything(tmp_path, need):
    (tmp_path / "stations.csv").write_text("station,evses,evse_kw\nnorth,4,120\nsouth,2,60\n")
    rows = f"v1,north,8,{need},50,\nv2,south,8,0,50,120000\n".replace("120000", "6000")
    (tmp_path / "visits.csv").write_text(
        "visit,station,arrival,need_kwh,ev_kw,overstay_min\n" + rows
    )
    cfg = small.config(tmp_path)
    cfg["replay"] |= {
        name: str(tmp_path / f"{name}.csv") for name in ("stations", "visits")
    } | {"station_overrides": {"north": {"evses": 1}}}  # fmt: skip
    verdict = small.asked(cfg, "replay", tmp_path / "out").verdict
    strict((tmp_path / "out" / "answer.json").read_text())
    first = "Nobody charges at these stations: of 2 visits 100 % need nothing."
    assert (verdict[0] == first) == (need == "0")
    assert "The longest overstay given is 4.2 days." in verdict


def test_modules_that_nobody_uses_are_refused(tmp_path):
    (tmp_path / "stations.csv").write_text(
        "station,evses,evse_kw,sharing,module_kw\nnorth,4,120,max_min,\n"
    )
    (tmp_path / "visits.csv").write_text("visit,station,arrival,need_kwh,ev_kw\nv1,north,8,10,50\n")
    cfg = small.config(tmp_path)
    cfg["replay"] |= {name: str(tmp_path / f"{name}.csv") for name in ("stations", "visits")}
    cfg["replay"]["module_kw"] = 30.0
    with pytest.raises(InputError, match="no station shares its power as `modular`"):
        small.asked(cfg, "replay", tmp_path / "out")
    cfg["replay"]["module_kw"] = None
    (tmp_path / "stations.csv").write_text(
        "station,evses,evse_kw,sharing,module_kw\nnorth,4,120,max_min,30\n"
    )
    with pytest.raises(InputError, match=r"row 2: `module_kw` is 30\.0, but must be empty"):
        small.asked(cfg, "replay", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_how_wide_intervals_are_where_they_were_to_be_narrower(tmp_path):
    cfg = small.config(tmp_path)
    cfg["engine"] |= {"half_width": 0.001, "most_replications": 4}
    verdict = holiday(cfg, tmp_path)
    said = [line for line in verdict if line.startswith("`engine.most_replications` = 4")]
    assert len(said) == 2
    assert "`engine.half_width` = 0.001: the interval of `wait_min_mean` is +-" in said[1]


def test_a_speed_needs_sessions(tmp_path):
    cfg = small.config(tmp_path, days=NO_TRAFFIC)
    with pytest.raises(InputError, match="nobody charges in the first two days of three days: "):
        small.asked(cfg, "speed", tmp_path / "out")
    assert not (tmp_path / "out" / "manifest.json").exists()
