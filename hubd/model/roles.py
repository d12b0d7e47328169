"""Who may order what. Each role has its own key, topic and closed list of commands."""

from enum import StrEnum


class Role(StrEnum):
    """Issuers of signed commands. The value is the last level of the topic their commands come on."""

    VENDING = "vend"
    MANAGEMENT = "manage"
    NETWORK_OPERATOR = "network"
    SECURITY_CENTRE = "security"


COMMANDS: dict[Role, frozenset[str]] = {
    Role.VENDING: frozenset({"vend"}),
    Role.MANAGEMENT: frozenset({"read", "prepayment"}),
    Role.NETWORK_OPERATOR: frozenset({"status"}),
    Role.SECURITY_CENTRE: frozenset({"admit", "remove"}),
}
"""The closed list: a command that does not stand under the issuer's role is refused."""
ROLE_OF: dict[str, Role] = {command: role for role, commands in COMMANDS.items() for command in commands}
"""Whose a command is; no command is on two roles' lists."""
