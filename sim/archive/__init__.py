"""Answers that are there: found again, shown, compared, checked."""
