"""One power cap shared equally: `ratio` EVs can charge at full power, more share what there is.

Needs are hours at full power: need_h = kWh / ev_kw, and ratio = cap_kw / ev_kw (any number > 0).
"""

from tests.theory.chain import birth_death, mean


def shared(lam: float, need_h: float, ratio: float, evses: int | None = None) -> dict[str, float]:
    """M/G/R-PS with an EVSE for everyone, or with `evses` of them and no line.

    p(k) ~ prod lam need_h / min(j, ratio), whatever the law of the need: Cohen, Acta Informatica
    12 (1979).  Given its need x, an EV stays stretch x hours on average (`stay_given_need`).
    """
    law = birth_death(lambda k: lam, lambda k: min(k, ratio) / need_h, last=evses)
    p_lost = 0.0 if evses is None else law[evses]
    evs = mean(law, float)
    stay_h = evs / (lam * (1.0 - p_lost))
    return {
        "p_empty": law[0],
        "p_throttled": sum(p for k, p in enumerate(law) if k > ratio),
        "p_lost": p_lost,
        "evs": evs,
        "stay_h": stay_h,
        "stretch": stay_h / need_h,
        "power_per_cap": mean(law, lambda k: min(k, ratio)) / ratio,
    }


def stay_given_need(
    lam: float, need_h: float, ratio: float, x: float, evses: int | None = None
) -> float:
    """E[T | need = x]: a straight line through 0 under sharing, for every law with mean `need_h`.

    Cohen (1979); ratio = 1 is processor sharing, x / (1 - rho): Kleinrock II, section 4.4.
    Under first come, first served at full power it is wait_h + x: the slope is 1 instead.
    """
    return shared(lam, need_h, ratio, evses)["stretch"] * x


def shared_with_line(lam: float, mu: float, ratio: float, evses: int) -> dict[str, float]:
    """Limited sharing: `evses` EVs at most share the cap, the rest wait in line; needs exponential.

    Departures at rate mu min(k, evses, ratio) with k at the station.  Avi-Itzhak and Halfin, 12th
    International Teletraffic Congress (1988).  For other needs see `phases`.
    """
    law = birth_death(lambda k: lam, lambda k: mu * min(k, evses, ratio))
    line = mean(law, lambda k: max(0, k - evses))
    plugged = mean(law, lambda k: min(k, evses))
    return {
        "p_wait": 1.0 - sum(law[:evses]),
        "wait_h": line / lam,
        "wait_square_h2": mean(law, lambda k: max(0, k - evses) * max(0, k - evses - 1)) / lam**2,
        "line": line,
        "plugged": plugged,
        "session_h": plugged / lam,
        "stay_h": (line + plugged) / lam,
    }
