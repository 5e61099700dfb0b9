// What a user of ethers 6 does, against a chain that makes blocks. Arguments: address and port, a secret
// that has money, a contract that logs when called without data and reverts with the data otherwise.
const assert = require('node:assert');
const { ethers } = require('ethers');

const [, , address, secret, contract] = process.argv;

async function main() {
  const provider = new ethers.JsonRpcProvider(`http://${address}`);
  const wallet = new ethers.Wallet(secret, provider);
  assert.equal((await provider.getNetwork()).chainId, 2206132n);

  // A batch, as ethers makes it of calls in one tick.
  const [number, balance, fees] = await Promise.all([
    provider.getBlockNumber(), provider.getBalance(wallet.address), provider.getFeeData(),
  ]);
  assert.ok(number >= 0 && balance > 10n ** 20n && fees.maxFeePerGas > 0n);

  const to = '0x' + 'dd'.repeat(20);
  const sent = await wallet.sendTransaction({ to, value: 5n });
  const receipt = await sent.wait();
  assert.equal(receipt.status, 1);
  assert.equal(receipt.gasUsed, 21000n);
  assert.equal(await provider.getBalance(to), 5n);
  const block = await provider.getBlock(receipt.blockNumber, true);
  assert.equal(block.hash, receipt.blockHash);
  assert.equal(block.prefetchedTransactions[0].hash, sent.hash);
  assert.equal(block.prefetchedTransactions[0].from, wallet.address);
  const read = await provider.getTransaction(sent.hash);
  const { type, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, value, chainId, signature, accessList } = read;
  const rebuilt = ethers.Transaction.from({
    to: read.to, data: read.data, type, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, value, chainId,
    signature, accessList,
  });
  assert.equal(rebuilt.hash, sent.hash);
  assert.equal(rebuilt.serialized, await provider.send('eth_getRawTransactionByHash', [sent.hash]));

  const legacy = await wallet.sendTransaction({ to, value: 1n, type: 0 });
  assert.equal((await legacy.wait()).type, 0);
  const listed = await wallet.sendTransaction({ to, value: 1n, type: 1, accessList: [] });
  assert.equal((await listed.wait()).type, 1);

  const logging = await (await wallet.sendTransaction({ to: contract })).wait();
  assert.equal(logging.logs.length, 1);
  const logs = await provider.getLogs({ address: contract, fromBlock: 0, topics: [ethers.toBeHex(42, 32)] });
  assert.equal(logs[0].transactionHash, logging.hash);

  const data = new ethers.Interface(['error Error(string)']).encodeErrorResult('Error', ['not today']);
  await assert.rejects(provider.call({ to: contract, data }), (error) =>
    error.code === 'CALL_EXCEPTION' && error.reason === 'not today' && error.data === data);
  await assert.rejects(provider.estimateGas({ to: contract, data }), { code: 'CALL_EXCEPTION' });
  await assert.rejects(
    wallet.sendTransaction({ to, nonce: 0, gasLimit: 21000 }), { code: 'NONCE_EXPIRED' });
  const poor = ethers.Wallet.createRandom(provider);
  await assert.rejects(
    poor.sendTransaction({ to, value: 1n, gasLimit: 21000 }), { code: 'INSUFFICIENT_FUNDS' });

  const code = '0x60016000f3';
  const made = await (await new ethers.ContractFactory([], code, wallet).deploy()).waitForDeployment();
  assert.equal(await provider.getCode(await made.getAddress()), '0x00');

  const socket = new ethers.WebSocketProvider(`ws://${address}`);
  const heads = await new Promise((resolve) => {
    const seen = [];
    socket.on('block', (head) => { seen.push(head); if (seen.length === 3) resolve(seen); });
  });
  assert.deepEqual(heads, [heads[0], heads[0] + 1, heads[0] + 2]);
  const log = new Promise((resolve) => socket.on({ address: contract }, resolve));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const again = await wallet.sendTransaction({ to: contract });
  assert.equal((await log).transactionHash, again.hash);
  await socket.destroy();
  provider.destroy();
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
