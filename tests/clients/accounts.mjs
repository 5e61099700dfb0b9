// What a network of four validators needs for very many accounts: memory of each, and disk for each account.
// Arguments: how many accounts, 1,000,000 by default; the program, if it is not where a build puts it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { argv, stderr } from 'node:process';
import { ethers } from 'ethers';
import { onNetwork, until } from './network.mjs';

const COUNT = Number(argv[2] ?? 1_000_000);
const PROGRAM = argv[3] ?? new URL('../../target/release/troupe', import.meta.url).pathname;
// What a new account costs: 2,600 for looking, 25,000 for making, 9,000 for paying, and the loop.
const GAS_EACH = 37_200;
// Given a first number and a count, it pays 1 von to the hash of each number.
const SPRAY = '0x5f35 602035 5b 80156027 57 5f5f5f5f6001 865f52 60205f20 5ff150 90600101 90 60019003 600556 5b00'.replaceAll(' ', '');
const CREATION = ethers.concat(['0x602980600 95f395ff3'.replaceAll(' ', ''), SPRAY]);

const mebibytes = (bytes) => Math.round(bytes / 1_048_576);

function resident(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (name) => Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))[1]) * 1_024;
  return { now: mebibytes(read('VmRSS')), most: mebibytes(read('VmHWM')) };
}

function size(path) {
  const about = statSync(path);
  if (!about.isDirectory()) return about.blocks * 512;
  return readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0);
}

await onNetwork({ program: PROGRAM, validators: 4, minutes: 60 }, async ({ nodes, accounts }) => {
  const validators = nodes.filter((node) => node.role === 'validator');
  const provider = new ethers.JsonRpcProvider(validators[0].rpc, undefined, { pollingInterval: 100, cacheTimeout: -1 });
  const wallet = new ethers.NonceManager(new ethers.Wallet(accounts[0].private_key, provider));
  const report = () => Object.fromEntries(validators.map((node) => [node.name, resident(node.pid)]));
  const empty = report();
  const made = await (await wallet.sendTransaction({ data: CREATION })).wait();
  const { gasLimit } = await provider.getBlock('latest');
  const portion = Math.floor((Number(gasLimit) - 100_000) / GAS_EACH);
  const sent = [];
  for (let first = 0; first < COUNT; first += portion) {
    const count = Math.min(portion, COUNT - first);
    const data = ethers.concat([ethers.toBeHex(first, 32), ethers.toBeHex(count, 32)]);
    sent.push(await wallet.sendTransaction({ to: made.contractAddress, data, value: count, gasLimit: 100_000 + count * GAS_EACH }));
    // The pool holds 64 of a sender.
    if (sent.length % 16 === 0) {
      await sent.at(-1).wait();
      stderr.write(`\r${first + count} of ${COUNT} accounts`);
    }
  }
  const receipts = await Promise.all([sent[0], sent.at(-1)].map((one) => one.wait()));
  assert.ok(receipts.every((receipt) => receipt.status === 1));
  stderr.write('\n');
  const paid = (number) => provider.getBalance(ethers.dataSlice(ethers.keccak256(ethers.toBeHex(number, 32)), 12));
  assert.deepEqual(await Promise.all([0, COUNT - 1].map(paid)), [1n, 1n]);
  assert.equal(await paid(COUNT), 0n);
  const last = receipts[1].blockNumber;
  for (const node of validators) {
    const one = new ethers.JsonRpcProvider(node.rpc);
    await until(`${node.name} has all`, 60, async () => await one.getBlockNumber() >= last);
    one.destroy();
  }
  provider.destroy();
  const disk = Object.fromEntries(readdirSync(validators[0].dir).map((name) => {
    const bytes = size(join(validators[0].dir, name));
    return [name, { mebibytes: mebibytes(bytes), bytes_an_account: Math.round(bytes / COUNT) }];
  }));
  console.log(JSON.stringify({ accounts: COUNT, blocks: last, mebibytes_empty: empty, mebibytes_full: report(), disk }, null, 1));
});
