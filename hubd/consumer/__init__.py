"""The consumer's daemon: what the household may see and use of its meters, in the household's own domain.

It reads the one-way feed and nothing else of the utility's: no key, socket, radio or file of that domain is open to
it. `daemon.py` is the composition root; `meter.py` (pure) is what is known of a meter and how a frame changes it;
`home_assistant/` publishes it.

To add another place where the values go:
1. make a package beside `home_assistant/`, with a pure file that turns a `KnownMeter` into what is sent, and one file
   that sends it and outlives the other side;
2. give it a table in `config.py` and construct it in `daemon.py`, where `Meters` tells it of every change;
3. test the pure part in `tests/consumer/` without a network, and the other against the real program.
"""
