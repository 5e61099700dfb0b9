// Solidity to what clients deploy, by solc-js: nothing is downloaded but the package itself.
import { readFileSync, readdirSync } from 'node:fs';
import solc from 'solc';

// Every contract of a folder: `{ name: { abi, bytecode } }`.
export function compile(folder = new URL('contracts/', import.meta.url)) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sol'));
  const sources = Object.fromEntries(names.map((name) => [name, { content: readFileSync(new URL(name, folder), 'utf8') }]));
  const settings = {
    evmVersion: 'cancun',
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })));
  const errors = (output.errors ?? []).filter((error) => error.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'));
  const made = {};
  for (const file of Object.values(output.contracts)) {
    for (const [name, { abi, evm }] of Object.entries(file)) made[name] = { abi, bytecode: `0x${evm.bytecode.object}` };
  }
  return made;
}
