"""An existing cluster: the same bytes as here, from workers that this program knows."""

import os
import signal
import time
from pathlib import Path
from threading import Thread

import psutil
import pytest
from distributed.security import Security

from sim.config.problems import InputError
from sim.roads import case, scenario
from sim.study import cluster, where
from sim.study.study import Study
from tests import small
from tests.study import test_cluster, test_faults
from tests.study.elsewhere import Cluster


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A scheduler with two workers, which have a folder of their own."""
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    found.worker()
    found.worker()
    yield found
    found.end()


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return small.config(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def town(config):
    return scenario.load(config)


def at(town, address):
    return town.engine.model_copy(update={"workers": 0, "address": address})


def content(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*.parquet"))
    }  # fmt: skip


def process_and_folder(_):
    return os.getpid(), os.getcwd()


def test_the_same_bytes_though_no_worker_writes(town, there, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the folder of a study may be relative, and workers are elsewhere
    designs = {"a": town, "b": town.with_(**{"demand.scale": 1.5})}
    before = {path.name for path in there.folder.iterdir()}
    for name, engine in {"here": town.engine, "there": at(town, there.address)}.items():
        with Study(engine, Path(name), small.Quiet(), named=True) as runs:
            runs.run(designs, 3, work=case.tables)
    found = content(tmp_path / "there")
    assert len(found) == 2 * 3 * 4
    assert found == content(tmp_path / "here")
    assert {path.name for path in there.folder.iterdir()} == before
    with cluster.Pool(at(town, there.address).where) as pool:
        who = {own for _, own in pool.run(process_and_folder, [(n,) for n in range(40)])}
    assert 1 <= len(who) <= 2
    assert {folder for _, folder in who} == {str(there.folder)}
    assert os.getpid() not in {pid for pid, _ in who}


def test_where_is_no_part_of_what_is_asked(town, there):
    assert (
        at(town, there.address).model_dump()
        == town.engine.model_copy(update={"workers": 0}).model_dump()
    )


# ---- who is refused, before anything runs ------------------------------------------------------

STRANGER = "import sim\nsim.__version__ = '9.9.9'"


@pytest.mark.parametrize(
    ("words", "before", "sentence"),
    [
        (("--nthreads", "1"), STRANGER, "is of another version (peakcharge 9.9.9 there, "),
        (("--nthreads", "2"), "", "would do 2 tasks at once: start it with --nthreads 1"),
        (("--nthreads", "1"), "import sys\nsys.modules['sim'] = None", "cannot be used"),
    ],
)
def test_a_worker_that_would_find_something_else(there, tmp_path, words, before, sentence):
    place = where.Where(0, there.address)
    other = there.worker(*words, "--no-nanny", before=before)
    try:
        with cluster.Pool(place) as pool:
            wait(pool, 3)
            with pytest.raises(InputError) as refused:
                list(pool.run(noted, [(str(tmp_path), 1), (str(tmp_path), 2)]))
            assert len(refused.value.problems) == 1
            assert sentence in str(refused.value)
    finally:
        there.end(other)
        with cluster.Pool(place) as pool:
            wait(pool, 2)
    assert list(tmp_path.iterdir()) == []


def wait(pool, workers):
    """Until a cluster has so many workers."""
    until(lambda: pool._connected().workers == workers)


def until(there, most_s=60):
    end = time.monotonic() + most_s
    while not there():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)


def noted(folder, number):
    with open(f"{folder}/{number}", "a") as file:
        file.write(f"{os.getpid()}\n")
    return number


def test_nobody_answers():
    place = where.Where(0, "tcp://127.0.0.1:9")
    with pytest.raises(InputError) as refused, cluster.Pool(place) as pool:
        list(pool.run(noted, [("", 1)]))
    assert "no scheduler of Dask answers at tcp://127.0.0.1:9 (" in str(refused.value)


def test_a_scheduler_without_workers_is_waited_for_and_then_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.study.connection.JOINED_S", 0.2)
    lonely, told = Cluster(tmp_path), {}
    try:
        with (
            pytest.raises(InputError) as refused,
            cluster.Pool(
                where.Where(0, lonely.address), lambda key, **own: told.update({key: own})
            ) as pool,
        ):
            list(pool.run(noted, [("", 1)]))
    finally:
        lonely.end()
    assert told == {"doing.waiting": {"address": lonely.address}}
    assert "no worker is at" in str(refused.value)


# ---- faults ------------------------------------------------------------------------------------


def slow(folder, number):
    """Notes that it began; number 0 takes until somebody says that it may end."""
    noted(folder, number)
    while number == 0 and not os.path.exists(f"{folder}/end"):
        time.sleep(0.01)
    return number


def begun(folder, number, times=1):
    path = folder / str(number)
    until(lambda: path.exists() and len(path.read_text().splitlines()) >= times)
    return int(path.read_text().splitlines()[-1])


def test_a_worker_that_is_killed_in_the_middle(there, tmp_path):
    """What it was at runs again on another one, and is found once."""
    killed = []

    def kill():
        killed.append(begun(tmp_path, 0))
        os.kill(killed[0], signal.SIGKILL)
        begun(tmp_path, 0, 2)
        (tmp_path / "end").touch()

    killer = Thread(target=kill)
    killer.start()
    with cluster.Pool(where.Where(0, there.address)) as pool:
        found = list(pool.run(slow, [(str(tmp_path), n) for n in range(6)]))
    killer.join()
    assert sorted(found) == [(n, n) for n in range(6)]
    assert not psutil.pid_exists(killed[0])


def test_a_task_that_always_kills_its_worker_is_given_up_after_three_tries(there, tmp_path):
    """However often that scheduler would have it tried."""
    test_cluster.gives_up(where.Where(0, there.address), tmp_path)


def test_a_worker_that_joins_gets_work_and_a_lost_scheduler_is_told(tmp_path):
    own = Cluster(tmp_path)
    try:
        own.worker()
        with cluster.Pool(where.Where(0, own.address)) as pool:
            round_ = pool.run(slow, [(str(tmp_path), n) for n in range(40)])

            def change():
                begun(tmp_path, 0)
                own.worker()
                begun(tmp_path, 1)
                own.end(own.scheduler)

            changer = Thread(target=change)
            changer.start()
            with pytest.raises(cluster.ClusterError) as lost:
                list(round_)
            changer.join()
    finally:
        own.end()
    assert str(lost.value) == (
        f"the scheduler at {own.address} is gone: start it and its workers, and say the same "
        "again; what is kept is not done again"
    )


@pytest.fixture(scope="module")
def whole(town, tmp_path_factory):
    """What an undisturbed run keeps, here."""
    folder = tmp_path_factory.mktemp("whole")
    test_faults.run(town, folder, 2)
    return test_faults.content(folder)


def test_a_study_whose_scheduler_is_lost_goes_on_at_another_one(town, whole, tmp_path):
    folder, found = tmp_path / "out", test_faults.figures_in
    (tmp_path / "second").mkdir()
    first, second = Cluster(tmp_path), Cluster(tmp_path / "second")
    try:
        first.worker()

        def lose():
            until(lambda: len(found(folder)) >= 3)
            first.end(first.scheduler)

        loser = Thread(target=lose)
        loser.start()
        with pytest.raises(cluster.ClusterError, match="is gone: start it"):
            test_faults.run(town, folder, 400, 0, first.address)
        loser.join()
        second.worker()
        test_faults.goes_on(town, whole, folder, workers=0, address=second.address)
    finally:
        first.end()
        second.end()


def test_a_client_of_a_cluster_that_is_killed_goes_on_there(config, town, whole, there, tmp_path):
    """And its workers are for the next one."""
    folder = test_faults.killed(config, tmp_path, "0", there.address)
    test_faults.goes_on(town, whole, folder, workers=0, address=there.address)


def test_a_study_one_of_whose_workers_is_killed_while_another_one_joins(
    town, whole, there, tmp_path
):
    """Finds each replication once, and the same tables."""
    place, folder, joined = where.Where(0, there.address), tmp_path / "out", []
    with cluster.Pool(place) as pool:
        pid = next(own for _, (own, _) in pool.run(process_and_folder, [(0,)]))

    def change():
        until(lambda: len(test_faults.figures_in(folder)) >= 3)
        os.kill(pid, signal.SIGKILL)
        joined.append(there.worker())

    changer = Thread(target=change)
    changer.start()
    counts = test_faults.run(town, folder, 60, 0, there.address)
    changer.join()
    there.end(*joined)
    assert counts["run"] == 60
    assert sorted(test_faults.figures_in(folder)) == [*range(60)]
    assert whole.items() <= test_faults.content(folder).items()


def test_behind_tls(tmp_path):
    made = Security.temporary()
    files = {name: tmp_path / f"{name}.pem" for name in ("ca", "cert", "key")}
    files["ca"].write_text(made.tls_ca_file)
    files["cert"].write_text(made.tls_client_cert)
    files["key"].write_text(made.tls_client_key)
    words = ("--protocol", "tls", "--tls-ca-file", str(files["ca"]),
             "--tls-cert", str(files["cert"]), "--tls-key", str(files["key"]))  # fmt: skip
    own = Cluster(tmp_path, *words)
    try:
        own.worker()
        assert own.address.startswith("tls://")
        tls = where.Tls(*map(str, files.values()))
        place = where.of(0, None, str(own.file), tls)
        with cluster.Pool(place) as pool:
            assert dict(pool.run(noted, [(str(tmp_path), 7)])) == {0: 7}
        stranger = Security.temporary()
        files["cert"].write_text(stranger.tls_client_cert)
        files["key"].write_text(stranger.tls_client_key)
        with pytest.raises(InputError) as refused, cluster.Pool(place) as pool:
            list(pool.run(noted, [(str(tmp_path), 7)]))
        assert "no scheduler of Dask answers" in str(refused.value)
    finally:
        own.end()
