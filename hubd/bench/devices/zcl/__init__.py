"""The ZCL side of every virtual device: headers, data types, the global commands and attribute reports.

Written from the Zigbee Cluster Library; it shares no line with the hub's Zigbee stack, so that an error in one of the
two cannot hide in the other.

To add a cluster to a device:
1. build a `Cluster(id, attributes=(Attribute(id, DataType.X, read), ...), commands={id: handler}, secured=...)`;
   `read` and the handlers are plain functions of the device, a handler takes (payload, unix_s) and returns a `Reply`;
2. hand the clusters to one `ZclServer` and call it from `on_frame`, `on_time`, `next_due_unix_s`, `save`, `restore`;
3. test the device by frames: `header.Header(...).encode() + payload` in an `ApsFrame`.
"""

from hubd.bench.devices.zcl.cluster import Attribute, Cluster, Reply
from hubd.bench.devices.zcl.data_type import DataType, Value
from hubd.bench.devices.zcl.header import Header
from hubd.bench.devices.zcl.server import ZclServer
from hubd.bench.devices.zcl.status import Status

__all__ = ["Attribute", "Cluster", "DataType", "Header", "Reply", "Status", "Value", "ZclServer"]
