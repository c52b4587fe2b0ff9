"""The settings of this question: `verify` in a config."""

from sim.config.section import Section


class VerifySection(Section):
    quick: bool
