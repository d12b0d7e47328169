"""Home Assistant over MQTT: device discovery, one device a meter, and one retained topic a value.

`entities.py` is the table of what a meter shows; `discovery.py` and `states.py` (pure) make messages of it;
`session.py` keeps the connection. The messages are those of Home Assistant 2024.11 and later (device discovery).

To add an entity:
1. give `consumer/meter.py` the field, and `remember` the frame that fills it;
2. add a row to the table in `entities.py`: where the value comes from, what it is, and how it reads as text;
3. add it to `tests/consumer/home_assistant/test_discovery.py`, and run `tools/peers-home-assistant`, which asks the
   real integration.
"""
