"""Workers, and the way to them: those of this machine, or those of an existing cluster (Dask).

The only file that imports `distributed`.
"""

import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from threading import Event, Thread
from typing import Any

from sim.config.problems import InputError
from sim.ending import ENDING
from sim.study import greeting
from sim.study.where import Where

# Dask has workers give every freed page back at once, and each replication would ask for the same
# pages again.
MEMORY = {"MALLOC_TRIM_THRESHOLD_": 1 << 30, "MALLOC_MMAP_THRESHOLD_": 1 << 28}
QUIET = {"DASK_LOGGING__DISTRIBUTED": "critical"}
HERE = "127.0.0.1:0"
SETTINGS = {
    # Who dies tells at once what it was at; what that means is decided in `cluster`.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.daemon": True,
    "distributed.nanny.pre-spawn-environ": MEMORY | QUIET,
    # Nothing is told to a browser: whoever can reach the port could read it.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Dask looks at itself all the time, for a dashboard that is not there: with two workers that is
    # a tenth of a core.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.memory.monitor-interval": "1s",
    # What drivers of a region expect is a large table, and goes to a worker with its task.
    "distributed.admin.large-graph-warning-threshold": "1GiB",
}
REACHED_S = 5  # for a scheduler to answer
CLOSED_S = 2  # for a good-bye to who may be gone
KILL_S = 0.02  # between looks for a worker that is to be killed
JOINED_S = 60  # for a first worker to be there, or another one where none is left


class ClusterError(Exception):
    """A cluster that is lost in the middle; says what to do."""


class Died(Exception):
    """A worker died that had a message; it may have been at another one."""


class Begun(Exception):
    """A message that a worker had begun with which has died since."""


@contextmanager
def _deaf() -> Iterator[None]:
    """Threads and processes started inside are deaf to Ctrl-C and SIGTERM, and so are those that
    they start: this thread alone answers, afterwards, and ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Connection:
    """Workers, and the way to them.

    Those of this machine listen on 127.0.0.1 only, and to nobody without the certificate that is
    made for them; one that dies is replaced.

    Raises `InputError` where no such cluster can be reached, or no worker of it can be used.
    """

    def __init__(self, where: Where, tell: Callable[..., object]) -> None:
        self.where = where
        self._stack = ExitStack()
        self._client: Any = None
        resource_tracker.ensure_running()  # who starts it later hears signals again
        with _deaf():
            try:
                _hush()
                self._client = self._reached(tell) if where.address else self._started()
            except BaseException:
                self.close()
                raise

    def _started(self) -> Any:
        import dask
        from distributed import Client, LocalCluster
        from distributed.security import Security

        self._stack.enter_context(dask.config.set(SETTINGS))
        cluster = self._stack.enter_context(
            LocalCluster(
                n_workers=self.where.cores, threads_per_worker=1, processes=True,
                host="127.0.0.1", security=Security.temporary(), silence_logs=50,
                dashboard_address=HERE, worker_dashboard_address=HERE,
                scheduler_kwargs={"dashboard": False},
            )
        )  # fmt: skip
        return self._stack.enter_context(Client(cluster))

    def _reached(self, tell: Callable[..., object]) -> Any:
        from distributed import Client
        from distributed.security import Security

        address, tls = self.where.address, self.where.tls
        security = Security(
            require_encryption=True, tls_ca_file=tls.ca, tls_client_cert=tls.cert,
            tls_client_key=tls.key,
        ) if tls else None  # fmt: skip
        try:
            client = Client(address, security=security, timeout=REACHED_S, set_as_default=False)
            self._stack.callback(client.close, timeout=CLOSED_S)
        except (OSError, ValueError) as error:  # TimeoutError, too, and certificates of others
            raise InputError(f"no scheduler of Dask answers at {address} ({_why(error)})") from None
        if not client.nthreads():
            tell("doing.waiting", address=address)
            try:
                client.wait_for_workers(1, timeout=JOINED_S)
            except TimeoutError:
                raise InputError(
                    f"no worker is at {address}: start some with `dask worker {address}`"
                ) from None
        return client

    def close(self) -> None:
        """The end of the workers of this machine, at once: nobody waits for what they are at, and
        to take all apart that they have loaded takes them a second."""
        closed = Event()
        with _deaf():  # whoever cannot wait for the end would leave a part of it
            killer = Thread(target=self._kill, args=(closed,), daemon=True)
            if not self.where.address:
                killer.start()
            try:
                self._stack.close()
            finally:
                closed.set()

    def _kill(self, closed: Event) -> None:
        """Until all is closed: a worker that is just being replaced is there only later."""
        cluster = getattr(self._client, "cluster", None)
        while cluster and not closed.wait(KILL_S):
            for nanny in list(cluster.workers.values()):
                nanny.auto_restart = False
                with suppress(ProcessLookupError, AttributeError):
                    if pid := nanny.pid:
                        os.kill(pid, signal.SIGKILL)

    @property
    def workers(self) -> int:
        """How many there are now."""
        if not self.where.address:
            return self.where.cores
        with self._told():
            return len(self._client.nthreads())

    def greet(self, modules: Sequence[str]) -> None:
        """Ask all workers who they are.

        Raises `InputError` with a sentence for each that would not find what this process finds.
        """
        here = greeting.own(tuple(modules))
        with self._told():
            answers = self._client.run(greeting.greeted, here, list(modules), on_error="return")
        problems = {
            worker: f"cannot be used ({_why(own)})" if isinstance(own, Exception) else own
            for worker, own in answers.items()
        }
        if any(problems.values()):
            raise InputError(f"the worker {name} {own}" for name, own in problems.items() if own)

    def send(self, function: Callable[..., Any], *given: Any, done: Callable[[Any], object]) -> Any:
        """Have a worker do it; `done` gets the future, in another thread."""
        with self._told():
            future = self._client.submit(function, *given, pure=False)
        future.add_done_callback(done)
        return future

    def result(self, future: Any) -> Any:
        """What a worker found, or raises what it raised.  Raises `Died`."""
        from distributed import KilledWorker

        try:
            if future.status == "error":
                future.result()
            with self._told():
                found = future.result()
        except (KilledWorker, Begun):
            raise Died from None
        except greeting.Stranger as error:
            raise ClusterError(
                f"a worker that came later is of another version ({error}): take it away from "
                f"{self.where.address} and say the same again"
            ) from None
        future.release()  # or a dead worker would repeat finished work
        return found

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A scheduler that is gone is told in one sentence."""
        try:
            yield
        except (CancelledError, OSError) as error:
            if not self.where.address:
                raise
            raise ClusterError(
                f"the scheduler at {self.where.address} is gone: start it and its workers, and say "
                "the same again; what is kept is not done again"
            ) from error


@contextmanager
def once() -> Iterator[None]:
    """On a worker of a cluster that is there: what is done inside is begun once.

    Dask would have worker after worker die of the same message, as often as that scheduler allows.
    So the scheduler keeps in mind which have begun (an event that is set): raises `Begun` then.
    """
    from distributed import get_worker
    from distributed.utils import sync

    worker = get_worker()
    scheduler, name = worker.scheduler, f"begun {worker.get_current_task()}"
    try:
        if sync(worker.loop, scheduler.event_is_set, name=name):
            raise Begun
        sync(worker.loop, scheduler.event_set, name=name)
        yield
    finally:
        sync(worker.loop, scheduler.event_clear, name=name)


def _hush() -> None:
    """Connections that end with the pool are no news, not even after its end."""
    import distributed

    every = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    for name in (distributed.__name__, *every):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _why(error: BaseException) -> str:
    """In one line."""
    text = str(error).splitlines()
    return f"{type(error).__name__}: {text[0]}" if text and text[0] else type(error).__name__
