"""The reader that judges the sidecar's bytes is itself right."""

import numpy as np

from e2e.crc32c import crc32c, crc32c_rows


def test_the_check_value_of_the_standard() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_side_by_side_equals_one_after_the_other(seed: int) -> None:
    draw = np.random.default_rng(seed)
    prefixes = draw.integers(0, 256, (3, 92), np.uint8)
    for length in (1, 4095, 4096, 4097, 50_000):
        payloads = draw.integers(0, 256, (3, length), np.uint8)
        rows = zip(prefixes, payloads, strict=True)
        expected = [crc32c(head.tobytes() + body.tobytes()) for head, body in rows]
        assert crc32c_rows(prefixes, payloads).tolist() == expected
