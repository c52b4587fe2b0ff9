"""Tables that are not one region: a sentence for each reason, all of them at once."""

import pytest

from sim.region import load
from tests.region.regions import config, problems, with_cells

EAST, WEST = "east", "west"

WRONG = [
    # Sums.
    ({("districts", EAST, "population"): "2001"},
     ["districts.csv: `population` of all districts sums to 3,001, but `region.totals.population` "
      "is 3,000"]),
    ({("districts", WEST, "nevs"): "5"},
     ["districts.csv: `nevs` of all districts sums to 13, but `region.totals.nevs` is 12"]),
    ({("districts", WEST, "private_chargers"): "3"},
     ["districts.csv: `private_chargers` of all districts sums to 7, but "
      "`region.totals.private_chargers` is 6"]),
    ({("districts", WEST, "public_stations"): "3", ("districts", EAST, "public_stations"): "2"},
     ["district `east` has 3 `public_stations` in stations.csv, but only 2 in districts.csv",
      "district `west` has 0 chargers for the 1 stations that are to be drawn, but must have 1"]),
    ({("districts", WEST, "super_stations"): "1", ("districts", EAST, "super_stations"): "0"},
     ["district `east` has 1 `super_stations` in stations.csv, but only 0 in districts.csv",
      "district `west` has 1 super stations more than stations.csv, but only 0 stations that are "
      "to be drawn"]),
    ({("years", "2025", "stations"): "6"},
     ["years.csv ends with 6 stations in 2025, but `region.totals` has 5 in 2025"]),
    ({("years", "2022", "stations"): "1"},
     ["years.csv: at the end of 2022 fewer stations stand than a year before"]),
    # Shares.
    ({("classes", "private", "share"): "0.7"}, ["the shares of classes sum to 0.95, not to 1"]),
    ({("groups", "flat", "two"): "0.5"},
     ["the shares of streets of group `flat` sum to 1.5, not to 1"]),
    ({("mixes", "ride_hailing", "share"): "0.5"},
     ["the shares of battery cars of class `ride_hailing` sum to 0.5, not to 1"]),
    ({("mixes", "ride_hailing", "vehicle"): "A7_PHEV_EREV"},
     ["vehicle `A7_PHEV_EREV` is a hybrid in one mix, and none in another"]),
    # Names.
    ({("divisions", "w1", "district"): "wst"},
     ["divisions.csv has an unknown district `wst`: did you mean `west`?"]),
    ({("districts", EAST, "group"): "hilly"},
     ["districts.csv has an unknown group `hilly`: known are `flat`"]),
    ({("zones", "farm", "division"): "w2"},
     ["zones.csv has an unknown division `w2`: known are `e1`, `e2`, `w1`"]),
    ({("zones", "farm", "land_use"): "vilage"},
     ["zones.csv has an unknown land use `vilage`: did you mean `village`?"]),
    ({("stations", "mill", "division"): "w2"},
     ["stations.csv has an unknown division `w2`: known are `e1`, `e2`, `w1`"]),
    ({("stations", "mill", "cabinets"): "dual_12*2"},
     ["stations.csv: `mill` has an unknown type of cabinet `dual_12`: did you mean `dual_120`?"]),
    ({("classes", "private", "diary"): "comuter"},
     ["classes.csv has an unknown diary `comuter`: did you mean `commuter`?"]),
    ({("mixes", "ride_hailing", "class"): "ride_haling"},
     ["mixes.csv has an unknown class `ride_haling`: did you mean `ride_hailing`?"]),
    ({("mixes", "ride_hailing", "vehicle"): "A1"},
     ["fleet/chongqing/vehicles.csv has no curve `A1`: known are `A1_400V_LFP_compact`, "
      "`A2_400V_LFP_midsize`, `A3_400V_NMC`, `A4_800V_3C`, `A5_800V_5C`, `A6_800V_5C_MPV`, "
      "`A7_PHEV_EREV`"]),
    # A district that contradicts itself.
    ({("districts", WEST, "super_stations"): "3", ("districts", EAST, "super_stations"): "0"},
     ["districts.csv: `super_stations` of all districts sums to 3, but "
      "`region.totals.super_stations` is 1",
      "district `east` has 1 `super_stations` in stations.csv, but only 0 in districts.csv",
      "district `west` has 3 super stations, more than stations, 2"]),
    ({("districts", WEST, "public_stations"): "1", ("districts", EAST, "public_stations"): "4"},
     ["district `east` has 0 chargers for the 1 stations that are to be drawn, but must have 1",
      "district `west` has 2 `public_stations` in stations.csv, but only 1 in districts.csv"]),
    ({("districts", WEST, "public_chargers"): "7", ("districts", EAST, "public_chargers"): "8"},
     ["district `east` has 9 `public_chargers` in stations.csv, but only 8 in districts.csv",
      "district `west` has 1 chargers more than the stations of stations.csv, which are all that "
      "it has"]),
    ({("districts", WEST, "private_chargers"): "4", ("districts", EAST, "private_chargers"): "2"},
     ["district `west` has 4 private chargers, more than NEVs that may have one at home, 3"]),
    # Where nobody can be.
    ({("land_uses", "village", "lives"): "0"},
     ["district `west` has NEVs, but no zone where people live"]),
    ({("land_uses", "market", "works"): "0"},
     ["no zone of a district with NEVs has a land use of land_uses.csv with `works` above 0"]),
    # What a cell may be.
    ({("stations", "mill", "year"): "22"},
     ["stations.csv line 5: `year` is '22', but must be '' or at least 1990"]),
    ({("station_kinds", "slow", "first"): "slow"},
     ["station_kinds.csv line 2: `first` is 'slow', but must be '' or cabinets such as "
      "dual_120*2+stack_600*1"]),
    ({("districts", EAST, "area_km2"): "0"},
     ["districts.csv line 2: `area_km2` is '0', but must be from 0.01 to 1,000,000 km2"]),
    ({("outings", "driver", "arrive_h"): "25"},
     [f"outings.csv line {line}: `arrive_h` is '25', but must be from 0 to 24 hours"
      for line in (4, 5, 6, 7)]),
    ({("groups", "flat", "detour"): "0.9"},
     ["groups.csv line 2: `detour` is '0.9', but must be from 1 to 5"]),
    ({("groups", "flat", "source"): ""},
     ["groups.csv line 2: `source` is '', but must be text of at least 1 character(s)"]),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "says"), WRONG, ids=lambda own: str(own)[:60])
def test_what_is_no_region_is_told(tmp_path, cells, says):
    assert problems(with_cells(tmp_path, cells), tmp_path) == says


def test_the_toy_itself_is_one(tmp_path):
    assert problems(with_cells(tmp_path, {}), tmp_path) == []


SETTINGS = [
    ({"totals.divisions": 4},
     ["region/toy/divisions.csv has 3 divisions, but `region.totals.divisions` is 4"]),
    ({"totals.super_stations": 6},
     ["`totals`: super_stations is 6, more than public_stations, 5"]),
    ({"reach_min": 2.0, "tables.stations": None, "tables.zones": None, "station_spread": 1.0},
     []),
    ({"living.need_soc": {"dist": "uniform", "low": 0.5, "high": 1.5}},
     ["`living.need_soc`: draws from 0.5 to 1.5, but must be from 0 to 1"]),
    ({"living.days": 0}, ["`living.days` is 0, but must be from 1 to 28"]),
    ({"most_candidates": 13}, ["`most_candidates` is 13, but must be from 1 to 12"]),
    ({"living.sources": {}},
     ["`living`: sources lacks day_cv, decay_km, energy_scale, informed_share, least_home_h, "
      "need_soc, patience_min, plug_in_share, slow_share, slow_soc, target_soc, walk_km, "
      "zone_day_cv: give a source, or say assumed"]),
    ({"cabinet_types.dual_120.evses": {"air": 2}},
     ["`region.cabinet_types.dual_120` has an unknown class `air`: did you mean `air_60`?"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "says"), SETTINGS, ids=lambda own: str(own)[:50])
def test_what_settings_say_wrong_is_told(tmp_path, changes, says):
    assert problems(config("toy", **changes), tmp_path) == says


def test_a_zone_without_a_station_in_reach_is_refused(tmp_path):
    cells = {("stations", "inn", "division"): "e1", ("stations", "inn", "lon"): "0.0"}
    assert problems(with_cells(tmp_path, cells), tmp_path) == [
        "zone `hamlet` has no station within `region.reach_min` = 20 minutes"
    ]


def test_what_is_not_known_any_more_is_drawn(tmp_path):
    """Without the yard, a station of four chargers stands in the west all the same."""
    region = load.drawn(load.checked(with_cells(tmp_path, {("stations", "yard", "station"): None})))
    name, row = region.stations.names[2], region.stations.rows[2]
    assert name == "farm/002"
    assert (row["chargers"], region.zones.names[row["zone"]]) == (4, "farm")


def test_a_name_that_comes_twice_is_told(tmp_path):
    settings = with_cells(tmp_path, {("stations", "inn", "station"): "mill"})
    assert problems(settings, tmp_path) == ["stations.csv names the station `mill` 2 times"]


def test_targets_below_what_stands_are_refused(tmp_path):
    found = config("chongqing_2028", **{"growth.nevs": 951_999, "growth.year": 2025})
    assert problems(found, tmp_path) == [
        "`region.growth.year` is 2025, but must be after 2025",
        "`region.growth.nevs` is 951,999, less than what there is already, 952,000",
    ]


GROWTH = [
    ({"growth.super_stations": 2_164},
     "`region.growth.super_stations` is 2,164, less than what there is already, 2,165"),
    ({"growth.public_chargers": 51_000},
     "`region.growth` brings district `500101` 3 chargers for 86 stations, but these must have "
     "126 or more"),
    ({"growth.public_stations": 6_518, "growth.road_stations": 279},
     "`region.growth` brings district `500101` 8 super stations, more than stations, 3"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "says"), GROWTH, ids=[says[-40:] for _, says in GROWTH])
def test_growth_that_contradicts_itself_is_told(tmp_path, changes, says):
    assert problems(config("chongqing_2028", **changes), tmp_path)[0] == says


def test_kinds_of_stations_must_cover_the_years(tmp_path):
    def edit(column, kind, text):
        return with_cells(tmp_path, {("station_kinds", kind, column): text}, "chongqing_2025")

    name = "station_kinds.csv"
    assert problems(edit("since", "super_600", "2026"), tmp_path) == [
        f"{name} has no kind of super station by 2025"
    ]
    assert problems(edit("until", "fast_60", "2016"), tmp_path) == [
        f"{name} has no fast kind of station in 2017"
    ]


def test_a_transformer_that_there_is_not_is_told(tmp_path):
    settings = config("chongqing_2025")
    settings["transformers"] |= {"kva": [1000.0]}
    (first, *_) = problems(settings, tmp_path)
    assert "would need a transformer of " in first
    assert first.endswith("kVA, but may have at most 1,000")
