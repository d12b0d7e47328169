"""The room utility."""
