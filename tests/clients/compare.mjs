// The same scenario with the same clients against our node and against anvil; the transcripts have to be the same,
// but for what `allowed.json` lists with its reason. Arguments: the program, if it is not where a build puts it, then
// names of clients, if not all of them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ethers } from 'ethers';
import { compile } from './compile.mjs';
import { basePort, onNetwork, program, until } from './network.mjs';

const here = (path) => new URL(path, import.meta.url);
const read = (path) => JSON.parse(readFileSync(here(path), 'utf8'));
const PURSE = ethers.parseEther('100');
const ANVIL = here('node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil').pathname;
const PYTHON = here('.venv/bin/python').pathname;

// Every client with the command that plays the scenario.
const clients = {
  raw: [process.execPath, here('drivers/run.mjs').pathname, 'raw'],
  ethers: [process.execPath, here('drivers/run.mjs').pathname, 'ethers'],
  viem: [process.execPath, here('drivers/run.mjs').pathname, 'viem'],
  web3js: [process.execPath, here('drivers/run.mjs').pathname, 'web3js'],
  web3py: [PYTHON, here('drivers/run.py').pathname],
};

function chosen() {
  const named = process.argv.slice(3);
  for (const name of named) assert.ok(clients[name], `${name} is none of ${Object.keys(clients)}`);
  if (named.length > 0) return named;
  if (existsSync(PYTHON)) return Object.keys(clients);
  console.log('web3.py is passed over: README.md says how it is installed');
  return Object.keys(clients).filter((name) => name !== 'web3py');
}

// Ethereum as others implement it, with the constants of our development networks.
async function anvil(chainId, gasLimit) {
  assert.ok(existsSync(ANVIL), `${ANVIL} is not there: npm has it for Linux on x86-64`);
  const port = await basePort(1);
  const words = ['--port', port, '--chain-id', chainId, '--gas-limit', gasLimit, '--accounts', 0, '--hardfork', 'prague', '--steps-tracing',
    '--block-base-fee-per-gas', 1_000_000_000, '--quiet'];
  const node = spawn(ANVIL, words.map(String), { stdio: ['ignore', 'ignore', 'inherit'] });
  process.once('exit', () => node.kill());
  const http = `http://127.0.0.1:${port}`;
  const answers = () => fetch(http, { method: 'POST', body: '{}' }).then(() => true, () => false);
  await until('anvil', 30, answers);
  return { node, http, ws: http.replace('http', 'ws') };
}

const connect = (http) => new ethers.JsonRpcProvider(http, undefined, { pollingInterval: 50, cacheTimeout: -1 });

// Who plays: everybody is new, and the same in both places.
function cast(name) {
  const key = (who) => ethers.id(`${name} ${who} ${process.pid} ${Date.now()}`);
  const keys = { sender: key('sender'), poor: key('poor') };
  const addresses = Object.fromEntries(['nobody', 'friend', 'absent'].map((who) => [who, ethers.computeAddress(key(who))]));
  for (const [who, secret] of Object.entries(keys)) addresses[who] = ethers.computeAddress(secret);
  return { name, keys, addresses };
}

// Runs a client against a node; what it has to say goes to where the network is.
async function play(name, setting, dir, place) {
  const file = join(dir, `${name}-${place}`);
  writeFileSync(`${file}.json`, JSON.stringify(setting));
  const [command, ...words] = clients[name];
  const [transcript, log] = [`${file}.transcript.json`, `${file}.log`];
  const client = spawn(command, [...words, `${file}.json`], { stdio: ['ignore', openSync(transcript, 'w'), openSync(log, 'w')] });
  process.once('exit', () => client.kill());
  const [code] = await once(client, 'exit');
  assert.equal(code, 0, `${name} against ${place} ended with ${code}: ${readFileSync(log, 'utf8').slice(0, 2_000)}`);
  return JSON.parse(readFileSync(transcript, 'utf8'));
}

// Every value by its path.
function flat(value, path, into) {
  if (value === null || typeof value !== 'object') into.set(path, value);
  else if (Object.keys(value).length === 0) into.set(path, Array.isArray(value) ? 'an empty list' : 'nothing inside');
  else for (const [key, item] of Object.entries(value)) flat(item, `${path}/${key}`, into);
  return into;
}

// What is told differently: `client/step/path`, ours and theirs.
function differences(name, ours, theirs) {
  const [here, there] = [ours, theirs].map((transcript) => flat(transcript, name, new Map()));
  const paths = new Set([...here.keys(), ...there.keys()]);
  return [...paths].filter((path) => here.get(path) !== there.get(path))
    .map((path) => ({ path, ours: here.get(path), theirs: there.get(path) }));
}

// Whether our answer to a raw request is geth's, where anvil's is not.
function isGeths(transcript, { geth, name }) {
  const error = transcript[name].answer?.error;
  if (!geth || !error || error.code !== String(geth.code)) return false;
  if (geth.message === undefined) return true;
  return geth.message.startsWith('^') ? new RegExp(geth.message).test(error.message) : error.message === geth.message;
}

function judge(name, ours, theirs, rules) {
  const faults = [];
  for (const [place, transcript] of Object.entries({ ours, theirs })) {
    for (const [step, told] of Object.entries(transcript)) {
      if (told?.unexpected) faults.push(`${name}/${step} (${place}): ${JSON.stringify(told.message ?? told.unexpected)}`);
    }
  }
  if (name !== 'raw') {
    for (const { name: step, holds } of read('scenario.json').steps.filter((one) => one.holds)) {
      for (const [place, transcript] of Object.entries({ ours, theirs })) {
        if (!new RegExp(holds).test(JSON.stringify(transcript[step]))) faults.push(`${name}/${step} (${place}): does not hold ${holds}`);
      }
    }
  }
  const settled = name === 'raw' ? read('raw.json').requests.filter((request) => isGeths(ours, request)).map((request) => `raw/${request.name}/`) : [];
  const all = differences(name, ours, theirs).filter(({ path }) => !settled.some((start) => path.startsWith(start)));
  for (const { path, ours: our, theirs: their } of all) {
    const rule = rules.find(({ where, ours: wanted }) => new RegExp(where).test(path)
      && (wanted === undefined || new RegExp(wanted).test(String(our))));
    if (rule) rule.used = (rule.used ?? 0) + 1;
    else faults.push(`${path}: ours ${JSON.stringify(our)}, anvil's ${JSON.stringify(their)}`);
  }
  return { steps: Object.keys(ours).length, allowed: all.length - faults.length, faults };
}

async function story({ chain_id: chainId, rpc, ws, accounts }, dir) {
  const contracts = compile();
  const own = connect(rpc[0]);
  const gasLimit = (await own.getBlock('latest')).gasLimit;
  const reference = await anvil(chainId, gasLimit);
  const other = connect(reference.http);
  const bank = new ethers.Wallet(accounts[0].private_key, own);
  const casts = chosen().map(cast);
  for (const { addresses } of casts) {
    await (await bank.sendTransaction({ to: addresses.sender, value: PURSE })).wait();
    await other.send('anvil_setBalance', [addresses.sender, ethers.toQuantity(PURSE)]);
  }
  // One after the other: blocks with somebody else's transactions too are no longer the same in both places.
  const perform = async (place, http, socket) => {
    const told = {};
    for (const { name, ...who } of casts) told[name] = await play(name, { ...who, contracts, http, ws: socket }, dir, place);
    return told;
  };
  const [ours, theirs] = await Promise.all([perform('ours', rpc[0], ws[0]), perform('anvil', reference.http, reference.ws)]);
  const rules = read('allowed.json').rules;
  const faults = [];
  for (const { name } of casts) {
    const verdict = judge(name, ours[name], theirs[name], rules);
    console.log(`${name}: ${verdict.steps} steps, ${verdict.faults.length} faults, ${verdict.allowed} values that may differ`);
    faults.push(...verdict.faults);
  }
  for (const { where, fault, used } of rules) if (fault && used) console.log(`known: ${where}: ${fault}`);
  if (casts.length === Object.keys(clients).length) {
    for (const { where } of rules.filter(({ used }) => !used)) faults.push(`allowed.json: ${where} is not needed any more`);
  }
  reference.node.kill();
  own.destroy();
  other.destroy();
  assert.equal(faults.length, 0, `${faults.length} faults:\n${faults.join('\n')}`);
}

setMaxListeners(20, process);
await onNetwork({ program, validators: 4 }, story);
