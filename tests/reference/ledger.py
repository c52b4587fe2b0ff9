"""What a run writes down."""

from dataclasses import dataclass, field

from tests.reference.visit import Visit

REST = -1  # in the log, in place of a step: the rest that the law asks for before a drive


@dataclass
class Ledger:
    """Everything in the order of writing."""

    visits: list[Visit] = field(default_factory=list)
    deliveries: list[tuple[int, int]] = field(default_factory=list)  # duty, ns
    log: list[tuple[int, int, int]] = field(default_factory=list)  # EV, step, ns
