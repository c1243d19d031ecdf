"""Personal data at rest: authenticated encryption bound to its place, keyed indexes for exact search, keys by id."""

from services.kernel.crypto.keyfile import FIRST_INDEX, KEY_FILE, Keys, Ring, load_keys
from services.kernel.crypto.suites import Blind, Key, Suite, Undecipherable, header
from services.kernel.crypto.vault import Vault, generation, load_vault

__all__ = [
    "FIRST_INDEX", "KEY_FILE", "Blind", "Key", "Keys", "Ring", "Suite", "Undecipherable", "Vault", "generation",
    "header", "load_keys", "load_vault",
]  # fmt: skip
