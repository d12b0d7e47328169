"""The two commands: `hubd` (the daemons and the bench) and `hubctl` (the operator's tool).

To add a verb:
1. write `hubctl/<verb>.py` (or `hubd/<verb>.py`) with `HELP`, `EXAMPLES`, `EXITS`, `add_arguments(parser)` and
   `run(args) -> int`; a verb with verbs below it adds them in its own `add_arguments`, with `help_text.page`;
   numbers are bounded by `argument_types`, and what goes wrong is said by `output.fail`;
2. name it in the tuple `VERBS` of `hubctl_main.py` (or `hubd_main.py`), and give it `--json` through
   `output.add_json`;
3. test it in `tests/cli/` by calling `main([...])`: its output, its exit code, and what it says to wrong input, for
   which `test_json_errors.py` has a table.
"""
