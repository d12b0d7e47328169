"""The verbs of `hubctl`, a file a verb."""
