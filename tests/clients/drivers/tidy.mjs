// Transcripts that can be compared: what differs from chain to chain becomes its shape, all else is kept.

// Places and times; the price of gas follows how full blocks were.
const OF_A_CHAIN = new Set(['blockHash', 'blockNumber', 'blockTimestamp', 'effectiveGasPrice', 'gasPrice', 'requestId']);
// What only blocks have; roots of transactions and receipts are the same wherever the same was sent.
const OF_A_BLOCK = new Set([...OF_A_CHAIN, 'hash', 'parentHash', 'number', 'timestamp', 'date', 'stateRoot', 'miner', 'mixHash',
  'prevRandao', 'extraData', 'size', 'baseFeePerGas', 'parentBeaconBlockRoot']);

// What kind of value stands there.
function shape(value) {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string' && /^0x[0-9a-f]{40,}$/i.test(value)) return `${value.length / 2 - 1} bytes`;
  if (typeof value === 'string' && /^(0x[0-9a-f]*|\d+)$/i.test(value)) return 'a quantity';
  if (typeof value === 'number' || typeof value === 'bigint') return 'a quantity';
  return typeof value;
}

function walk(value, hidden) {
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return /^0x[0-9a-f]*$/i.test(value) ? value.toLowerCase() : value;
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
  if (Array.isArray(value)) return value.map((item) => walk(item, hidden));
  if (typeof value.toJSON === 'function') return walk(value.toJSON(), hidden);
  const kept = {};
  for (const [key, item] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (typeof item === 'function' || key === 'provider') continue;
    kept[key] = hidden.has(key) ? shape(item) : walk(item, hidden);
  }
  return kept;
}

// A transaction, a receipt, a log, a result.
export const tidy = (value) => walk(value, OF_A_CHAIN);

// A block; its transactions keep their hashes.
export function tidyBlock(block) {
  const { transactions, ...rest } = typeof block.toJSON === 'function' ? { ...block, ...block.toJSON() } : block;
  return { ...walk(rest, OF_A_BLOCK), transactions: tidy(transactions) };
}

// How a result of several values is told by every client: as a list.
export const list = (value) => (Array.isArray(value) ? [...value].map(list) : value);
