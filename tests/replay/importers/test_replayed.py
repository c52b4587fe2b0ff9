"""What an import writes is what a replay reads: files of every source, to the end."""

import pandas as pd
import pytest

from sim.__main__ import main as peakcharge
from sim.replay.importers import main
from tests.replay.importers.conftest import FIXTURES


@pytest.mark.parametrize(
    "words",
    [
        ("ocpi", "locations.json", "cdrs.json"),
        ("acn", "acn.json"),
        ("occupancy", "stays.csv", "--timezone", "Europe/London"),
    ],
)
def test_imported_sessions_are_replayed_as_they_were(words, tmp_path):
    """Nobody waits, because an import has as many EVSEs as were ever plugged at once; every visit
    gets its energy and stays as long as it was plugged in."""
    argv = [str(FIXTURES / w) if (FIXTURES / w).is_file() else w for w in words]
    assert main([*argv, "--out", str(tmp_path)]) == 0
    files = [f"replay.{name}={tmp_path / name}.csv" for name in ("stations", "visits")]
    assert peakcharge(["experiment=replay", *files, f"replay.out={tmp_path / 'out'}"]) == 0
    given = pd.read_csv(tmp_path / "visits.csv", dtype={"visit": str}, keep_default_na=False)
    given = given.set_index("visit")
    done = (
        pd.read_parquet(tmp_path / "out" / "sessions.parquet").set_index("visit").loc[given.index]
    )
    assert len(done) > 1
    assert (done["wait_min"] == 0.0).all()
    assert (done["outcome"] == "served").all()
    assert done["energy_kwh"].to_numpy() == pytest.approx(given["need_kwh"].astype(float))
    stay_min = 60.0 * given["need_kwh"] / given["ev_kw"] + given["overstay_min"].astype(float)
    assert done["stay_min"].to_numpy() == pytest.approx(stay_min.to_numpy())


def test_years_beyond_those_of_a_replay_are_not_written(tmp_path, capsys):
    years = [2105, 2106, 2150]
    rows = [f"A,{year}-05-06T06:00Z,{year}-05-06T07:00Z" for year in years]
    (tmp_path / "stays.csv").write_text("\n".join(["station,plug_in,unplug", *rows]))
    assert main(["occupancy", str(tmp_path / "stays.csv"), "--out", str(tmp_path)]) == 0
    assert "is not between 1990 and 2105" in capsys.readouterr().out
    files = [f"replay.{name}={tmp_path / name}.csv" for name in ("stations", "visits")]
    assert peakcharge(["experiment=replay", *files, f"replay.out={tmp_path / 'out'}"]) == 0
    assert len(pd.read_parquet(tmp_path / "out" / "sessions.parquet")) == 1
