"""Schedulers and workers of Dask as processes of their own, as one starts them by hand."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Cluster:
    """A scheduler, and the workers that it is given.  Ended at the end."""

    def __init__(self, folder, *words):
        self.folder, self._words = folder, words
        self.file = folder / "scheduler.json"
        self._processes = []
        self.scheduler = self._start(
            "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
            "--scheduler-file", str(self.file), *words,
        )  # fmt: skip
        while not self.file.exists():
            assert self.scheduler.poll() is None
            time.sleep(0.05)
        self.address = json.loads(self.file.read_text())["address"]

    def worker(self, *words, before=""):
        """One more; `before` is run in its process first."""
        started = f"{before}\nimport dask.__main__ as dask\ndask.main()"
        return self._start(
            *(("-c", started) if before else ("-m", "dask")), "worker",
            "--scheduler-file", str(self.file), "--no-dashboard", "--nworkers", "1",
            *(words or ("--nthreads", "1")), *self._words,
        )  # fmt: skip

    def _start(self, *words):
        with (self.folder / "log.txt").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, *words], cwd=self.folder, stdout=log, stderr=log,
                env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
            )  # fmt: skip
        self._processes.append(process)
        return process

    def end(self, *processes):
        """Of these, or of all, with the processes that they started."""
        for process in processes or reversed(self._processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
