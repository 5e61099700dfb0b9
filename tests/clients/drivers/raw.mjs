// Requests as bytes, right ones and wrong ones, and what comes back: status, kind, body.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import WebSocket from 'ws';
import { open as openEthers } from './ethers.mjs';
import { tidy } from './tidy.mjs';

const HIDDEN = new Set(['parentHash', 'number', 'timestamp', 'stateRoot', 'miner', 'mixHash', 'extraData', 'size', 'baseFeePerGas', 'parentBeaconBlockRoot']);

// What one or several answers hold; of a result only what lies on a path, if there is one: `0/calls`.
function held(answer, isShape, isBlock, of) {
  if (Array.isArray(answer)) return answer.map((one) => held(one, isShape, isBlock, of));
  if (answer === null || typeof answer !== 'object') return answer;
  const { jsonrpc, id, result, error, ...rest } = answer;
  const told = { jsonrpc, id, ...rest };
  if (error) return { ...told, error: tidy({ code: error.code, message: error.message, data: error.data ?? null }) };
  const part = (of?.split('/') ?? []).reduce((value, key) => value?.[key], result);
  return { ...told, result: isShape ? shaped(part) : hidden(tidy(part), isBlock) };
}

function hidden(value, isBlock) {
  if (!isBlock || value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, HIDDEN.has(key) || key === 'hash' ? typeof item : item]));
}

// The fields, the lengths and the kinds.
function shaped(value) {
  if (Array.isArray(value)) return { items: value.length, of: value.length > 0 ? shaped(value[0]) : null };
  if (value === null || typeof value !== 'object') return typeof value;
  // A proof is as long as the state is large.
  return Object.fromEntries(Object.entries(value).sort().map(([key, item]) => [key, key === 'accountProof' ? 'a list' : shaped(item)]));
}

// The first answer over a WebSocket.
async function overSocket(url, bytes) {
  const socket = new WebSocket(url);
  try {
    await once(socket, 'open');
    socket.send(bytes);
    return String((await once(socket, 'message'))[0]);
  } finally {
    socket.close();
  }
}

export async function open(setting) {
  const { requests } = JSON.parse(readFileSync(new URL('../raw.json', import.meta.url), 'utf8'));
  const driver = await openEthers(setting);
  await driver.deploy({ contract: 'Stage', as: 'stage', args: ['Midsummer', ['3', '4']], value: '11', gas: 3_000_000 });
  await driver.transact({ on: 'stage', method: 'speak', args: ['If we shadows have offended'], gas: 200_000, as: 'spoken' });
  await driver.deploy({ contract: 'Workshop', as: 'workshop', args: [], gas: 3_000_000 });
  await driver.transact({ on: 'workshop', method: 'makeNext', args: ['5'], gas: 500_000, as: 'built' });
  await driver.transact_fails({ on: 'stage', method: 'failDeeper', args: ['42'], gas: 200_000, as: 'failed' });
  const { made: { stage, workshop }, kept: { spoken, built, failed } } = driver;
  const raw = await driver.provider.send('eth_getRawTransactionByHash', [spoken.hash]);
  const places = { hash: spoken.hash, block: spoken.blockHash, height: `0x${spoken.blockNumber.toString(16)}`, raw, raw00: `${raw}00`, cut: raw.slice(0, -2) };
  // `$failWithError` is its selector, and `$` with anything else an account or what is known of a transaction.
  const names = { ...setting.addresses, stage: stage.target, workshop: workshop.target, 'built.hash': built.hash, 'failed.hash': failed.hash, ...Object.fromEntries(Object.entries(places).map(([key, value]) => [`spoken.${key}`, value])) };
  for (const { name, inputs } of stage.interface.fragments.filter(({ type }) => type === 'function')) {
    if (inputs.every(({ type }) => type === 'uint256')) names[name] ??= stage.interface.encodeFunctionData(`${name}(${inputs.map(({ type }) => type)})`, inputs.map(() => 42));
  }
  const filled = (text) => text.replace(/\$([\w.]+)/g, (_, name) => names[name] ?? (() => { throw new Error(`no ${name}`); })());

  const verbs = {};
  const steps = requests.map(({ name, text, body, shape, socket, of }) => {
    verbs[name] = async () => {
      const bytes = filled(text ?? JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }));
      if (socket) return { answer: held(JSON.parse(await overSocket(setting.ws, bytes)), shape, false) };
      const answer = await fetch(setting.http, { method: 'POST', headers: { 'content-type': 'application/json' }, body: bytes });
      const told = await answer.text();
      const isBlock = /^eth_get(Block|Header)By/.test(body?.method ?? '');
      let json;
      try { json = held(JSON.parse(told), shape, isBlock, of); } catch { json = { text: told.slice(0, 200) }; }
      return { status: answer.status, kind: answer.headers.get('content-type')?.split(';')[0] ?? null, answer: json };
    };
    return { name, do: name };
  });
  return { ...verbs, steps, made: {}, told: driver.told };
}
