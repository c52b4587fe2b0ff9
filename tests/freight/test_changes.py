"""Single changes of a corridor, and its growth: what differs, and nothing else."""

import pytest

from sim.config.problems import InputError
from sim.freight import changes, growth
from tests import corridors


def test_causes_are_taken_away():
    causes = changes.without_causes(corridors.corridor())
    assert set(causes) == {"vessels", "shifts"}
    assert causes["vessels"].section.berths == []
    assert causes["shifts"].section.shift_offsets_h == changes.EVENLY


def test_the_smallest_pack_that_lasts():
    assert changes.smallest_truck(corridors.corridor()) == "big"
    with pytest.raises(InputError, match="no truck with two guns"):
        changes.smallest_truck(corridors.corridor(**{"trucks.big.guns": 1}))


def test_a_corridor_grows():
    grown = growth.scaled(corridors.corridor(), 2.5).section
    assert grown.sites["depot"].cabinets == {"pair": 5 if round(5.0) == 5 else 4}
    assert (grown.sites["depot"].kva, grown.sites["swap"].swap.packs) == (1000.0, 5)
    assert len(grown.berths) == 2
    assert grown.places["yard"].servers == 8
    assert growth.planned(corridors.corridor()) == 750
    assert growth.grown(corridors.corridor()) == 25.0
