import copy
import json

import pytest

from tests.replay.importers.conftest import FIXTURES

LOCATIONS = json.loads((FIXTURES / "locations.json").read_text())["data"]
CDRS = json.loads((FIXTURES / "cdrs.json").read_text())


def location(**connector):
    return {"id": "L", "evses": [{"uid": "1", "connectors": [connector]}]}


def cdr(**fields):
    return {
        "id": "C",
        "start_date_time": "2025-07-01T08:00:00Z",
        "end_date_time": "2025-07-01T09:00:00Z",
        "cdr_location": {"id": "L", "evse_uid": "1"},
        "total_energy": 20,
    } | fields


def test_an_evse_has_the_power_of_its_strongest_connector_and_a_station_has_one_power(imported):
    found = imported("ocpi", "locations.json")
    assert {
        name: (row["site"], row["evses"], row["evse_kw"]) for name, row in found.stations.items()
    } == {
        "LOC1-150kw": ("LOC1", "2", "150.0"),
        "LOC1-22kw": ("LOC1", "1", "22.0"),
        "LOC2": ("LOC2", "2", "3.7"),
    }
    assert found.stations["LOC1-22kw"]["lat"] == "51.92442"
    assert found.stations["LOC2"]["lat"] == ""
    assert found.visits == {}
    for line in ("1  EVSEs: planned or removed", "1  locations: EVSEs of several powers"):
        assert line in found.report


def test_visits_keep_start_end_and_energy(imported):
    found = imported("ocpi", "locations.json", "cdrs.json")
    assert found.order == ["C2", "C1", "C7", "C9"]
    assert found.visits["C1"] == {
        "visit": "C1",
        "station": "LOC1-150kw",
        "arrival": "2025-07-01T08:00:00+02:00",
        "need_kwh": "60.0",
        "ev_kw": "60.0",  # 1.5 h without 0.5 h of parking
        "overstay_min": "30.0",
        "deadline": "",
    }
    assert (found.visits["C2"]["ev_kw"], found.visits["C2"]["overstay_min"]) == ("40.0", "15.0")
    assert found.visits["C7"]["arrival"] == "2025-07-01T08:00:00+00:00"


def test_a_session_beyond_its_evse_is_dropped_and_rates_nothing(imported):
    found = imported("ocpi", "locations.json", "cdrs.json")
    assert found.stations["LOC1-22kw"]["evse_kw"] == "22.0"
    assert "1  sessions: more energy than the EVSE gives in that time" in found.report
    assert (
        "session 'C3' at 'LOC1-22kw' has 50 kWh in 2 h, but an EVSE of 22 kW gives 44"
        in found.report
    )


def test_energy_that_is_not_told_is_not_zero(imported):
    found = imported("ocpi", "locations.json", "cdrs.json")
    assert found.visits["C9"]["need_kwh"] == "60.0"  # 1 h at the assumed 60 kW
    assert "1  visits: energy not told, taken as the stay at the assumed kW" in found.report


@pytest.mark.parametrize(
    "line",
    [
        "1  CDRs: location unknown, dropped, or of several operators",
        "1  CDRs: EVSE unknown at a location with several power classes",
        "1  CDRs: EVSE unknown, but its location has one power class: put there",
        "2  CDRs: credit CDRs and those that they cancel",
        "1  sessions: id given before",
        "1  sessions: at the same EVSE at the same time as another",
        "11  CDRs",
        "4  visits (visits.csv)",
    ],
)
def test_what_is_dropped_or_guessed_is_counted(imported, line):
    report = imported("ocpi", "locations.json", "cdrs.json").report
    assert line in [text.strip() for text in report.splitlines()]


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: {"data": d, "status_code": 1000}])
def test_a_list_and_an_answer_read_the_same(imported, wrap):
    found = imported("ocpi", wrap(LOCATIONS), wrap(CDRS))
    assert found.order == ["C2", "C1", "C7", "C9"]


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: {"data": d}])
def test_one_object_is_enough(imported, wrap):
    found = imported("ocpi", wrap(location(max_electric_power=50000)), wrap(cdr()))
    assert found.order == ["C"]


@pytest.mark.parametrize(
    ("connector", "kw"),
    [
        ({"power_type": "AC_1_PHASE", "max_voltage": 230, "max_amperage": 32}, "7.4"),
        ({"power_type": "AC_2_PHASE", "max_voltage": 230, "max_amperage": 32}, "15.0"),
        ({"power_type": "AC_2_PHASE_SPLIT", "max_voltage": 240, "max_amperage": 40}, "9.6"),
        ({"power_type": "AC_3_PHASE", "max_voltage": 230, "max_amperage": 16}, "11.0"),
        ({"power_type": "AC_3_PHASE", "max_voltage": 400, "max_amperage": 32}, "22.0"),
        ({"power_type": "DC", "max_voltage": 500, "max_amperage": 125}, "62.0"),
        ({"power_type": "DC", "max_voltage": 500, "max_amperage": "125"}, "62.0"),
        ({"power_type": "DC", "max_electric_power": 150000, "max_voltage": 920}, "150.0"),
        ({"max_electric_power": 50}, "50.0"),  # kW by mistake
        ({"power_type": "AC_3_PHASE", "voltage": 230, "amperage": 16}, "11.0"),  # of 2.1.1
        ({"powerType": "DC", "maxVoltage": 500, "maxAmperage": 125}, "62.0"),
        (
            {
                "power_type": "DC",
                "max_voltage": 920,
                "max_amperage": 200,
                "max_electric_power": 50000,
            },
            "50.0",
        ),
        (
            {
                "power_type": "AC_3_PHASE",
                "max_voltage": 230,
                "max_amperage": 32,
                "max_electric_power": 22,
            },
            "22.0",
        ),
        (
            {
                "power_type": "AC_3_PHASE",
                "max_voltage": 230,
                "max_amperage": 32,
                "max_electric_power": 22_000_000,
            },
            "22.0",
        ),
        (
            {
                "power_type": "AC_1_PHASE",
                "max_voltage": 230,
                "max_amperage": 10,
                "max_electric_power": 500,
            },
            "0.5",
        ),
        ({"power_type": "AC_1_PHASE", "max_electric_power": 500}, "0.5"),
        (  # more than its volts and amperes give
            {
                "power_type": "AC_3_PHASE",
                "max_voltage": 230,
                "max_amperage": 16,
                "max_electric_power": 22000,
            },
            "11.0",
        ),
        (
            {
                "power_type": "AC_3_PHASE",
                "max_voltage": 230,
                "max_amperage": 32,
                "max_electric_power": 11000,
            },
            "11.0",
        ),
        (
            {
                "power_type": "DC",
                "max_voltage": 400,
                "max_amperage": 80,
                "max_electric_power": 50000,
            },
            "50.0",
        ),
        ({"power_type": "DC", "max_voltage": 0, "max_amperage": 125}, "60.0"),
        ({"power_type": "new", "max_voltage": 500, "max_amperage": 125}, "60.0"),
        ({"max_electric_power": 5e9}, "60.0"),
        ({}, "60.0"),
    ],
)
def test_the_power_of_a_connector(imported, connector, kw):
    assert imported("ocpi", location(**connector)).stations["L"]["evse_kw"] == kw


def test_the_power_that_no_file_tells_is_an_option(imported):
    found = imported("ocpi", location(), options=["--evse-kw", "90"])
    assert found.stations["L"]["evse_kw"] == "90.0"
    assert "1  EVSEs: power not told or impossible, taken as 90 kW" in found.report


@pytest.mark.parametrize(
    ("fields", "ev_kw", "overstay_min"),
    [
        ({"total_time": 1, "total_parking_time": 0.5}, "40.0", "30.0"),
        ({"total_parking_time": 0.5}, "40.0", "30.0"),
        ({"total_time": 1, "total_parking_time": 0}, "20.0", "0.0"),
        ({"total_time": 1, "total_parking_time": 1}, "20.0", "0.0"),
        ({"total_time": 2, "total_parking_time": 0.5}, "20.0", "0.0"),
        (
            {"charging_periods": [{"dimensions": [{"type": "TIME", "volume": 0.25}]}]},
            "80.0",
            "45.0",
        ),
        (
            {"charging_periods": [{"dimensions": [{"type": "PARKING_TIME", "volume": 0.5}]}]},
            "40.0",
            "30.0",
        ),
        ({"charging_periods": [{"dimensions": None}]}, "20.0", "0.0"),
        ({}, "20.0", "0.0"),
    ],
)
def test_charging_time(imported, fields, ev_kw, overstay_min):
    visit = imported("ocpi", location(max_electric_power=150000), cdr(**fields)).visits["C"]
    assert (visit["ev_kw"], visit["overstay_min"]) == (ev_kw, overstay_min)


def test_ids_belong_to_their_operator(imported):
    ours, theirs = copy.deepcopy(LOCATIONS[1]), copy.deepcopy(LOCATIONS[1])
    theirs["party_id"], theirs["evses"] = "OTH", theirs["evses"][:1]
    place = {"id": "LOC2", "evse_uid": "F1"}
    owner = {"country_code": "NL", "cdr_location": place, "total_energy": 3}
    cdrs = [cdr(party_id="EXA", **owner), cdr(party_id="OTH", **owner)]
    found = imported("ocpi", [ours, theirs], cdrs)
    assert {name: row["evses"] for name, row in found.stations.items()} == {
        "LOC2": "2",
        "LOC2~2": "1",
    }
    assert {name: row["station"] for name, row in found.visits.items()} == {
        "nl*exa*C": "LOC2",
        "nl*oth*C": "LOC2~2",
    }


@pytest.mark.parametrize("uid", [None, "", 7])
def test_an_evse_that_is_not_named_is_put_where_only_one_power_is(imported, uid):
    cdrs = cdr(cdr_location={"id": "L", "evse_uid": uid})
    assert imported("ocpi", location(max_electric_power=50000), cdrs).order == ["C"]


def test_more_sessions_than_evses_raise_their_number(imported):
    place = {"id": "L", "evse_uid": "gone"}
    cdrs = [cdr(id=name, cdr_location=place) for name in "ab"]
    found = imported("ocpi", location(max_electric_power=50000), cdrs)
    assert found.stations["L"]["evses"] == "2"
    assert "EVSEs raised to the greatest number plugged in at once" in found.report


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"end_date_time": "2025-07-01T08:00:00Z"}, "unplug not after plug-in"),
        ({"total_energy": -1}, "negative energy"),
        ({"total_energy": 0}, "no energy"),
        ({"total_energy": 4000}, "has 4,000 kWh in 1 h, but an EVSE of 50 kW gives 50"),
        ({"total_energy": 5e-324}, "no energy"),
        ({"total_energy": 20000.0}, "has 20,000 kWh, but must have from 0 to 10,000 kWh"),
        (
            {"end_date_time": "2026-07-01T08:00:00Z"},
            "takes 8,760 h, but must take from 0 to 100,000",
        ),
    ],
)
def test_when_no_cdr_is_usable_nothing_is_written(imported, fields, why):
    found = imported("ocpi", location(max_electric_power=50000), cdr(**fields))
    assert (found.code, found.wrote) == (2, False)
    assert "no visit is left to write" in found.err
    assert why in found.err


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"total_energy": "much"}, "`total_energy` is 'much', but must be a number"),
        ({"total_energy": True}, "`total_energy`: true or false is not a number"),
        ({"start_date_time": "yesterday"}, "'yesterday' is not a time"),
        ({"start_date_time": "2025-07-01"}, "'2025-07-01' is not a time"),
        ({"start_date_time": 1751356800}, "`start_date_time`: not a time"),
        ({"end_date_time": "0001-01-01T00:00:00+14:00"}, "is not between 1990 and 2105"),
        ({"cdr_location": None}, "`cdr_location` is empty"),
        ({"cdr_location": {}}, "`cdr_location.id` is missing"),
        ({"id": ""}, "`id` is '', but must be text of at least 1"),
    ],
)
def test_a_wrong_field_is_named(imported, fields, says):
    files = location(max_electric_power=50000), [cdr(), cdr(**{"id": "D"} | fields)]
    found = imported("ocpi", *files)
    assert found.order == ["C"]
    assert "in1 record 2: " in found.report
    assert says in found.report
    strict = imported("ocpi", *files, options=["--strict"])
    assert (strict.code, strict.wrote) == (2, True)  # the folder is of the run before
    assert "in1 record 2: " in strict.err
    assert says in strict.err


# ---- where and when a session was ------------------------------------------------------------

TWO = {
    "id": "L",
    "evses": [
        {"uid": "u1", "evse_id": "BE*ABC*E1", "connectors": [{"max_electric_power": 11000}]},
        {"uid": "u2", "evse_id": "BE*ABC*E2", "connectors": [{"max_electric_power": 50000}]},
    ],
}


@pytest.mark.parametrize(
    ("place", "station"),
    [
        ({"evse_uid": "u2"}, "L-50kw"),
        ({"evse_uid": "U1"}, "L-11kw"),
        ({"evses_uid": "u2"}, "L-50kw"),
        ({"evseUid": "u2"}, "L-50kw"),
        ({"evse_id": "BE*ABC*E2"}, "L-50kw"),
        ({"evse_id": "be-abc-e1"}, "L-11kw"),
        ({"evse_id": "BEABCE1"}, "L-11kw"),
        ({"evse_uid": "BE*ABC*E2"}, "L-50kw"),
        ({"evse_uid": "gone", "evse_id": "BE*ABC*E2"}, "L-50kw"),
        ({"evse_uid": "u2", "evse_id": "BE*ABC*E1"}, "L-50kw"),  # the uid comes first
        ({"evses": [{"uid": "u2"}]}, "L-50kw"),  # 2.1.1
        ({"evses": [{"evse_id": "BE*ABC*E2"}]}, "L-50kw"),
    ],
)
def test_an_evse_is_found_by_its_uid_else_by_its_evse_id(imported, place, station):
    found = imported("ocpi", TWO, cdr(cdr_location={"id": "L"} | place, total_energy=5))
    assert found.visits["C"]["station"] == station


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"evse_id": None},
        {"evse_uid": "gone"},
        {"evse_id": "BE*ABC*E3"},
        {"evses": []},
        {"evses": [{"uid": "u1"}, {"uid": "u2"}]},
    ],
)
def test_an_evse_that_is_not_known_is_not_guessed(imported, place):
    found = imported("ocpi", TWO, [cdr(cdr_location={"id": "L"} | place), cdr(id="D")])
    assert found.code == 2
    assert "EVSE unknown at a location with several power classes" in found.err


def test_an_evse_id_that_two_evses_have_tells_none(imported):
    double = copy.deepcopy(TWO)
    double["evses"][1]["evse_id"] = "BE*ABC*E1"
    found = imported("ocpi", double, cdr(cdr_location={"id": "L", "evse_id": "BE*ABC*E1"}))
    assert "EVSE unknown at a location with several power classes" in found.err


RESERVED = {"dimensions": [{"type": "RESERVATION_TIME", "volume": 0.5}]}
CHARGED = {"dimensions": [{"type": "ENERGY", "volume": 20}, {"type": "TIME", "volume": 0.5}]}
BOTH = {"dimensions": RESERVED["dimensions"] + CHARGED["dimensions"]}


@pytest.mark.parametrize(
    ("fields", "arrival", "ev_kw", "overstay_min"),
    [
        ({"charging_periods": [RESERVED, CHARGED]}, "08:30", "40.0", "0.0"),
        ({"charging_periods": [RESERVED, CHARGED], "total_time": 1}, "08:30", "40.0", "0.0"),
        (
            {"charging_periods": [RESERVED, CHARGED], "total_time": 1, "total_parking_time": 0},
            "08:30", "40.0", "0.0",
        ),
        (
            {"charging_periods": [RESERVED], "total_energy": 10, "total_time": 1,
             "total_parking_time": 0.25},
            "08:30", "40.0", "15.0",
        ),
        (
            {"charging_periods": [RESERVED], "total_time": 0.5, "total_parking_time": 0.1},
            "08:30", "50.0", "6.0",
        ),
        (
            {"charging_periods": [
                RESERVED | {"start_date_time": "2025-07-01T08:00:00Z"},
                CHARGED | {"start_date_time": "2025-07-01T08:24:00Z"},
            ]},
            "08:24", "40.0", "6.0",
        ),
        (  # reserved time in minutes: where the next period begins tells better
            {"charging_periods": [
                {"dimensions": [{"type": "RESERVATION_TIME", "volume": 30}]},
                CHARGED | {"start_date_time": "2025-07-01T08:30:00Z"},
            ]},
            "08:30", "40.0", "0.0",
        ),
        ({"charging_periods": [BOTH]}, "08:30", "40.0", "0.0"),
        ({"chargingPeriods": [RESERVED, CHARGED]}, "08:30", "40.0", "0.0"),
    ],
)  # fmt: skip
def test_time_reserved_is_no_time_at_the_evse(imported, fields, arrival, ev_kw, overstay_min):
    visit = imported("ocpi", location(max_electric_power=50000), cdr(**fields)).visits["C"]
    assert visit["arrival"] == f"2025-07-01T{arrival}:00+00:00"
    assert float(visit["ev_kw"]) == pytest.approx(float(ev_kw))
    assert float(visit["overstay_min"]) == pytest.approx(float(overstay_min))


@pytest.mark.parametrize("volume", [1.0, 2.0, 1e308])
def test_a_reservation_that_nobody_used_is_no_session(imported, volume):
    periods = [{"dimensions": [{"type": "RESERVATION_TIME", "volume": volume}] * 2}]
    found = imported("ocpi", location(max_electric_power=50000), cdr(charging_periods=periods))
    assert "1 CDRs: a reservation that no session followed" in found.err


def test_energy_may_be_told_by_the_periods_alone(imported):
    cdrs = cdr(total_energy=None, charging_periods=[CHARGED, CHARGED])
    assert imported("ocpi", location(max_electric_power=50000), cdrs).visits["C"]["need_kwh"] == (
        "40.0"
    )


# ---- OCPI 2.1.1, and Session objects ---------------------------------------------------------

OLD = {
    "id": "L8",
    "evses": [
        {
            "uid": "u9",
            "connectors": [{"power_type": "AC_3_PHASE", "voltage": 230, "amperage": 16}],
        }
    ],
}
EMBEDDED = {"id": "L8", "evses": [{"uid": "u9", "connectors": [{"id": "1"}]}]}


def old_cdr(**fields):
    return {
        "id": "C5",
        "start_date_time": "2025-05-06T06:00:00Z",
        "stop_date_time": "2025-05-06T07:00:00Z",
        "auth_id": "X",
        "location": EMBEDDED,
        "total_energy": 10,
        "total_time": 1.0,
        "charging_periods": [],
    } | fields


def test_ocpi_2_1_1_is_read_by_its_own_names(imported):
    found = imported("ocpi", OLD, old_cdr())
    assert found.stations["L8"]["evse_kw"] == "11.0"
    visit = found.visits["C5"]
    assert (visit["arrival"], visit["need_kwh"]) == ("2025-05-06T06:00:00+00:00", "10.0")


def test_a_wrong_field_of_2_1_1_is_named_as_it_stands(imported):
    found = imported("ocpi", OLD, [old_cdr(), old_cdr(id="D", stop_date_time="late")])
    assert "`stop_date_time`: 'late' is not a time" in found.report


def test_sessions_of_2_1_1(imported):
    session = {
        "id": "S1",
        "start_datetime": "2025-05-06T06:00:00Z",
        "end_datetime": "2025-05-06T07:00:00Z",
        "kwh": 10,
        "location": EMBEDDED,
        "status": "COMPLETED",
    }
    visit = imported("ocpi", OLD, session).visits["S1"]
    assert (visit["station"], visit["need_kwh"], visit["ev_kw"]) == ("L8", "10.0", "10.0")


def session(**fields):
    return {
        "id": "S",
        "start_date_time": "2025-07-01T08:00:00Z",
        "end_date_time": "2025-07-01T09:00:00Z",
        "kwh": 5,
        "location_id": "L",
        "evse_uid": "u1",
        "status": "COMPLETED",
    } | fields


def test_session_objects_are_visits_too(imported):
    visit = imported("ocpi", TWO, [session()]).visits["S"]
    assert (visit["station"], visit["need_kwh"], visit["overstay_min"]) == ("L-11kw", "5.0", "0.0")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": "ACTIVE", "end_date_time": None}, "1  Sessions: not completed"),
        ({"status": "ACTIVE"}, "1  Sessions: not completed"),
        ({"status": "INVALID"}, "1  Sessions: not completed"),
        ({"status": "RESERVATION"}, "1  Sessions: not completed"),
        ({"id": "S", "evse_uid": "u2"}, "1  Sessions: told by a CDR too"),
        ({"location_id": None}, "1  Sessions: `location_id` missing or wrong"),
        ({"kwh": "5,0"}, "1  Sessions: `kwh` missing or wrong"),
    ],
)
def test_session_objects_that_are_none_or_told_twice(imported, fields, why):
    billed = cdr(session_id="S", cdr_location={"id": "L", "evse_uid": "u1"}, total_energy=5)
    found = imported("ocpi", TWO, [billed], [session(**{"id": "T"} | fields)])
    assert found.order == ["C"]
    assert why in found.report
