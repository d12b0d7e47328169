"""The vending machine (pure)."""
