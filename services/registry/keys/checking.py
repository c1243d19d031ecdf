"""Whether the key file is the one that the data was written under: with any other the process stops (S07).

Also the task that gives a key of their own, and an index of the birth date, to those who were registered without.
"""

import asyncio
import logging
import os
import signal
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Row, text

from services.contracts.registry import IdType
from services.kernel.crypto import Undecipherable, Vault
from services.kernel.db import Database, run
from services.kernel.errors import Unavailable
from services.kernel.jobs import passing
from services.registry.keys.moving import INDEX_BIRTHS, MOVE_PEOPLE, Busy, everybody, phone_place
from services.registry.keys.opening import opened
from services.registry.personal import id_blinds

log = logging.getLogger("keys")
HOUR, PATIENCE_SECONDS = 3600.0, 5.0
# The newest and the oldest.
SAMPLES = text("""
select p.id, p.id_type, p.id_number, p.phone, k.wrapped,
  array(select i.blind from person_index i where i.person_id = p.id) as blinds
from person p left join person_key k on k.person_id = p.id
where p.id in ((select id from person where id_number <> '' order by id limit 1),
               (select id from person where id_number <> '' order by id desc limit 1))""")
POINT = text("select id, phone from service_point where phone is not null order by id desc limit 1")


async def fits(database: Database, vault: Vault) -> bool:
    """What is there opens, and would be found again."""
    async with everybody(database) as tx:
        samples, point = (await run(tx, SAMPLES, {})).all(), (await run(tx, POINT, {})).first()
    try:
        if point is not None:
            vault.open(point.phone, phone_place(point.id))
        return all(found(vault, row) for row in samples)
    except Undecipherable:
        return False


def found(vault: Vault, row: Row[Any]) -> bool:
    number = opened(vault, row.id, row.id_number, row.phone, row.wrapped).id_number or ""
    known = {bytes(blind) for blind in row.blinds}
    return not known.isdisjoint(b.mac for b in id_blinds(vault, IdType(row.id_type), number))


async def prepared(app: FastAPI) -> None:
    """Ready only with the right keys."""
    if not app.state.keys_fit:
        app.state.keys_fit = await fits(app.state.database, app.state.vault)
    if not app.state.keys_fit:
        raise Unavailable("密钥文件与数据不符，请从备份恢复正确的密钥文件。", code="wrong_keys", retry_after=30)


async def look_after_keys(app: FastAPI) -> None:
    """Beside the requests: at the start, and once an hour."""
    while True:
        try:
            if not await fits(app.state.database, app.state.vault):
                log.critical("the key file is not the one that the data was written under: the process stops")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            app.state.keys_fit = True
            if moved := await MOVE_PEOPLE.run(app.state.database, app.state.vault):
                log.info("people given a key of their own", extra={"rows": moved})
            if indexed := await INDEX_BIRTHS.run(app.state.database, app.state.vault):
                log.info("birth dates indexed, by which duplicates are found", extra={"rows": indexed})
            await asyncio.sleep(HOUR)
        except Exception as error:
            if not passing(error) and not isinstance(error, Busy):
                raise
            await asyncio.sleep(PATIENCE_SECONDS)
