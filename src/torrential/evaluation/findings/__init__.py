"""Findings of a report beyond the metrics: intervals, confidence, segments and the worst rows."""
