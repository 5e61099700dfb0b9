//! The file as a whole.

use super::account::Account;
use super::check::check;
use super::market::Market;
use super::staking::Staking;
use super::term::Term;
use crate::amount::Amount;
use crate::error::{Errors, Problem};
use crate::moment::Moment;
use crate::section::{Section, read};
use crate::setting::Field;
use crate::value::Table;
use std::collections::BTreeMap;
use troupe_types::{Address, Gas, UnixMillis};

/// The version of the file's language that this build reads and writes.
pub(super) const VERSION: u32 = 1;

/// Everything that the nodes of a chain agree on before its first block.
///
/// None of it has a default: a default that changed with a version would split the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkFile {
    /// The number that transactions sign.
    pub chain_id: u64,
    /// When the chain begins.
    pub time: UnixMillis,
    /// The most gas of a block.
    pub gas_limit: Gas,
    /// The base fee of the first blocks, in von per gas.
    pub base_fee: u64,
    /// The least base fee, in von per gas.
    pub base_fee_floor: u64,
    /// How many blocks one proposer makes in its view.
    pub blocks_per_view: u64,
    /// How many blocks before an epoch's end the next set of validators is read.
    pub election_distance: u64,
    /// What stakes decide, where they do: there is but one set of validators then, the first candidates.
    pub staking: Option<Staking>,
    /// What holds for whoever offers data or computes on them, where there is a market.
    pub market: Option<Market>,
    /// The sets of validators, the first from epoch 0; a draft has none.
    pub terms: Vec<Term>,
    /// The accounts that are there from the beginning.
    pub accounts: BTreeMap<Address, Account>,
}

const VERSION_FIELD: Field =
    Field { key: "version", why: "The version of this file's language; it is 1." };
const CHAIN_ID: Field =
    Field { key: "chain_id", why: "Transactions sign it, so that none counts on two chains." };
const TIME: Field = Field { key: "time", why: "When the chain begins; no block is older." };
const GAS_LIMIT: Field =
    Field { key: "gas_limit", why: "The most gas of a block: what all nodes can execute in time." };
const BASE_FEE: Field =
    Field { key: "base_fee", why: "What gas costs in the first blocks, before demand is known." };
const BASE_FEE_FLOOR: Field =
    Field { key: "base_fee_floor", why: "What gas costs at least, so that spam is never free." };
const BLOCKS_PER_VIEW: Field = Field {
    key: "blocks_per_view",
    why: "How many blocks a proposer makes before the next one's turn.",
};
const ELECTION_DISTANCE: Field = Field {
    key: "election_distance",
    why: "How many blocks before an epoch's end the next set of validators is read.",
};

/// EIP-155: v = 35 + 2 * id and its neighbour must fit 64 bits.
const MOST_CHAIN_ID: u64 = (u64::MAX - 36) / 2;
/// From 2000 on: a time in seconds is none in milliseconds.
const FIRST: UnixMillis = UnixMillis(946_684_800_000);
const LAST: UnixMillis = UnixMillis(253_402_300_799_999);
const GAS_LIMITS: (u64, u64) = (9_424_776, 300_000_000);
const VIEWS: (u64, u64) = (3, 32);

impl NetworkFile {
    /// Reads and checks a network file; all mistakes are reported at once.
    pub fn load(text: &str) -> Result<Self, Errors> {
        Self::load_with(text, None)
    }

    /// As [`NetworkFile::load`], for a file whose time and validators may be missing: the time is then
    /// `time`, and somebody else adds the validators.
    pub fn load_draft(text: &str, time: UnixMillis) -> Result<Self, Errors> {
        Self::load_with(text, Some(time))
    }

    fn load_with(text: &str, draft: Option<UnixMillis>) -> Result<Self, Errors> {
        let table = Table::parse(text)?;
        let file = read(&table, "", |section| Self::read(section, draft))?;
        Ok(file.expect("a part is only missing where a mistake was noted"))
    }

    fn read(section: &mut Section<'_>, draft: Option<UnixMillis>) -> Option<Self> {
        section.need_within(&VERSION_FIELD, VERSION, VERSION);
        let chain_id = section.need_within(&CHAIN_ID, 1, MOST_CHAIN_ID);
        let time = match draft {
            Some(time) if !section.has(TIME.key) => {
                section.optional::<Moment>(&TIME);
                Some(Moment(time))
            }
            Some(_) | None => section.need_within(&TIME, Moment(FIRST), Moment(LAST)),
        };
        let gas_limit = section.need_within(&GAS_LIMIT, GAS_LIMITS.0, GAS_LIMITS.1);
        let base_fee = fee(section, &BASE_FEE);
        let base_fee_floor = fee(section, &BASE_FEE_FLOOR);
        let blocks_per_view = section.need_within(&BLOCKS_PER_VIEW, VIEWS.0, VIEWS.1);
        let election_distance = section.need::<u64>(&ELECTION_DISTANCE);
        let staking = section.optional_table("staking", Staking::read);
        let market = section.optional_table("market", Market::read);
        let terms = section.tables("term", Term::read);
        let accounts = Self::read_accounts(section);
        let file = Self {
            chain_id: chain_id?,
            time: time?.0,
            gas_limit: Gas(gas_limit?),
            base_fee: base_fee?,
            base_fee_floor: base_fee_floor?,
            blocks_per_view: blocks_per_view?,
            election_distance: election_distance?,
            staking: staking.flatten(),
            market: market.flatten(),
            terms,
            accounts,
        };
        if file.terms.is_empty() && draft.is_none() {
            section.fault("term", Problem::Missing { want: "at least one [[term]]" });
        }
        check(&file, section);
        Some(file)
    }

    fn read_accounts(section: &mut Section<'_>) -> BTreeMap<Address, Account> {
        let mut accounts = BTreeMap::new();
        let mut sum = Some(Amount::default());
        section.tables("account", |inner| {
            let (address, account) = Account::read(inner)?;
            let before = sum;
            sum = sum.and_then(|sum| sum.plus(account.balance));
            if before.is_some() && sum.is_none() {
                let text = "all accounts together have 2^128 von or more".to_owned();
                inner.fault("balance", Problem::Conflict(text));
            }
            if accounts.insert(address, account).is_some() {
                let got = format!("account {}", address.to_checksum());
                inner.fault("address", Problem::Twice { got });
            }
            Some(())
        });
        accounts
    }

    /// What all accounts have together; `None` where it is not below 2^128 von.
    #[must_use]
    pub fn supply(&self) -> Option<Amount> {
        let mut balances = self.accounts.values().map(|account| account.balance);
        balances.try_fold(Amount::default(), Amount::plus)
    }
}

/// An amount for one gas.
fn fee(section: &mut Section<'_>, field: &Field) -> Option<u64> {
    let most = Amount(u64::MAX.into());
    let fee = section.need_within(field, Amount(0), most)?;
    u64::try_from(fee.0).ok()
}
