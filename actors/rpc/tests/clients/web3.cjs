// What a user of web3.js 4 does. Arguments as for ethers.cjs.
const assert = require('node:assert');
const { Web3 } = require('web3');

const [, , address, secret, contract] = process.argv;

async function main() {
  const web3 = new Web3(`http://${address}`);
  const account = web3.eth.accounts.wallet.add(`0x${secret}`)[0];
  assert.equal(await web3.eth.getChainId(), 2206132n);
  assert.equal(await web3.eth.net.isListening(), true);
  const to = '0x' + 'dd'.repeat(20);
  const receipt = await web3.eth.sendTransaction({ from: account.address, to, value: '5' });
  assert.equal(receipt.status, 1n);
  assert.equal(await web3.eth.getBalance(to), 5n);
  const block = await web3.eth.getBlock(receipt.blockNumber, true);
  assert.equal(block.transactions[0].hash, receipt.transactionHash);
  // It takes every transaction without data for a transfer, unless it is told how much gas there is.
  await web3.eth.sendTransaction({ from: account.address, to: contract, gas: 100000 });
  const logs = await web3.eth.getPastLogs({ address: contract, fromBlock: 'earliest' });
  assert.equal(logs.length, 1);
  await assert.rejects(web3.eth.call({ to: contract, data: '0x12345678' }), (error) => error.cause.data === '0x12345678');
  const socket = new Web3(`ws://${address}`);
  const heads = await socket.eth.subscribe('newHeads');
  await new Promise((resolve, reject) => { heads.on('data', resolve); heads.on('error', reject); });
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
