"""Cases: copies that differ by the words of the command line, and what is remembered of them."""

from types import SimpleNamespace

import pytest

from sim.config.problems import InputError
from sim.config.section import changed, plain
from sim.study.case import remembered
from tests import corridors


def test_plain_data_gets_another_value_at_a_path():
    config = {"demand": {"scale": 1.0, "kinds": [{"km": 1}, {"km": 2}]}, "policy": None}
    found = changed(config, "demand.kinds.1.km", 5)
    assert found["demand"] == {"scale": 1.0, "kinds": [{"km": 1}, {"km": 5}]}
    assert changed(config, "station.overrides.gate.evses", 3)["station"] == {
        "overrides": {"gate": {"evses": 3}}
    }
    assert config == {"demand": {"scale": 1.0, "kinds": [{"km": 1}, {"km": 2}]}, "policy": None}


def test_a_section_has_no_other_fields():
    section = corridors.corridor().section
    assert changed(section, "sites.depot.kva", 5.0).sites["depot"].kva == 5.0
    with pytest.raises(InputError, match="unknown setting `stes`: did you mean `sites`"):
        changed(section, "stes.depot.kva", 5.0)


def test_sections_in_a_config_are_plain():
    site = corridors.corridor().section.sites["depot"]
    assert plain({"a": [site]}) == {"a": [site.model_dump(mode="json", by_alias=True)]}


def test_what_is_made_of_a_case_is_made_once_and_the_oldest_is_forgotten():
    seen = []

    @remembered(2, "traffic")
    def made(case):
        seen.append(case.traffic)
        return case.traffic.upper()

    for name in "aabac":
        assert made(SimpleNamespace(traffic=name)) == name.upper()
    assert seen == ["a", "b", "c"]
    made(SimpleNamespace(traffic="a"))
    assert seen == ["a", "b", "c", "a"]
