"""hubd: an open smart-metering communications hub. The rooms and their import rules are in docs/architecture.md."""

__version__ = "0.1.0"
