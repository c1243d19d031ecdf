"""Where the ID number of a candidate lies sealed: a ciphertext moved elsewhere does not open."""

from uuid import UUID


def place(result: UUID) -> str:
    return f"exam_result|id_number|{result}"
