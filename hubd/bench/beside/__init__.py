"""hubd and zigbee2mqtt, each on a virtual coordinator of the same program, under the same load, in turn.

`zigbee2mqtt.py` runs the one, `hub.py` the other, `comparison.py` takes turns and takes medians, `report.py` prints.
Both are given plain work: reports of metering devices, from the write on the serial line to the message on a broker.
They are not equals: hubd stores each report durably on the way and speaks TLS; zigbee2mqtt does neither, and
the table says so.

To add another peer:
1. write a file like `zigbee2mqtt.py`: given a folder, the rates and the seconds, it returns a `Side`;
2. add it to the turns in `comparison.py`;
3. state what it does and leaves out in `report.py`.
"""
