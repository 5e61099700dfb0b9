// The scenario in web3.js 4.
import { Web3 } from 'web3';
import { enough, shapeOfFees } from './ethers.mjs';
import { checked } from './proof.mjs';
import { tidy, tidyBlock, list } from './tidy.mjs';

const FEES = { maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };
const fees = (type) => ({ type, ...(type === 2 ? FEES : { gasPrice: 3_000_000_000n }) });
const counted = ({ value = '0', gas, data, accessList }) => Object.fromEntries(Object.entries({ value: BigInt(value), gas: gas && BigInt(gas), data, accessList })
  .filter(([, item]) => item !== undefined));

// What web3.js makes of an error: its names and numbers down to what the node said, without the node's words.
function told(error) {
  const causes = [];
  for (let at = error; at; at = at.cause ?? at.innerError) {
    if (Array.isArray(at)) [at] = at;
    causes.push(tidy({ name: at.name, code: at.code, data: at.data, named: at.errorName, signature: at.errorSignature, args: at.errorArgs && values(at.errorArgs) }));
  }
  return causes;
}

// Results carry every value twice, by name and by place.
function values(result) {
  if (Array.isArray(result) || result === null || typeof result !== 'object') return list(result);
  const places = Object.keys(result).filter((key) => /^\d+$/.test(key));
  return places.length > 0 ? places.map((place) => values(result[place])) : result;
}

export async function open({ http, ws, keys, contracts }) {
  const set = (web3) => {
    Object.assign(web3.eth, { transactionPollingInterval: 50, transactionReceiptPollingInterval: 50, transactionConfirmationBlocks: 1 });
    web3.eth.handleRevert = false;
    return web3;
  };
  const web3 = set(new Web3(http));
  const wallet = web3.eth.accounts.wallet.add(keys.sender)[0];
  const from = wallet.address;
  const made = {};
  const kept = {};

  async function settled(step, wanted) {
    const sent = await web3.eth.sendTransaction({ from, ...wanted }, undefined, { checkRevertBeforeSending: false }).catch((error) => {
      if (error.receipt) return error.receipt;
      throw error;
    });
    const receipt = await web3.eth.getTransactionReceipt(sent.transactionHash);
    if (step.as) kept[step.as] = receipt;
    const { value, to } = await web3.eth.getTransaction(sent.transactionHash);
    const [before, after] = await Promise.all([receipt.blockNumber - 1n, receipt.blockNumber].map((height) => web3.eth.getBalance(from, height)));
    const own = to?.toLowerCase() === from.toLowerCase() || receipt.status === 0n ? 0n : BigInt(value);
    return { receipt: tidy(receipt), logs: tidy(receipt.logs), paid: before - after === own + receipt.gasUsed * receipt.effectiveGasPrice };
  }
  const method = (step, within = made) => {
    // An ABI with both of two functions of one name makes web3.js say so on the console at each use.
    const { methods } = within[step.on];
    return methods[step.signature ?? step.method](...step.args ?? []);
  };
  const failing = async (work) => { try { return { unexpected: tidy(values(await work())) }; } catch (error) { return told(error); } };
  const next = (to) => web3.eth.sendTransaction({ from, to, value: 1n, gas: 21_000n, ...fees(2) });
  const topics = (step) => {
    const abi = (name) => contracts.Stage.abi.find((item) => item.type === 'event' && item.name === name);
    const events = (step.events ?? (step.event ? [step.event] : [])).map((name) => web3.eth.abi.encodeEventSignature(abi(name)));
    if (events.length === 0) return {};
    const line = step.line ? [null, web3.utils.padLeft(web3.utils.numberToHex(step.line), 64)] : [];
    return { topics: [events.length > 1 ? events : events[0], ...line] };
  };
  const ask = (name, ...params) => web3.eth.requestManager.send({ method: name, params });

  return {
    addressOf: (name) => made[name].options.address,
    made, told,
    async network() {
      return { chainId: String(await web3.eth.getChainId()), network: String(await web3.eth.net.getId()), height: typeof await web3.eth.getBlockNumber(),
        gasPrice: typeof await web3.eth.getGasPrice(), listening: await web3.eth.net.isListening(), syncing: await web3.eth.isSyncing(),
        accounts: Array.isArray(await web3.eth.getAccounts()), node: typeof await web3.eth.getNodeInfo() };
    },
    account: async ({ of }) => ({ nonce: String(await web3.eth.getTransactionCount(of)),
      ...(of === from ? {} : { balance: String(await web3.eth.getBalance(of)) }), code: await web3.eth.getCode(of) === '0x' }),
    send: (step) => settled(step, { to: step.to, ...counted(step), ...fees(step.type) }),
    async send_plain({ to, value }) {
      const { status, type, gasUsed } = await web3.eth.sendTransaction({ from, to, value });
      return { status: String(status), type: String(type), gas: String(gasUsed) };
    },
    async deploy(step) {
      const { abi, bytecode } = contracts[step.contract];
      const contract = new web3.eth.Contract(abi);
      const data = contract.deploy({ data: bytecode, arguments: step.args }).encodeABI();
      const told = await settled(step, { ...counted(step), ...fees(2), data });
      made[step.as] = new web3.eth.Contract(abi, kept[step.as].contractAddress);
      return { at: told.receipt.contractAddress, ...told };
    },
    deploy_fails: (step) => settled(step, { ...counted(step), ...fees(2), data: contracts[step.contract].bytecode }),
    call: async (step) => tidy(values(await method(step).call({ from }))),
    call_nothing: ({ to }) => failing(() => new web3.eth.Contract(contracts.Stage.abi, to).methods.line().call()),
    async transact(step) {
      const told = await settled(step, { to: made[step.on].options.address, ...counted(step), ...fees(2), data: method(step).encodeABI() });
      return { ...told, gas: String(told.receipt.gasUsed) };
    },
    async transact_fails(step) { return this.transact(step); },
    call_fails: (step) => failing(() => method(step).call({ from })),
    estimate_fails: (step) => failing(() => method(step).estimateGas({ from })),
    async estimate(step) {
      const gas = await method(step).estimateGas({ from });
      const { status, gasUsed } = await method(step).send({ from, gas: String(gas), ...fees(2) });
      return { status: String(status), tight: gas - gasUsed <= gasUsed / 20n };
    },
    async refused({ by, to, nonce = 0, chainId, ...rest }) {
      const account = by ? web3.eth.accounts.privateKeyToAccount(keys.poor) : wallet;
      const next = await web3.eth.getTransactionCount(account.address);
      const own = await web3.eth.getChainId();
      const wanted = { to, ...counted(rest), ...fees(2), nonce: next + BigInt(nonce), chainId: chainId ?? own };
      // It finds some faults itself, before a node sees them.
      return failing(async () => web3.eth.sendSignedTransaction((await account.signTransaction(wanted)).rawTransaction));
    },
    async refused_replacement({ to }) {
      const nonce = await web3.eth.getTransactionCount(from);
      const wants = (nonce, value) => web3.eth.sendTransaction({ from, to, nonce, gas: 21_000n, value, ...fees(2) });
      const later = wants(nonce + 1n, 0n);
      await new Promise((done) => later.once('transactionHash', done));
      const refusal = await failing(() => wants(nonce + 1n, 1n));
      const receipts = await Promise.all([wants(nonce, 0n), later]);
      return { refusal, both: receipts.map((receipt) => String(receipt.status)) };
    },
    async logs({ filter, from: first, to, in: within, ...rest }) {
      const place = within ? { blockHash: kept[within].blockHash } : { fromBlock: kept[first].blockNumber, toBlock: kept[to].blockNumber };
      return tidy(await web3.eth.getPastLogs({ ...filter, ...topics(rest), ...place }));
    },
    async filter(step) {
      const filter = await ask('eth_newFilter', { fromBlock: web3.utils.numberToHex(await web3.eth.getBlockNumber()), address: made[step.on].options.address, ...topics(step) });
      const seen = [];
      for (const words of step.args) {
        await this.transact({ ...step, args: [words] });
        seen.push(tidy(await ask('eth_getFilterChanges', filter)));
      }
      seen.push(tidy(await ask('eth_getFilterChanges', filter)));
      const all = tidy(await ask('eth_getFilterLogs', filter));
      const ended = await ask('eth_uninstallFilter', filter);
      return { seen, all, ended, again: await ask('eth_uninstallFilter', filter), after: await failing(() => ask('eth_getFilterChanges', filter)) };
    },
    async filter_blocks({ to }) {
      const filter = await ask('eth_newBlockFilter');
      const receipt = await next(to);
      const hashes = await ask('eth_getFilterChanges', filter);
      return { seen: hashes.includes(receipt.blockHash), ended: await ask('eth_uninstallFilter', filter) };
    },
    async subscribe_logs(step) {
      const socket = new Web3(ws);
      const seen = [];
      const subscription = await socket.eth.subscribe('logs', { address: made[step.on].options.address, ...topics(step) });
      subscription.on('data', (log) => seen.push(log));
      for (const words of step.args) await this.transact({ ...step, args: [words] });
      await enough(() => seen.length >= step.args.length);
      await subscription.unsubscribe();
      socket.provider.disconnect();
      return tidy(seen);
    },
    async subscribe_heads({ to }) {
      const socket = new Web3(ws);
      const seen = [];
      const subscription = await socket.eth.subscribe('newBlockHeaders');
      subscription.on('data', (head) => seen.push(head));
      const receipts = [await next(to), await next(to)];
      await enough(() => seen.some(({ number }) => number === receipts[1].blockNumber));
      await subscription.unsubscribe();
      socket.provider.disconnect();
      return { both: receipts.every(({ blockNumber }) => seen.some(({ number }) => number === blockNumber)),
        rising: seen.every(({ number }, place) => number === seen[0].number + BigInt(place)) };
    },
    async listen(step) {
      const socket = new Web3(ws);
      const { jsonInterface, address } = made[step.on].options;
      const seen = [];
      const events = new socket.eth.Contract(jsonInterface, address).events[step.event]();
      events.on('data', ({ event, returnValues, transactionHash }) => seen.push(tidy({ event, values: values(returnValues), transactionHash })));
      await new Promise((done) => events.once('connected', done));
      for (const words of step.args) await this.transact({ ...step, args: [words] });
      await enough(() => seen.length >= step.args.length);
      await events.unsubscribe();
      socket.provider.disconnect();
      return seen;
    },
    async batch({ on, methods }) {
      const batch = new web3.BatchRequest();
      for (const [id, name] of methods.entries()) {
        const call = { from, to: made[on].options.address, data: made[on].methods[name]().encodeABI() };
        batch.add({ jsonrpc: '2.0', id: id + 1, method: 'eth_call', params: [call, 'latest'] }).catch(() => {});
      }
      const answers = await batch.execute();
      return answers.map(({ id, result, error }) => tidy({ id, result, code: error?.code, data: error?.data }));
    },
    async block({ at, by, whole }) {
      return tidyBlock(await web3.eth.getBlock(by === 'hash' ? kept[at].blockHash : kept[at].blockNumber, Boolean(whole)));
    },
    no_block: async () => [await failing(() => web3.eth.getBlock(1_000_000_000)), await failing(() => web3.eth.getBlock(`0x${'11'.repeat(32)}`))],
    async block_words() {
      const words = ['earliest', 'latest', 'safe', 'finalized', 'pending'];
      const blocks = await Promise.all(words.map((word) => web3.eth.getBlock(word)));
      return Object.fromEntries(blocks.map((block, at) => [words[at], Boolean(block)]));
    },
    transaction: async ({ of }) => ({ transaction: tidy(await web3.eth.getTransaction(kept[of].transactionHash)),
      receipt: tidy(await web3.eth.getTransactionReceipt(kept[of].transactionHash)) }),
    no_transaction: async () => [await failing(() => web3.eth.getTransaction(`0x${'11'.repeat(32)}`)), await failing(() => web3.eth.getTransactionReceipt(`0x${'11'.repeat(32)}`))],
    fee_history: async ({ from: first, count }) => shapeOfFees(await web3.eth.getFeeHistory(count, kept[first].blockNumber, [10, 90])),
    storage: async ({ of, slots }) => ({ code: web3.utils.keccak256(await web3.eth.getCode(of)),
      slots: await Promise.all(slots.map((slot) => web3.eth.getStorageAt(of, slot))) }),
    async proof({ of, slots, at }) {
      const { stateRoot, number } = await web3.eth.getBlock(kept[at].blockNumber);
      const names = slots.map((slot) => web3.utils.padLeft(web3.utils.numberToHex(slot), 64));
      return checked(stateRoot, { address: of, ...await web3.eth.getProof(of, names, number) });
    },
    past: async ({ at, ...step }) => Promise.all([kept[at].blockNumber - 1n, kept[at].blockNumber].map(async (height) => String(await method(step).call({ from }, height)))),
  };
}
