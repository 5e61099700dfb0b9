//! What light clients ask and are told; the first byte chooses the message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_chain::block::Roster;
use troupe_chain::light::{
    AccountShown, AccountsShown, AskAccount, AskAccounts, AskCode, AskElection, AskElections,
    AskHeader, AskHeaders, AskPlace, AskReceipts, AskTouched, Election, Elections, Headed, Headers,
    Part, Touched,
};
use troupe_fuzz::message;
use troupe_types::{Address, Hash, Height};
use troupe_wire::{List, Wire, codec};

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 15 {
        0 => message::<AskHeader>(body),
        1 => message::<AskElection>(body),
        2 => message::<AskAccount>(body),
        3 => message::<AskCode>(body),
        4 => message::<AskReceipts>(body),
        5 => message::<AskPlace>(body),
        6 => {
            if let Ok(roster) = Roster::decode(body) {
                assert_eq!(roster.encode(), body);
            }
        }
        7 => drop(codec::decode::<Option<Headed>>(body, AskHeader::REPLY_LIMIT)),
        8 => {
            drop(codec::decode::<Option<Election>>(body, AskElection::REPLY_LIMIT));
            drop(codec::decode::<Option<Part>>(body, AskCode::REPLY_LIMIT));
        }
        9 => message::<AskHeaders>(body),
        10 => message::<AskAccounts>(body),
        11 => message::<AskTouched>(body),
        12 => {
            drop(codec::decode::<Option<Headers>>(body, AskHeaders::REPLY_LIMIT));
            drop(codec::decode::<Option<AccountsShown>>(body, AskAccounts::REPLY_LIMIT));
            drop(codec::decode::<Option<Touched>>(body, AskTouched::REPLY_LIMIT));
        }
        13 => {
            message::<AskElections>(body);
            drop(codec::decode::<Option<Elections>>(body, AskElections::REPLY_LIMIT));
        }
        _ => {
            let shown = codec::decode::<Option<AccountShown>>(body, AskAccount::REPLY_LIMIT);
            let slots = List::new(vec![Hash([1; 32])]).unwrap_or_default();
            let asked = AskAccount { height: Height(1), address: Address([2; 20]), slots };
            if let Ok(Some(shown)) = shown {
                // Nothing has this root.
                assert!(shown.check(&Hash([3; 32]), &asked).is_err());
            }
        }
    }
});
