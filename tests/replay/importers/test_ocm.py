import pytest


def test_stations_of_one_power_up_to_the_number_of_points(imported):
    found = imported("ocm", "pois.json")
    assert {
        name: (row["site"], row["evses"], row["evse_kw"], row["lat"], row["lon"])
        for name, row in found.stations.items()
    } == {
        "OCM-101": ("OCM-101", "3", "50.0", "45.5", "-122.6"),
        "OCM-102-3.7kw": ("OCM-102", "4", "3.7", "", ""),
        "OCM-102-22kw": ("OCM-102", "1", "22.0", "", ""),
        "OCM-103": ("OCM-103", "4", "60.0", "", ""),
    }
    assert found.visits == {}


@pytest.mark.parametrize(
    "line",
    [
        "6  POIs",
        "1  connections: not operational, planned or removed",
        "1  POIs: not operational, planned or removed",
        "1  POIs: ID given before",
        "1  POIs: no connection in place",
        "1  POIs: fewer points than connections, the strongest kept",
        "1  POIs: no connection told, EVSEs taken from NumberOfPoints",
        "1  connections: Quantity not told, taken as 1",
        "1  locations: position not on Earth, left empty",
        "No sessions are told: visits.csv has no rows.",
    ],
)
def test_what_is_dropped_or_guessed_is_counted(imported, line):
    report = imported("ocm", "pois.json").report
    assert line in [text.strip() for text in report.splitlines()]


def test_points_are_given_to_the_strongest_connections_first(imported):
    connections = [{"PowerKW": 22, "Quantity": 4}, {"PowerKW": 300, "Quantity": 2}]
    found = imported("ocm", {"ID": 1, "NumberOfPoints": 3, "Connections": connections})
    assert {name: row["evses"] for name, row in found.stations.items()} == {
        "OCM-1-22kw": "1",
        "OCM-1-300kw": "2",
    }


@pytest.mark.parametrize(
    ("poi", "says"),
    [
        ({"UUID": "x"}, "`ID` is missing"),
        ({"ID": "1_0"}, "`ID` is '1_0', but must be a whole number"),
        ({"ID": "x"}, "`ID` is 'x', but must be a whole number"),
        ({"ID": 1, "Connections": [{"PowerKW": "fast"}]}, "`Connections.0.PowerKW` is 'fast'"),
        ({"ID": 1, "Connections": {}}, "`Connections` is {}, but must be a list"),
        ({"ID": 1, "Connections": []}, "no station is left to write"),
        ({"ID": 1, "Connections": [{"Quantity": 10**9}]}, "Quantity above 1,000"),
    ],
)
def test_what_cannot_be_used_is_said(imported, poi, says):
    found = imported("ocm", [poi])
    assert (found.code, found.wrote) == (2, False)
    assert says in found.err


@pytest.mark.parametrize(
    ("status", "live"),
    [
        ({}, True),
        ({"SubmissionStatusTypeID": 100}, True),
        ({"SubmissionStatusTypeID": 200}, True),
        ({"SubmissionStatus": {"ID": 200, "IsLive": True}}, True),
        ({"submissionStatusTypeId": 200}, True),
        ({"SubmissionStatusTypeID": 1}, False),
        ({"SubmissionStatusTypeID": 50}, False),
        ({"SubmissionStatusTypeID": 250}, False),
        ({"SubmissionStatusTypeID": 1000}, False),
        ({"SubmissionStatusTypeID": 1001}, False),
        ({"SubmissionStatus": {"ID": 1002}}, False),
        ({"SubmissionStatus": {"IsLive": False}}, False),
        ({"submissionStatus": {"isLive": False}}, False),
        ({"SubmissionStatusTypeID": None, "SubmissionStatus": {"ID": 1000}}, False),
    ],
)
def test_only_live_pois_are_stations(imported, status, live):
    connections = [{"PowerKW": 50, "Quantity": 1}]
    found = imported(
        "ocm",
        [{"ID": 1, "Connections": connections}, {"ID": 2, "Connections": connections} | status],
    )
    assert list(found.stations) == (["OCM-1", "OCM-2"] if live else ["OCM-1"])
    assert ("1  POIs: not live" in found.report) == (not live)


@pytest.mark.parametrize(
    ("connection", "kw"),
    [
        ({"CurrentTypeID": 10, "Voltage": 230, "Amps": 16, "PowerKW": 3700}, "3.7"),
        ({"CurrentTypeID": 20, "Voltage": 400, "Amps": 32, "PowerKW": 22000}, "22.0"),
        ({"CurrentTypeID": 20, "PowerKW": 22000}, "22.0"),
        ({"CurrentTypeID": 10, "PowerKW": 3700}, "3.7"),
        ({"CurrentTypeID": 30, "PowerKW": 50000}, "50.0"),
        ({"PowerKW": 150000}, "150.0"),
        ({"PowerKW": 3700}, "3.7"),
        ({"CurrentTypeID": 30, "Voltage": 400, "Amps": 63, "PowerKW": 50}, "50.0"),  # AC side
        ({"CurrentTypeID": 30, "PowerKW": 400}, "400.0"),
        ({"CurrentTypeID": 30, "PowerKW": 1200}, "1200.0"),
        ({"CurrentTypeID": 30, "Voltage": 1250, "Amps": 3000, "PowerKW": 3750}, "3750.0"),
        ({"CurrentTypeID": 20, "Voltage": 400, "Amps": 32, "PowerKW": 0.022}, "22.0"),
        ({"CurrentTypeID": 20, "Voltage": 400, "Amps": 32, "PowerKW": 22e9}, "22.0"),
        ({"PowerKW": 22e9}, "60.0"),
    ],
)
def test_a_power_in_watts_is_mended(imported, connection, kw):
    found = imported("ocm", {"ID": 1, "Connections": [{"Quantity": 1} | connection]})
    assert found.stations["OCM-1"]["evse_kw"] == kw
    told = connection["PowerKW"]
    said = [
        words
        for words in ("wrong unit", "none that they can give", "not told or impossible")
        if words in found.report
    ]
    assert bool(said) == (float(kw) != told)
