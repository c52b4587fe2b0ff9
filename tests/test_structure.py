"""The picture of folders in `sim/README.md` is the code."""

from pathlib import Path

import pytest

from tests import structure
from tests.structure import ROOT, Structure


def test_the_picture_is_the_code(capsys):
    assert structure.main(["--check"]) == 0, capsys.readouterr().out


@pytest.fixture
def code(tmp_path: Path) -> Path:
    files = {
        "sim/__init__.py": "",
        "sim/clock.py": "import math",
        "sim/roads/__init__.py": "",
        "sim/roads/case.py": "from sim.roads import demand\nimport sim.clock",
        "sim/roads/demand.py": "def late():\n    from sim import clock",
        "sim/study/__init__.py": "from sim.roads.case import Roads",
        "experiments/__init__.py": "",
        "experiments/waits/question.py": "from sim import __version__, clock, study",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_imports_between_folders_are_found_wherever_they_stand(code):
    assert Structure.of(code).imports == {
        "experiments/__init__.py": set(),
        "experiments/waits/": {"sim/study/", "sim/clock.py", "sim/__init__.py"},
        "sim/__init__.py": set(),
        "sim/clock.py": set(),
        "sim/roads/": {"sim/clock.py"},
        "sim/study/": {"sim/roads/"},
    }


def test_what_a_longer_path_implies_is_not_drawn(code):
    made = Structure.of(code)
    assert made.is_implied("experiments/waits/", "sim/clock.py")
    assert not made.is_implied("experiments/waits/", "sim/study/")
    text = made.picture()
    assert "  experiments_waits --> sim___init___py & sim_study\n" in text
    assert "  sim_study --> sim_roads\n" in text
    assert 'experiments___init___py["__init__.py"]' not in text
    assert text.endswith(
        "4 of 5 imports between folders; those that a longer path implies are left out. "
        "None goes in a circle."
    )


def test_floors_count_from_the_ground():
    made = Structure({"a": {"b", "d"}, "b": {"c"}, "c": {"d"}, "d": set(), "e": {"d"}})
    assert made.floor == {"a": 3, "b": 2, "c": 1, "d": 0, "e": 1}


def test_a_circle_is_drawn_whole_and_named():
    made = Structure({"sim/a/": {"sim/b/", "sim/c/"}, "sim/b/": {"sim/a/"}, "sim/c/": set(),
                      "sim/d/": {"sim/a/", "sim/b/", "sim/c/"}, "sim/Z/": {"sim/b/"}})  # fmt: skip
    assert made.floor == {"sim/a/": 1, "sim/b/": 1, "sim/c/": 0, "sim/d/": 2, "sim/Z/": 2}
    text = made.picture()
    for line in (
        "sim_a --> sim_c",
        "sim_a -.-> sim_b",
        "sim_b -.-> sim_a",
        "sim_d --> sim_a & sim_b",
    ):
        assert f"  {line}\n" in text
    assert "Dashed: in a circle (`sim/a/`, `sim/b/`)." in text


def test_a_stale_picture_is_seen_and_drawn_anew(code, monkeypatch, capsys):
    readme = code / "sim" / "README.md"
    readme.write_text("# sim\n\n<!-- structure -->\n<!-- end of structure -->\n\nThe end.\n")
    monkeypatch.setattr(structure, "ROOT", code)
    monkeypatch.setattr(structure, "README", readme)
    assert structure.main(["--check"]) == 1
    assert "is not the code" in capsys.readouterr().out
    assert structure.main([]) == structure.main(["--check"]) == 0
    (code / "sim" / "clock.py").write_text("import sim.study")
    assert structure.main(["--check"]) == 1


def test_the_code_under_test_is_this_repository():
    assert structure.README == ROOT / "sim" / "README.md"
    assert "sim/kernels/" in Structure.of(ROOT).imports["sim/engine.py"]


def test_a_relative_import_is_refused(code):
    (code / "sim" / "clock.py").write_text("from . import study")
    with pytest.raises(ValueError, match="a relative import"):
        Structure.of(code)
