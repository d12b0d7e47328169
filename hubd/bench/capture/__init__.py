"""The virtual air as a sniffer would record it: IEEE 802.15.4 frames with Zigbee's own framing and encryption.

The air carries `ApsFrame` values; this room puts them into the frames that a radio would send, secures them under the
keys in use, and writes them down. It only listens: no device and no coordinator does anything else because of it.

`mac`, `nwk` and `aps` build frames, a layer a file; `security` is what both upper layers share; `joining` is what a
device and its coordinator say to each other until it is in; `sniffer` listens to the air and counts; `pcap` and
`key_file` are the two files that Wireshark opens.

To show one more thing of the air:
1. build its frame in the layer that owns it, and hold it against the specification in `tests/bench/capture/`;
2. give `air.listener.Listener` the moment at which it happens, and let `sniffer` write it then;
3. see with `make oracle` that Wireshark reads it.
"""
