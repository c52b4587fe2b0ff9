"""The first screen: the answer in one sentence and five numbers, how sure, what is assumed."""

from typing import Any

from experiments.holiday_highway.shown import Answer
from experiments.holiday_highway.verdict import HOLIDAY, named
from sim.report.blocks import Card
from sim.report.finding import Given
from sim.report.language import Words


def head(say: Words, answer: Answer) -> dict[str, Any]:
    """What `Page` takes; nothing where nobody charges."""
    if not answer["network"]["energy_kwh"].mean:
        return {}
    places, of_worlds = answer["places"], bool(answer["worlds"])
    flag = answer["flags"]["time"][HOLIDAY]
    sizes = {name: len(own) for name, own in flag["classes"].items()}
    some = len(places) - flag["sure"] - flag["never"]
    luck = answer["luck"]["flags"]["time"][HOLIDAY]["count"] if of_worlds else flag["count"]
    known = "known" if answer["variation"]["known"] else "unknown"
    inferred = len(places) - len(named(places))
    return {
        "cards": cards(say, answer),
        "answer": say(
            "head.answer_worlds" if of_worlds else "head.answer", count=flag["count"],
            stations=len(places), limit=answer["threshold"], name=Given(answer["demand"]),
        ),
        "sure": say("head.sure_worlds", luck=luck, **sizes) if of_worlds
        else say("head.sure", sure=flag["sure"], some=some, replications=answer["replications"]),
        "assumed": say(f"head.assumed_{known}" if inferred else f"head.assumed_{known}_named",
                       **({"inferred": inferred} if inferred else {})),
    }  # fmt: skip


def cards(say: Words, answer: Answer) -> list[Card]:
    """The few numbers that a meeting remembers.

    The number of stations is that of one replication, or of one world, as its interval is: the
    number of those whose mean exceeds the threshold is another one, and said below.
    """
    net, flag = answer["network"], answer["flags"]["time"][HOLIDAY]
    rows = answer["calibration"]
    agree = sum(row["verdict"].key == "calibration.agrees" for row in rows)
    return [
        Card(say("card.over", limit=answer["threshold"]), flag["count"], digits=1,
             of=say("card.of", stations=len(answer["places"]))),
        Card(say("card.wait_min_p95"), net["wait_min_p95"], "min", 0),
        Card(say("card.over_30_share"), net["over_30_share"], "%", 1),
        Card(say("card.lost_share"), net["lost_share"], "%", 1),
        *([Card(say("card.agree"), agree, digits=0, of=say("card.of", stations=len(rows)))]
          if rows else []),
    ]  # fmt: skip
