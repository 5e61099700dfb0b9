"""Whether a proof of `eth_getProof` leads from a root to a value. EIP-1186"""

import rlp
from eth_utils import keccak
from hexbytes import HexBytes
from tidy import tidy


def prove(root, key, proof):
    """The value under a key, None where the proof shows that there is none. Yellow paper, appendix D"""
    path = [int(digit, 16) for digit in keccak(key).hex()]
    wanted = root
    for encoded in proof:
        if isinstance(wanted, bytes):
            assert keccak(encoded) == wanted, "a node is another"
        node = rlp.decode(bytes(encoded)) if isinstance(wanted, bytes) else wanted
        if len(node) == 17:
            if not path:
                return node[16]
            wanted, path = node[path[0]], path[1:]
        else:
            digits = [int(digit, 16) for digit in node[0].hex()]
            part = digits[1:] if digits[0] % 2 == 1 else digits[2:]
            if path[:len(part)] != part:
                return None
            path = path[len(part):]
            if digits[0] >= 2:
                return node[1] if not path else None
            wanted = node[1]
        if wanted == b"":
            return None
    assert root == keccak(b"\x80"), "the proof ends on its way"
    return None


def minimal(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def checked(root, proof):
    found = prove(bytes(root), HexBytes(proof["address"]), proof["accountProof"])
    if found is not None:
        account = [minimal(proof["nonce"]), minimal(proof["balance"]), bytes(proof["storageHash"]), bytes(proof["codeHash"])]
        assert found == rlp.encode(account), "the account is another"
    slots = []
    for slot in proof["storageProof"]:
        key = bytes(HexBytes(slot["key"])).rjust(32, b"\0")
        value = int.from_bytes(HexBytes(slot["value"]), "big")
        kept = prove(bytes(proof["storageHash"]), key, slot["proof"]) if found is not None and slot["proof"] else None
        assert (int.from_bytes(rlp.decode(kept), "big") if kept else 0) == value, "a slot is another"
        slots.append([tidy(key), str(value)])
    return {"isThere": found is not None, "nonce": str(proof["nonce"]), "balance": str(proof["balance"]), "slots": slots}
