"""The tree of RFC 9162: known roots, and a path for every leaf and no other."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donations.domain import merkle

# The leaves and roots by which implementations of Certificate Transparency check
# themselves: the reference tests of RFC 6962, whose tree RFC 9162 keeps.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
HASHES = [merkle.hash_leaf(data) for data in LEAVES]


def split_root(leaves):
    """Return the root as the RFC words it: split at the largest power of two."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    parts = split_root(leaves[:half]) + split_root(leaves[half:])
    return hashlib.sha256(b"\x01" + parts).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_known_ones(size):
    """Each tree over the classic leaves has the published root."""
    assert merkle.compute_root(HASHES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("position", "size"), PATHS)
def test_paths_are_the_known_ones(position, size):
    """Audit paths are those that Certificate Transparency publishes."""
    path = merkle.build_path(HASHES[:size], position)

    assert [one.hex() for one in path] == PATHS[position, size]


@given(leaves=st.lists(st.binary(max_size=4), min_size=1, max_size=70))
def test_root_is_that_of_the_definition(leaves):
    """Climbing level by level gives what the recursive definition gives."""
    hashes = [merkle.hash_leaf(data) for data in leaves]

    assert merkle.compute_root(hashes) == split_root(leaves)


@given(size=st.integers(1, 70), data=st.data())
def test_every_leaf_has_a_path(size, data):
    """The path of a leaf leads to the root, and that of another place does not."""
    hashes = [merkle.hash_leaf(str(number).encode()) for number in range(size)]
    position = data.draw(st.integers(0, size - 1))
    path = merkle.build_path(hashes, position)

    def follow(leaf, path):
        return merkle.follow_path(leaf, position=position, size=size, path=path)

    assert follow(hashes[position], path) == merkle.compute_root(hashes)
    other = merkle.hash_leaf(b"other")
    assert follow(other, path) != merkle.compute_root(hashes)
    with pytest.raises(merkle.InvalidPositionError, match="too long"):
        follow(hashes[position], [*path, other])
    if path:
        with pytest.raises(merkle.InvalidPositionError, match="too short"):
            follow(hashes[position], path[:-1])
        assert follow(hashes[position], [*path[:-1], other]) != merkle.compute_root(
            hashes
        )


@pytest.mark.parametrize("position", [-1, 8])
def test_places_outside_are_refused(position):
    """A tree has neither a path nor a proof for a place that it has not."""
    with pytest.raises(merkle.InvalidPositionError):
        merkle.build_path(HASHES, position)
    with pytest.raises(merkle.InvalidPositionError):
        merkle.follow_path(HASHES[0], position=position, size=8, path=[])


def test_node_is_no_leaf():
    """Bytes that look like an inner node are hashed otherwise as a leaf."""
    left, right = HASHES[:2]

    assert merkle.hash_leaf(left + right) != merkle.hash_node(left, right)
