"""Several upgrades as one; prices are tried in the study of the 40 % rule."""

from sim.roads.money.shop import together
from sim.stations.schema import Upgrade


def test_upgrades_together_are_one():
    def upgrade(**what):
        return Upgrade.model_validate(what)

    one = upgrade(add="pair*1", kva=250.0)
    assert together([one]) == one
    both = together(
        [one, upgrade(add="pair*2", replace="big*1", kva=400.0, mobile={"cabinets": "pair*1"})]
    )
    assert (both.add, both.replace, both.kva) == ("pair*1+pair*2", "big*1", 400.0)
    assert both.mobile.cabinets == "pair*1"
    assert together([one, upgrade(add="pair*1", kva="fit")]).kva == "fit"
    assert together([upgrade(add="pair*1")] * 2).kva is None
