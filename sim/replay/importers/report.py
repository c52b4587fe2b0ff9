"""What was read, dropped, guessed and assumed: the plain text beside the two tables."""

from collections import Counter

from sim.config.problems import SHOWN, InputError


class Report:
    """Counts by sentence, in the order in which each came up first.

    What is dropped because it cannot be read, or cannot be, is also named: `named` holds the first
    sentences, `wrongs` says how many there are.
    """

    def __init__(self) -> None:
        self.named: list[str] = []
        self.wrongs = 0
        self._sections: dict[str, Counter[str]] = {
            title: Counter() for title in ("Read", "Written", "Dropped", "Guessed")
        }
        self._assumed: dict[str, None] = {}

    def read(self, what: str, count: int) -> None:
        self._sections["Read"][what] += count

    def wrote(self, what: str, count: int) -> None:
        self._sections["Written"][what] += count

    def drop(self, why: str, count: int = 1) -> None:
        self._sections["Dropped"][why] += count

    def wrong(self, why: str, *sentences: str) -> None:
        """Drop one record, for the reason that the sentences tell in full."""
        self.drop(why)
        self.wrongs += len(sentences)
        self.named += sentences[: SHOWN - len(self.named)]

    def guess(self, what: str, count: int = 1) -> None:
        self._sections["Guessed"][what] += count

    def assume(self, *sentences: str) -> None:
        self._assumed |= dict.fromkeys(sentences)

    @property
    def dropped(self) -> list[str]:
        return [f"{count:,} {why}" for why, count in self._sections["Dropped"].items()]

    def __str__(self) -> str:
        lines = []
        for title, counts in self._sections.items():
            lines += ["", title, *(f"{count:>9,}  {what}" for what, count in counts.items())]
            lines += [] if counts else ["           nothing"]
            lines += self._examples() if title == "Dropped" else []
        lines += ["", "Assumed", *(f"  {sentence}" for sentence in self._assumed)]
        return "\n".join(lines[1:]) + "\n"

    def _examples(self) -> list[str]:
        lines = str(InputError(self.named, self.wrongs)).splitlines()
        return [f"{'':11}{line}" for line in lines]
