"""What is kept is named by all that determines it, and by nothing else."""

from functools import cache
from pathlib import Path

import pytest

import sim
from sim.freight import capacity
from sim.freight import case as freight
from sim.roads import case as roads
from sim.study import provenance, store, study
from tests import corridors

PACKAGE = Path(sim.__file__).parent
WORKS = {"roads": roads.APART, "freight": ()}


@cache
def sources(work):
    module = {"roads": roads, "freight": freight, "capacity": capacity}[work].__name__
    return provenance.sources(module, PACKAGE.parent, WORKS.get(work, ()))


ALL = {"roads", "freight", "capacity"}


@pytest.mark.parametrize(
    ("path", "works"),
    [
        ("kernels/loop.py", ALL),
        ("kernels/power.py", ALL),
        ("lifecycle.py", ALL),
        ("stats/streams.py", ALL),
        ("audit/line.py", ALL),
        ("roads/demand.py", {"roads"}),
        ("metrics/__init__.py", ALL),
        ("metrics/stays.py", ALL),
        ("freight/fleet.py", {"freight", "capacity"}),
        ("freight/metrics.py", {"freight", "capacity"}),
        ("freight/capacity.py", {"capacity"}),
        ("stats/root.py", {"capacity"}),
        ("report/language.py", set()),
        ("report/page.py", set()),
        ("study/study.py", set()),
        ("study/output.py", set()),
        ("replay/trace.py", set()),
        ("__main__.py", set()),
    ],
)
def test_a_source_is_one_of_what_depends_on_it_alone(path, works):
    assert (PACKAGE / path).is_file()
    assert {work for work in ALL if PACKAGE / path in sources(work).values()} == works


def test_a_source_that_changes_is_another_key(monkeypatch):
    """Each of them."""
    monkeypatch.setattr(provenance, "sources", lambda *_: sources("roads"))
    before, digest = provenance.figures.__wrapped__(roads.__name__), cache(store.file_digest)
    for changed in sources("roads").values():
        monkeypatch.setattr(
            store, "file_digest", lambda path, own=changed: "x" if path == own else digest(path)
        )
        assert provenance.figures.__wrapped__(roads.__name__) != before


def test_no_question_is_among_the_sources_and_no_case_among_those_of_another():
    for work in ALL:
        assert not [name for name in sources(work) if name.startswith("experiments")]
    assert not [name for name in sources("freight") if name.startswith(("sim.roads", "sim.replay"))]
    assert not [n for n in sources("roads") if n.startswith(("sim.freight", "sim.replay"))]


def test_what_is_left_out_of_the_sources_of_roads_only_checks():
    """Their figures would depend on trucks if anything but checks and sections came from there."""
    everything = provenance.sources(roads.__name__, PACKAGE.parent)
    left_out = everything.keys() - sources("roads").keys()
    assert left_out <= {"sim.freight", "sim.freight.checks", "sim.freight.schema"}


def test_imports_are_read_wherever_they_are(tmp_path):
    files = {
        "pack/__init__.py": "from pack import first",
        "pack/first.py": "",
        "pack/deep/__init__.py": "",
        "pack/deep/work.py": """
import os
import other.thing
from ..second import value
from . import near
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from pack import types
def late():
    if value:
        from pack.third import x
""",
        "pack/deep/near.py": "", "pack/second.py": "value = 1", "pack/third.py": "x = 1",
        "pack/types.py": "", "pack/unused.py": "", "other/thing.py": "",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert set(provenance.sources("pack.deep.work", tmp_path)) == {
        "pack", "pack.first", "pack.deep", "pack.deep.work", "pack.deep.near", "pack.second",
        "pack.third", "other.thing",
    }  # fmt: skip
    assert "other.thing" not in provenance.sources("pack.deep.work", tmp_path, ("other",))


def test_the_key_knows_the_case_the_work_and_what_was_asked(monkeypatch):
    own = freight.Freight(corridors.corridor(), 1)
    asked = {"wait_p95_min": 15.0}
    keys = {
        study.key_of(own, freight.figures),
        study.key_of(own, freight.day),
        study.key_of(own, capacity.capacity),
        study.key_of(own, capacity.capacity, asked),
        study.key_of(own.with_(trucks_in_fleet=7), freight.figures),
        study.key_of(freight.Freight(own.corridor, 2), freight.figures),
    }
    assert len(keys) == 6
    again = freight.Freight(corridors.corridor(), 1)
    assert study.key_of(again, capacity.capacity, asked) in keys
    provenance.figures.cache_clear()
    monkeypatch.setattr(provenance, "versions", lambda: {"numpy": "of tomorrow"})
    assert study.key_of(own, freight.figures) not in keys
    provenance.figures.cache_clear()
