"""The verbs of `hubd`, a file a verb."""
