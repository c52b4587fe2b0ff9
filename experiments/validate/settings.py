"""The settings of this question: `validate` in a config."""

from sim.config.section import Section
from sim.config.table import Text


class ValidateSection(Section):
    sessions: Text | None
    site: Text | None
