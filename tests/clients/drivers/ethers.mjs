// The scenario in ethers 6.
import { ethers } from 'ethers';
import { checked } from './proof.mjs';
import { tidy, tidyBlock, list } from './tidy.mjs';

const FEES = { maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };
const fees = (type) => (type === 2 ? { type, ...FEES } : { type, gasPrice: 3_000_000_000n });
const counted = ({ value = '0', gas, data, accessList }) => ({ value: BigInt(value), gasLimit: gas && BigInt(gas), data, accessList });

// What ethers makes of an error.
function told(error) {
  const { code, shortMessage, reason, data, revert, info } = error;
  const named = revert && { name: revert.name, args: list(revert.args) };
  return tidy({ code, shortMessage, reason, data, revert: named, number: info?.error?.code });
}

export async function open({ http, ws, keys, contracts, name: label }) {
  const options = { pollingInterval: 50, cacheTimeout: -1 };
  const provider = new ethers.JsonRpcProvider(http, undefined, options);
  const wallet = new ethers.Wallet(keys.sender, provider);
  const made = {};
  const kept = {};

  const keep = (step, receipt) => { if (step.as) kept[step.as] = receipt; return receipt; };
  // A receipt, and whether what was paid is what it says.
  async function settled(step, sent, from = wallet.address) {
    const receipt = await sent.wait().catch((error) => { if (error.receipt) return error.receipt; throw error; });
    keep(step, receipt);
    const [before, after] = await Promise.all([-1, 0].map((ago) => provider.getBalance(from, receipt.blockNumber + ago)));
    const own = sent.to?.toLowerCase() === from.toLowerCase() || receipt.status === 0 ? 0n : sent.value;
    const { baseFeePerGas } = await provider.getBlock(receipt.blockNumber);
    const limit = baseFeePerGas + (sent.maxPriorityFeePerGas ?? sent.gasPrice);
    const most = sent.maxFeePerGas ?? sent.gasPrice;
    return { receipt: tidy(receipt), logs: tidy(receipt.logs),
      paid: before - after === own + receipt.fee, priced: receipt.gasPrice === (limit < most ? limit : most) };
  }
  const method = (step) => made[step.on].getFunction(step.signature ?? step.method);
  const failing = async (work) => { try { return { unexpected: tidy(await work()) }; } catch (error) { return told(error); } };
  const at = (place) => kept[place].blockNumber;
  const next = (to) => wallet.sendTransaction({ to, value: 1n, gasLimit: 21_000n, ...fees(2) }).then((sent) => sent.wait());
  const topics = (step) => {
    const events = (step.events ?? (step.event ? [step.event] : [])).map((name) => made.stage.interface.getEvent(name).topicHash);
    const line = step.line && ethers.zeroPadValue(ethers.toBeHex(BigInt(step.line)), 32);
    return events.length === 0 ? undefined : [events.length > 1 ? events : events[0], ...(line ? [null, line] : [])];
  };

  // It knows the network already: a head that came before it would end the process.
  const overSocket = async () => new ethers.WebSocketProvider(ws, await provider.getNetwork(), { ...options, staticNetwork: true });

  return {
    address: () => wallet.address,
    made, kept, told, provider,
    close: () => provider.destroy(),
    async network() {
      const network = await provider.getNetwork();
      return { chainId: String(network.chainId), height: typeof await provider.getBlockNumber() };
    },
    account: async ({ of, paid }) => ({ nonce: await provider.getTransactionCount(of),
      ...(of === wallet.address ? {} : { balance: String(await provider.getBalance(of)) }), code: await provider.getCode(of) === '0x' }),
    async send(step) {
      return settled(step, await wallet.sendTransaction({ to: step.to, ...counted(step), ...fees(step.type) }));
    },
    async send_plain({ to, value }) {
      const receipt = await (await wallet.sendTransaction({ to, value: BigInt(value) })).wait();
      return { status: receipt.status, type: receipt.type, gas: String(receipt.gasUsed) };
    },
    async deploy(step) {
      const { abi, bytecode } = contracts[step.contract];
      const contract = await new ethers.ContractFactory(abi, bytecode, wallet).deploy(...step.args, { ...counted(step), ...fees(2) });
      made[step.as] = contract;
      return { at: await contract.getAddress(), ...await settled(step, contract.deploymentTransaction()) };
    },
    async deploy_fails(step) {
      const { abi, bytecode } = contracts[step.contract];
      const factory = new ethers.ContractFactory(abi, bytecode, wallet);
      const { data } = await factory.getDeployTransaction(...step.args);
      return settled(step, await wallet.sendTransaction({ ...counted(step), ...fees(2), data }));
    },
    call: async (step) => tidy(list(await method(step).staticCall(...step.args ?? []))),
    call_nothing: ({ to }) => failing(() => new ethers.Contract(to, contracts.Stage.abi, provider).line()),
    async transact(step) {
      const told = await settled(step, await method(step).send(...step.args ?? [], { ...counted(step), ...fees(2) }));
      const parsed = told.logs.map((log) => made[step.on].interface.parseLog(log)).map((log) => log && [log.name, tidy(list(log.args))]);
      return { ...told, parsed };
    },
    async transact_fails(step) { return this.transact(step); },
    call_fails: (step) => failing(() => method(step).staticCall(...step.args ?? [])),
    estimate_fails: (step) => failing(() => method(step).estimateGas(...step.args ?? [])),
    async estimate(step) {
      const gasLimit = await method(step).estimateGas(...step.args);
      const receipt = await (await method(step).send(...step.args, { gasLimit, ...fees(2) })).wait();
      return { status: receipt.status, tight: gasLimit - receipt.gasUsed <= receipt.gasUsed / 20n };
    },
    async refused({ by, to, nonce = 0, chainId, ...rest }) {
      const signer = new ethers.Wallet(by ? keys.poor : keys.sender);
      const { chainId: own } = await provider.getNetwork();
      const next = await provider.getTransactionCount(signer.address);
      const raw = await signer.signTransaction({ to, ...counted(rest), ...fees(2), nonce: next + nonce, chainId: chainId ?? own });
      return failing(() => provider.broadcastTransaction(raw));
    },
    async refused_replacement({ to }) {
      const nonce = await wallet.getNonce();
      const wants = (nonce, value) => wallet.sendTransaction({ to, nonce, gasLimit: 21_000n, value, ...fees(2) });
      const later = await wants(nonce + 1, 0n);
      const refusal = await failing(() => wants(nonce + 1, 1n));
      const waiting = tidy(await provider.send('eth_getTransactionByHash', [later.hash]));
      const next = await Promise.all(['latest', 'pending'].map(async (word) => await wallet.getNonce(word) - nonce));
      const receipts = await Promise.all([await wants(nonce, 0n), later].map((sent) => sent.wait()));
      return { refusal, waiting, next, both: receipts.map((receipt) => receipt.status) };
    },
    async logs({ filter, from, to, in: within, ...rest }) {
      const place = within ? { blockHash: kept[within].blockHash } : { fromBlock: at(from), toBlock: at(to) };
      return tidy(await provider.getLogs({ ...filter, topics: topics(rest), ...place }));
    },
    async filter(step) {
      const filter = await provider.send('eth_newFilter', [{ fromBlock: ethers.toQuantity(await provider.getBlockNumber()), address: await made[step.on].getAddress(), topics: topics(step) }]);
      const seen = [];
      for (const words of step.args) {
        await this.transact({ ...step, args: [words] });
        seen.push(tidy(await provider.send('eth_getFilterChanges', [filter])));
      }
      seen.push(tidy(await provider.send('eth_getFilterChanges', [filter])));
      const all = tidy(await provider.send('eth_getFilterLogs', [filter]));
      const ended = await provider.send('eth_uninstallFilter', [filter]);
      const again = await provider.send('eth_uninstallFilter', [filter]);
      return { seen, all, ended, again, after: await failing(() => provider.send('eth_getFilterChanges', [filter])) };
    },
    async filter_blocks({ to }) {
      const filter = await provider.send('eth_newBlockFilter', []);
      const arrivals = await provider.send('eth_newPendingTransactionFilter', []);
      const receipt = await next(to);
      const hashes = await provider.send('eth_getFilterChanges', [filter]);
      const arrived = await provider.send('eth_getFilterChanges', [arrivals]);
      return { seen: hashes.includes(receipt.blockHash), arrived: arrived.includes(receipt.hash), ended: await provider.send('eth_uninstallFilter', [filter]) };
    },
    async subscribe_logs(step) {
      const socket = await overSocket();
      const seen = [];
      await socket.on({ address: await made[step.on].getAddress(), topics: topics(step) }, (log) => seen.push(log));
      await socket.getBlockNumber();
      for (const words of step.args) await this.transact({ ...step, args: [words] });
      await enough(() => seen.length >= step.args.length);
      await socket.destroy();
      return tidy(seen);
    },
    async subscribe_heads({ to }) {
      const socket = await overSocket();
      const seen = [];
      await socket.on('block', (height) => seen.push(height));
      await socket.getBlockNumber();
      const receipts = [await next(to), await next(to)];
      await enough(() => seen.includes(receipts[1].blockNumber));
      await socket.destroy();
      return { both: receipts.every(({ blockNumber }) => seen.includes(blockNumber)), rising: seen.every((height, place) => height === seen[0] + place) };
    },
    // Over HTTP: ethers asks for the logs of every block.
    async listen(step) {
      const contract = made[step.on];
      const seen = [];
      await contract.on(step.event, (by, line, text, { log }) => seen.push(tidy({ by, line, text, hash: log.transactionHash })));
      await new Promise((done) => setTimeout(done, 200));
      for (const words of step.args) await this.transact({ ...step, args: [words] });
      // It looks again when a block comes.
      await next(wallet.address);
      await enough(() => seen.length >= step.args.length);
      await contract.off(step.event);
      return seen;
    },
    // Ethers puts what is asked in one moment into one batch.
    async batch({ on, methods }) {
      const settledAll = await Promise.allSettled([provider.getNetwork(), ...methods.map((name) => made[on].getFunction(name).staticCall())]);
      return settledAll.slice(1).map(({ value, reason }) => (reason ? told(reason) : tidy(list(value))));
    },
    async block({ at: place, by, whole }) {
      const block = await provider.getBlock(by === 'hash' ? kept[place].blockHash : kept[place].blockNumber, Boolean(whole));
      return { ...tidyBlock(block), ...(whole ? { whole: tidy(block.prefetchedTransactions) } : {}) };
    },
    no_block: async () => [await provider.getBlock(1_000_000_000), await provider.getBlock(`0x${'11'.repeat(32)}`)],
    async block_words() {
      const words = ['earliest', 'latest', 'safe', 'finalized', 'pending'];
      const blocks = await Promise.all(words.map((word) => provider.getBlock(word)));
      return Object.fromEntries(blocks.map((block, at) => [words[at], Boolean(block)]));
    },
    transaction: async ({ of }) => ({ transaction: tidy(await provider.getTransaction(kept[of].hash)),
      receipt: tidy(await provider.getTransactionReceipt(kept[of].hash)) }),
    no_transaction: async () => [await provider.getTransaction(`0x${'11'.repeat(32)}`), await provider.getTransactionReceipt(`0x${'11'.repeat(32)}`)],
    async fee_history({ from, count }) {
      const history = await provider.send('eth_feeHistory', [ethers.toQuantity(count), ethers.toQuantity(at(from)), [10, 90]]);
      return shapeOfFees(history);
    },
    storage: async ({ of, slots }) => ({ code: ethers.keccak256(await provider.getCode(of)),
      slots: await Promise.all(slots.map((slot) => provider.getStorage(of, slot))) }),
    async proof({ of, slots, at: place }) {
      const { number } = await provider.getBlock(at(place));
      const { stateRoot } = await provider.send('eth_getBlockByNumber', [ethers.toQuantity(number), false]);
      const keys = slots.map((slot) => ethers.toBeHex(slot, 32));
      return checked(stateRoot, await provider.send('eth_getProof', [of, keys, ethers.toQuantity(number)]));
    },
    past: async ({ at: place, ...step }) => Promise.all([at(place) - 1, at(place), 'latest'].map(async (blockTag) =>
      String(await method(step).staticCall({ blockTag })))),
  };
}

// Until something holds; who waits in vain finds out by what it has seen.
export async function enough(holds, seconds = 5) {
  const end = Date.now() + seconds * 1_000;
  while (!holds() && Date.now() < end) await new Promise((done) => setTimeout(done, 20));
}

// How many of everything a history of fees has.
export function shapeOfFees({ baseFeePerGas, gasUsedRatio, reward, oldestBlock }) {
  return { baseFees: baseFeePerGas.length, ratios: gasUsedRatio.length, rewards: reward?.map((tips) => tips.length), oldest: typeof oldestBlock };
}
