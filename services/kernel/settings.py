"""What a process is told at its start, by environment variables; a wrong or missing one ends it with a sentence."""

import sys
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Every process has a folder with its own private key and everybody's public ones."""

    model_config = SettingsConfigDict(env_prefix="SHEGONG_", extra="ignore")

    keys: Path
    demo: bool = False
    log_level: str = "INFO"
    body_limit: int = Field(default=MIB, ge=1024)
    upload_limit: int = Field(default=20 * MIB, ge=1024)

    @classmethod
    def load(cls) -> Self:
        """Read the environment, or end the process and say which variable is wrong."""
        try:
            return cls()
        except ValidationError as error:
            wrong = ", ".join(f"SHEGONG_{'_'.join(map(str, e['loc'])).upper()} ({e['msg']})" for e in error.errors())
            sys.exit(f"设置不完整或有误，进程没有启动。请检查环境变量：{wrong}")


class DatabaseSettings(Settings):
    """`read_url` is the way in of whatever only reads: a role that may write nothing."""

    database_url: str = Field(pattern=r"^postgresql://")
    read_url: str = Field(pattern=r"^postgresql://")
    read_pool: int = Field(default=3, ge=1, le=64)
    write_pool: int = Field(default=4, ge=1, le=64)


class FollowerSettings(DatabaseSettings):
    """`services` are the addresses of the others, whose feeds it follows."""

    services: dict[str, str] = Field(default_factory=dict)
