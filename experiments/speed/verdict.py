"""What was measured, and whether it keeps what is promised."""

from collections.abc import Mapping
from typing import Any

from sim.report.finding import Finding, Term, found

Answer = Mapping[str, Any]


def kept(is_kept: bool) -> Term:
    return Term("kept" if is_kept else "missed")


def verdict(answer: Answer) -> list[Finding]:
    port, tick, promised = answer["port"], answer["tick_ratio"], answer["tick_promised"]
    lines = [
        *(_case(name, case) for name, case in answer["cases"].items()),
        found("verdict.tick", more=tick - 1.0, promised=promised - 1.0,
              kept=kept(tick <= promised)),
        found("verdict.port", kept=kept(port["total_s"] <= port["promised_s"]), **port),
    ]  # fmt: skip
    ratios = [case["ratio"] for case in answer["cases"].values()]
    count = sum(line.values["kept"] == kept(True) for line in lines)
    first = found("verdict.promises", kept=count, promises=len(lines), least=min(ratios),
                  most=max(ratios))  # fmt: skip
    return [first, *lines]


def _case(name: str, case: Answer) -> Finding:
    sessions = case["sessions"]
    return found(
        "verdict.case", case=Term(f"cases.{name}"), sessions=sessions, ratio=case["ratio"],
        engine_us=case["engine_us_per_session"], twin_us=case["twin_s"] / sessions * 1e6,
        promised=case["promised"], kept=kept(case["ratio"] >= case["promised"]),
    )  # fmt: skip
