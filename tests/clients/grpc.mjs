// What a stranger makes of gRPC with nothing but grpc-js: the services are found by reflection, or compiled from the
// `.proto` files; blocks come as a stream while a transaction is sent; and everything is what JSON-RPC tells, at a
// validator and at a light client. And what its owner makes of a data node, at its socket: what it tells of its data sets is
// what is in the files. Argument: the program, if it is not where a build puts it.
import assert from 'node:assert/strict';
import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { fromJSON, loadFileDescriptorSetFromBuffer, loadSync } from '@grpc/proto-loader';
import { ethers } from 'ethers';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './compile.mjs';
import { onNetwork, program, until } from './network.mjs';

const OPTIONS = { keepCase: false, longs: Number, enums: String, defaults: true, oneofs: true };
const PROTO = new URL('../../clients/proto/', import.meta.url).pathname;

// Of the standard services only what is asked here.
const message = (fields) => ({ fields: Object.fromEntries(Object.entries(fields).map(([name, [type, id, rule]]) => [name, { type, id, rule }])) });
const STANDARD = fromJSON({ nested: {
  grpc: { nested: {
    health: { nested: { v1: { nested: {
      Request: message({ service: ['string', 1] }),
      Response: message({ status: ['int32', 1] }),
      Health: { methods: {
        Check: { requestType: 'Request', responseType: 'Response' },
        Watch: { requestType: 'Request', responseType: 'Response', responseStream: true },
      } },
    } } } },
    reflection: { nested: { v1: { nested: {
      Request: message({ fileByFilename: ['string', 3], fileContainingSymbol: ['string', 4], listServices: ['string', 7] }),
      Files: message({ file: ['bytes', 1, 'repeated'] }),
      Service: message({ name: ['string', 1] }),
      Services: message({ service: ['Service', 1, 'repeated'] }),
      Response: message({ files: ['Files', 4], services: ['Services', 6] }),
      ServerReflection: { methods: {
        ServerReflectionInfo: { requestType: 'Request', responseType: 'Response', requestStream: true, responseStream: true },
      } },
    } } } },
  } },
} }, { ...OPTIONS, defaults: false });

const connect = (Client, url) => new Client(new URL(url).host, credentials.createInsecure());

// A call with one answer; the error has the code and the details.
const ask = (client, method, request = {}) =>
  new Promise((done, fail) => client[method](request, (error, answer) => (error ? fail(error) : done(answer))));

const refused = (promise) => promise.then(() => assert.fail('it did not fail'), (error) => error);

// Bytes as JSON-RPC writes them, and numbers that are bytes.
const hex = (bytes) => ethers.hexlify(bytes);
const number = (bytes) => ethers.toQuantity(bytes.length ? bytes : '0x00');
const bytes = (text) => Buffer.from(ethers.getBytes(text));

// The client of a service that nobody described but the server itself.
async function reflected(url, service) {
  const reflection = connect(loadPackageDefinition(STANDARD).grpc.reflection.v1.ServerReflection, url);
  const one = (request) => new Promise((done, fail) => {
    const call = reflection.serverReflectionInfo();
    call.on('data', (answer) => { done(answer); call.end(); });
    call.on('error', fail);
    call.write(request);
  });
  const { services } = await one({ listServices: '' });
  const { files } = await one({ fileContainingSymbol: service });
  const { files: types } = await one({ fileByFilename: 'troupe/chain/v1/types.proto' });
  // A set of files is the files one after the other, each with its field's number and its length.
  const set = [...types.file, ...files.file].map((file) => {
    const length = [];
    for (let left = file.length; ; left >>= 7) {
      if (left < 128) { length.push(left); break; }
      length.push((left & 127) | 128);
    }
    return Buffer.concat([Buffer.from([0x0a, ...length]), file]);
  });
  const described = loadFileDescriptorSetFromBuffer(Buffer.concat(set), OPTIONS);
  reflection.close();
  return { names: services.service.map(({ name }) => name), packages: loadPackageDefinition(described) };
}

function sameTransaction(ours, theirs) {
  assert.equal(hex(ours.hash), theirs.hash);
  assert.equal(hex(ours.from), theirs.from);
  assert.equal(ours.to === null || ours.to === undefined ? null : hex(ours.to), theirs.to);
  assert.equal(ethers.toQuantity(ours.nonce), theirs.nonce);
  assert.equal(number(ours.value), theirs.value);
  assert.equal(hex(ours.input), theirs.input);
  assert.equal(number(ours.effectiveGasPrice), theirs.gasPrice);
  assert.equal(ethers.Transaction.from(hex(ours.envelope)).hash, theirs.hash);
}

function sameReceipt(ours, theirs) {
  assert.equal(hex(ours.transactionHash), theirs.transactionHash);
  assert.equal(hex(ours.place.block.hash), theirs.blockHash);
  assert.equal(ours.success ? '0x1' : '0x0', theirs.status);
  assert.equal(ethers.toQuantity(ours.gasUsed), theirs.gasUsed);
  assert.equal(hex(ours.logsBloom), theirs.logsBloom);
  assert.deepEqual(ours.logs.map((log) => [hex(log.address), log.topics.map(hex), hex(log.data), ethers.toQuantity(log.logIndex)]),
    theirs.logs.map((log) => [log.address, log.topics, log.data, log.logIndex]));
}

function sameBlock(ours, theirs) {
  const fields = { hash: 'hash', parentHash: 'parentHash', stateRoot: 'stateRoot', transactionsRoot: 'transactionsRoot',
    receiptsRoot: 'receiptsRoot', coinbase: 'miner', logsBloom: 'logsBloom' };
  for (const [field, other] of Object.entries(fields)) assert.equal(hex(ours.header[field]), theirs[other], field);
  assert.equal(ethers.toQuantity(ours.header.number), theirs.number);
  assert.equal(ethers.keccak256(ours.header.encoded), theirs.hash, 'whoever has the encoding trusts nobody for the hash');
  assert.equal(ours.transactions.length, theirs.transactions.length);
  ours.transactions.forEach((transaction, index) => sameTransaction(transaction, theirs.transactions[index]));
}

// A data node at its owner's socket.
async function owner({ control, dir, node_id: me }) {
  const { DataService } = loadPackageDefinition(loadSync('troupe/data/v1/data.proto', { ...OPTIONS, includeDirs: [PROTO] })).troupe.data.v1;
  const node = new DataService(`unix:${control}`, credentials.createInsecure());
  const listed = async () => (await ask(node, 'listDataSets')).dataSets;
  const shipped = new URL('../../examples/data/clinic.csv', import.meta.url);
  const [header, ...rows] = readFileSync(shipped, 'utf8').trim().split('\n').map((row) => row.split(','));
  const extent = (name) => {
    const cells = rows.map((row) => Number(row[header.indexOf(name)]));
    return [Math.min(...cells), Math.max(...cells)];
  };
  const before = await listed();
  const clinic = before.find(({ name }) => name === 'clinic');
  assert.deepEqual([clinic.holds, clinic.rows, clinic.declared], ['HOLDS_ROWS', rows.length, 'DECLARED_IN_MANIFEST']);
  for (const { name, kind, low, high } of clinic.columns) {
    assert.ok(header.includes(name), name);
    if (kind === 'COLUMN_KIND_KEY') continue;
    const [least, greatest] = extent(name);
    assert.ok(low <= least && greatest <= high, `${name}: ${low} to ${high}, cells are ${least} to ${greatest}`);
  }

  // Others of the rows, from a file of one's own: what is told of it is what is in it.
  const file = join(dir, 'few.csv');
  writeFileSync(file, [header, ...rows.slice(0, 100)].map((row) => row.join(',')).join('\n'));
  const declaration = (name, path) => `name = "${name}"
file = "${path}"
price = "0.5 LAT"
columns = [{ name = "sample", kind = "key" }, { name = "radius_mean", kind = "number", low = 0, high = 50 }]
policy = { requesters = ["${me}"], allow = ["statistics"], min_rows = 30, max_uses = 3 }
`;
  const { dataSet: few } = await ask(node, 'addDataSet', { declaration: declaration('few', file) });
  assert.deepEqual([few.name, few.rows, few.declared, few.uses], ['few', 100, 'DECLARED_BY_REQUEST', 0]);
  assert.deepEqual(few.columns.map(({ name, kind }) => [name, kind]), [['sample', 'COLUMN_KIND_KEY'], ['radius_mean', 'COLUMN_KIND_NUMBER']]);
  assert.deepEqual([few.columns[1].low, few.columns[1].high], [0, 50]);
  assert.equal(BigInt(number(few.price)), ethers.parseEther('0.5'));
  assert.deepEqual([few.policy.requesters, few.policy.allow, few.policy.minRows, few.policy.maxUses], [[me], ['statistics'], 30, 3]);
  // The hash is over the cells: that of the same rows once more, and of no others.
  writeFileSync(join(dir, 'again.csv'), readFileSync(file));
  writeFileSync(join(dir, 'other.csv'), readFileSync(file, 'utf8').replace(rows[0][1], '17.98'));
  const [again, other] = await Promise.all(['again', 'other'].map((name) => ask(node, 'addDataSet', { declaration: declaration(name, join(dir, `${name}.csv`)) })));
  assert.equal(few.content.length, 32);
  assert.equal(hex(again.dataSet.content), hex(few.content));
  assert.notEqual(hex(other.dataSet.content), hex(few.content));
  assert.deepEqual((await listed()).map(({ name }) => name), ['again', 'few', 'other', ...before.map(({ name }) => name)].sort());

  // All of them come to have numbers on the chain.
  const isListed = (name) => async () => (await listed()).find((one) => one.name === name)?.number;
  const first = await until('the chain lists it', 30, isListed('few'));
  assert.ok(first > clinic.number || clinic.number === undefined, `${first}`);

  // What is wrong is told with its reason, and never the cell.
  const reason = (error) => error.metadata.get('grpc-status-details-bin')[0];
  const taken = await refused(ask(node, 'addDataSet', { declaration: declaration('few', file) }));
  assert.equal(taken.code, status.ALREADY_EXISTS);
  assert.ok(reason(taken).includes('NAME_TAKEN'));
  writeFileSync(file, `${header}\nS001,secret,1,1,1\n`);
  const unread = await refused(ask(node, 'addDataSet', { declaration: declaration('unread', file) }));
  assert.equal(unread.code, status.FAILED_PRECONDITION);
  assert.ok(reason(unread).includes('FILE') && unread.details.includes('radius_mean') && !unread.details.includes('secret'), unread.details);
  const unknown = await refused(ask(node, 'addDataSet', { declaration: 'nam = "x"' }));
  assert.equal(unknown.code, status.INVALID_ARGUMENT);
  for (const name of ['again', 'few', 'other']) await ask(node, 'removeDataSet', { name });
  assert.equal((await refused(ask(node, 'removeDataSet', { name: 'few' }))).code, status.NOT_FOUND);
  const fixed = await refused(ask(node, 'removeDataSet', { name: 'clinic' }));
  assert.equal(fixed.code, status.FAILED_PRECONDITION);
  assert.ok(reason(fixed).includes('IN_MANIFEST'));
  assert.deepEqual((await listed()).map(({ name }) => name), before.map(({ name }) => name));
  // Once the chain lists another one, the node has nothing left to do there.
  await ask(node, 'addDataSet', { declaration: declaration('last', join(dir, 'other.csv')) });
  assert.ok(await until('the chain lists the last', 30, isListed('last')) > first);
  node.close();
  return rows.length;
}

async function story({ grpc, nodes, accounts, chain_id: chainId }, dir) {
  const at = (role) => nodes.find((node) => node.role === role);
  assert.deepEqual(grpc, nodes.filter((node) => node.grpc).map((node) => node.grpc));
  const url = at('validator').grpc;
  const rpc = new ethers.JsonRpcProvider(at('validator').rpc, undefined, { pollingInterval: 50, cacheTimeout: -1, batchMaxCount: 1 });

  // Found by reflection alone, and the same as in the files.
  const { names, packages } = await reflected(url, 'troupe.chain.v1.Chain');
  for (const name of ['troupe.chain.v1.Chain', 'troupe.node.v1.Node', 'grpc.health.v1.Health']) assert.ok(names.includes(name), `${names}`);
  const files = loadPackageDefinition(loadSync(['troupe/chain/v1/chain.proto', 'troupe/node/v1/node.proto'], { ...OPTIONS, includeDirs: [PROTO] }));
  assert.deepEqual(Object.keys(packages.troupe.chain.v1.Chain.service).sort(), Object.keys(files.troupe.chain.v1.Chain.service).sort());
  const stranger = connect(packages.troupe.chain.v1.Chain, url);
  const chain = connect(files.troupe.chain.v1.Chain, url);
  const told = await ask(chain, 'getStatus');
  assert.equal(told.chainId, chainId);
  const same = await ask(stranger, 'getStatus');
  assert.deepEqual([same.chain_id, hex(same.genesis_hash)], [chainId, hex(told.genesisHash)]);
  stranger.close();
  assert.equal(hex(told.genesisHash), (await rpc.send('eth_getBlockByNumber', ['0x0', false])).hash);

  // Every node serves, and says who it is.
  for (const node of nodes.filter((node) => node.grpc)) {
    const health = connect(loadPackageDefinition(STANDARD).grpc.health.v1.Health, node.grpc);
    for (const service of ['', 'troupe.chain.v1.Chain', 'rpc', 'grpc']) assert.equal((await ask(health, 'check', { service })).status, 1, `${node.name} ${service}`);
    assert.equal((await refused(ask(health, 'check', { service: 'prover' }))).code, status.NOT_FOUND);
    health.close();
    const itself = connect(files.troupe.node.v1.Node, node.grpc);
    const info = await ask(itself, 'getInfo');
    assert.equal(info.nodeId.toString('hex'), node.node_id);
    assert.deepEqual([info.role, info.chainId, info.waitingFor], [node.role, chainId, []]);
    assert.equal(hex(info.genesisHash), hex(told.genesisHash));
    const { actors } = await ask(itself, 'listActors');
    assert.ok(actors.some(({ name, state }) => name === 'grpc' && state === 'ACTOR_STATE_RUNNING'), JSON.stringify(actors));
    assert.ok((await ask(itself, 'listPeers')).peers.length > 0);
    itself.close();
  }

  // Blocks from the first on, while something happens.
  const streamed = [];
  let ended;
  const blocks = chain.subscribeBlocks({ from: 0, detail: { transactions: true, receipts: true, commitProof: true } });
  blocks.on('data', ({ block }) => streamed.push(block));
  blocks.on('error', (error) => { ended = error; });
  const pending = chain.subscribePendingTransactions({});
  const arrived = [];
  pending.on('data', ({ hash }) => arrived.push(hex(hash)));
  pending.on('error', () => {});

  const wallet = new ethers.Wallet(accounts[0].private_key, rpc);
  const { Ticket } = compile(new URL('hardhat/contracts/', import.meta.url));
  const ticket = await new ethers.ContractFactory(Ticket.abi, Ticket.bytecode, wallet).deploy(1_000n);
  await ticket.waitForDeployment();
  const to = ethers.Wallet.createRandom().address;
  const draft = await wallet.populateTransaction(await ticket.transfer.populateTransaction(to, 5n));
  const envelope = bytes(await wallet.signTransaction(draft));
  const hash = hex((await ask(chain, 'sendRawTransaction', { envelope })).hash);
  const again = await refused(ask(chain, 'sendRawTransaction', { envelope }));
  assert.ok([status.ALREADY_EXISTS, status.FAILED_PRECONDITION].includes(again.code), `${again}`);
  const paid = await until('its block', 20, () => streamed.find((block) => block.transactionHashes.some((one) => hex(one) === hash)));
  await until('its arrival', 5, () => arrived.includes(hash));
  streamed.forEach((block, height) => assert.equal(block.header.number, height, 'no gap'));
  sameBlock(paid, await rpc.send('eth_getBlockByNumber', [ethers.toQuantity(paid.header.number), true]));
  for (const receipt of paid.receipts) sameReceipt(receipt, await rpc.send('eth_getTransactionReceipt', [hex(receipt.transactionHash)]));

  // Why it is final: three blocks, the first of them this one, each signed by a quorum of four.
  assert.ok(paid.commitProof.links.length >= 3);
  assert.equal(hex(paid.commitProof.links[0].hash), hex(paid.header.hash));
  for (const { certificate } of paid.commitProof.links) assert.ok(certificate.signers.length >= 3 && certificate.signature.length === 96);

  // What is asked of a validator and of a light client is what JSON-RPC tells.
  const light = connect(files.troupe.chain.v1.Chain, at('light').grpc);
  const block = { number: paid.header.number };
  const height = ethers.toQuantity(paid.header.number);
  await until('the light client has it', 30, async () => (await ask(light, 'getStatus')).head.number >= paid.header.number);
  const target = bytes(ticket.target);
  const slot = ethers.solidityPackedKeccak256(['uint256', 'uint256'], [accounts[0].address, 0]);
  const proof = await rpc.send('eth_getProof', [ticket.target, [slot], height]);
  for (const node of [chain, light]) {
    sameBlock((await ask(node, 'getBlock', { block, detail: { transactions: true } })).block, await rpc.send('eth_getBlockByNumber', [height, true]));
    sameTransaction((await ask(node, 'getTransaction', { hash: bytes(hash) })).transaction, await rpc.send('eth_getTransactionByHash', [hash]));
    sameReceipt((await ask(node, 'getReceipt', { transactionHash: bytes(hash) })).receipt, await rpc.send('eth_getTransactionReceipt', [hash]));
    const account = await ask(node, 'getAccount', { address: bytes(accounts[0].address), block });
    assert.equal(number(account.balance), await rpc.send('eth_getBalance', [accounts[0].address, height]));
    assert.equal(ethers.toQuantity(account.nonce), await rpc.send('eth_getTransactionCount', [accounts[0].address, height]));
    assert.equal(hex((await ask(node, 'getCode', { address: target, block })).code), await rpc.getCode(ticket.target));
    const { words } = await ask(node, 'getStorage', { address: target, slots: [bytes(slot)], block });
    assert.equal(hex(words[0]), await rpc.send('eth_getStorageAt', [ticket.target, slot, height]));
    const ours = await ask(node, 'getProof', { address: target, slots: [bytes(slot)], block });
    assert.deepEqual(ours.accountProof.map(hex), proof.accountProof);
    assert.deepEqual(ours.storageProofs.map((one) => one.proof.map(hex)), proof.storageProof.map((one) => one.proof));
    const call = { from: bytes(accounts[0].address), to: target, input: bytes(ticket.interface.encodeFunctionData('balanceOf', [to])) };
    assert.equal(BigInt(hex((await ask(node, 'call', { call, block })).output)), 5n);
    const { logs } = await ask(node, 'getLogs', { filter: { addresses: [target] }, from: block, to: block });
    assert.deepEqual(logs.map((log) => hex(log.transactionHash)), [hash]);

    // A contract that says no: its words are among the details.
    const input = bytes(ticket.interface.encodeFunctionData('transfer', [to, 5_000n]));
    const error = await refused(ask(node, 'call', { call: { ...call, input }, block }));
    assert.equal(error.code, status.FAILED_PRECONDITION);
    const [details] = error.metadata.get('grpc-status-details-bin');
    const selector = ticket.interface.getError('ERC20InsufficientBalance').selector;
    for (const part of [Buffer.from('REVERTED'), Buffer.from('troupe.chain.v1.Reverted'), bytes(selector)]) assert.ok(details.includes(part), `${part}`);
  }

  assert.equal((await refused(ask(chain, 'getBlock', { block: { hash: Buffer.alloc(32, 1) } }))).code, status.NOT_FOUND);
  const wrong = await refused(ask(chain, 'getAccount', { address: Buffer.alloc(19) }));
  assert.deepEqual([wrong.code, wrong.details], [status.INVALID_ARGUMENT, '`address` has 19 bytes, wants 20']);
  const late = await refused(new Promise((done, fail) => {
    const stream = chain.subscribeBlocks({ from: 1_000_000 }, { deadline: Date.now() + 200 });
    stream.on('data', done);
    stream.on('error', fail);
  }));
  assert.equal(late.code, status.DEADLINE_EXCEEDED);
  assert.equal(ended, undefined);
  blocks.cancel();
  pending.cancel();
  for (const client of [chain, light, rpc]) (client.close ?? client.destroy).call(client);
  const rows = await owner({ ...at('data'), dir });
  console.log(`grpc-js saw ${streamed.length} blocks without a gap, a validator and a light client say what JSON-RPC says, and a data node of ${rows} rows what its files say`);
}

await onNetwork({ program, validators: 4, light: 1, data: 1 }, story);
