"""The report: one self-contained HTML file that opens without a network."""
