// What a user of viem 2 does. Arguments as for ethers.cjs.
const assert = require('node:assert');
const { createPublicClient, createWalletClient, defineChain, http, webSocket } = require('viem');
const { privateKeyToAccount } = require('viem/accounts');

const [, , address, secret, contract] = process.argv;

async function main() {
  const url = `http://${address}`;
  const chain = defineChain({
    id: 2206132, name: 'test', nativeCurrency: { name: 'LAT', symbol: 'LAT', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  });
  const client = createPublicClient({ chain, transport: http(url, { batch: true }), pollingInterval: 100 });
  const wallet = createWalletClient({ chain, account: privateKeyToAccount(`0x${secret}`), transport: http(url) });
  assert.equal(await client.getChainId(), 2206132);
  const to = '0x' + 'dd'.repeat(20);
  const hash = await wallet.sendTransaction({ to, value: 5n });
  const receipt = await client.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, 'success');
  assert.equal(receipt.type, 'eip1559');
  const block = await client.getBlock({ blockNumber: receipt.blockNumber, includeTransactions: true });
  assert.equal(block.transactions[0].hash, hash);
  assert.equal((await client.getTransaction({ hash })).chainId, 2206132);
  assert.ok((await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [25, 75] })).reward.length > 0);
  const proof = await client.getProof({ address: contract, storageKeys: ['0x' + '00'.repeat(32)] });
  assert.equal(proof.storageProof[0].value, 77n);
  await assert.rejects(client.call({ to: contract, data: '0x12345678' }), /revert/);
  await wallet.sendTransaction({ to: contract });
  const socket = createPublicClient({ chain, transport: webSocket(`ws://${address}`) });
  await new Promise((resolve, reject) =>
    socket.watchBlocks({ onBlock: resolve, onError: reject }));
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
