"""`peakcharge-import region`: rows of one's own, checked together, and what they change."""

import csv
import sys

import pytest

from sim import ending
from sim.config import compose
from sim.config.folder import configs_dir
from sim.region import importer, load
from tests.region.regions import shipped

TOY = configs_dir() / "region" / "toy"
STATIONS = "station,division,lon,lat,year,cabinets,chargers,kva,source\n"
TOTALS = "total,value,source\n"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of tables, and what an import of it says: the exit code, and what was written."""
    monkeypatch.setattr(load, "region", shipped)  # composed once for all tests
    folder, out = tmp_path / "own", tmp_path / "out"
    folder.mkdir()

    def imported(*words, **tables):
        for name, text in tables.items():
            (folder / f"{name}.csv").write_text(text)
        code = importer.main([str(folder), "--out", str(out), "--base", "toy", *words])
        return code, sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())

    imported.folder, imported.out = folder, out
    return imported


def read_back(own, name="mine"):
    return load.drawn(load.checked(compose.choice("region", name, own.out)))


def test_rows_take_the_place_of_shipped_ones(own, capsys):
    mill = "mill,w1,-0.1,0,2023,dual_120*2+single_60*1,2,400,the operator\n"
    code, wrote = own(stations=STATIONS + mill)
    assert (code, wrote) == (0, ["import.txt", "region/mine.yaml", "region/mine/stations.csv"])
    said = capsys.readouterr().out
    assert said == (
        "stations: 1 rows changed, 0 added, 0 removed\n"
        "  mill: year 2022 -> 2023, cabinets dual_120*2 -> dual_120*2+single_60*1, "
        "kva 315.0 -> 400.0\n"
        "of 5 stations 4 are as before\nzones: 3 -> 3\nNEVs: 12 -> 12\n"
    )
    assert (own.out / "import.txt").read_text() == said
    region, toy = read_back(own), shipped("toy")
    at = region.stations.names.index("mill")
    assert region.stations.rows["year"][at] == 2023
    assert region.stations.cabinets[at] == "dual_120*2+single_60*1"
    others = [n for n in range(5) if n != at]
    assert region.stations.rows[others].tobytes() == toy.stations.rows[others].tobytes()
    assert region.nevs.tobytes() == toy.nevs.tobytes()


def test_totals_change_with_what_they_are_of(own, capsys):
    west = "west,West,西,flat,1500,100,-0.05,0,6,2,2,6,0,the census\n"
    head = (TOY / "districts.csv").read_text().splitlines()[0] + "\n"
    code, _ = own(
        districts=head + west, totals=TOTALS + "population,3500,the census\nnevs,14,the police\n"
    )
    assert code == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "totals: nevs 12 -> 14",
        "totals: population 3000 -> 3500",
        "districts: 1 rows changed, 0 added, 0 removed",
        "  west: population 1000 -> 1500, nevs 4 -> 6",
    ]
    region = read_back(own)
    assert region.nevs.sum() == 14
    assert region.section.totals.sources["nevs"] == "the police"


def test_whole_tables_stand_for_themselves(own, capsys):
    """A village of its own instead of the three towns."""
    names = ("districts", "divisions", "zones", "stations", "years", "land_uses")
    tables = {n: list(csv.reader((TOY / f"{n}.csv").read_text().splitlines())) for n in names}
    keep = {"districts": "west", "divisions": "w1", "zones": "farm", "years": "2025"}
    text = {}
    for name, (head, *rows) in tables.items():
        rows = [row for row in rows if row[0] == keep.get(name, row[0])]
        rows = [row for row in rows if name != "stations" or row[1] == "w1"]
        if name == "years":
            rows[0][1] = "2"
        if name == "land_uses":  # there is no market: work is in the village
            rows[1][4:6] = ["1", "1"]
        text[name] = "\n".join(",".join(row) for row in (head, *rows)) + "\n"
    totals = {"population": 1000, "divisions": 1, "nevs": 4, "private_chargers": 2,
              "public_stations": 2, "public_chargers": 6, "super_stations": 0}  # fmt: skip
    text["totals"] = TOTALS + "".join(f"{name},{value},me\n" for name, value in totals.items())
    code, _ = own("--whole", "--name", "village", **text)
    assert code == 0, capsys.readouterr().err
    region = read_back(own, "village")
    assert region.zones.names == ("farm",)
    assert region.stations.names == ("mill", "yard")
    assert "divisions: 0 rows changed, 0 added, 2 removed" in capsys.readouterr().out


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(own, capsys):
    head = (TOY / "districts.csv").read_text().splitlines()[0] + "\n"
    code, wrote = own(
        districts=head + "west,West,西,hilly,1000,100,-0.05,0,5,2,2,6,0,me\n",
        stations=STATIONS + "mill,w2,-0.1,0,2022,dual_120*2,2,315,me\n",
    )
    assert (code, wrote) == (2, [])
    assert not own.out.exists()
    assert capsys.readouterr().err.replace(f"{own.folder}/", "").splitlines() == [
        "districts.csv has an unknown group `hilly`: known are `flat`",
        "stations.csv has an unknown division `w2`: known are `e1`, `e2`, `w1`",
    ]


WRONG = [
    ({}, "own has no table of a region: name it as the shipped one"),
    ({"station": STATIONS}, "own/station.csv is no table of a region: did you mean `stations`?"),
    ({"stations": STATIONS}, "own/stations.csv has no rows"),
    ({"stations": "station\nmill\n"}, "own/stations.csv lacks the column `division`"),
    ({"stations": STATIONS + 2 * "mill,w1,-0.1,0,2022,dual_120*2,2,315,me\n"},
     "own/stations.csv names the station `mill` 2 times"),
    ({"stations": STATIONS + "mill,w1,-0.1,0,old,dual_120*2,2,315,me\n"},
     "own/stations.csv line 2: `year` is 'old', but must be '' or a whole number"),
    ({"totals": TOTALS + "nev,14,me\n"},
     "own/totals.csv has an unknown total `nev`: did you mean `nevs`?"),
    ({"totals": TOTALS + "nevs,-1,me\n"},
     "`totals.nevs` is -1, but must be from 1 to 100,000,000"),
    ({"totals": TOTALS + "super_stations,9,me\n"},
     "`totals`: super_stations is 9, more than public_stations, 5"),
    ({"totals": TOTALS + "nevs,14,me\n"},
     "region/toy/districts.csv: `nevs` of all districts sums to 12, but `region.totals.nevs` is "
     "14"),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "says"), WRONG, ids=[says[:40] for _, says in WRONG])
def test_what_cannot_be_used_is_told(own, capsys, tables, says):
    assert own(**tables) == (2, [])
    first = capsys.readouterr().err.replace(f"{own.folder.parent}/", "").splitlines()[0]
    assert first == says


def test_tables_are_not_written_over_themselves(own, capsys):
    mill = "mill,w1,-0.1,0,2023,dual_120*2,2,400,me\n"
    (own.folder / "stations.csv").write_text(STATIONS + mill)
    assert importer.main([str(own.folder), "--out", str(own.folder.parent), "--base", "toy"]) == 2
    assert "is an input and would be overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--base", "toi"], "unknown region `toi`: did you mean `toy`?"),
        (["--name", "../x"], "--name is `../x`, but must be letters, digits and _"),
        (["--name", "toy"], "--name is `toy`, which is built in: give yours another name"),
        (["--bass", "toy"], "unknown option `--bass`: did you mean `--base`?"),
    ],
)
def test_wrong_words_are_told(own, capsys, words, says):
    mill = "mill,w1,-0.1,0,2023,dual_120*2,2,400,me\n"
    assert own(*words, stations=STATIONS + mill) == (2, [])
    assert capsys.readouterr().err == f"{says}\n"


def test_the_command_has_two_kinds_of_imports(own, capsys, monkeypatch):
    """Tables of a region if that is its first word, files of operators else."""
    (own.folder / "stations.csv").write_text(STATIONS + "mill,w1,-0.1,0,2023,dual_120*2,2,400,me\n")
    words = ["region", str(own.folder), "--out", str(own.out), "--base", "toy"]
    monkeypatch.setattr(sys, "argv", ["peakcharge-import", *words])
    assert ending.peakcharge_import() == 0
    assert capsys.readouterr().out.startswith("stations: 1 rows changed")
    monkeypatch.setattr(sys, "argv", ["peakcharge-import", "regions", "x.json"])
    assert ending.peakcharge_import() == 2
    assert capsys.readouterr().err.startswith("unknown source `regions`")
