"""The Zigbee Cluster Library's frame, in bytes and back. Pure: no radio, no clock, no zigpy object.

zigpy has a codec of its own, and the general clusters (Basic, ZDO) go through it. Smart Energy frames go through
this one, for three reasons: a frame that is not exactly what the specification says must not count as an answer to a
token; codes that nobody knows yet stay data; and a report costs microseconds here. The tests hold it against zigpy's.

To add a general command:
1. add its id to `general.GeneralCommand`;
2. write a build or parse function in `general.py`, raising WireError for any form that is not exact;
3. test it against zigpy's own encoding in `tests/zigbee/zcl/`.
"""
