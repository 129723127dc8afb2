"""A server's address in any spelling a user may give it. No bpy."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from .replies import LinkFault

DEFAULT_PORT = 8423


@dataclass(frozen=True)
class Address:
    """Where a server is: scheme, host and port, whatever the user's spelling was."""

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> Address:
    """Any spelling: `host`, `host:port`, `http://host:port/`. Off this machine the default is https."""
    spelled = text.strip()
    try:
        parts = urlsplit(spelled if "://" in spelled else f"//{spelled}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or parts.scheme not in ("", "http", "https") or parts.username or " " in host:
        raise LinkFault(
            "bad_address", f"“{spelled[:80]}” is not an address.", "Write host or host:port.", "edit_address"
        )
    address = Address(parts.scheme or "http", host, port or DEFAULT_PORT)
    if not parts.scheme and not address.is_loopback:
        address = Address("https", host, address.port)
    return address
