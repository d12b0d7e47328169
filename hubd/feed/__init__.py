"""The one-way feed from the utility daemon to the consumer daemon: what may cross, who sends it, who reads it.

`frames.py` is the closed list of what may cross; `sender.py` is the utility's end, `receiver.py` the consumer's. The
pipe is a FIFO that the sender makes with mode 0640: its owner (hubd-utility) writes, its group (hubd-feed, which
hubd-consumer is in) reads, and nothing flows back. The folder it stands in belongs to the owner alone, so that nobody
else can put something in its place.

To add a frame:
1. write the struct in `frames.py` with every text bound to a pattern and every number to fewer than 64 bits, so that
   no address, token or key fits into a field, and add it to `Frame`;
2. add its fields to the closed list in `tests/feed/test_frames.py`, which asks for your reason;
3. send it from `utility/feeding.py`, in the whole state too, and remember it in `consumer/meter.py`.
"""
