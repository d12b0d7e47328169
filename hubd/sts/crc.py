"""The token's checksum (IEC 62055-41): CRC-16 with the reflected polynomial 0xA001, start 0xFFFF, octets swapped."""


def crc16(octets: bytes) -> int:
    """The checksum as it stands in the token's last 16 bits."""
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return (crc & 0xFF) << 8 | crc >> 8
