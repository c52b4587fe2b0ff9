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

from experiments.question import Answer, Asked, Question
from experiments.verify import oracles, schedules
from experiments.verify.controls import Controls
from experiments.verify.page import page
from experiments.verify.verdict import COMPARED, PASSES, PRECISION, headline, verdict
from sim.config.folder import configs_dir
from sim.config.section import Section
from sim.study import cluster, store
from sim.study.schema import WHERE

SEED = 2026
TEXT = "verify.md"
FLOOR, CAP = 40, 4000  # batches
RARE = 0.005  # probabilities below are left out: 4e-4 takes a quarter of an hour, 2e-9 for ever
SLOW = ("rps", "closed_fleet", "overflow", "mt_inf")  # rows that take long go first
QUICK = ("erlang_b/2", "mmc/0", "mdc/0", "erlang_a/0", "mmck/0", "rps/2", "rps_loss/2")


class VerifySection(Section):
    quick: bool


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


def answer(asked: Asked) -> Answer:
    """Simulate every row; write the table as CSV, too."""
    table = json.loads((configs_dir() / "verify" / "oracles.json").read_text())
    queues = list(oracles.queues(table))
    rare = [
        {"oracle": name, "figure": figure, "exact": value}
        for name, _, exact in queues
        for figure, value in exact.items()
        if value < RARE
    ]
    tasks = [
        (name, row, {figure: value for figure, value in exact.items() if value >= RARE})
        for name, row, exact in queues
        if name in QUICK or not asked.config.quick
    ]
    tasks.sort(key=lambda task: task[0].split("/")[0] not in SLOW)
    where, key = asked.engine.where, "doing.queues"
    found = cluster.each(estimate, tasks, where, asked.progress, key, n=len(tasks))
    rows = [*schedules.table(table), *(row for own in found for row in own)]
    rows.sort(key=lambda row: _place(row, [*table]))
    store.write_text(asked.output / "verify.csv", pd.DataFrame(rows).to_csv(index=False))
    return Answer(verdict(rows, rare), {"figures": rows, "rare": rare}, headline(rows))


def _place(row: dict[str, Any], sections: list[str]) -> tuple[int, int]:
    """Where a figure's queue stands in the file."""
    section, number = row["oracle"].split("/")
    return sections.index(section), int(number)


QUESTION = Question(
    answer,
    reads=("verify", *WHERE),
    section="verify",
    config=VerifySection,
    page=page,
    text=TEXT,
    files=("verify.csv", TEXT),
    free=frozenset({"verify.quick"}),
    figures=lambda checked: COMPARED,
)
