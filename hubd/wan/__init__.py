"""The MQTT session with the head-end: topics, messages, signed commands, and the pump from the outbox.

`link.py` keeps the session up, `pump.py` sends what waits, `commands.py` judges what comes (pure), `messages.py` is
every message with its JSON Schema in `schemas/`, collected in `asyncapi.yaml`.

To add a message or a command:
1. write its struct in `messages.py`, and its schema in `schemas/`; name both in `asyncapi.yaml`;
2. for a command, put it on its role's closed list (`model/roles.py`) and its arguments into `commands.py`;
3. the tests hold every struct against its schema, and every published message of every scenario too.
"""
