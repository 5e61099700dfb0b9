//! The file's text.

use super::document::{NetworkFile, VERSION};
use crate::amount::Amount;
use crate::moment::Moment;

impl NetworkFile {
    /// As a document that reads back as the same.
    #[must_use]
    pub fn write(&self) -> String {
        let fee = |von: u64| Amount(von.into());
        let mut text = format!(
            "version = {VERSION}\n\
             chain_id = {}\n\
             time = \"{}\"\n\
             gas_limit = {}\n\
             base_fee = \"{}\"\n\
             base_fee_floor = \"{}\"\n\
             blocks_per_view = {}\n\
             election_distance = {}\n",
            self.chain_id,
            Moment(self.time),
            self.gas_limit,
            fee(self.base_fee),
            fee(self.base_fee_floor),
            self.blocks_per_view,
            self.election_distance,
        );
        if let Some(staking) = &self.staking {
            text.push_str(&staking.write());
        }
        if let Some(market) = &self.market {
            text.push_str(&market.write());
        }
        for term in &self.terms {
            text.push_str(&term.write());
        }
        for (address, account) in &self.accounts {
            text.push_str(&account.write(address));
        }
        text
    }
}
