"""Which part of a config somebody reads: what has no effect on an answer is refused.

Who reads what is said in entries: a place stands for all that is under it, `-` takes a part of it
away again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sim.config.overrides import Given

Reads = Sequence[str]
EVERY = (  # has an effect on all
    "experiment", "out", "overwrite", "report.lang", "report.only", "report.pdf",
)  # fmt: skip
FILLS = {"network": ("network", "corridor")}  # of a choice: by itself it fills its own section


def vain(
    given: Sequence[Given],
    config: Mapping[str, Any],
    reads: Reads,
    others: Callable[[], Mapping[str, Reads]],
    overruled: Callable[[Given, Mapping[str, Any]], str],
) -> Iterator[str]:
    """A sentence for each thing that somebody asked for in vain.

    Parameters
    ----------
    config : the whole of it, resolved and checked.
    reads : what the experiment reads that it names.
    others : what each experiment reads, by name: one of them may have been meant.
    overruled : why another value of the same experiment makes this one idle; empty: none does.
    """
    name = config["experiment"]
    for own in given:
        if own.path[0] in EVERY:
            continue
        fills = FILLS.get(own.key, (own.key,)) if own.is_choice else (own.key,)
        if own.is_choice and own.key == "network" and config.get("corridor"):
            fills = ("corridor",)  # the expressways stay what they were
        if reason := overruled(own, config):
            yield f"`{own.text}` has no effect {reason}"
        elif not any(read(reads, place) for place in fills):
            belongs = [n for n, own in others().items() if any(read(own, p) for p in fills)]
            whose = f": it belongs to experiment={' or '.join(belongs)}" if belongs else ""
            yield f"`{own.text}` has no effect on experiment={name}{whose}"


def read(reads: Reads, place: str) -> bool:
    """Whether any of a place is read."""
    if any(under(place, entry[1:]) for entry in reads if entry.startswith("-")):
        return False
    return any(under(place, entry) or under(entry, place) for entry in (*reads, *EVERY))


def under(place: str, above: str) -> bool:
    """Whether a place is another one, or within it."""
    return place == above or place.startswith(f"{above}.")
