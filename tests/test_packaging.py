"""What a newcomer gets: a light import, pinned versions, configs that are found from anywhere."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import sim
from sim.config.folder import configs_dir

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def python(*argv: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, *argv], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_light():
    heavy = {"numpy", "numba", "pandas", "scipy", "plotly", "hydra", "pydantic", "distributed"}
    loaded = python("-c", "import sys, sim; print(*sys.modules)").split()
    assert heavy.isdisjoint(loaded)


def test_constraints_are_pinned_versions_and_nothing_else():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line), line
    names = [line.partition("==")[0].lower() for line in lines]
    assert names == sorted(set(names))


def test_every_declared_dependency_is_pinned():
    def plain(name: str) -> str:
        return re.match(r"[\w.-]+", name)[0].lower().replace("_", "-")

    lines = (ROOT / "constraints.txt").read_text().splitlines()
    extras = PROJECT["optional-dependencies"].values()
    declared = [*PROJECT["dependencies"], *(name for extra in extras for name in extra)]
    assert {plain(name) for name in declared} <= {plain(line) for line in lines}


def test_kernels_import_numpy_numba_and_math_only():
    own = {"sim.kernels", "sim.lifecycle", "sim.clock"}
    allowed = own | {"numpy", "numba", "math", "itertools", "typing"}
    for path in (ROOT / "sim" / "kernels").glob("[!_]*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            else:
                continue
            for name in names:
                assert any(name == a or name.startswith(f"{a}.") for a in allowed), (path, name)


def test_configs_are_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (configs_dir() / "config.yaml").is_file()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A folder with what a wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_a_wheel_holds_every_config_and_table(site):
    def files(folder: Path) -> set[str]:
        return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}

    assert files(site / "sim" / "_configs") == files(ROOT / "configs")


def test_a_wheel_runs_from_any_folder(site, tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import sim.__main__ as cli; "
        f"assert cli.__file__.startswith({str(site)!r}); sys.exit(cli.main(['--cfg', 'job']))"
    )
    assert "experiment: holiday_highway" in python("-c", code, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", sim.__all__)
def test_every_public_name_is_there(name):
    assert getattr(sim, name).__name__ == name
