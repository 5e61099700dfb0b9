//! Whether pieces are together the whole state.

use super::piece::{Accounts, Listed, Piece, Storage};
use crate::Error;
use crate::state::EMPTY_CODE;
use crate::trie::{EMPTY_ROOT, Path, Walk};
use std::collections::{BTreeMap, BTreeSet};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};

/// What is still to come of a state. Pieces come in the order of the file: codes, then accounts, then the
/// storages that are apart; each is checked before it is given.
///
/// The nodes above each piece say what hangs beside it, so that nothing can be left out: whatever was seen
/// to be there has to come, and once.
#[derive(Debug, Clone)]
pub struct Cover {
    root: Hash,
    /// Where parts hang that have not come: in the trie of accounts, or in that of somebody's storage.
    wanted: BTreeSet<(Option<Address>, Path)>,
    /// Codes that came, and whether an account has them.
    codes: BTreeMap<Hash, bool>,
}

const fn refuse(reason: &'static str) -> Error {
    Error::Malformed { what: "snapshot", reason }
}

impl Cover {
    /// Nothing has come of the state with this root.
    #[must_use]
    pub fn new(root: Hash) -> Self {
        let whole = (None, Path::default());
        let wanted = (root != EMPTY_ROOT).then_some(whole).into_iter().collect();
        Self { root, wanted, codes: BTreeMap::new() }
    }

    /// Takes note of the next piece, which was [checked](Piece::check): here it is only marked what has come.
    pub fn take(&mut self, piece: &Piece) -> Result<(), Error> {
        match piece {
            Piece::Codes(codes) => {
                for code in codes {
                    if self.codes.insert(keccak256(code), false).is_some() {
                        return Err(refuse("a code comes twice"));
                    }
                }
                Ok(())
            }
            Piece::Accounts(Accounts { path, nodes, accounts }) => {
                let root = self.root;
                self.cross_off(None, &root, nodes, path)?;
                accounts.iter().try_for_each(|listed| self.list(listed))
            }
            Piece::Storage(Storage { address, account, nodes, path, .. }) => {
                self.cross_off(Some(*address), &account.storage_root, nodes, path)
            }
        }
    }

    fn list(&mut self, listed: &Listed) -> Result<(), Error> {
        if listed.storage.is_none() {
            self.wanted.insert((Some(listed.address), Path::default()));
        }
        let code = listed.account.code_hash;
        if code != EMPTY_CODE {
            let known = self.codes.get_mut(&code).ok_or(refuse("an account without its code"))?;
            *known = true;
        }
        Ok(())
    }

    /// What hangs at a path has come; what hangs beside the way to it is wanted.
    fn cross_off(
        &mut self,
        owner: Option<Address>,
        root: &Hash,
        nodes: &[Vec<u8>],
        path: &Path,
    ) -> Result<(), Error> {
        for passed in Walk::along(root, nodes, path)?.passed {
            if self.wanted.remove(&(owner, passed.hangs)) {
                self.wanted.extend(passed.children.into_iter().map(|child| (owner, child)));
            }
        }
        let is_wanted = self.wanted.remove(&(owner, *path));
        if is_wanted { Ok(()) } else { Err(refuse("a piece that is not wanted, or comes twice")) }
    }

    /// Whether all of it has come, and nothing else.
    pub fn finish(&self) -> Result<(), Error> {
        if !self.wanted.is_empty() {
            return Err(refuse("a part of the state is missing"));
        }
        let is_exact = self.codes.values().all(|is_used| *is_used);
        if is_exact { Ok(()) } else { Err(refuse("a code that no account has")) }
    }
}
