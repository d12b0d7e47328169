"""The values that all rooms speak in: device ids, readings, money, tokens, supply states, results.

Frozen dataclasses and enums; no clock, no loop, no file. This room imports nothing of ours.

To add a value:
1. make or find the file named after the idea (one idea a file) and write the frozen dataclass or enum,
   with the unit in each field's name;
2. let every coded field that comes from the wire keep codes it does not know (see `topup.TopUpResult`);
3. test its edges in `tests/model/`, naming the requirement it serves.
"""
