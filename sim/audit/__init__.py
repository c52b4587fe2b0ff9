"""What must hold in every ledger.  A ledger that fails is no result: `check` raises.

Each check compares what was recorded in different ways (rows of visits, integrals and maxima over
time) with each other and with the inputs.  Tolerances are 1e-9, relative to the size of the sums.
"""

from collections.abc import Callable

from sim.audit.balance import battery, conservation, driving, energy, little, swaps
from sim.audit.diary import diaries
from sim.audit.limits import limits
from sim.audit.line import guidance, line, patience
from sim.audit.money import fees
from sim.ledger import Ledger

CHECKS: tuple[Callable[[Ledger], list[str]], ...] = (
    energy, little, conservation, battery, driving, limits, line, patience, swaps, guidance,
    diaries, fees,
)  # fmt: skip


class AuditError(Exception):
    """An invariant is broken; `problems` holds one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def check(ledger: Ledger) -> None:
    """Raise `AuditError` unless every invariant holds."""
    problems = [problem for check_one in CHECKS for problem in check_one(ledger)]
    if problems:
        raise AuditError(problems)
