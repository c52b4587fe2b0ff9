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
