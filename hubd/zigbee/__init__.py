"""One Zigbee network on one radio: `SmartEnergyNetwork` is the utility HAN as the daemon uses it.

zigpy and zigpy-znp run the radio, the network and the interviews. This room adds what they leave out: a session that
comes back by itself from every loss, a door that only admitted devices pass, the rule that Smart Energy frames are
under the link key in both directions, and answers that are believed only when the device itself gave them.
`zcl/` and `se/` are pure codecs. The network's own database is zigpy's; no key is kept outside the radio.

To add a cluster:
1. write its file in `se/` (see there) and test it byte by byte in `tests/zigbee/se/`;
2. list it in `se/profile.py`: on the endpoint, and whether it needs the link key;
3. send its requests in `questions.py`, and give its commands a place in `dispatch.py`.
"""
