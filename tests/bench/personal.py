"""What it costs to keep one person's ID number and phone encrypted, by suite: in microseconds of one core."""

import time
from collections.abc import Callable
from uuid import uuid4

from services.contracts.registry import IdType
from services.kernel.crypto import Suite, Vault
from services.kernel.crypto.keyfile import new_keys
from services.registry.keys.opening import Opened, index_rows, key_row, opened, place
from services.registry.personal import id_blinds, sealed_phone

ROWS, ROUNDS = 2_000, 5
PERSON, NUMBER, PHONE = uuid4(), "999000194912310021", "13900000000"


def microseconds(work: Callable[[], object]) -> float:
    """The best of some rounds: whatever else the machine does only adds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(ROWS):
            work()
        best = min(best, time.process_time() - begun)
    return round(best / ROWS * 1e6, 1)


def of_suite(suite: Suite) -> dict[str, float]:
    vault = Vault(new_keys(suite))

    def written() -> tuple[bytes, bytes | None, bytes]:
        """As the import writes a new person: an own key, wrapped; number and phone; what they are found by."""
        own = vault.own_key()
        number = own.seal(NUMBER.encode(), place("id_number", PERSON))
        phone, *_ = sealed_phone(vault, "person", PERSON, PHONE, own)
        index_rows(PERSON, id_blinds(vault, IdType.RESIDENT_ID_CARD, NUMBER))
        return number, phone, key_row(vault, PERSON, own)["wrapped"]  # type: ignore[return-value]

    row, own, at = written(), vault.own_key(), place("id_number", PERSON)
    if opened(vault, PERSON, *row) != Opened(NUMBER, PHONE):
        raise AssertionError("not what was sealed")
    sealed = own.seal(NUMBER.encode(), at)
    return {
        "written, with wrapped key and indexes": microseconds(written),
        "opened, with unwrapping": microseconds(lambda: opened(vault, PERSON, *row)),
        "one value sealed": microseconds(lambda: own.seal(NUMBER.encode(), at)),
        "one value opened": microseconds(lambda: own.open(sealed, at)),
        "one index": microseconds(lambda: vault.blinds(NUMBER)),
    }


def run() -> dict[str, object]:
    return {f"one person's data, {suite} (µs)": of_suite(suite) for suite in Suite}
