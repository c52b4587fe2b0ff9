"""Tasks run here or on worker processes, with the same results."""

import asyncio
import multiprocessing
import operator
import os
import pickle
import signal
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from distributed.core import rpc
from distributed.security import Security

from experiments.command import TERMINAL
from sim.ending import ENDING
from sim.report.language import Words
from sim.study import cluster
from sim.study.progress import Progress
from sim.study.where import Where


@pytest.fixture(scope="module")
def two():
    """Workers that stay for all tests that do no harm to them."""
    with cluster.staying(Where(2)):
        yield


@pytest.mark.parametrize("workers", [1, 2])
def test_results_by_number(two, workers):
    tasks = [(n, 2) for n in range(7)]
    assert dict(cluster.run(operator.pow, tasks, Where(workers))) == {n: n * n for n in range(7)}


@pytest.mark.parametrize("workers", [1, 2])
def test_each_result_is_at_the_place_of_its_task(two, workers, capsys):
    tasks = [(2, n) for n in (5, 1, 4, 0)]
    with Progress(Words("en", TERMINAL)) as progress:
        found = cluster.each(operator.pow, tasks, Where(workers), progress, "doing.stations", n=4)
    assert found == [32, 2, 16, 1]
    assert capsys.readouterr().err == "replaying 4 stations\n"


def test_a_failing_task_raises_here():
    with pytest.raises(ZeroDivisionError):
        list(cluster.run(operator.truediv, [(1, 1), (1, 0)], Where(1)))


writer = ThreadPoolExecutor(1)


def written_after(folder: str, number: int) -> Future[int]:
    """The first is written only when the second has begun."""
    if number:
        Path(folder, f"{number}").touch()
    return writer.submit(when, Path(folder, "1"), number)


def when(path: Path, number: int) -> int:
    end = time.monotonic() + 60.0
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} has not begun"
        time.sleep(0.001)
    return number


def test_a_worker_goes_on_while_it_writes(two, tmp_path):
    tasks = [(str(tmp_path), n) for n in range(3)]
    with cluster.Pool(Where(2)) as pool:
        assert sorted(pool.run(written_after, tasks, together=[[0, 1], [2]])) == [
            (n, n) for n in range(3)
        ]


def test_here_what_is_written_is_waited_for(tmp_path):
    tasks = [(str(tmp_path), n) for n in (2, 1)]
    Path(tmp_path, "1").touch()
    assert dict(cluster.run(written_after, tasks, Where(1))) == {0: 2, 1: 1}


def written_late(folder: str, number: int) -> Future[Path]:
    """The last of them raises while what the others found is still being written."""
    if number < 0:
        Path(folder, "raised").touch()
        raise ValueError
    return writer.submit(write, Path(folder), number)


def write(folder: Path, number: int) -> Path:
    when(folder / "raised", number)
    time.sleep(0.05)
    (folder / f"{number}").touch()
    return folder


def test_what_was_found_before_a_task_raises_is_written(tmp_path):
    tasks = [(str(tmp_path), n) for n in (0, 1, -1, 3)]
    with pytest.raises(ValueError), cluster.Pool(Where(2)) as pool:  # noqa: PT011
        list(pool.run(written_late, tasks, together=[[0, 1, 2], [3]]))
    assert {"0", "1"} <= {path.name for path in tmp_path.iterdir()}


class Interrupted(Future):
    """Somebody says Ctrl-C while it is waited for."""

    def result(self, timeout=None):
        writer.submit(self.set_result, None)
        raise KeyboardInterrupt


def test_here_what_is_being_written_is_whole_after_an_interrupt():
    own = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        list(cluster.run(lambda: own, [()], Where(1)))
    assert own.done()


def process_of(_):
    return os.getpid()


def test_a_pool_keeps_its_workers_between_rounds(two):
    with cluster.Pool(Where(2)) as pool:
        rounds = [{pid for _, pid in pool.run(process_of, [(n,) for n in range(20)])} for _ in "ab"]
    assert os.getpid() not in rounds[0]
    assert len(rounds[0] | rounds[1]) <= 2


def note_and_die_once(folder: str, number: int) -> int:
    """Leaves a file for every time it begins; number 3 kills its process the first time."""
    begun = Path(folder) / f"{number}-{len(list(Path(folder).glob(f'{number}-*')))}"
    begun.touch()
    if begun.name == "3-0":
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_worker_that_is_killed_is_replaced(two, tmp_path):
    tasks = [(str(tmp_path), n) for n in range(8)]
    with cluster.Pool(Where(2)) as pool:
        assert sorted(result for _, result in pool.run(note_and_die_once, tasks)) == list(range(8))
    assert {"3-0", "3-1"} <= {path.name for path in tmp_path.iterdir()}


def note_and_die(folder: str, number: int) -> int:
    """Leaves a mark for every time it begins; number 3 always kills its process."""
    with Path(folder, str(number)).open("a") as file:
        file.write("x")
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_task_that_always_kills_its_worker_is_given_up_after_three_tries(tmp_path):
    gives_up(Where(2), tmp_path)


def gives_up(place, folder):
    """And no other one is taken for it, though it was beside it."""
    with pytest.raises(cluster.WorkerDied) as died, cluster.Pool(place) as pool:
        list(pool.run(note_and_die, [(str(folder), n) for n in (4, 3, 5, 6)]))
    assert str(died.value) == "task 1: given up, its worker died 3 times"
    marks = {path.name: len(path.read_text()) for path in folder.iterdir()}
    assert marks["3"] == 3
    assert all(1 <= marks[name] <= 3 for name in "456")


# ---- what it costs to send ---------------------------------------------------------------------


class Sent:
    def __init__(self, found):
        self.found = found


class Stand:
    """A connection whose workers take so long for each task, by a clock of their own."""

    workers = 2

    def __init__(self, task_s):
        self.task_s, self.waiting, self.most, self.messages = task_s, deque(), 0, []

    def send(self, opened, function, packed, who, done):
        tasks = pickle.loads(packed)
        self.messages.append(len(tasks))
        future = Sent((self.task_s * len(tasks), [function(*task) for task in tasks]))
        self.waiting.append(future)
        self.most = max(self.most, len(self.waiting))
        done(future)
        return future

    def result(self, future):
        self.waiting.remove(future)
        return future.found


@pytest.mark.parametrize(
    ("task_s", "most_messages"), [(0.0001, 60), (0.05, 90), (0.2, 230), (2.0, 1000)]
)
def test_short_tasks_travel_together_and_few_are_on_their_way(monkeypatch, task_s, most_messages):
    stand = Stand(task_s)
    monkeypatch.setattr(cluster.Pool, "_connected", lambda pool: stand)
    with cluster.Pool(Where(2)) as pool:
        found = dict(pool.run(operator.neg, [(n,) for n in range(1000)]))
        assert found == {n: -n for n in range(1000)}
        assert pool.sent == len(stand.messages) <= most_messages
    assert stand.most <= cluster.AHEAD * stand.workers  # whatever the number of tasks
    assert max(stand.messages) <= cluster.MOST
    assert stand.messages[-1] == 1  # at the end no worker waits for another one


def test_those_that_come_get_work_and_who_is_at_work_is_counted(monkeypatch):
    stand, counts = Stand(10.0), []
    monkeypatch.setattr(cluster.Pool, "_connected", lambda pool: stand)
    monkeypatch.setattr(cluster, "LOOK_S", 0.0)
    with cluster.Pool(Where(2)) as pool:
        for done, _ in enumerate(pool.run(operator.neg, [(n,) for n in range(100)])):
            counts.append(pool.running)
            stand.workers = 2 if done < 50 else 5
        assert pool.running == 0
    assert counts[:50] == 50 * [2]
    assert counts[60:-6] == 34 * [5]
    assert counts[-6:] == [5, 4, 3, 2, 1, 0]  # of what is left
    assert stand.most == cluster.AHEAD * 5


def test_here_one_is_at_work():
    with cluster.Pool(Where(1)) as pool:
        at_work = [pool.running for _ in pool.run(operator.neg, [(n,) for n in range(3)])]
    assert (at_work, pool.running) == ([1, 1, 1], 0)


def test_tasks_that_belong_together_travel_together(monkeypatch):
    stand, order = Stand(10.0), [[0, 5, 2], [4], [1, 3]]
    monkeypatch.setattr(cluster.Pool, "_connected", lambda pool: stand)
    with cluster.Pool(Where(2)) as pool:
        found = dict(pool.run(operator.neg, [(n,) for n in range(6)], together=order))
    assert found == {n: -n for n in range(6)}
    assert stand.messages == [3, 1, 2]


# ---- who else reaches the pool -----------------------------------------------------------------

NOBODY = 65534


def ports():
    """Of all sockets on which this process and its children listen; every one on 127.0.0.1."""
    own = psutil.Process()
    found = [
        c.laddr
        for process in (own, *own.children(recursive=True))
        for c in process.net_connections("tcp")
        if c.status == psutil.CONN_LISTEN
    ]
    assert {address.ip for address in found} == {"127.0.0.1"}
    return [address.port for address in found]


def break_in(listening, answers):
    """As another user: have a worker say who it is, with certificates of one's own and without."""
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    certificate = Security.temporary().get_connection_args("client")
    ways = [("tcp", None), ("tls", certificate)]

    async def everywhere():
        tries = [asked_who(f"{scheme}://127.0.0.1:{port}", own)
                 for port in listening for scheme, own in ways]  # fmt: skip
        return await asyncio.gather(*tries)

    answers.put(asyncio.run(everywhere()))


async def asked_who(address, connection_args):
    try:
        async with rpc(address, timeout=5, connection_args=connection_args) as worker:
            work = worker.run(function=pickle.dumps(os.getuid))
            return (await asyncio.wait_for(work, 5)).get("result")
    except (OSError, TypeError, AttributeError, ValueError):
        return None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("protected", [True, False])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_another_user_runs_no_code_in_the_pool(monkeypatch, protected):
    if not protected:  # what this test would say of a pool without certificates
        monkeypatch.setattr(Security, "temporary", lambda: None)
    with cluster.Pool(Where(3)) as pool:  # not those that stay
        assert sorted(dict(pool.run(operator.neg, [(1,), (2,)])).values()) == [-2, -1]
        monkeypatch.undo()
        listening = ports()
        assert len(listening) >= 4  # the scheduler and three workers at least
        fork = multiprocessing.get_context("fork")
        answers = fork.Queue()
        stranger = fork.Process(target=break_in, args=(listening, answers))
        stranger.start()
        said = {answer for answer in answers.get(timeout=60) if answer is not None}
        stranger.join()
        assert said == (set() if protected else {os.getuid()})


def test_nothing_is_told_to_a_browser(two):
    async def asked(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        try:
            return await asyncio.wait_for(reader.read(100), 2)
        except OSError:
            return b""
        finally:
            writer.close()

    async def everywhere(listening):
        return await asyncio.gather(*map(asked, listening))

    with cluster.Pool(Where(2)) as pool:
        assert dict(pool.run(operator.neg, [(1,), (2,)])) == {0: -1, 1: -2}
        for answer in asyncio.run(everywhere(ports())):
            assert b" 200 " not in answer


def test_workers_are_deaf_and_gone_after_an_interrupt():
    """Those that replace a dead one, too."""
    with pytest.raises(KeyboardInterrupt), cluster.Pool(Where(2)) as pool:  # noqa: PT012
        pids = {pid for _, pid in pool.run(process_of, [(n,) for n in range(20)])}
        os.kill(min(pids), signal.SIGKILL)
        pids = {pid for _, pid in pool.run(process_of, [(n,) for n in range(20)])}
        for pid in pids:
            text = Path(f"/proc/{pid}/status").read_text()
            blocked = int(text.partition("SigBlk:")[2].split()[0], 16)
            assert all(blocked >> (number - 1) & 1 for number in ENDING)
        raise KeyboardInterrupt
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
