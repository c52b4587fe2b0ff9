"""What the README of a region says it finds."""

import re
from pathlib import Path

import numpy as np
import pytest

from sim.region import energy
from tests.region.regions import shipped

README = (Path(__file__).parents[2] / "sim" / "region" / "README.md").read_text("utf-8")


def test_its_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)
    week, region = names["week"], names["region"]
    assert set(region.zones.rows["district"][week.nevs["zone"]]) == {
        [row.district for row in region.tables.districts].index("500103")
    }
    assert len(names["stations"]) > len(region.stations.names)
    assert len(names["prices"]) == 24


def test_its_predictions_are_those_of_the_region():
    now, then = shipped("chongqing_2025"), shipped("chongqing_2028")
    kwh, rows = energy.charged_kwh(now), now.stations.rows
    rides = [row.name in ("ride_hailing", "taxi") for row in now.tables.classes]
    theirs = (now.nevs.sum(axis=(0, 2, 3)) * energy.kwh_per_day(now))[rides].sum()
    found = [
        f"{kwh['public'] / sum(kwh.values()):.2f}",
        f"{kwh['public'] / now.section.totals.public_chargers:.0f}",
        f"{theirs / now.section.efficiency / kwh['public']:.2f}",
        f"{rows['kw'].sum() / rows['guns'].sum():.0f}",
        f"{rows['guns'].sum() / rows['chargers'].sum():.2f}",
        f"{spread(now, 'center'):.2f}",
        f"{then.stations.rows['kw'].sum() / 1e6:.1f} GW",
    ]
    table = README[README.index("| | region | published |") :].split("\n\n")[0]
    said = [line.split("|")[2].strip() for line in table.splitlines()[2:]]
    assert said == found


def spread(region, group):
    """Standard deviation of the logarithm of kWh per charger, if who has no charger charges where
    he lives, at all chargers that he knows alike."""
    known, rows = region.candidates, region.stations.rows
    block = np.repeat(np.arange(len(region.blocks.rows)), np.diff(known.start))
    chargers = rows["chargers"][known.station]
    kwh = (region.nevs[:, :, 0].sum(axis=2) * energy.kwh_per_day(region)).sum(axis=1)
    kwh = (kwh[region.blocks.rows["zone"]] * region.blocks.share)[block]
    own = kwh * chargers / np.bincount(block, chargers)[block]
    per_charger = np.bincount(known.station, own, len(rows)) / rows["chargers"]
    groups = np.array([row.group for row in region.tables.districts])
    there = groups[region.zones.rows["district"][rows["zone"]]] == group
    return np.log(per_charger[there]).std()


@pytest.mark.parametrize("number", ["1,377 zones", "6,139 public stations", "952,000 NEVs"])
def test_its_sizes_are_those_of_the_region(number):
    city = shipped("chongqing_2025")
    sizes = {"zones": len(city.zones.names), "public stations": len(city.stations.names),
             "NEVs": int(np.sum(city.nevs))}  # fmt: skip
    count, what = number.split(" ", 1)
    assert number in README
    assert f"{sizes[what]:,}" == count
