from __future__ import annotations

import os
from pathlib import Path

import pytest

from worklog.flock import lock


@pytest.fixture
def descriptors(tmp_path: Path) -> list[int]:
    """Three of one file, as three processes would have them."""
    path = tmp_path / "lock"
    path.write_bytes(b"1234")
    return [os.open(path, os.O_RDWR) for _ in range(3)]


def test_one_has_it_alone_until_it_closes_the_file(descriptors: list[int]) -> None:
    first, second, third = descriptors

    taken = [lock(first), lock(second), lock(third, is_shared=True)]
    read = os.read(third, 4)
    os.close(first)

    assert taken == [True, False, False]
    assert read == b"1234"
    assert lock(second, waits=True)


def test_several_share_it_and_none_has_it_alone(descriptors: list[int]) -> None:
    first, second, third = descriptors

    assert lock(first, is_shared=True)
    assert lock(second, is_shared=True)
    assert not lock(third)


def test_a_descriptor_of_nothing_is_an_error(descriptors: list[int]) -> None:
    os.close(descriptors[0])

    with pytest.raises(OSError, match="descriptor"):
        lock(descriptors[0])
