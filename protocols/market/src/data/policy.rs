//! Under which conditions a data set may be used.

use crate::Error;
use bincode::{Decode, Encode};
use troupe_types::{Address, NodeId, UnixMillis};
use troupe_wire::List;

/// The most accounts that a policy names.
pub const MAX_ASKERS: usize = 32;
/// The most nodes that a policy or a task names in one list.
pub const MAX_NAMED: usize = 16;

/// Who may ask for a computation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Askers {
    /// Anybody: the owner decides each time.
    Anyone,
    /// These accounts alone.
    Listed(List<Address, MAX_ASKERS>),
}

/// What an owner demands of every computation on a data set. The market checks what is public of it; the owner's node checks
/// all of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Policy {
    /// Who may ask.
    pub askers: Askers,
    /// Which kinds of algorithms are allowed, a bit each ([`algorithm`](crate::algorithm)).
    pub algorithms: u64,
    /// Which engines are allowed, a bit each ([`engine`](crate::engine)).
    pub engines: u8,
    /// Of how many rows a computation has to be at least.
    pub least_rows: u64,
    /// How many rows have to be behind every number that is shown.
    pub least_group: u32,
    /// If there are any, no other compute nodes may be parties.
    pub named: List<NodeId, MAX_NAMED>,
    /// Compute nodes that may be no parties.
    pub excluded: List<NodeId, MAX_NAMED>,
    /// Whether the compute node that runs as the node of the data set has to be a party.
    pub is_own_party: bool,
    /// From when on it may not be used; `None` for never.
    pub expires: Option<UnixMillis>,
}

/// What somebody asks for, as far as policies say something of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Who asks.
    pub asker: Address,
    /// Which kinds of algorithms run, a bit each.
    pub algorithms: u64,
    /// On which engine.
    pub engine: u8,
    /// Of how many rows at least.
    pub least_rows: u64,
    /// How many rows are behind every number at least.
    pub least_group: u32,
    /// When.
    pub time: UnixMillis,
}

impl Policy {
    /// Refuses a policy that allows nothing or contradicts itself.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |what| Err(Error::Listing { what });
        if self.algorithms == 0 {
            return wrong("no algorithm is allowed");
        }
        if self.engines == 0 {
            return wrong("no engine is allowed");
        }
        if self.named.iter().any(|node| self.excluded.contains(node)) {
            return wrong("a node is named and excluded");
        }
        Ok(())
    }

    /// Whether a computation is within it, as far as that is public.
    pub fn allows(&self, dataset: u64, asked: &Asked) -> Result<(), Error> {
        let no = |what| Err(Error::Policy { dataset, what });
        if let Askers::Listed(listed) = &self.askers
            && !listed.contains(&asked.asker)
        {
            return no("the account that asks is not named");
        }
        if asked.algorithms & !self.algorithms != 0 {
            return no("an algorithm is not allowed");
        }
        if crate::engine::bit(asked.engine) & self.engines == 0 {
            return no("the engine is not allowed");
        }
        if asked.least_rows < self.least_rows {
            return no("too few rows are agreed on");
        }
        if asked.least_group < self.least_group {
            return no("too small groups are agreed on");
        }
        if self.expires.is_some_and(|expires| asked.time >= expires) {
            return no("it has expired");
        }
        Ok(())
    }

    /// Whether a compute node may be a party.
    #[must_use]
    pub fn admits(&self, node: &NodeId) -> bool {
        (self.named.is_empty() || self.named.contains(node)) && !self.excluded.contains(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy {
            askers: Askers::Listed(List::new(vec![Address([1; 20])]).unwrap()),
            algorithms: 0b110,
            engines: 0b1,
            least_rows: 10,
            least_group: 5,
            named: List::default(),
            excluded: List::new(vec![NodeId([9; 32])]).unwrap(),
            is_own_party: false,
            expires: Some(UnixMillis(100)),
        }
    }

    #[test]
    fn every_condition_is_checked_by_itself() {
        let asked = Asked {
            asker: Address([1; 20]),
            algorithms: 0b010,
            engine: 0,
            least_rows: 10,
            least_group: 5,
            time: UnixMillis(99),
        };
        assert_eq!(policy().allows(3, &asked), Ok(()));
        for wrong in [
            Asked { asker: Address([2; 20]), ..asked },
            Asked { algorithms: 0b011, ..asked },
            Asked { engine: 1, ..asked },
            Asked { engine: 200, ..asked },
            Asked { least_rows: 9, ..asked },
            Asked { least_group: 4, ..asked },
            Asked { time: UnixMillis(100), ..asked },
        ] {
            let refused = policy().allows(3, &wrong);
            assert!(matches!(refused, Err(Error::Policy { dataset: 3, .. })), "{wrong:?}");
        }
        let anyone = Policy { askers: Askers::Anyone, ..policy() };
        assert_eq!(anyone.allows(3, &Asked { asker: Address([2; 20]), ..asked }), Ok(()));
    }

    #[test]
    fn nodes_are_named_excluded_or_neither() {
        assert!(policy().admits(&NodeId([1; 32])) && !policy().admits(&NodeId([9; 32])));
        let named = List::new(vec![NodeId([2; 32])]).unwrap();
        let named = Policy { named, ..policy() };
        assert!(named.admits(&NodeId([2; 32])) && !named.admits(&NodeId([1; 32])));
        let both = Policy { named: named.excluded.clone(), ..policy() };
        assert!(named.check().is_ok() && both.check().is_err());
        assert!(Policy { algorithms: 0, ..policy() }.check().is_err());
        assert!(Policy { engines: 0, ..policy() }.check().is_err());
    }
}
