"""The head-end's view of outages: from what hubs tell to incidents, and to the list of those still off.

`network`, `evidence`, `placing`, `standing`, `incidents`, `returning` and `picture` are pure; `tables`, `taking` and
`keeping` stand between them and the book. docs/head-end.md says the rules in plain words.
"""
