// What a user of ethers 6 sees of a development network: a hundred transfers, their receipts, heads over a
// WebSocket, and every node telling the same. Argument: the program, if it is not where a build puts it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ethers } from 'ethers';
import { onNetwork, program, until } from './network.mjs';

const VALIDATORS = 4;
const BURST = 60;
const ONE_BY_ONE = 40;

// Sent at once, without waiting for each other.
async function burst(provider, key, to) {
  const wallet = new ethers.Wallet(key, provider);
  const first = await wallet.getNonce();
  const fees = await provider.getFeeData();
  const sent = await Promise.all(Array.from({ length: BURST }, (_, place) =>
    wallet.sendTransaction({ to, value: 1n, nonce: first + place, gasLimit: 21_000n,
      maxFeePerGas: fees.maxFeePerGas, maxPriorityFeePerGas: fees.maxPriorityFeePerGas })));
  const receipts = await Promise.all(sent.map((transaction) => transaction.wait()));
  for (const [place, receipt] of receipts.entries()) {
    assert.equal(receipt.hash, sent[place].hash);
    assert.equal(receipt.status, 1);
    assert.equal(receipt.gasUsed, 21_000n);
  }
  return receipts;
}

// From having a signed transaction to having its receipt, one after the other.
async function oneByOne(provider, key, to) {
  const wallet = new ethers.Wallet(key, provider);
  const times = [];
  const receipts = [];
  for (let count = 0; count < ONE_BY_ONE; count++) {
    const signed = await wallet.signTransaction(await wallet.populateTransaction({ to, value: 1n }));
    const begin = performance.now();
    const receipt = await (await provider.broadcastTransaction(signed)).wait();
    times.push(performance.now() - begin);
    assert.equal(receipt.status, 1);
    receipts.push(receipt);
    await sleep(50 * Math.random());
  }
  times.sort((a, b) => a - b);
  return { receipts, times };
}

// A block is the same everywhere, and so is what accounts have after it: nobody pays any more by then.
async function allAgree(providers, height, addresses) {
  for (const provider of providers) {
    await until(`block ${height}`, 10, async () => await provider.getBlockNumber() >= height);
  }
  const hashes = await Promise.all(providers.map(async (provider) => (await provider.getBlock(height)).hash));
  assert.deepEqual(new Set(hashes).size, 1, `block ${height}: ${hashes}`);
  for (const address of addresses) {
    const balances = await Promise.all(providers.map((provider) => provider.getBalance(address)));
    assert.equal(new Set(balances).size, 1, `${address}: ${balances}`);
  }
}

async function story(record) {
  assert.equal(record.rpc.length, VALIDATORS);
  // Ethers looks for a receipt over HTTP every four seconds if it is not told otherwise, and takes a height
  // that is a quarter of a second old for the present one, in which blocks come and go here.
  const options = { pollingInterval: 50, cacheTimeout: -1 };
  const providers = record.rpc.map((url) => new ethers.JsonRpcProvider(url, undefined, options));
  const network = await providers[0].getNetwork();
  assert.equal(network.chainId, BigInt(record.chain_id));
  const socket = new ethers.WebSocketProvider(record.ws[0], undefined, options);
  const heads = [];
  await socket.on('block', (height) => heads.push(height));

  const [first, second] = record.accounts;
  const to = ethers.Wallet.createRandom().address;
  const poor = await providers[0].getBalance(to);
  assert.equal(poor, 0n);
  const sent = await burst(providers[0], first.private_key, to);
  const { receipts, times } = await oneByOne(socket, second.private_key, to);

  const height = Math.max(...[...sent, ...receipts].map((receipt) => receipt.blockNumber));
  await allAgree(providers, height, [to, first.address, second.address]);
  assert.equal(await providers[3].getBalance(to), BigInt(BURST + ONE_BY_ONE));
  const last = await providers[2].getTransactionReceipt(receipts.at(-1).hash);
  assert.equal(last.blockHash, receipts.at(-1).blockHash);

  assert.ok(heads.length >= 3, `${heads.length} heads`);
  heads.forEach((head, place) => assert.equal(head, heads[0] + place, `heads ${heads}`));

  for (const provider of providers) provider.destroy();
  await socket.destroy();
  const rank = (percent) => times[Math.min(times.length - 1, Math.floor((times.length * percent) / 100))].toFixed(0);
  console.log(`${BURST + ONE_BY_ONE} transfers in blocks up to ${height}, ${heads.length} heads; send to receipt: `
    + `median ${rank(50)} ms, p90 ${rank(90)} ms, longest ${times.at(-1).toFixed(0)} ms`);
}

await onNetwork({ program, validators: VALIDATORS }, story);
