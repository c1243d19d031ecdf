"""Owns the whole of one installation as the other modules see it: settings, cluster, passwords, supervisor."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local import environment
from deploy.local.account import server_account
from deploy.local.binaries import find_binaries
from deploy.local.databases import owner
from deploy.local.files import private_folder
from deploy.local.keys import make_keys
from deploy.local.place import cluster_home
from deploy.local.postgres import Cluster
from deploy.local.programs import supervisord_config
from deploy.local.psql import SUPERUSER
from deploy.local.settings import APPS, POSTGRES, Settings
from deploy.local.supervisor import Supervisor


@dataclass(frozen=True)
class House:
    settings: Settings
    cluster: Cluster
    passwords: Mapping[str, str]
    supervisor: Supervisor

    def told(self, process: str) -> str:
        return environment.as_file(environment.of_process(self.settings, process, self.passwords))

    def owner_url(self, database: str) -> str:
        role = owner(database)
        return self.settings.database_url(role, self.passwords[role], database=database)

    @property
    def config(self) -> str:
        """With a line for what each process is told, so that a change of either means a new start."""
        told = "".join(f"; {name} {hashlib.sha256(self.told(name).encode()).hexdigest()}\n" for name in APPS)
        return told + supervisord_config(self.settings, self.cluster)


def open_house(settings: Settings) -> House:
    """Folders, keys and binaries, made where they are missing; nothing is started."""
    settings.var.mkdir(parents=True, exist_ok=True)
    for folder in (settings.run, settings.log):
        private_folder(folder)
    account = server_account()
    home = cluster_home(settings.var, account)
    passwords = make_keys(settings.keys, there_is_data=(home / "data").exists())
    binaries = find_binaries(account, home)
    cluster = Cluster(home, binaries, account, settings.port(POSTGRES), passwords[SUPERUSER])
    return House(settings, cluster, passwords, Supervisor(settings))
