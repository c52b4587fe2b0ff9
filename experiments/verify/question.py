"""Does the engine know queueing theory?

Every row of `configs/verify/oracles.json` is simulated by the engine itself.  A statistical figure
passes with |z| < 4 and a standard error of at most 0.3 % of it; all of them together by their
greatest |z| against Bonferroni at 1 %.  Exact schedules must agree to 1e-9.  Seeds are fixed and
nothing is tried again.
"""

import json
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from experiments.question import PAGE, Answer, Asked, Question
from experiments.verify import oracles, schedules
from experiments.verify.controls import Controls
from experiments.verify.page import page
from experiments.verify.settings import VerifySection
from experiments.verify.verdict import PASSES, PRECISION, headline, verdict
from sim.config.folder import configs_dir
from sim.study import cluster, store, study

SEED = 2026
TEXT = "verify.md"
FLOOR, CAP = 40, 4000  # batches
RARE = 0.005  # probabilities below are left out: 4e-4 takes a quarter of an hour, 2e-9 for ever
SLOW = ("rps", "closed_fleet", "overflow", "mt_inf")  # rows that take long go first
QUICK = ("erlang_b/2", "mmc/0", "mdc/0", "erlang_a/0", "mmck/0", "rps/2", "rps_loss/2")


def estimate(name: str, row: oracles.Row, exact: dict[str, float]) -> list[dict[str, Any]]:
    """Batches until every figure of one row is precise enough; a line of the table for each.

    Their number depends on the spread alone, never on how well a mean agrees.
    """
    case = oracles.CASES[name.split("/")[0]]
    value = np.array(list(exact.values()))
    figures: list[list[float]] = []
    controls: list[Controls] = []
    want = FLOOR
    while len(figures) < want:
        found, off = case(row, oracles.Batch(name, len(figures), SEED))
        figures.append([found[figure] for figure in exact])
        controls.append(off)
        if len(figures) == want:
            mean, error = controlled(np.array(figures), np.array(controls))
            need = want * float(np.max(error / (PRECISION * value))) ** 2
            want = min(CAP, max(want, min(2 * want, ceil(need))))
    z = (mean - value) / error
    good = (np.abs(z) < 4) & (error <= PRECISION * value)
    return [
        {
            "oracle": name, "figure": figure, "exact": value[n], "simulated": mean[n],
            "se": error[n], "z": z[n], "batches": want, "verdict": PASSES if good[n] else "FAIL",
        }
        for n, figure in enumerate(exact)
    ]  # fmt: skip


def controlled(figures: np.ndarray, controls: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of every figure over batches, and its standard error, without the luck of the draw.

    `figures` [batch, figure] are regressed on `controls` [batch, control], whose true means are 0:
    the intercept is the mean at average draws.  Lavenberg and Welch, Management Science 27 (1981),
    322-335.
    """
    x = np.column_stack([np.ones(len(figures)), controls])
    inverse = np.linalg.inv(x.T @ x)
    slopes = inverse @ x.T @ figures
    left = figures - x @ slopes
    variance = (left**2).sum(axis=0) / (len(x) - x.shape[1])
    return slopes[0], np.sqrt(variance * inverse[0, 0])


def tasks(table: dict[str, list[dict[str, Any]]], quick: bool) -> list[tuple]:
    """(name, row, exact figures) of every statistical row; heavy ones first."""
    found = []
    for section in oracles.CASES:
        rows = [oracles.merged(table[section])] if section == "mt_inf" else table[section]
        for n, row in enumerate(rows):
            name = f"{section}/{n}"
            exact = {k: v for k, v in row.items() if oracles.is_figure(section, k)}
            exact = {k: v for k, v in exact.items() if v >= RARE}
            if not quick or name in QUICK:
                found.append((name, row, exact))
    return sorted(found, key=lambda task: task[0].split("/")[0] not in SLOW)


def left_out(table: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The figures that are too rare to be estimated."""
    return [
        {"oracle": f"{section}/{n}", "figure": figure, "exact": value}
        for section in oracles.CASES
        for n, row in enumerate(table[section])
        for figure, value in row.items()
        if oracles.is_figure(section, figure) and value < RARE
    ]


def answer(asked: Asked) -> Answer:
    """Simulate every row; write the table as CSV, too."""
    table = json.loads((configs_dir() / "verify" / "oracles.json").read_text())
    todo = tasks(table, asked.config.quick)
    asked.progress.start(len(todo), f"{len(todo)} queues")
    lines = schedules.table(table)
    found: dict[int, list[dict[str, Any]]] = {}
    for n, result in cluster.run(estimate, todo, study.cores(asked.engine.workers)):
        found[n] = result
        asked.progress.advance()
    lines += [line for n in range(len(todo)) for line in found[n]]
    frame = pd.DataFrame(lines)
    frame = frame.iloc[np.argsort(frame["oracle"].map(_in_file_order(table)), kind="stable")]
    store.write_text(asked.output / "verify.csv", frame.to_csv(index=False))
    rows: list[dict[Any, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    rare = left_out(table)
    return Answer(verdict(rows, rare), {"figures": rows, "rare": rare}, headline(rows))


def _in_file_order(table: dict[str, Any]) -> Any:
    order = {section: n for n, section in enumerate(table)}
    return lambda name: (order[name.split("/")[0]], int(name.split("/")[1]))


QUESTION = Question(
    answer,
    reads=("verify", "engine.workers"),
    section="verify",
    config=VerifySection,
    page=page,
    text=TEXT,
    files=(PAGE, "verify.csv", TEXT),
    free=frozenset({"verify.quick"}),
)
