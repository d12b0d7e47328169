"""Certificate-based key establishment of Zigbee Smart Energy (07-5356, annex C): suite 1 on sect163k1, suite 2 on
sect283k1, both roles. Pure: randomness and time are arguments, the heavy arithmetic is an effect for a thread.

From the ground up: `binary_field` and `curve` (arithmetic, `curves` with the numbers), `aes_mmo` (hash and HMAC),
`suite`, `certificate` and `ecqv` (implicit certificates), `ecmqv` and `keys` (from two certificates and two ephemeral
points to a link key), `work` (what a thread is asked to do), `exchange`, `initiator`, `responder` and `machine` (who
says what when), `certificate_text` (the text form that test-certificate services hand out).
Not hardened against measuring its time: Python's integers are not.

To add a suite:
1. add its curve to `curves.py` and its bit and numbers to `suite.py`; hold the curve against `openssl` in the tests;
2. lay out its certificate in `certificate.py`, with what makes one unsupported;
3. put published numbers in `tests/zigbee/cbke/vectors/`: every step from certificate to link key is compared there.
"""
