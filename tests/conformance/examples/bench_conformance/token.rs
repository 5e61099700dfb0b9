//! Two tokens: what an ERC-20's `transfer` does, by hand and without the rest of it; and a whole one, as solc makes it.

use crate::{ACCOUNTS, BLOCK, hex, secret};
use alloy_primitives::{Bytes, TxKind, U256};
use troupe_chain::Transaction;
use troupe_chain::state::{Account, Changes, Flat, Slot};
use troupe_chain::transaction::{Recovered, TxEip1559, Unsigned, recover_all};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};
use troupe_wire::Sequential;

pub(crate) const GAS: u64 = 100_000;

/// Balances are words at the hash of the holder and of zero, as Solidity has them.
// The caller's word: at the hash of (caller, 0); where it is below the amount, to the end. Less the amount,
// stored. The payee's word: at the hash of (payee, 0); more by the amount, stored. A log of the amount under
// a topic, caller and payee; 1 is returned. In the end, which lies at 0x71: REVERT(0, 0).
const CODE: &str = "335f52 60405f20 8054 602435 80 82 10 6071 57 90 81 90 03 90 91 55 \
    600435 80 5f52 60405f20 80 54 83 01 90 55 90 5f52 33 \
    7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef \
    6020 5f a3 60015f52 60205ff3";

/// What solc 0.8.37 makes of `tests/clients/hardhat/contracts/Ticket.sol`: optimised for 200 runs, for Cancun, as it is
/// once deployed. Nobody owns it.
const TICKET: &str = include_str!("ticket.hex");

/// Which token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Written,
    Compiled,
}

impl Token {
    pub(crate) const ALL: [Self; 2] = [Self::Written, Self::Compiled];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Written => "by hand",
            Self::Compiled => "by solc",
        }
    }

    pub(crate) const fn at(self) -> Address {
        match self {
            Self::Written => Address([0x70; 20]),
            Self::Compiled => Address([0x71; 20]),
        }
    }

    pub(crate) fn code(self) -> Bytes {
        match self {
            Self::Written => written(),
            Self::Compiled => hex(TICKET).into(),
        }
    }

    /// Where a holder's balance is.
    pub(crate) fn slot(self, of: Address) -> Slot {
        let mut preimage = [0; 64];
        preimage[12..32].copy_from_slice(&of.0);
        preimage[63] = match self {
            Self::Written => 0,
            // After the supply.
            Self::Compiled => 1,
        };
        keccak256(preimage)
    }
}

fn written() -> Bytes {
    let mut code = hex(CODE);
    let end = u8::try_from(code.len()).expect("short");
    // Where the jump leads: the end.
    let jump =
        code.windows(3).position(|three| three[0] == 0x60 && three[1] == 0x71 && three[2] == 0x57);
    code[jump.expect("it is there") + 1] = end;
    code.extend([0x5b, 0x5f, 0x5f, 0xfd]);
    code.into()
}

pub(crate) fn holder(who: u64) -> Address {
    Address(secret(who).public_key().address())
}

/// The tokens, and something of each for everybody.
pub(crate) fn add(state: &mut Flat) {
    let mut changes = Changes::default();
    for token in Token::ALL {
        let code = token.code();
        let code_hash = keccak256(&code);
        let storage_root = Hash([1; 32]);
        let account = Account { nonce: 1, code_hash, storage_root, ..Account::default() };
        changes.accounts.insert(token.at(), Some(account));
        changes.codes.insert(code_hash, code);
        let words = (0..ACCOUNTS).map(|who| (token.slot(holder(who)), U256::from(1_000_000)));
        changes.storage.insert(token.at(), words.collect());
    }
    state.apply(&changes);
}

/// What one sends to another.
pub(crate) fn input(n: u64) -> Vec<u8> {
    let mut input = vec![0xa9, 0x05, 0x9c, 0xbb];
    input.extend([0; 12]);
    input.extend(holder((n * 7 + 1) % ACCOUNTS).0);
    input.extend(U256::from(5).to_be_bytes::<32>());
    input
}

pub(crate) fn transfers(token: Token) -> Vec<Recovered> {
    let transactions = (0..BLOCK).map(|n| {
        let fields = TxEip1559 {
            chain_id: 1,
            nonce: 0,
            gas_limit: GAS,
            max_fee_per_gas: 100,
            max_priority_fee_per_gas: 1,
            to: TxKind::Call(token.at().0.into()),
            input: input(n).into(),
            ..TxEip1559::default()
        };
        Transaction::sign(Unsigned::DynamicFee(fields), &secret(n)).expect("a transfer").into()
    });
    let recovered = recover_all(transactions.collect(), &Sequential);
    recovered.into_iter().map(|one| one.expect("signed by its sender")).collect()
}
