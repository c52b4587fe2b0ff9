"""What a config says of the sources of its figures."""

from sim.config.sources import assumed
from tests import corridors


def test_every_assumption_is_told():
    section = corridors.corridor(
        **{"sites.depot.source": "size assumed", "sources.stop_soc": "from memory"}
    ).section
    assert list(assumed(section)) == [
        ("stop_soc", "from memory"), ("sites.depot", "size assumed"),
    ]  # fmt: skip
