// Starts networks and ends them: what all stories in this folder have in common.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Whether nobody holds a port: TCP for RPC and metrics, UDP for QUIC.
function isFree(port, udp) {
  return new Promise((done) => {
    const socket = udp ? createSocket('udp4') : createServer();
    socket.once('error', () => done(false));
    const bound = () => socket.close(() => done(true));
    if (udp) socket.bind(port, '127.0.0.1', bound);
    else socket.listen(port, '127.0.0.1', bound);
  });
}

// A base port above which a network finds all of its ports.
export async function basePort(nodes) {
  for (let tries = 0; tries < 50; tries++) {
    const base = 20_000 + Math.floor(Math.random() * 10_000);
    const wanted = [];
    for (let place = 0; place <= nodes + 2; place++) {
      wanted.push(isFree(base + place, false), isFree(base + 600 + place, false), isFree(base + 1_000 + place, true), isFree(base + 1_200 + place, false));
    }
    if ((await Promise.all(wanted)).every(Boolean)) return base;
  }
  throw new Error('no free ports');
}

// Until `look` gives something; an error of its own ends the wait.
export async function until(what, seconds, look) {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(50);
  }
}

function launch(program, { validators, archive = 0, light = 0, data = 0 }, dir, base) {
  const counts = ['--validators', validators, '--full', 0, '--archive', archive, '--light', light, '--data', data, '--compute', 0];
  const words = ['devnet', ...counts, '--dir', dir, '--base-port', base].map(String);
  const network = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  network.ended = new Promise((done) => network.once('exit', (code, signal) => done(signal ?? code)));
  return network;
}

// What the network says of itself once it is ready.
async function whenReady(network, dir) {
  const file = join(dir, 'devnet.json');
  await until('devnet.json', 90, () => {
    assert.equal(network.exitCode, null, 'the network ended before it was ready');
    return existsSync(file);
  });
  return JSON.parse(readFileSync(file, 'utf8'));
}

// Plays a story on a network of its own, which has to end well when it is told to.
export async function onNetwork({ program, minutes = 5, ...counts }, story) {
  // A network that hangs takes nobody else with it.
  const deadline = setTimeout(() => { throw new Error(`not done within ${minutes} minutes`); }, minutes * 60_000);
  const dir = mkdtempSync(join(tmpdir(), 'troupe-clients-'));
  let network;
  process.once('exit', () => network?.kill());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  try {
    const nodes = Object.values(counts).reduce((sum, count) => sum + count);
    network = launch(program, counts, dir, await basePort(nodes));
    await story(await whenReady(network, dir), dir);
    network.kill('SIGTERM');
    const how = await Promise.race([network.ended, sleep(60_000, 'nothing', { ref: false })]);
    assert.equal(how, 0, `told to end, the network ended with ${how}`);
    rmSync(dir, { recursive: true });
  } catch (error) {
    console.error(error);
    console.error(`what the network left is in ${dir}`);
    process.exitCode = 1;
  }
  clearTimeout(deadline);
  process.exit();
}

// The program under test: the first argument, or where a build puts it.
export const program = resolve(process.argv[2] ?? new URL('../../target/release/troupe', import.meta.url).pathname);
