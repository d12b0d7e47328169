"""The room power."""
