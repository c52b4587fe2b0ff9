"""What a run writes down."""

from dataclasses import dataclass, field

from tests.reference.visit import Visit


@dataclass
class Ledger:
    """Everything in the order of writing."""

    visits: list[Visit] = field(default_factory=list)
