"""The brief on paper: what a page prints as, by a Chromium of the system."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sim.config.problems import InputError

NAME = "report.pdf"
PROGRAMS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge",
)  # fmt: skip
FLAGS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer",
    "--virtual-time-budget=20000",
)  # fmt: skip
MOST_S = 180.0  # for figures of thousands of stations


class NotPrinted(Exception):
    """The browser printed nothing; says why."""


def browser() -> str:
    """The program that prints.  Raises `InputError` where there is none."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise InputError(
            "report.pdf=true needs Chromium, Chrome or Edge, and none was found: install one, or "
            "leave report.pdf out and print the page"
        )
    return found


def write(page: Path, path: Path) -> Path:
    """Print a page to `path`, whole or not at all, and return the path.  Raises `NotPrinted`."""
    with tempfile.TemporaryDirectory() as own:
        made = Path(own, NAME)
        command = [browser(), *FLAGS, f"--user-data-dir={own}/profile", f"--print-to-pdf={made}"]
        if os.geteuid() == 0:  # Chromium has no sandbox for root
            command.append("--no-sandbox")
        try:
            done = subprocess.run(
                [*command, page.absolute().as_uri()], timeout=MOST_S, capture_output=True
            )
        except subprocess.TimeoutExpired:
            raise NotPrinted(f"it took more than {MOST_S:.0f} s") from None
        if not made.is_file():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise NotPrinted(said[-1] if said else f"it ended with code {done.returncode}")
        shutil.copyfile(made, path)
    return path
