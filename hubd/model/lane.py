"""The lanes of messages to the head-end."""

from enum import StrEnum


class Lane(StrEnum):
    """Each lane has its own topic and its own rising sequence; declared in order of priority, first goes first."""

    ALARM = "alarm"
    RECEIPT = "receipt"
    EVENT = "event"
    AUDIT = "audit"
    READING = "reading"
