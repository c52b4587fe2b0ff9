"""What the city says of choice, each finding gated by its intervals and bands."""

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.validate.covered import COUNTS, width
from sim.report.finding import Finding, Term, found
from sim.stats.estimate import Estimate

LEVELS = ("mean_busy", "log_sd", "within_cv", "day_ratio")  # of the city, with a band
ASKED = 0.9  # of the hours, what is asked of the bands

Answer = Mapping[str, Any]  # as it is read from answer.json


def inside(city: Answer, model: str) -> float:
    """How many of the recorded hours of sites lie in the bands of a model, as a share."""
    own = city["models"][model]["coverage"]["hour"]
    return float(own["inside"] / own["of"])


def among(band: Answer) -> str:
    """Where a recorded number lies beside its band."""
    if band["recorded"] < band["low"]:
        return "less"
    return "more" if band["recorded"] > band["high"] else "within"


def verdict(city: Answer) -> Iterator[Finding]:
    models, gain = city["models"], city["gain"]
    choice, nearest = models["choice"], models["nearest"]
    sign = gain["inside"]["choice"].sign
    yield found(
        "city.verdict.inside", sites=city["sites"], evses=city["evses"], days=city["even_days"],
        inside=inside(city, "choice"), without=inside(city, "nearest"),
        asked=ASKED, by=gain["inside"]["choice"],
        judged=Term(f"city.judged.{_asked(city)}"),
        better=Term(f"city.better.{('worse', 'alike', 'better')[sign + 1]}"),
    )  # fmt: skip
    yield found(
        "city.verdict.little", says=Term(f"city.says.{'more' if sign > 0 else 'little'}"),
        nothing=choice["says_nothing"],
        by_chance=choice["coverage"]["hour"]["by_chance"].mean,
        even=inside(city, "even"), site=inside(city, "site"),
    )  # fmt: skip
    crps, beside = gain["crps"], city["gain_by_site"]["crps"]
    yield found(
        "city.verdict.score", choice=crps["choice"], site=crps["site"], beside=beside,
        by_choice=_less(crps["choice"]), by_site=_less(crps["site"]), by_beside=_less(beside),
    )  # fmt: skip
    rise = city["rise"][0]
    yield found(
        "city.verdict.rise", recorded=rise, choice=choice["rise"][0]["simulated"],
        low=choice["rise"][0]["low"], high=choice["rise"][0]["high"],
        nearest=nearest["rise"][0]["simulated"], nearest_low=nearest["rise"][0]["low"],
        nearest_high=nearest["rise"][0]["high"],
        is_there=Term(f"city.there.{among(nearest['rise'][0])}"),
        size=Term(f"city.size.{among(choice['rise'][0])}"), taken=city["taken"],
    )  # fmt: skip
    for key in ("log_sd", "within_cv"):
        own, even = choice[key], models["even"][key]
        yield found(
            f"city.verdict.{key}", **own, even=even["simulated"], even_low=even["low"],
            even_high=even["high"],
            judged=Term(f"city.spread.{among(own)}"),
            bound=Term(f"city.spread.{among(even)}"),
        )  # fmt: skip
    yield found("city.verdict.days", **choice["day_ratio"], city_cv=choice["city_cv"],
                judged=Term(f"city.spread.{among(choice['day_ratio'])}"))  # fmt: skip
    hours = choice["by_hour"]
    more = sum(r > high for r, high in zip(hours["recorded"], hours["high"], strict=True))
    yield found("city.verdict.hours", more=more, **{key: hours[key] for key in COUNTS})
    site = choice["coverage"]["site"]
    yield found(
        "city.verdict.sites", inside=site["share"], by_chance=site["by_chance"],
        judged=Term(f"city.width.{width(site)}"), site=models["site"]["coverage"]["site"]["share"],
    )  # fmt: skip


def _asked(city: Answer) -> str:
    return "enough" if inside(city, "choice") >= ASKED else "short"


def _less(change: Estimate) -> Term:
    """Of a score of which less is better."""
    return Term(f"city.score.{('better', 'alike', 'worse')[change.sign + 1]}")


def headline(city: Answer) -> dict[str, float | str]:
    """The few numbers that a sweep compares."""
    models = city["models"]
    return {
        "city_inside_choice": inside(city, "choice"),
        "city_inside_nearest": inside(city, "nearest"),
        "city_rise_choice": models["choice"]["rise"][0]["simulated"],
        "city_log_sd_choice": models["choice"]["log_sd"]["simulated"],
    }
