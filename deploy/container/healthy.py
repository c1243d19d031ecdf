"""Owns the container's health check: exit 0 if the process here says that it is ready."""

import os
import sys
from http.client import HTTPConnection, HTTPException

from deploy.container import PORT


def healthy() -> bool:
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or PORT), timeout=4)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not healthy())
