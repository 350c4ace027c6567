"""CRC32C (Castagnoli) of many equally long byte strings at once: the reader's own, independent of
the sidecar's.

A CRC is linear over GF(2), so each string is cut into pieces whose registers advance side by side,
and neighbours are then joined in pairs: the register of a concatenation is the left one pushed
through the right one's length, xor the right one.
"""

import numpy as np
from numpy.typing import NDArray

POLYNOMIAL = 0x82F63B78
PIECE_BYTES = 4096
MASK = np.uint32(0xFFFFFFFF)

Words = NDArray[np.uint32]
Bytes = NDArray[np.uint8]


def _byte_table() -> Words:
    register = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        register = (register >> 1) ^ np.where(register & 1, np.uint32(POLYNOMIAL), np.uint32(0))
    return register


TABLE = _byte_table()


def crc32c(data: bytes) -> int:
    """The checksum of one short string."""
    return int(_advanced(np.array([MASK]), np.frombuffer(data, np.uint8)[None, :])[0] ^ MASK)


def crc32c_rows(prefixes: Bytes, payloads: Bytes) -> Words:
    """The checksums of prefix + payload, row by row; both arrays have one row a string."""
    begun = _advanced(np.full(len(prefixes), MASK), prefixes)
    body, length = _joined(payloads)
    return _apply(_zeros_operator(length), begun) ^ body ^ MASK


def _advanced(register: Words, rows: Bytes) -> Words:
    for column in rows.T:
        register = (register >> 8) ^ TABLE[(register ^ column) & 0xFF]
    return register


def _joined(rows: Bytes) -> tuple[Words, int]:
    """The register after each row, from zero, and the bytes of a row. Leading zeros leave a zero
    register as it is.
    """
    count, length = rows.shape
    pieces = 1 << max(0, (length - 1) // PIECE_BYTES).bit_length()
    padded = np.zeros((count, pieces * PIECE_BYTES), np.uint8)
    padded[:, padded.shape[1] - length :] = rows
    columns = padded.reshape(count * pieces, PIECE_BYTES)
    registers = _advanced(np.zeros(len(columns), np.uint32), columns).reshape(count, pieces)
    operator = _zeros_operator(PIECE_BYTES)
    while registers.shape[1] > 1:
        registers = _apply(operator, registers[:, 0::2]) ^ registers[:, 1::2]
        operator = _apply(operator, operator)
    return registers[:, 0], length


def _zeros_operator(length: int) -> Words:
    """What `length` zero bytes make of each single bit of a register."""
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
    power = (bits >> 8) ^ TABLE[bits & 0xFF]
    operator = bits
    while length:
        if length & 1:
            operator = _apply(power, operator)
        power = _apply(power, power)
        length >>= 1
    return operator


def _apply(operator: Words, registers: Words) -> Words:
    """The operator's matrix times each register, through one table a byte."""
    result = np.zeros_like(registers)
    for byte in range(4):
        table = np.zeros(256, np.uint32)
        for bit in range(8):
            table[np.arange(256) >> bit & 1 == 1] ^= operator[8 * byte + bit]
        result ^= table[registers >> np.uint32(8 * byte) & np.uint32(0xFF)]
    return result
