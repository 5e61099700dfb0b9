// Whether a proof of `eth_getProof` leads from a root to a value. Yellow paper, appendix D; EIP-1186
import assert from 'node:assert/strict';
import { decodeRlp, encodeRlp, keccak256, toBeArray, zeroPadValue, toBeHex } from 'ethers';

const nibbles = (hex) => [...hex.slice(2)].map((digit) => parseInt(digit, 16));

// The value under a key, or undefined where the proof shows that there is none.
export function prove(root, key, proof) {
  let path = nibbles(keccak256(key));
  let wanted = root;
  for (const [depth, encoded] of proof.entries()) {
    // A node of less than 32 bytes stands in its parent, and is told once more after it.
    if (typeof wanted === 'string') assert.equal(keccak256(encoded), wanted, `node ${depth} is another`);
    const node = typeof wanted === 'string' ? decodeRlp(encoded) : wanted;
    if (node.length === 17) {
      if (path.length === 0) return node[16];
      [wanted, path] = [node[path[0]], path.slice(1)];
    } else {
      const [first, ...digits] = nibbles(node[0]);
      const part = first % 2 === 1 ? digits : digits.slice(1);
      const isHere = part.every((digit, at) => digit === path[at]);
      if (!isHere) return undefined;
      path = path.slice(part.length);
      if (first >= 2) return path.length === 0 ? node[1] : undefined;
      wanted = node[1];
    }
    if (wanted === '0x') return undefined;
  }
  assert.equal(root, keccak256('0x80'), 'the proof ends on its way');
  return undefined;
}

const item = (value) => (BigInt(value) === 0n ? '0x' : toBeArray(BigInt(value)));

// What a proof says of an account and its slots, after every step of it was checked.
export function checked(root, proof) {
  const { nonce, balance, storageHash, codeHash } = proof;
  const told = encodeRlp([item(nonce), item(balance), storageHash, codeHash]);
  const found = prove(root, proof.address, proof.accountProof);
  const isThere = found !== undefined;
  if (isThere) assert.equal(found, told, 'the account is another');
  else assert.deepEqual([BigInt(nonce), BigInt(balance)], [0n, 0n], 'nobody has something');
  const slots = proof.storageProof.map(({ key, value, proof: steps }) => {
    const name = zeroPadValue(toBeHex(BigInt(key)), 32);
    const kept = isThere && steps.length > 0 ? prove(storageHash, name, steps) : undefined;
    assert.equal(kept === undefined ? 0n : BigInt(decodeRlp(kept)), BigInt(value), `slot ${key} is another`);
    return [name, String(BigInt(value))];
  });
  return { isThere, nonce: String(nonce), balance: String(balance), codeHash, storageHash, slots };
}
