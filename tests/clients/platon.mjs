// A contract of PlatON's convention on a development network, deployed and called by ethers as bare data; it calls
// itself. Argument: the program, if it is not where a build puts it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ethers } from 'ethers';
import { onNetwork, program } from './network.mjs';

// Built from hop.wat beside it.
const module = readFileSync(new URL('../../protocols/vm/tests/platon/hop.wasm', import.meta.url));

// The number of a function: FNV-1 of 64 bits.
function number(name) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(name)) hash = BigInt.asUintN(64, hash * 0x100000001b3n) ^ BigInt(byte);
  return ethers.toBeHex(hash, 8);
}

const call = (name, ...words) => ethers.encodeRlp([number(name), ...words]);
const deployment = (wasm, init) => ethers.concat(['0x0061736d', ethers.encodeRlp([ethers.hexlify(wasm), init])]);

async function story({ rpc, accounts }) {
  const options = { pollingInterval: 50, cacheTimeout: -1 };
  const provider = new ethers.JsonRpcProvider(rpc[0], undefined, options);
  const wallet = new ethers.NonceManager(new ethers.Wallet(accounts[0].private_key, provider));
  const done = async (fields) => (await wallet.sendTransaction(fields)).wait();

  const made = await done({ data: deployment(module, call('init')) });
  const to = made.contractAddress;
  assert.equal(await provider.getCode(to), ethers.hexlify(module), 'the code is the module');

  // It counts, and logs the count.
  const once = await done({ to, data: '0xc180' });
  assert.deepEqual([once.status, once.logs.length, BigInt(once.logs[0].data)], [1, 1, 1n]);
  assert.deepEqual([once.logs[0].address, once.logs[0].topics.length], [to, 0]);

  // It calls itself by the address in its input. An estimate would be of a call whose inner one has
  // too little gas, for the outer one succeeds all the same.
  const twice = await done({ to, data: ethers.concat(['0xc180', to, '0xc180']), gasLimit: 1_000_000n });
  assert.deepEqual(twice.logs.map((log) => BigInt(log.data)), [2n, 3n]);
  const trace = await provider.send('debug_traceTransaction', [twice.hash, { tracer: 'callTracer' }]);
  assert.deepEqual(trace.calls.map((inner) => [inner.type, inner.to]), [['CALL', to.toLowerCase()]]);
  const asked = await provider.call({ to, data: ethers.concat(['0xc180', to, '0xc18001']) });
  assert.equal(BigInt(asked), 0n, 'the inner call reverts, the outer one says so');

  // The constructor is called once, and creation data of another form is refused.
  await assert.rejects(provider.estimateGas({ to, data: call('init') }));
  await assert.rejects(provider.estimateGas({ data: deployment(module, call('unit')) }));
  await assert.rejects(provider.call({ to, data: '0xc18001' }), (error) => error.code === 'CALL_EXCEPTION' && error.data === '0x');
  provider.destroy();
  console.log(`a contract of PlatON's convention ran: deployed for ${made.gasUsed} gas, a call took ${once.gasUsed}`);
}

await onNetwork({ program, validators: 1 }, story);
