// The scenario in viem 2.
import { BaseError, createPublicClient, createWalletClient, defineChain, encodeDeployData, encodeFunctionData, getAbiItem, getContract,
  getContractAddress, http as overHttp, keccak256, numberToHex, parseEventLogs, webSocket } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { enough, shapeOfFees } from './ethers.mjs';
import { checked } from './proof.mjs';
import { tidy, tidyBlock, list } from './tidy.mjs';

const FEES = { maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };
const KINDS = ['legacy', 'eip2930', 'eip1559'];
const fees = (type) => ({ type: KINDS[type], ...(type === 2 ? FEES : { gasPrice: 3_000_000_000n }) });
// Without what is not there: an absent `data` would take the place of a call's.
const counted = ({ value = '0', gas, data, accessList }) => Object.fromEntries(Object.entries({ value: BigInt(value), gas: gas && BigInt(gas), data, accessList })
  .filter(([, item]) => item !== undefined));

// Numbers in text become numbers: viem is strict about them.
function typed(input, value) {
  if (input.components && !input.type.endsWith(']')) {
    return Object.fromEntries(input.components.map((part) => [part.name, typed(part, value[part.name])]));
  }
  if (input.type.endsWith(']')) return value.map((item) => typed({ ...input, type: input.type.replace(/\[\d*\]$/, '') }, item));
  if (!/^u?int/.test(input.type)) return value;
  return Number(input.type.replace(/^u?int/, '')) <= 48 ? Number(value) : BigInt(value);
}

// What viem makes of an error: the classes that it is, and what a contract said.
function told(error) {
  if (!(error instanceof BaseError)) return { name: error.name, message: error.message };
  const names = [];
  error.walk((inner) => { names.push(inner.name); return false; });
  const reverted = error.walk((inner) => inner.name === 'ContractFunctionRevertedError');
  const raw = error.walk((inner) => inner?.data !== undefined && typeof inner.data === 'string');
  return tidy({ names, reason: reverted?.reason, error: reverted?.data && { name: reverted.data.errorName, args: reverted.data.args ?? [] },
    data: reverted?.raw ?? raw?.data, code: error.walk((inner) => typeof inner?.code === 'number')?.code });
}

export async function open({ http, ws, keys, contracts }) {
  const probe = createPublicClient({ transport: overHttp(http) });
  const chain = defineChain({ id: await probe.getChainId(), name: 'here', nativeCurrency: { name: 'LAT', symbol: 'LAT', decimals: 18 },
    rpcUrls: { default: { http: [http], webSocket: [ws] } } });
  const options = { chain, pollingInterval: 50, cacheTime: 0 };
  const once = { retryCount: 0 };
  const client = createPublicClient({ ...options, transport: overHttp(http, once) });
  const together = createPublicClient({ ...options, transport: overHttp(http, { ...once, batch: true }) });
  const account = privateKeyToAccount(keys.sender);
  const wallet = createWalletClient({ ...options, account, transport: overHttp(http, once) });
  const made = {};
  const kept = {};

  async function settled(step, hash) {
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (step.as) kept[step.as] = receipt;
    const { blockNumber, gasUsed, effectiveGasPrice, status } = receipt;
    const balances = await Promise.all([blockNumber - 1n, blockNumber].map((height) => client.getBalance({ address: account.address, blockNumber: height })));
    const sent = await client.getTransaction({ hash });
    const own = sent.to === account.address.toLowerCase() || status !== 'success' ? 0n : sent.value;
    return { receipt: tidy(receipt), logs: tidy(receipt.logs), paid: balances[0] - balances[1] === own + gasUsed * effectiveGasPrice };
  }
  function method(step) {
    const { abi, address } = made[step.on];
    const all = abi.filter((item) => item.type === 'function' && item.name === step.method);
    const item = all.find((one) => !step.signature || step.signature === `${one.name}(${one.inputs.map(({ type }) => type)})`);
    const args = item.inputs.map((input, at) => typed(input, step.args[at]));
    return { abi: [item, ...abi.filter((other) => other.type === 'error')], address, functionName: step.method, args, account };
  }
  const failing = async (work) => { try { return { unexpected: tidy(await work()) }; } catch (error) { return told(error); } };
  const next = async (to) => client.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ to, value: 1n, gas: 21_000n, ...fees(2) }) });
  const events = (step) => {
    const items = (step.events ?? (step.event ? [step.event] : [])).map((name) => getAbiItem({ abi: contracts.Stage.abi, name }));
    if (items.length === 0) return {};
    return items.length > 1 ? { events: items } : { event: items[0], args: step.line ? { line: BigInt(step.line) } : undefined };
  };
  const deployment = (step) => {
    const { abi, bytecode } = contracts[step.contract];
    const { inputs } = abi.find((item) => item.type === 'constructor') ?? { inputs: [] };
    return { abi, bytecode, args: inputs.map((input, at) => typed(input, step.args[at])) };
  };

  return {
    addressOf: (name) => made[name].address,
    made, told,
    async network() {
      return { chainId: await client.getChainId(), height: typeof await client.getBlockNumber(), gasPrice: typeof await client.getGasPrice(),
        tip: typeof await client.estimateMaxPriorityFeePerGas(), accounts: Array.isArray(await wallet.getAddresses()) };
    },
    account: async ({ of: address }) => ({ nonce: await client.getTransactionCount({ address }),
      ...(address === account.address ? {} : { balance: String(await client.getBalance({ address })) }), code: await client.getCode({ address }) === undefined }),
    send: async (step) => settled(step, await wallet.sendTransaction({ to: step.to, ...counted(step), ...fees(step.type) })),
    async send_plain({ to, value }) {
      const receipt = await client.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ to, value: BigInt(value) }) });
      return { status: receipt.status, type: receipt.type, gas: String(receipt.gasUsed) };
    },
    async deploy(step) {
      const deployed = deployment(step);
      const from = account.address;
      const foreseen = getContractAddress({ from, nonce: BigInt(await client.getTransactionCount({ address: from })) });
      const hash = await wallet.deployContract({ ...deployed, ...counted(step), ...fees(2) });
      const told = await settled(step, hash);
      made[step.as] = getContract({ address: foreseen, abi: deployed.abi, client });
      return { at: foreseen.toLowerCase(), ...told };
    },
    async deploy_fails(step) {
      return settled(step, await wallet.sendTransaction({ ...counted(step), data: encodeDeployData(deployment(step)), ...fees(2) }));
    },
    call: async (step) => tidy(list(await client.readContract(method({ args: [], ...step })))),
    call_nothing: ({ to: address }) => failing(() => client.readContract({ address, abi: contracts.Stage.abi, functionName: 'line' })),
    async transact(step) {
      const { abi, ...wanted } = method({ args: [], ...step });
      const told = await settled(step, await wallet.writeContract({ abi, ...wanted, ...counted(step), ...fees(2) }));
      const parsed = parseEventLogs({ abi: made[step.on].abi, logs: (await client.getTransactionReceipt({ hash: told.receipt.transactionHash })).logs });
      return { ...told, parsed: parsed.map(({ eventName, args }) => [eventName, tidy(args)]) };
    },
    async transact_fails(step) {
      const wanted = method({ args: [], ...step });
      return settled(step, await wallet.sendTransaction({ to: wanted.address, ...counted(step), data: encodeFunctionData(wanted), ...fees(2) }));
    },
    call_fails: (step) => failing(() => client.readContract(method({ args: [], ...step }))),
    estimate_fails: (step) => failing(() => client.estimateContractGas(method({ args: [], ...step }))),
    async estimate(step) {
      const gas = await client.estimateContractGas(method(step));
      const hash = await wallet.writeContract({ ...method(step), gas, ...fees(2) });
      const { status, gasUsed } = await client.waitForTransactionReceipt({ hash });
      return { status, tight: gas - gasUsed <= gasUsed / 20n };
    },
    async refused({ by, to, nonce = 0, chainId, ...rest }) {
      const signer = by ? privateKeyToAccount(keys.poor) : account;
      const next = await client.getTransactionCount({ address: signer.address });
      const serializedTransaction = await signer.signTransaction({ to, ...counted(rest), ...fees(2), nonce: next + nonce, chainId: chainId ?? chain.id });
      return failing(() => wallet.sendRawTransaction({ serializedTransaction }));
    },
    async refused_replacement({ to }) {
      const nonce = await client.getTransactionCount({ address: account.address });
      const wants = (nonce, value) => wallet.sendTransaction({ to, nonce, gas: 21_000n, value, ...fees(2) });
      const later = await wants(nonce + 1, 0n);
      const refusal = await failing(() => wants(nonce + 1, 1n));
      const receipts = await Promise.all([await wants(nonce, 0n), later].map((hash) => client.waitForTransactionReceipt({ hash })));
      return { refusal, both: receipts.map((receipt) => receipt.status) };
    },
    async logs({ filter, from, to, in: within, ...rest }) {
      const place = within ? { blockHash: kept[within].blockHash } : { fromBlock: kept[from].blockNumber, toBlock: kept[to].blockNumber };
      return tidy(await client.getLogs({ ...filter, ...events(rest), ...place }));
    },
    async filter(step) {
      const filter = await client.createEventFilter({ fromBlock: await client.getBlockNumber(), address: made[step.on].address, ...events(step) });
      const seen = [];
      for (const words of step.args) {
        await this.transact({ ...step, args: [words] });
        seen.push(tidy(await client.getFilterChanges({ filter })));
      }
      seen.push(tidy(await client.getFilterChanges({ filter })));
      const all = tidy(await client.getFilterLogs({ filter }));
      const ended = await client.uninstallFilter({ filter });
      const again = await client.uninstallFilter({ filter });
      return { seen, all, ended, again, after: await failing(() => client.getFilterChanges({ filter })) };
    },
    async filter_blocks({ to }) {
      const filter = await client.createBlockFilter();
      const receipt = await next(to);
      const hashes = await client.getFilterChanges({ filter });
      return { seen: hashes.includes(receipt.blockHash), ended: await client.uninstallFilter({ filter }) };
    },
    async subscribe_logs(step) {
      const socket = createPublicClient({ ...options, transport: webSocket(ws, once) });
      const seen = [];
      const end = socket.watchEvent({ address: made[step.on].address, ...events(step), onLogs: (logs) => seen.push(...logs) });
      await ready(socket);
      for (const words of step.args) await this.transact({ ...step, args: [words] });
      await enough(() => seen.length >= step.args.length);
      end();
      return tidy(seen);
    },
    async subscribe_heads({ to }) {
      const socket = createPublicClient({ ...options, transport: webSocket(ws, once) });
      const seen = [];
      const end = socket.watchBlocks({ onBlock: (block) => seen.push(block) });
      await ready(socket);
      const receipts = [await next(to), await next(to)];
      await enough(() => seen.some(({ number }) => number === receipts[1].blockNumber));
      end();
      return { both: receipts.every(({ blockHash }) => seen.some(({ hash }) => hash === blockHash)),
        rising: seen.every(({ number }, place) => number === seen[0].number + BigInt(place)) };
    },
    // Over HTTP: viem makes a filter and asks it for changes.
    async listen(step) {
      const { address, abi } = made[step.on];
      const seen = [];
      const end = client.watchContractEvent({ address, abi, eventName: step.event, onLogs: (logs) => seen.push(...logs) });
      await ready(client);
      for (const words of step.args) await this.transact({ ...step, args: [words] });
      await enough(() => seen.length >= step.args.length);
      end();
      return tidy(seen);
    },
    async batch({ on, methods }) {
      const reads = methods.map((name) => together.readContract(method({ on, method: name, args: [] })));
      const all = await Promise.allSettled(reads);
      return all.map(({ value, reason }) => (reason ? told(reason) : tidy(list(value))));
    },
    async block({ at, by, whole }) {
      const { blockHash, blockNumber } = kept[at];
      return tidyBlock(await client.getBlock({ ...(by === 'hash' ? { blockHash } : { blockNumber }), includeTransactions: Boolean(whole) }));
    },
    no_block: async () => [await failing(() => client.getBlock({ blockNumber: 1_000_000_000n })), await failing(() => client.getBlock({ blockHash: `0x${'11'.repeat(32)}` }))],
    async block_words() {
      const words = ['earliest', 'latest', 'safe', 'finalized', 'pending'];
      const blocks = await Promise.all(words.map((blockTag) => client.getBlock({ blockTag })));
      return Object.fromEntries(blocks.map((block, at) => [words[at], Boolean(block)]));
    },
    transaction: async ({ of }) => ({ transaction: tidy(await client.getTransaction({ hash: kept[of].transactionHash })),
      receipt: tidy(await client.getTransactionReceipt({ hash: kept[of].transactionHash })) }),
    no_transaction: () => Promise.all(['getTransaction', 'getTransactionReceipt'].map((get) => failing(() => client[get]({ hash: `0x${'11'.repeat(32)}` })))),
    async fee_history({ from, count }) {
      const { oldestBlock, ...history } = await client.getFeeHistory({ blockCount: count, blockNumber: kept[from].blockNumber, rewardPercentiles: [10, 90] });
      return shapeOfFees({ ...history, oldestBlock });
    },
    storage: async ({ of: address, slots }) => ({ code: keccak256(await client.getCode({ address })),
      slots: await Promise.all(slots.map((slot) => client.getStorageAt({ address, slot: numberToHex(slot) }))) }),
    async proof({ of: address, slots, at }) {
      const { stateRoot, number: blockNumber } = await client.getBlock({ blockNumber: kept[at].blockNumber });
      const storageKeys = slots.map((slot) => numberToHex(slot, { size: 32 }));
      const proof = await client.getProof({ address, storageKeys, blockNumber });
      return checked(stateRoot, proof);
    },
    past: async ({ at, ...step }) => Promise.all([-1n, 0n].map(async (ago) =>
      String(await client.readContract({ ...method({ args: [], ...step }), blockNumber: kept[at].blockNumber + ago })))),
  };
}

// A subscription asked for before is there: what is asked over one socket is answered in order.
async function ready(socket) {
  await socket.getBlockNumber();
  await new Promise((done) => setTimeout(done, 200));
}
