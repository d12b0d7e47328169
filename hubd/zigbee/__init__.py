"""The room zigbee."""
