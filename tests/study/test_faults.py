"""Nothing lost, nothing twice: whatever goes wrong, the same tables come out in the end."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from sim.metrics import METRICS
from sim.roads import case, scenario
from sim.study import cluster, kept, sweep
from sim.study.case import Replication
from sim.study.study import Study
from tests import small

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return small.config(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def town(config):
    return scenario.load(config)


def run(town, folder, replications, workers=1, address=None):
    engine = town.engine.model_copy(update={"workers": workers, "address": address})
    with Study(engine, folder, small.Quiet(), named=True) as runs:
        runs.run({"a": town}, replications, work=case.tables)
        return runs.counts


@pytest.fixture(scope="module")
def whole(town, tmp_path_factory):
    """What an undisturbed run keeps."""
    folder = tmp_path_factory.mktemp("whole")
    run(town, folder, 2)
    return content(folder)


def content(folder):
    """All tables: what they cost differs from run to run."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.parquet")}


# ---- a disk that fails ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("open", errno.EROFS),
        ("open", errno.ENOSPC),
        ("fsync", errno.EIO),
        ("replace", errno.ENOSPC),
    ],
)
def test_whichever_write_fails_what_is_there_is_whole(
    town, whole, tmp_path, monkeypatch, call, code
):
    writes = 2 * (len(kept.TABLES) + 2)
    for number in range(writes):
        folder = tmp_path / str(number)
        with monkeypatch.context() as context:
            fail(context, call, number, code)
            with pytest.raises(OSError, match=os.strerror(code)):
                run(town, folder, 2)
        there = content(folder)
        assert there.items() <= whole.items()
        assert not list(folder.rglob("*.part"))
        figures = [name for name in there if "figures-" in name]
        assert run(town, folder, 2)["run"] == 2 - len(figures)
        assert content(folder) == whole
    with monkeypatch.context() as context:  # there is no further write
        fail(context, call, writes, code)
        run(town, tmp_path / "all", 2)


def fail(context, call, number, code):
    """The n-th such call fails."""
    original, seen = getattr(os, call), []

    def failing(*given, **named):
        if call != "open" or given[1] & os.O_WRONLY:
            seen.append(given)
            if len(seen) == number + 1:
                raise OSError(code, os.strerror(code))
        return original(*given, **named)

    context.setattr(os, call, failing)


LIMITED = """
import json, resource, sys
from pathlib import Path
from sim.roads import scenario
from tests.study.test_faults import run
town = scenario.load(json.loads(Path(sys.argv[1]).read_text()))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    run(town, Path(sys.argv[2]), 2)
except OSError as error:
    sys.exit(error.errno)
"""


def test_the_system_itself_refuses_to_write_on(config, town, whole, tmp_path):
    """In the middle of a file, as where a disk is full."""
    (tmp_path / "config.json").write_text(json.dumps(config))
    folder, sizes = tmp_path / "out", sorted(map(len, whole.values()))
    for most in (sizes[0] - 1, sizes[-1] - 1):
        words = [sys.executable, "-c", LIMITED, tmp_path / "config.json", folder, str(most)]
        ended = subprocess.run(words, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False)
        assert ended.returncode == errno.EFBIG
        assert content(folder).items() < whole.items()
        assert not list(folder.rglob("*.part"))
    run(town, folder, 2)
    assert content(folder) == whole


# ---- processes that are killed -------------------------------------------------------------------

CLIENT = """
import json, sys
from pathlib import Path
from sim.roads import scenario
from tests.study.test_faults import run
if __name__ == "__main__":
    town = scenario.load(json.loads(Path(sys.argv[1]).read_text()))
    run(town, Path(sys.argv[2]), 400, int(sys.argv[3]), *sys.argv[4:])
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_client_that_is_killed_goes_on_where_it_was(config, town, whole, tmp_path, workers):
    folder = killed(config, tmp_path, str(workers))
    goes_on(town, whole, folder)


def killed(config, place, *where):
    """The folder of a client that was killed once it had found a few replications."""
    (place / "config.json").write_text(json.dumps(config))
    (place / "client.py").write_text(CLIENT)
    folder = place / "out"
    client = subprocess.Popen(
        [sys.executable, place / "client.py", place / "config.json", folder, *where],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
    )  # fmt: skip
    while len(figures_in(folder)) < 3:
        assert client.poll() is None
        time.sleep(0.01)
    children = psutil.Process(client.pid).children(recursive=True)
    client.send_signal(signal.SIGKILL)
    client.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    return folder


def figures_in(folder):
    """By number of the replication."""
    return {int(p.parent.name[1:]): p for p in folder.glob("a/*/figures-*.parquet")}


def goes_on(town, whole, folder, **where):
    """Who says the same again finds the same, and nothing is done twice."""
    there = {path: path.stat().st_ino for path in figures_in(folder).values()}
    numbers = sorted({0, 1, *sorted(figures_in(folder))[:3]})
    missing = set(numbers) - figures_in(folder).keys()
    engine = town.engine.model_copy(update={"workers": 1, **where})
    with Study(engine, folder, small.Quiet(), named=True) as runs:
        runs.run({"a": town}, numbers, work=case.tables)
    assert runs.counts["run"] == len(missing)
    assert all(path.stat().st_ino == inode for path, inode in there.items())  # not written again
    assert whole.items() <= content(folder).items()


class Killing:
    """A case of which one replication of one design always kills its worker."""

    works, metrics, traffic = __name__, METRICS, "traffic"

    def __init__(self, key):
        self.key = key


def figures(own, replication):
    if (own.key, replication) == ("b", 3):
        os.kill(os.getpid(), signal.SIGKILL)
    x = np.random.default_rng(replication).random()
    return Replication({"wait_min_mean": x}, seconds={"run": 0.0})


def test_a_design_that_always_kills_its_worker_is_named_and_all_else_is_kept(town, tmp_path):
    engine = town.engine.model_copy(update={"workers": 2})
    designs = {name: Killing(name) for name in "abc"}
    with (
        pytest.raises(cluster.WorkerDied) as died,
        Study(engine, tmp_path, small.Quiet(), named=True) as runs,
    ):
        runs.run(designs, 4)
    assert str(died.value) == "design `b`, replication 3: given up, its worker died 3 times"
    del designs["b"]
    alone = town.engine.model_copy(update={"workers": 1})
    with Study(alone, tmp_path, small.Quiet(), named=True) as runs:
        found = runs.run(designs, 4)
    assert runs.counts == {"used": 8, "run": 0, "simulated": 8}
    assert found.values("wait_min_mean", "a").tolist() == [
        np.random.default_rng(r).random() for r in range(4)
    ]


# ---- files of a sweep ----------------------------------------------------------------------------


def test_files_of_a_sweep_say_what_they_were(tmp_path):
    """As `sha256sum -c` looks at them."""
    designs = [{"demand.scale": "1"}, {"demand.scale": "2"}]
    done = sweep.run(designs, tmp_path, lambda n, _: ({"x": 1.0}, {"x": [1.0, 2.0 + n]}))
    names = {path.name for path in done.paths}
    assert names == {"designs.csv", "differences.csv", "study.parquet", sweep.SUMS}
    assert sweep.damaged(done.folder) == []
    for name in names - {sweep.SUMS}:
        path = done.folder / name
        right = path.read_bytes()
        flipped = bytearray(right)
        flipped[len(right) // 2] ^= 1
        for wrong in (bytes(flipped), right[:-1], b""):
            path.write_bytes(wrong)
            assert sweep.damaged(done.folder) == [name]
        path.unlink()
        assert sweep.damaged(done.folder) == [name]
        path.write_bytes(right)
    ran = subprocess.run(["sha256sum", "-c", sweep.SUMS], cwd=done.folder, capture_output=True)
    assert ran.returncode == 0


SWEPT = [{"demand.scale": "1"}, {"demand.scale": "2"}]


def swept(folder):
    return sweep.run(SWEPT, folder, lambda n, _: ({"x": 1.0}, {"x": [1.0, 2.0 + n]}), "key")


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_whichever_write_of_a_sweep_fails_the_next_time_all_is_there(tmp_path, monkeypatch, call):
    whole = {path.name: path.read_bytes() for path in swept(tmp_path / "whole").paths}
    number = 0
    while True:
        folder = tmp_path / str(number)
        with monkeypatch.context() as context:
            fail(context, call, number, errno.ENOSPC)
            with suppress(OSError):
                if not (failed := swept(folder).failed):
                    break  # there is no further write
                assert "No space left on device" in failed[0]
        assert not list(folder.rglob("*.part"))
        again = swept(folder)
        assert again.failed == []
        assert {path.name: path.read_bytes() for path in again.paths} == whole
        number += 1
    assert number >= 6  # the key, the table of designs twice, differences, the long table, sums
