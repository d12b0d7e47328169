"""What the virtual devices remember when the bench ends or is killed: one JSON file, always whole."""

from pathlib import Path
from typing import Any

import msgspec

from hubd.bench import saved_json
from hubd.bench.air.node import NOT_JOINED, Node
from hubd.errors import ConfigurationError
from hubd.model.secret import Secret


class Memory:
    """The file of `--state`. Without a path, nothing outlives the process."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        saved = saved_json.load(path) if path else {}
        self._records = {ieee: msgspec.json.encode(record) for ieee, record in saved.items()}

    def recall(self, node: Node) -> None:
        """Give the node back what it had. Raises ConfigurationError where the file holds something else."""
        octets = self._records.get(node.device.ieee)
        if octets is None:
            return
        try:
            record = msgspec.json.decode(octets)
            node.nwk, node.network = record["nwk"], record["network"]
            node.link_key = Secret(bytes.fromhex(record["link_key"])) if record["link_key"] else None
            node.bindings = [bytes.fromhex(each) for each in record["bindings"]]
            node.device.restore(record["device"])
            if node.key_maker:
                node.key_maker.restore(
                    record.get("key_maker") or {"trust_centre": None, "made": False}, node.link_key
                )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(
                f"{self._path}: does not fit device {node.device.ieee} ({error}). Cure: remove the file"
            ) from None

    def keep(self, node: Node) -> bool:
        """Write the file if the node changed; on disk when this returns. Says whether it had changed."""
        octets = msgspec.json.encode(_record(node))
        if self._records.get(node.device.ieee) == octets:
            return False
        self._records[node.device.ieee] = octets
        if self._path:
            body = b",\n".join(b'"%s": %s' % (ieee.encode(), each) for ieee, each in self._records.items())
            saved_json.replace(self._path, b"{" + body + b"}\n")
        return True


def _record(node: Node) -> dict[str, Any]:
    return {
        "nwk": node.nwk if node.joined else NOT_JOINED,
        "network": node.network,
        "link_key": node.link_key.reveal().hex() if node.link_key else None,
        "bindings": [each.hex() for each in node.bindings],
        "device": node.device.save(),
    } | ({"key_maker": node.key_maker.save()} if node.key_maker else {})
