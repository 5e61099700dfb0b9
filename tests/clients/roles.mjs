// A light client, which keeps no chain, and an archive, which keeps every state, beside four validators: an
// unmodified ethers uses either as it would a validator, and they tell the same. Argument: the program, if it is
// not where a build puts it.
import assert from 'node:assert/strict';
import { ethers } from 'ethers';
import { compile } from './compile.mjs';
import { onNetwork, program, until } from './network.mjs';

// States of so many blocks are in the memory of every node.
const REMEMBERED = 64;

async function story({ nodes, accounts }) {
  const options = { pollingInterval: 50, cacheTimeout: -1, batchMaxCount: 1 };
  const at = (role) => new ethers.JsonRpcProvider(nodes.find((node) => node.role === role).rpc, undefined, options);
  const [validator, light, archive] = ['validator', 'light', 'archive'].map(at);
  const wallet = new ethers.NonceManager(new ethers.Wallet(accounts[0].private_key, light));
  const me = accounts[0].address;
  const ask = async (method, ...params) => {
    const answers = await Promise.all([validator, light].map((node) => node.send(method, params)));
    assert.deepEqual(answers[1], answers[0], `${method} ${JSON.stringify(params)}`);
    return answers[1];
  };

  // A token, deployed and used through the light client alone.
  await until('the light client sees blocks', 30, async () => await light.getBlockNumber() > 0);
  const { Ticket } = compile(new URL('hardhat/contracts/', import.meta.url));
  const ticket = await new ethers.ContractFactory(Ticket.abi, Ticket.bytecode, wallet).deploy(1_000n);
  await ticket.waitForDeployment();
  const other = ethers.Wallet.createRandom().address;
  const paid = [];
  for (let count = 0; count < 12; count++) paid.push(await (await ticket.transfer(other, 5n)).wait());
  assert.ok(paid.every((receipt) => receipt.status === 1));
  assert.deepEqual([await ticket.balanceOf(other), await ticket.balanceOf(me)], [60n, 940n]);
  const refused = await ticket.transfer.staticCall(other, 5_000n).then(() => assert.fail('it did not fail'), (error) => error);
  assert.equal(ticket.interface.parseError(refused.data).name, 'ERC20InsufficientBalance');

  // What it says is what a validator says.
  const last = paid.at(-1);
  const number = ethers.toQuantity(last.blockNumber);
  await until('the validator has it', 10, async () => await validator.getBlockNumber() >= last.blockNumber);
  await ask('eth_chainId');
  await ask('eth_getBlockByNumber', number, true);
  await ask('eth_getBlockByHash', last.blockHash, false);
  await ask('eth_getTransactionByHash', last.hash);
  await ask('eth_getTransactionReceipt', last.hash);
  await ask('eth_getTransactionReceipt', paid[0].hash);
  await ask('eth_getBlockReceipts', number);
  await ask('eth_getCode', ticket.target, number);
  await ask('eth_getBalance', me, number);
  await ask('eth_getTransactionCount', me, number);
  const slot = ethers.solidityPackedKeccak256(['uint256', 'uint256'], [me, 0]);
  await ask('eth_getStorageAt', ticket.target, slot, number);
  await ask('eth_getProof', ticket.target, [slot, ethers.ZeroHash], number);
  await ask('eth_call', { to: ticket.target, data: ticket.interface.encodeFunctionData('balanceOf', [other]) }, number);
  await ask('eth_estimateGas', { from: me, to: ticket.target, data: ticket.interface.encodeFunctionData('transfer', [other, 1n]) }, number);
  const logs = await ask('eth_getLogs', { address: ticket.target, fromBlock: ethers.toQuantity(paid[0].blockNumber), toBlock: number });
  assert.equal(logs.length, 12);
  assert.equal(await light.send('eth_getTransactionByHash', [ethers.ZeroHash.replace(/0$/, '1')]), null);

  // The archive knows every state, long after the others have left it behind.
  const then = paid[3].blockNumber;
  const coin = new ethers.NonceManager(new ethers.Wallet(accounts[1].private_key, validator));
  while (await validator.getBlockNumber() <= then + REMEMBERED + 2) {
    await (await coin.sendTransaction({ to: other, value: 1n })).wait();
  }
  await until('the archive has them', 20, async () => await archive.getBlockNumber() > then + REMEMBERED + 2);
  const balance = { to: ticket.target, data: ticket.interface.encodeFunctionData('balanceOf', [other]) };
  await assert.rejects(validator.send('eth_call', [balance, ethers.toQuantity(then)]));
  for (const [place, receipt] of paid.entries()) {
    const block = ethers.toQuantity(receipt.blockNumber);
    const after = await archive.send('eth_call', [balance, block]);
    const together = paid.filter((one) => one.blockNumber === receipt.blockNumber).length;
    assert.ok(BigInt(after) >= 5n * BigInt(place + 1) && BigInt(after) < 5n * BigInt(place + 1 + together), `${after} after ${place}`);
  }
  assert.equal(await archive.getCode(ticket.target, 0), '0x');
  const trace = await archive.send('debug_traceTransaction', [paid[3].hash, { tracer: 'callTracer' }]);
  assert.equal(trace.to, ticket.target.toLowerCase());

  // It finds what is in all of them: logs by a topic, and transactions by an account.
  const topics = [null, null, ethers.zeroPadValue(other, 32)];
  const found = await archive.send('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest', topics }]);
  assert.deepEqual(found.map((log) => log.transactionHash), paid.map((receipt) => receipt.hash));
  const newest = await archive.send('ots_searchTransactionsBefore', [ticket.target, 0, 5]);
  const older = await archive.send('ots_searchTransactionsBefore', [ticket.target, Number(newest.txs.at(-1).blockNumber), 100]);
  assert.ok(newest.firstPage && !newest.lastPage && !older.firstPage && older.lastPage);
  const all = [...newest.txs, ...older.txs].map((one) => one.hash).reverse();
  assert.deepEqual(all, [ticket.deploymentTransaction().hash, ...paid.map((receipt) => receipt.hash)]);
  await assert.rejects(validator.send('ots_searchTransactionsBefore', [ticket.target, 0, 5]), /does not keep blocks by account/);
  for (const provider of [validator, light, archive]) provider.destroy();
  console.log(`a light client and an archive answered as a validator does, in blocks up to ${then + REMEMBERED + 2}`);
}

await onNetwork({ program, validators: 4, archive: 1, light: 1 }, story);
