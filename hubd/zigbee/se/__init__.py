"""Smart Energy clusters, one a file: bytes to the model's values and back. Pure: no radio, no clock.

Units are settled here and nowhere else: energy leaves as Wh, power as W, money in 10^-5 of the meter's currency unit.

To add a cluster:
1. name the file after it; give it `CLUSTER_ID`, its attributes and commands as enums with the specification's names;
2. write build and parse functions; raise WireError for a payload that is not exact; keep unknown codes as numbers;
3. if the hub serves or uses it, list it in `profile.py` (endpoint, link key) and give its commands a place in
   `zigbee/dispatch.py`.
"""
