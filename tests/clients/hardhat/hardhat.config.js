// The compiler is solc-js from npm, the network is whatever `TROUPE_RPC` names: nothing is downloaded, nothing is simulated.
import hardhatEthers from '@nomicfoundation/hardhat-ethers';
import hardhatNodeTestRunner from '@nomicfoundation/hardhat-node-test-runner';
import { defineConfig } from 'hardhat/config';
import { fileURLToPath } from 'node:url';

export default defineConfig({
  plugins: [hardhatEthers, hardhatNodeTestRunner],
  solidity: {
    version: '0.8.37',
    path: fileURLToPath(new URL('node_modules/solc/soljson.js', import.meta.url)),
    settings: { evmVersion: 'cancun', optimizer: { enabled: true, runs: 200 } },
  },
  networks: {
    devnet: {
      type: 'http',
      chainType: 'l1',
      url: process.env.TROUPE_RPC ?? 'http://127.0.0.1:8545',
      accounts: (process.env.TROUPE_KEYS ?? '').split(',').filter((key) => key !== ''),
    },
  },
});
