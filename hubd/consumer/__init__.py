"""The room consumer."""
