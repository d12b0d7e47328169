"""What every prepayment meter has, whatever it measures: tokens, their memory and lock-out, the account, its cluster.

`token_acceptance` judges tokens, `account` keeps the money, `till` lets a token act, `prepayment` puts it all on the
air, `settings` reads it from the devices file; `own_clock` and `half_hours` are every meter's.

To make another kind of prepayment meter:
1. name its tokens in `commodity.py`, and have `settings.read_prepayment` called with it and the price of a unit;
2. tell `Account.use` what was used, in steps of which `STEPS_PER_UNIT` are a kWh or a cubic metre;
3. put `prepayment.prepayment_cluster` among its clusters; `electricity_meter/` and `gas_meter/` show the rest.
"""
