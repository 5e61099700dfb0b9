// An ERC-20 suite as users of Hardhat write it, but for snapshots: a real chain is not turned back. Every test
// therefore speaks of what changes, and has a holder of its own where it needs one.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { network } from 'hardhat';

const connection = await network.getOrCreate('devnet');
const { ethers } = connection;
const SUPPLY = 1_000_000n;
const NOBODY = ethers.ZeroAddress;

// A contract's own error, with these values, whether the client meets it when it estimates or when it calls.
async function fails(contract, name, args, work) {
  await assert.rejects(work, (error) => {
    const data = error.data ?? error.error?.data ?? error.info?.error?.data;
    assert.ok(data, `an error without data: ${error.message}`);
    const parsed = contract.interface.parseError(data);
    assert.equal(parsed?.name, name);
    assert.deepEqual([...parsed.args], args);
    return true;
  });
}

const settled = async (sent) => (await sent).wait();
const events = (token, receipt) => receipt.logs.map((log) => token.interface.parseLog(log)).map(({ name, args }) => [name, ...args]);

describe('Ticket', () => {
  let token, house, friend, guest, address;

  before(async () => {
    [house, friend, guest] = await ethers.getSigners();
    token = await ethers.deployContract('Ticket', [SUPPLY]);
    await token.waitForDeployment();
    address = await token.getAddress();
  });

  // Somebody with tickets, who has none but these.
  async function holder(tickets) {
    const wallet = ethers.Wallet.createRandom(ethers.provider);
    const sent = [await house.sendTransaction({ to: wallet.address, value: ethers.parseEther('1') })];
    if (tickets > 0n) sent.push(await token.transfer(wallet.address, tickets));
    await Promise.all(sent.map((one) => one.wait()));
    return wallet;
  }

  async function permitted(owner, spender, value, { deadline = ethers.MaxUint256, nonce, signer = owner } = {}) {
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { name: 'Ticket', version: '1', chainId, verifyingContract: address };
    const types = { Permit: ['owner', 'spender', 'value', 'nonce', 'deadline'].map((name) => ({ name, type: ['owner', 'spender'].includes(name) ? 'address' : 'uint256' })) };
    const wish = { owner: owner.address, spender: spender.address, value, nonce: nonce ?? await token.nonces(owner.address), deadline };
    const { v, r, s } = ethers.Signature.from(await signer.signTypedData(domain, types, wish));
    return [wish.owner, wish.spender, value, deadline, v, r, s];
  }

  it('has a name, a symbol and decimals', async () => {
    assert.deepEqual(await Promise.all([token.name(), token.symbol(), token.decimals()]), ['Ticket', 'TKT', 18n]);
  });

  it('belongs to the house, which holds what was made', async () => {
    assert.equal(await token.house(), house.address);
    assert.equal(await token.totalSupply(), SUPPLY);
    assert.equal(await token.balanceOf(house.address), SUPPLY);
  });

  it('says in a log of its making who holds it', async () => {
    const receipt = await token.deploymentTransaction().wait();
    assert.deepEqual(events(token, receipt), [['Transfer', NOBODY, house.address, SUPPLY]]);
    assert.equal(receipt.contractAddress, address);
  });

  it('moves tickets and tells of it', async () => {
    const { address: to } = ethers.Wallet.createRandom();
    const before = await token.balanceOf(house.address);
    const receipt = await settled(token.transfer(to, 30n));
    assert.deepEqual(events(token, receipt), [['Transfer', house.address, to, 30n]]);
    assert.equal(await token.balanceOf(to), 30n);
    assert.equal(await token.balanceOf(house.address), before - 30n);
  });

  it('tells a caller that a transfer would be made', async () => {
    assert.equal(await token.transfer.staticCall(friend.address, 1n), true);
  });

  it('moves nothing as something', async () => {
    const receipt = await settled(token.transfer(friend.address, 0n));
    assert.deepEqual(events(token, receipt), [['Transfer', house.address, friend.address, 0n]]);
  });

  it('leaves the balance as it is when one pays oneself', async () => {
    const before = await token.balanceOf(house.address);
    await settled(token.transfer(house.address, 5n));
    assert.equal(await token.balanceOf(house.address), before);
  });

  it('refuses to move more than there is', async () => {
    const poor = await holder(3n);
    await fails(token, 'ERC20InsufficientBalance', [poor.address, 3n, 4n], () => token.connect(poor).transfer(friend.address, 4n));
  });

  it('refuses to lose tickets', async () => {
    await fails(token, 'ERC20InvalidReceiver', [NOBODY], () => token.transfer(NOBODY, 1n));
  });

  it('keeps a transaction that failed, with a receipt that says so', async () => {
    const poor = await holder(0n);
    const sent = await token.connect(poor).transfer(friend.address, 1n, { gasLimit: 100_000n });
    await assert.rejects(sent.wait(), (error) => error.code === 'CALL_EXCEPTION');
    const receipt = await ethers.provider.getTransactionReceipt(sent.hash);
    assert.equal(receipt.status, 0);
    assert.equal(receipt.logs.length, 0);
    assert.ok(receipt.gasUsed < 100_000n);
  });

  it('allows somebody to spend, and tells of it', async () => {
    const receipt = await settled(token.approve(guest.address, 70n));
    assert.deepEqual(events(token, receipt), [['Approval', house.address, guest.address, 70n]]);
    assert.equal(await token.allowance(house.address, guest.address), 70n);
  });

  it('takes the last word on an allowance', async () => {
    await settled(token.approve(guest.address, 10n));
    await settled(token.approve(guest.address, 4n));
    assert.equal(await token.allowance(house.address, guest.address), 4n);
  });

  it('allows nobody nothing', async () => {
    await fails(token, 'ERC20InvalidSpender', [NOBODY], () => token.approve(NOBODY, 1n));
  });

  it('lets the other spend what is allowed', async () => {
    const owner = await holder(50n);
    await settled(token.connect(owner).approve(friend.address, 20n));
    const { address: to } = ethers.Wallet.createRandom();
    await settled(token.connect(friend).transferFrom(owner.address, to, 15n));
    assert.equal(await token.balanceOf(to), 15n);
    assert.equal(await token.balanceOf(owner.address), 35n);
    assert.equal(await token.allowance(owner.address, friend.address), 5n);
  });

  it('refuses to spend more than is allowed', async () => {
    const owner = await holder(50n);
    await settled(token.connect(owner).approve(friend.address, 20n));
    await fails(token, 'ERC20InsufficientAllowance', [friend.address, 20n, 21n], () => token.connect(friend).transferFrom(owner.address, guest.address, 21n));
  });

  it('refuses to spend what is allowed but not there', async () => {
    const owner = await holder(5n);
    await settled(token.connect(owner).approve(friend.address, 20n));
    await fails(token, 'ERC20InsufficientBalance', [owner.address, 5n, 6n], () => token.connect(friend).transferFrom(owner.address, guest.address, 6n));
  });

  it('does not count down an allowance without end', async () => {
    const owner = await holder(9n);
    await settled(token.connect(owner).approve(friend.address, ethers.MaxUint256));
    await settled(token.connect(friend).transferFrom(owner.address, guest.address, 9n));
    assert.equal(await token.allowance(owner.address, friend.address), ethers.MaxUint256);
  });

  it('lets the house make more', async () => {
    const { address: to } = ethers.Wallet.createRandom();
    const before = await token.totalSupply();
    const receipt = await settled(token.mint(to, 12n));
    assert.deepEqual(events(token, receipt), [['Transfer', NOBODY, to, 12n]]);
    assert.equal(await token.totalSupply(), before + 12n);
  });

  it('lets nobody else make more', async () => {
    await fails(token, 'NotTheHouse', [guest.address], () => token.connect(guest).mint(guest.address, 1n));
  });

  it('panics rather than to make more than fits', async () => {
    await assert.rejects(token.mint.staticCall(house.address, ethers.MaxUint256), (error) => {
      const panic = ethers.id('Panic(uint256)').slice(0, 10);
      assert.equal(error.data, ethers.concat([panic, ethers.toBeHex(0x11, 32)]));
      return true;
    });
  });

  it('burns tickets', async () => {
    const owner = await holder(8n);
    const before = await token.totalSupply();
    await settled(token.connect(owner).burn(3n));
    assert.equal(await token.totalSupply(), before - 3n);
    assert.equal(await token.balanceOf(owner.address), 5n);
    await fails(token, 'ERC20InsufficientBalance', [owner.address, 5n, 6n], () => token.connect(owner).burn(6n));
  });

  it('takes a permit instead of an approval', async () => {
    const owner = await holder(40n);
    const wish = await permitted(owner, friend, 25n);
    const receipt = await settled(token.connect(guest).permit(...wish));
    assert.deepEqual(events(token, receipt), [['Approval', owner.address, friend.address, 25n]]);
    assert.equal(await token.nonces(owner.address), 1n);
    await settled(token.connect(friend).transferFrom(owner.address, friend.address, 25n));
    assert.equal(await token.balanceOf(owner.address), 15n);
  });

  it('takes a permit once', async () => {
    const owner = ethers.Wallet.createRandom();
    const wish = await permitted(owner, friend, 1n);
    await settled(token.permit(...wish));
    await assert.rejects(token.permit(...wish));
    assert.equal(await token.nonces(owner.address), 1n);
  });

  it('refuses the permit of somebody else', async () => {
    const owner = ethers.Wallet.createRandom();
    const wish = await permitted(owner, friend, 1n, { signer: guest });
    await fails(token, 'ERC2612InvalidSigner', [guest.address, owner.address], () => token.permit(...wish));
  });

  it('refuses a permit that came too late', async () => {
    const owner = ethers.Wallet.createRandom();
    const wish = await permitted(owner, friend, 1n, { deadline: 1n });
    await fails(token, 'ERC2612ExpiredSignature', [1n], () => token.permit(...wish));
  });

  it('has a domain that wallets can compute', async () => {
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { name: 'Ticket', version: '1', chainId, verifyingContract: address };
    assert.equal(await token.DOMAIN_SEPARATOR(), ethers.TypedDataEncoder.hashDomain(domain));
  });

  it('is found by its logs', async () => {
    const { address: to } = ethers.Wallet.createRandom();
    const first = await settled(token.transfer(to, 1n));
    const last = await settled(token.transfer(to, 2n));
    const logs = await token.queryFilter(token.filters.Transfer(null, to), first.blockNumber, last.blockNumber);
    assert.deepEqual(logs.map(({ args }) => [args.from, args.to, args.value]), [[house.address, to, 1n], [house.address, to, 2n]]);
  });
});
