"""What was found when what is not known of trucks was compared with what is reported."""

from collections.abc import Mapping
from typing import Any

from sim.report.finding import Finding, found

WORTH = 0.05  # narrower by less is nothing that was learned


def verdict(answer: Mapping[str, Any]) -> list[Finding]:
    """What each report is beside what is predicted, and what that says of the inputs."""
    told = [
        found("verdict.report", **{k: row[k] for k in ("name", "figure", "reported", "posterior")})
        for row in answer["reports"]
    ]
    rows = sorted(answer["inputs"], key=lambda row: -row["narrower"])
    learned = [
        found("verdict.one", label=row["label"], by=row["narrower"])
        for row in rows
        if row["narrower"] > WORTH
    ]
    return [
        *told,
        found("verdict.learned", inputs=learned) if learned else found("verdict.nothing"),
        found("verdict.kept", kept=answer["kept"], points=answer["points"],
              effective=answer["effective"]),
    ]  # fmt: skip
