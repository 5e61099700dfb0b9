// Contracts in Rust and in Solidity call each other on a development network, deployed and called by ethers: a token of
// each, a savings box in Rust, a purse in Solidity. Argument: the program, if it is not where a build puts it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ethers } from 'ethers';
import { compile } from './compile.mjs';
import { onNetwork, program } from './network.mjs';

const examples = new URL('../../examples/contracts/', import.meta.url);

function built(name) {
  const abi = JSON.parse(readFileSync(new URL(`${name}/${name}.json`, examples), 'utf8'));
  return { abi, bytecode: `0x${readFileSync(new URL(`${name}/${name}.wasm`, examples)).toString('hex')}` };
}

async function deploy(wallet, { abi, bytecode }, ...words) {
  const contract = await new ethers.ContractFactory(abi, bytecode, wallet).deploy(...words);
  await contract.waitForDeployment();
  return contract;
}

async function done(sent) {
  const receipt = await (await sent).wait();
  assert.equal(receipt.status, 1);
  return receipt;
}

// The error that a call fails with, decoded by an interface.
async function failure(call, { interface: known }) {
  const error = await call.then(() => assert.fail('it did not fail'), (error) => error);
  assert.ok(error.data, `no data: ${error}`);
  return known.parseError(error.data);
}

const events = (receipt, ...contracts) => receipt.logs.map((log) => {
  const of = contracts.find((contract) => contract.target === log.address);
  return of.interface.parseLog(log).name;
});

async function story({ rpc, accounts }) {
  const options = { pollingInterval: 50, cacheTimeout: -1 };
  const provider = new ethers.JsonRpcProvider(rpc[0], undefined, options);
  const wallet = new ethers.NonceManager(new ethers.Wallet(accounts[0].private_key, provider));
  const me = accounts[0].address;
  const solidity = { ...compile(), ...compile(new URL('hardhat/contracts/', import.meta.url)) };

  const ticket = await deploy(wallet, solidity.Ticket, 1_000n);
  const savings = await deploy(wallet, built('caller'), ticket.target);
  const module = readFileSync(new URL('caller/caller.wasm', examples));
  assert.equal(await provider.getCode(savings.target), ethers.hexlify(module), 'the code is the module, without arguments');
  assert.equal(await savings.token(), ticket.target);

  // Rust calls Solidity.
  await done(ticket.approve(savings.target, 100n));
  const deposit = await done(savings.deposit(40n));
  assert.deepEqual(events(deposit, ticket, savings), ['Transfer', 'Deposited']);
  assert.deepEqual([await savings.saved(me), await ticket.balanceOf(savings.target)], [40n, 40n]);
  const refused = await failure(savings.deposit.staticCall(61n), ticket);
  assert.deepEqual([refused.name, ...refused.args], ['ERC20InsufficientAllowance', savings.target, 60n, 61n]);
  const short = await failure(savings.withdraw.staticCall(41n), savings);
  assert.deepEqual([short.name, ...short.args], ['NotSaved', 40n, 41n]);

  const trace = await provider.send('debug_traceTransaction', [deposit.hash, { tracer: 'callTracer', tracerConfig: { withLog: true } }]);
  assert.deepEqual([trace.type, trace.to], ['CALL', savings.target.toLowerCase()]);
  assert.equal(BigInt(trace.gasUsed), deposit.gasUsed);
  assert.deepEqual(trace.calls.map((call) => call.type), ['STATICCALL', 'CALL', 'STATICCALL']);
  assert.equal(trace.calls[1].logs.length + trace.logs.length, 2);

  // Solidity calls Rust, which calls Solidity.
  const purse = await deploy(wallet, solidity.Purse);
  await done(ticket.transfer(purse.target, 30n));
  const saved = await done(purse.save(ticket.target, savings.target, 25n));
  assert.deepEqual(events(saved, ticket, savings), ['Approval', 'Transfer', 'Deposited']);
  assert.equal(await savings.saved(purse.target), 25n);
  const why = await purse.attempt.staticCall(savings.target, 1n);
  assert.equal(ticket.interface.parseError(why).name, 'ERC20InsufficientAllowance', 'a reason passes through both machines');

  // Solidity pays with a token in Rust.
  const coin = await deploy(wallet, built('erc20'), 'Coin', 'CON', 500n);
  await done(coin.transfer(purse.target, 10n));
  const other = ethers.Wallet.createRandom().address;
  const paid = await done(purse.pay(coin.target, other, 4n));
  assert.deepEqual(events(paid, coin, purse), ['Transfer', 'Paid']);
  assert.deepEqual([await coin.balanceOf(other), await coin.balanceOf(purse.target)], [4n, 6n]);

  // A panic in Rust is one of Solidity's.
  const full = await deploy(wallet, built('counter'), ethers.MaxUint256);
  const overflow = await full.increase.staticCall().catch((error) => error.revert);
  assert.deepEqual([overflow.name, ...overflow.args], ['Panic', 0x11]);

  // What is no module is refused, and costs what it was given.
  const broken = Buffer.from(module);
  broken.fill(0xff, 600, 700);
  const gasLimit = 9_000_000n;
  const { hash } = await wallet.sendTransaction({ data: ethers.hexlify(broken), gasLimit });
  const receipt = await provider.waitForTransaction(hash, 1, 20_000).catch((error) => error.receipt);
  assert.deepEqual([receipt.status, receipt.gasUsed], [0, gasLimit]);

  // Every node executed the same.
  for (const url of rpc) {
    const there = new ethers.JsonRpcProvider(url, undefined, options);
    const behind = async () => await there.getBlockNumber() < receipt.blockNumber;
    for (let tries = 0; tries < 100 && await behind(); tries++) await new Promise((done) => setTimeout(done, 50));
    assert.equal(await savings.connect(there).saved(purse.target), 25n);
    there.destroy();
  }
  provider.destroy();
  console.log(`contracts in Rust and Solidity called each other: a deposit took ${deposit.gasUsed} gas, a payment ${paid.gasUsed}`);
}

await onNetwork({ program, validators: 4 }, story);
