"""The room wan."""
