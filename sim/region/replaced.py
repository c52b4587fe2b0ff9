"""Tables of one's own in the place of shipped ones, row by row, and what that changes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sim.config.table import Row
from sim.region.tables import TABLES, key_of


class Change(NamedTuple):
    """What differs in a table: rows that are new, gone, or other than before, each by its key."""

    table: str
    added: Mapping[str, Row]
    removed: Mapping[str, Row]
    changed: Mapping[str, tuple[Row, Row]]

    @classmethod
    def of(cls, table: str, before: Sequence[Row], after: Sequence[Row]) -> "Change":
        old, new = ({_named(table, row): row for row in rows} for rows in (before, after))
        return cls(
            table,
            {key: row for key, row in new.items() if key not in old},
            {key: row for key, row in old.items() if key not in new},
            {key: (old[key], row) for key, row in new.items()
             if key in old and old[key] != row},
        )  # fmt: skip

    @property
    def rows(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed)

    def lines(self) -> Iterator[str]:
        """One for the table, and one for each row."""
        yield (
            f"{self.table}: {len(self.changed):,} rows changed, {len(self.added):,} added, "
            f"{len(self.removed):,} removed"
        )
        for key, (old, new) in self.changed.items():
            cells = _cells(old), _cells(new)
            told = [
                f"{column} {cells[0][column]} -> {cells[1][column]}"
                for column in cells[0]
                if cells[0][column] != cells[1][column] and column != "source"
            ]
            yield f"  {key}: {', '.join(told) or 'source'}"
        yield from (f"  {key}: added" for key in self.added)
        yield from (f"  {key}: removed" for key in self.removed)


def merged(table: str, shipped: Sequence[Row], own: Sequence[Row]) -> list[Row]:
    """Shipped rows, but those of one's own where they have the same key, and those that are new."""
    return list({key_of(table, row): row for row in (*shipped, *own)}.values())


def columns(table: str) -> list[str]:
    """As they stand in the file."""
    return [own.alias or name for name, own in TABLES[table].row.model_fields.items()]


def _named(table: str, row: Row) -> str:
    return " ".join(map(str, key_of(table, row)))


def _cells(row: Row) -> dict[str, object]:
    found: dict[str, object] = row.model_dump(by_alias=True)
    return found
