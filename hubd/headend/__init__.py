"""The room headend."""
