"""Owns what supervisord runs and how: one program per process, each restarted alone when it dies."""

import hashlib
import os
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.local.errors import CannotRun
from deploy.local.postgres import Cluster
from deploy.local.settings import APPS, POSTGRES, Settings
from deploy.serving import server_command

SOCKET_LIMIT = 90  # bytes; the system allows about 100, and supervisord binds a longer name first


def supervisord_config(settings: Settings, cluster: Cluster) -> str:
    programs = [_postgres(settings, cluster), *(_app(settings, name) for name in APPS)]
    text = "\n".join([_head(settings), *programs])
    if " ;" in text or " #" in text:
        raise CannotRun("安装路径里不能有“空格加分号”或“空格加井号”，supervisor 会把它当作注释。请换一个文件夹。")
    return text.replace("%", "%%")


def socket_path(settings: Settings) -> Path:
    near = settings.run / "supervisor.sock"
    return near if len(os.fsencode(near)) <= SOCKET_LIMIT else _short_folder(settings.var) / "sock"


def drop_socket(settings: Settings) -> None:
    """Leave nothing of ours in the system's temporary folder."""
    path = socket_path(settings)
    path.unlink(missing_ok=True)
    if path.parent != settings.run:
        path.parent.rmdir()


def log_file(settings: Settings, name: str) -> Path:
    return settings.log / f"{name}.log"


def environment_file(settings: Settings, name: str) -> Path:
    return settings.run / f"{name}.env"


def _head(settings: Settings) -> str:
    return f"""
[supervisord]
logfile={log_file(settings, "supervisord")}
pidfile={settings.run / "supervisord.pid"}
childlogdir={settings.log}
directory={settings.root}
{"user=root" if os.geteuid() == 0 else ""}
[unix_http_server]
file={socket_path(settings)}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


def _postgres(settings: Settings, cluster: Cluster) -> str:
    """SIGINT is PostgreSQL's fast shutdown. A start beside the orphans of a killed one fails and is tried again."""
    how = ["stopsignal=INT", "stopwaitsecs=30", "startretries=20", "umask=077", f"directory={cluster.home}"]
    if cluster.account.uid is not None:
        how.append(f"user={cluster.account.uid}")
    return _program(settings, POSTGRES, cluster.command(), how)


def _app(settings: Settings, name: str) -> str:
    command = server_command(
        name, host="127.0.0.1", port=settings.port(name), env_file=environment_file(settings, name)
    )
    how = ["stopwaitsecs=8", "startretries=3", "stopasgroup=true", "killasgroup=true", f"directory={settings.root}"]
    return _program(settings, name, command, how)


def _program(settings: Settings, name: str, command: Sequence[str], how: Sequence[str]) -> str:
    more = "\n".join(how)
    return f"""
[program:{name}]
command={shlex.join(command)}
autostart=false
autorestart=true
redirect_stderr=true
stdout_logfile={log_file(settings, name)}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
{more}
"""


def _short_folder(var: Path) -> Path:
    """A private folder of ours in the system's temporary one; a stranger who took the name first is refused."""
    folder = Path(tempfile.gettempdir()) / f"shegong-{hashlib.sha256(os.fsencode(var)).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid() or folder.stat().st_mode & 0o077:
        raise CannotRun(f"{folder} 不属于当前用户，或对他人开放。请删除它后再试。")
    return folder
