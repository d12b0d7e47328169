"""The room sts."""
