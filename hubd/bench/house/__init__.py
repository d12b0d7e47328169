"""The virtual house as a whole: brokers, coordinators, both daemons and the head-end, each a process of its own.

`layout.py` says where everything stands, `files.py` writes it, `house.py` starts and ends it, `view.py` shows it.

To add something to the house:
1. give it its paths and ports in `layout.py`, and write its files in `files.py`;
2. start it in `House.start`, in the order in which others need it;
3. show it in `view.py`, and use it in `tests/scenario/`.
"""

import argparse


def main(args: argparse.Namespace) -> int:
    """`hubd bench`: the whole house until Ctrl-C. Returns an exit code."""
    from hubd.bench.house.command import main as run_house

    return run_house(args)
