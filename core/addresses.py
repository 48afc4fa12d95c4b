"""From which machine a request comes: what counts failed logins must not take the proxy for everybody."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The address that the outermost of our own proxies saw; without proxies the one that connected.

    Each proxy adds to the right of X-Forwarded-For, so what a client wrote there himself stands left of it and is
    not read. A request that passed fewer proxies than there are came by another way: the one that connected counts.

    This holds only where nobody but the proxy reaches our port. Who connects beside it writes the whole header
    himself, a new address with each guess, and nothing in the request tells him from the proxy.
    """
    connected = request.META.get("REMOTE_ADDR") or None
    hops = settings.PROXY_HOPS
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not hops or len(seen) < hops:
        return connected
    try:
        return str(ip_address(seen[-hops]))
    except ValueError:
        return connected
