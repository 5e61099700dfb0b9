//! Models on a chain: data sets without rows.

mod common;

use common::{Market, account, declaration, listing};
use troupe_market::data::{self, Listing, Policy};
use troupe_market::{Error, algorithm, task};

#[test]
fn a_model_has_no_rows_and_is_applied_alone() {
    let mut market = Market::busy();
    let applied = algorithm::bit(algorithm::EVALUATION) | algorithm::bit(algorithm::FORMULA);
    let model = |algorithms| Listing {
        rows: 0,
        policy: Policy { algorithms, least_rows: 0, ..listing(3).policy },
        ..listing(3)
    };
    let mut publish =
        |listing: Listing| market.act(|world, now| data::publish(world, account(3), listing, now));
    let refused = publish(model(applied | algorithm::bit(algorithm::ROWS)));
    assert!(matches!(refused, Err(Error::Listing { .. })), "{refused:?}");
    let number = publish(model(applied)).unwrap();
    let of_rows =
        Listing { policy: Policy { algorithms: applied, ..listing(4).policy }, ..listing(4) };
    let rows = market.act(|world, now| data::publish(world, account(4), of_rows, now)).unwrap();
    // As many rows as the others have are asked for, and the model is in nobody's way.
    let asked = task::Declaration {
        least_rows: 100,
        algorithms: applied,
        ..declaration(&[rows, number], 4)
    };
    market.act(|world, now| task::declare(world, account(3), asked.clone(), now)).unwrap();
    let more = task::Declaration { least_rows: 101, ..asked };
    let refused = market.act(|world, now| task::declare(world, account(3), more, now));
    assert!(matches!(refused, Err(Error::Policy { .. })), "{refused:?}");
}
