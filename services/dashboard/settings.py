"""What the dashboard is told at its start."""

from pydantic import Field

from services.kernel.settings import Settings


class DashboardSettings(Settings):
    """`https`: people reach the pages by https, so the session cookie is bound to it."""

    gateway: str = Field(default="http://127.0.0.1:8000", pattern=r"^https?://")
    https: bool = False
