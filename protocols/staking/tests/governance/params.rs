//! Proposals of parameters.

use super::{Chain, LAT, State, id};
use troupe_staking::Error;
use troupe_staking::governance::{Choice, Refused, Request};
use troupe_staking::params::{Param, Params};

fn accept(chain: &mut Chain, number: u8) {
    for by in 1..=4 {
        chain.vote(by, number, Choice::Yes).unwrap();
    }
    chain.end_votes();
}

#[test]
fn every_parameter_takes_every_value_up_to_its_bounds_and_none_beyond() {
    for param in Param::ALL {
        let mut chain = Chain::new(7);
        let (least, most) = Params::of(&mut chain.world).range(param).into_inner();
        let mut number = 0;
        for value in [least, most, least] {
            let before = Params::of(&mut chain.world).get(param);
            number += 1;
            let result = chain.submit(1, number, Request::Param { param, value });
            if before == value {
                assert_eq!(result, Err(Refused::Same { param, value }.into()));
                continue;
            }
            assert_eq!(result, Ok(()), "{param} {value}");
            accept(&mut chain, number);
            assert_eq!(chain.state(number), State::Passed);
            assert_eq!(Params::of(&mut chain.world).get(param), value);
            assert_eq!(Params::of(&mut chain.world).check(), Ok(()));
        }
        for value in [least.checked_sub(1), most.checked_add(1)].into_iter().flatten() {
            let (least, most) = Params::of(&mut chain.world).range(param).into_inner();
            let result = chain.submit(1, 99, Request::Param { param, value });
            let refused = Error::OutOfRange { param, got: value, least, most };
            assert_eq!(result, Err(refused.clone()));
            assert_eq!(refused.code(), 302_033);
        }
    }
}

#[test]
fn a_value_that_became_impossible_in_the_meantime_fails_and_changes_nothing() {
    let mut chain = Chain::new(7);
    let param = Param::UndelegateFreeze;
    chain.submit(1, 1, Request::Param { param, value: 168 }).unwrap();
    let mut params = Params::of(&mut chain.world);
    params.set(Param::UnstakeFreeze, 100).unwrap();
    params.keep(&mut chain.world);
    accept(&mut chain, 1);
    assert_eq!(chain.state(1), State::Failed);
    assert_eq!(Params::of(&mut chain.world), params);
}

#[test]
fn what_is_not_accepted_changes_nothing() {
    let mut chain = Chain::new(7);
    let before = Params::of(&mut chain.world);
    let (param, value) = (Param::MaxEvidenceAge, 20);
    chain.submit(1, 1, Request::Param { param, value }).unwrap();
    for by in 1..=3 {
        chain.vote(by, 1, Choice::Yes).unwrap();
    }
    chain.end_votes();
    assert_eq!((chain.state(1), Params::of(&mut chain.world)), (State::Failed, before));
}

#[test]
fn one_parameter_is_voted_on_at_a_time() {
    let mut chain = Chain::new(7);
    let request = Request::Param { param: Param::MaxEvidenceAge, value: 20 };
    chain.submit(1, 1, request).unwrap();
    let open = id(1);
    assert_eq!(chain.submit(2, 2, request), Err(Refused::ParamOpen { open }.into()));
    let version = Request::Version { version: 2 << 16, voting: troupe_types::Millis(1) };
    assert_eq!(chain.submit(2, 2, version), Err(Refused::ParamOpen { open }.into()));
    chain.end_votes();
    assert_eq!(chain.submit(2, 2, request), Ok(()));
}

#[test]
fn a_parameter_is_written_in_one_way() {
    let threshold = Request::param("staking", "stakeThreshold", "100000000000000000000000");
    let value = 100_000 * LAT;
    assert_eq!(threshold, Ok(Request::Param { param: Param::StakeThreshold, value }));
    let refused = Request::param("staking", "maxBlockGasLimit", "1").unwrap_err();
    let want = "there is no parameter staking/maxBlockGasLimit";
    assert_eq!((refused.code(), refused.to_string().as_str()), (302_031, want));
    for value in ["", "-1", "+1", "1.5", "0x10", "many", &"9".repeat(40)] {
        let refused = Request::param("slashing", "maxEvidenceAge", value).unwrap_err();
        assert_eq!(refused.code(), 302_033, "{value}");
    }
}
