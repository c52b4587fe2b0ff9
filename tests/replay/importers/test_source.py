"""Whatever form the files have: read the same, or refused by what they are."""

import gzip
import json
import zipfile

import pytest

from sim.replay.importers import source
from tests.replay.importers.conftest import FIXTURES

LOCATIONS = json.loads((FIXTURES / "locations.json").read_text())["data"]
CDRS = json.loads((FIXTURES / "cdrs.json").read_text())
POIS = json.loads((FIXTURES / "pois.json").read_text())
ACN = json.loads((FIXTURES / "acn.json").read_text())["_items"]


def camel(value):
    """The same with keys in camelCase, as some servers write them."""
    if isinstance(value, dict):
        return {_camel(key): camel(field) for key, field in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


def _camel(key):
    first, *rest = key.strip("_").split("_")
    return first[:1].lower() + first[1:] + "".join(word.title() for word in rest)


def lines(records):
    return "".join(json.dumps(record) + "\n" for record in records)


def spread(records):
    return "\n\n".join(json.dumps(record, indent=2) for record in records)


def pages(records):
    """Answers of a server, one after the other in one file."""
    return lines({"status_code": 1000, "data": [record]} for record in records)


def packed(records):
    return gzip.compress(json.dumps(records).encode())


def compare(found, told):
    assert found.code == 0
    assert (found.stations, found.visits) == (told.stations, told.visits)


@pytest.mark.parametrize("form", [camel, lines, spread, packed])
@pytest.mark.parametrize(
    ("name", "files"), [("ocpi", (LOCATIONS, CDRS)), ("ocm", (POIS,)), ("acn", (ACN,))]
)
def test_every_form_reads_the_same(imported, form, name, files):
    compare(imported(name, *map(form, files)), imported(name, *files))


def test_answers_one_after_the_other_read_the_same(imported):
    compare(imported("ocpi", pages(LOCATIONS), pages(CDRS)), imported("ocpi", LOCATIONS, CDRS))


def test_a_packed_table_reads_the_same(imported):
    options = ["--timezone", "Asia/Shanghai"]
    text = (FIXTURES / "stays.csv").read_bytes()
    told = imported("occupancy", "stays.csv", options=options)
    compare(imported("occupancy", gzip.compress(text), options=options), told)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 2, 0)])
def test_pages_of_a_kind_are_read_together(imported, order):
    """Every record says itself what it is, so the order of the files does not matter."""
    files = [LOCATIONS[:2], {"data": LOCATIONS[2:]}, CDRS[:5], CDRS[5:]]
    found = imported("ocpi", *(files[n] for n in order))
    told = imported("ocpi", LOCATIONS, CDRS)
    assert found.visits.keys() == told.visits.keys()
    assert found.stations.keys() == told.stations.keys()


def test_a_record_of_two_pages_counts_once(imported):
    found = imported("acn", ACN, ACN)
    assert "5  sessions: id given before" in found.report
    compare(found, imported("acn", ACN))


@pytest.mark.parametrize("source", ["ocpi", "ocm", "acn"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            {"status_code": 3001, "status_message": "Unable to use the API", "data": []},
            '3001 "Unable to use the API"',
        ),
        ({"status_code": "2001", "status_message": None}, "2001 "),
        ({"statusCode": 2003, "statusMessage": "Unknown token"}, '2003 "Unknown token"'),
        (
            {"_status": "ERR", "_error": {"code": 401, "message": "Please authenticate"}},
            "Please authenticate",
        ),
        ({"error": "rate limit\x1b[31m"}, "rate limit"),
        ({"message": "Forbidden"}, '"Forbidden"'),
    ],
)
def test_an_answer_that_is_an_error_is_named_with_its_message(imported, source, content, says):
    found = imported(source, content)
    assert (found.code, found.wrote) == (2, False)
    assert "holds the error that a server answered, no records: " in found.err
    assert says in found.err
    assert "\x1b" not in found.err


def test_an_answer_without_data_is_named(imported):
    found = imported("ocpi", {"status_code": 1000, "status_message": "Success"})
    assert "is an answer without `data`" in found.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (gzip.compress(b"[]" * 5000)[:-9], "begins as a gzip file, but is cut off or damaged"),
        (b"\x1f\x8b\x08\x00rubbish", "begins as a gzip file, but is cut off or damaged"),
        (b"PK\x03\x04rest", "is a ZIP archive or a workbook"),
        (gzip.compress(b"\xff"), "is not UTF-8 text"),
    ],
)
@pytest.mark.parametrize("source", ["ocpi", "occupancy"])
def test_a_file_that_holds_no_text_is_named(imported, source, content, says):
    found = imported(source, content)
    assert (found.code, found.wrote) == (2, False)
    assert says in found.err


def test_a_workbook_is_named(imported, tmp_path):
    with zipfile.ZipFile(tmp_path / "in.xlsx", "w") as file:
        file.writestr("sheet.xml", "<x/>")
    found = imported("occupancy", (tmp_path / "in.xlsx").read_bytes())
    assert "is a ZIP archive or a workbook: give the JSON or CSV in it" in found.err


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(imported, monkeypatch):
    monkeypatch.setattr(source, "MOST_BYTES", 1_000_000)
    found = imported("acn", gzip.compress(b" " * 1_000_001))
    assert (found.code, found.wrote) == (2, False)
    assert "holds more than 1,000,000 bytes of text" in found.err


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ("5", "record 2 is not an object"),
        ('{"_id": "b", "_id": "c"}', "it gives the key '_id' more than once"),
        (json.dumps(ACN[0] | {"_id": "b", "kWhDelivered": 1e999}), "is inf, but must be a finite"),
        (json.dumps(ACN[0] | {"_id": "b", "kWhDelivered": float("nan")}), "is nan, but must be"),
        ('{"_id": "b", "siteID"', "line 2 is not JSON"),
        (json.dumps(ACN[0] | {"_id": "b", "kWhDelivered": "1_000"}), "is '1_000', but must be a"),
        (json.dumps(ACN[0] | {"_id": "b", "kWhDelivered": "+5"}), "is '+5', but must be a number"),
        (json.dumps(ACN[0] | {"_id": "b", "kWhDelivered": "\uff15"}), "but must be a number"),
    ],
)
def test_a_broken_record_is_skipped_counted_and_named(imported, record, says):
    """Those around it are read; --strict refuses them all."""
    text = "\n".join([json.dumps(ACN[0]), record, json.dumps(ACN[1])])
    found = imported("acn", text)
    assert found.order == ["a1", "a2"]
    assert says in found.report
    strict = imported("acn", text, options=["--strict"])
    assert strict.code == 2
    assert says in strict.err


def test_only_the_first_broken_records_are_named(imported):
    found = imported("acn", [ACN[0]] + [{"_id": "x"}] * 50)
    assert "50  sessions: `siteID` missing or wrong" in found.report
    assert "… and" in found.report
    assert found.report.count("is missing") == 20


@pytest.mark.parametrize(
    "records", [[{"id": "T1", "currency": "EUR", "elements": []}], [{"uid": "x"}]]
)
def test_another_kind_of_ocpi_record_is_named(imported, records):
    found = imported("ocpi", LOCATIONS, records)
    assert (found.code, found.wrote) == (2, False)
    assert "record 1 is neither a Location, a CDR nor a Session of OCPI" in found.err
