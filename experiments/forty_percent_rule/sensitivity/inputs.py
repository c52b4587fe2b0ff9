"""The assumptions that question 6 varies: its table says how far each may move."""

from experiments.forty_percent_rule.case import Ruled
from sim.roads import inputs
from sim.roads.inputs import DEMAND
from sim.stats.inputs import Range

MOST_FITTED = 3.0  # the factor up to which the demand may be fitted again for other assumptions


def ranges(scenario: Ruled) -> dict[str, Range]:
    """Raises `InputError`."""
    return inputs.ranges(scenario, scenario.own.sensitivity.inputs, {DEMAND: MOST_FITTED})
