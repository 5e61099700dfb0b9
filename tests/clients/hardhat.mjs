// Hardhat's own run of an ERC-20 test-suite, on a development network. Argument: the program, if it is not where a build
// puts it. Hardhat 3 wants Node 22: where this one is older, npm's is used.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { onNetwork, program } from './network.mjs';

const project = new URL('hardhat/', import.meta.url);

function node22() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  const { pathname } = new URL(`node_modules/node-linux-${process.arch}/bin/node`, import.meta.url);
  assert.ok(existsSync(pathname), `Hardhat wants Node 22, this is ${process.version}, and ${pathname} is not there`);
  return pathname;
}

await onNetwork({ program, validators: 4 }, async ({ rpc, accounts }) => {
  const keys = accounts.slice(0, 3).map((account) => account.private_key).join(',');
  const words = ['node_modules/hardhat/dist/src/cli.js', 'test', 'nodejs', '--network', 'devnet'];
  const env = { ...process.env, TROUPE_RPC: rpc[0], TROUPE_KEYS: keys, HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true' };
  const hardhat = spawn(node22(), words, { cwd: project, env, stdio: ['ignore', 'inherit', 'inherit'] });
  process.once('exit', () => hardhat.kill());
  const [code] = await once(hardhat, 'exit');
  assert.equal(code, 0, `Hardhat ended with ${code}`);
});
