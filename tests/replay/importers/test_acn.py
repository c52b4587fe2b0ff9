import pytest


def session(**fields):
    return {
        "_id": "s",
        "siteID": "1",
        "stationID": "1-1",
        "connectionTime": "Sun, 01 Nov 2020 08:30:00 GMT",
        "disconnectTime": "Sun, 01 Nov 2020 10:30:00 GMT",
        "kWhDelivered": 10,
        "timezone": "America/Los_Angeles",
    } | fields


def test_a_site_is_a_station_and_charging_ends_when_it_says_so(imported):
    found = imported("acn", "acn.json")
    assert {name: (row["evses"], row["evse_kw"]) for name, row in found.stations.items()} == {
        "0002": ("2", "6.6"),
        "19": ("1", "60.0"),
    }
    assert found.order == ["a1", "a2", "a3", "a4"]
    assert found.visits["a1"] == {
        "visit": "a1",
        "station": "0002",
        "arrival": "2020-07-01T08:00:00-07:00",
        "need_kwh": "13.2",
        "ev_kw": "6.6",
        "overstay_min": "150.0",
        "deadline": "",
    }
    assert [found.visits[v]["ev_kw"] for v in found.order] == ["6.6", "3.0", "4.0", "5.0"]
    assert found.visits["a4"]["arrival"] == "2020-07-01T21:00:00+00:00"


@pytest.mark.parametrize(
    "line",
    [
        "5  sessions",
        "1  sessions: no energy",
        "1  sessions: unknown timezone, arrival written in UTC",
        "1  visits: charging time not told, taken as the whole stay",
        "1  visits: charging time told as longer than the stay, cut to it",
        "1  visits: charging time told as too short or negative, taken as the whole stay",
        "2  stations: evse_kw not told, taken as the greatest power of its visits, or 60 kW where "
        "theirs is not told",
    ],
)
def test_what_is_dropped_or_guessed_is_counted(imported, line):
    report = imported("acn", "acn.json").report
    assert line in [text.strip() for text in report.splitlines()]


def test_a_stay_across_a_change_of_clocks_has_its_true_length(imported):
    visit = imported("acn", {"_items": [session()]}).visits["s"]  # 01:30 PDT to 02:30 PST
    assert visit["arrival"] == "2020-11-01T01:30:00-07:00"
    assert visit["ev_kw"] == "5.0"


@pytest.mark.parametrize(("kwh", "kept"), [(None, ["s", "t"]), (0, ["s"])])
def test_energy_that_is_not_told_is_not_zero(imported, kwh, kept):
    later = {
        "connectionTime": "Mon, 02 Nov 2020 08:30:00 GMT",
        "disconnectTime": "Mon, 02 Nov 2020 10:30:00 GMT",
    }
    found = imported("acn", [session(), session(_id="t", kWhDelivered=kwh, **later)])
    assert found.order == kept


@pytest.mark.parametrize("timezone", ["../etc", "America", "\x00", "", "x" * 500])
def test_a_time_zone_that_is_none_leaves_utc(imported, timezone):
    visit = imported("acn", [session(timezone=timezone)]).visits["s"]
    assert visit["arrival"] == "2020-11-01T08:30:00+00:00"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"_id": None}, "`_id` is empty, but must be text"),
        ({"connectionTime": "Sun, 31 Feb 2020 08:30:00 GMT"}, "is not a time"),
        ({"kWhDelivered": []}, "`kWhDelivered` is [], but must be a number"),
    ],
)
def test_a_wrong_field_is_named(imported, fields, says):
    found = imported("acn", [session(**fields)])
    assert (found.code, found.wrote) == (2, False)
    assert says in found.err
