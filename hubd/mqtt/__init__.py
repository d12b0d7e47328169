"""The MQTT client that both daemons and the head-end use: aiomqtt, with what it lacks.

It stands beside the rooms like `console.py` does: it knows nothing of ours but the errors, so the consumer's side may
use it without reaching anything of the utility's.

To use it: `async with Client(...)` as with aiomqtt; reach for `paho_doors` where a message must be acknowledged by
hand or sent without waiting; add a door there together with its line in the contract test.
"""
