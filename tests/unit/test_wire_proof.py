"""Proofs: one signature over a digest of each leaf."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from worklog.domain.canonical import Json, canonical
from worklog.wire.proof import encode_proof, leaves

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)

values = st.recursive(
    st.none() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


class Signer:
    """A device's key in memory."""

    public_key = KEY.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return KEY.sign(message)


@given(st.dictionaries(st.text(max_size=3), values))
def test_each_leaf_has_a_path_of_its_own(content: Mapping[str, Json]) -> None:
    found = list(leaves(content))

    assert len({path for path, _ in found}) == len(found)


@given(st.dictionaries(st.text(max_size=3), values), st.dictionaries(st.text(max_size=3), values))
def test_other_content_has_other_leaves(one: Mapping[str, Json], other: Mapping[str, Json]) -> None:
    assert (dict(leaves(one)) == dict(leaves(other))) == (one == other)


def test_a_leaf_is_named_by_names_and_positions() -> None:
    content: Json = {"a/b": [{"c~": 1}, {"c~": [1, [2]]}], "d": {}, "e": []}

    assert dict(leaves(content)) == {
        "a~1b/0/c~0": 1,
        "a~1b/1/c~0": [1, [2]],
        "d": {},
        "e": [],
    }


def test_a_proof_is_signed_over_the_digests_of_all_its_leaves() -> None:
    sealed = encode_proof({"memo": "fixing bug"}, Signer())

    manifest = sealed["manifest"]
    assert isinstance(manifest, dict)
    assert set(manifest) == {"memo", "v", "kind", "key"}
    message = b"worklog proof 1\0" + canonical(manifest)
    KEY.public_key().verify(bytes.fromhex(str(sealed["signature"])), message)
