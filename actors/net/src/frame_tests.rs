use super::*;
use proptest::prelude::*;

fn lane() -> impl Strategy<Value = Lane> {
    prop_oneof![Just(Lane::Bulk), Just(Lane::Normal), Just(Lane::Control)]
}

fn one_way() -> impl Strategy<Value = OneWay> {
    prop_oneof![
        lane().prop_map(OneWay::Tells),
        (any::<[u8; 16]>(), any::<u8>())
            .prop_map(|(id, lane)| OneWay::Bulk(BulkHeader { session: SessionId(id), lane })),
    ]
}

prop_compose! {
    fn call()(
        service in "[!-~]{1,32}",
        tag in any::<u16>(),
        within in 1u32..,
        since in 1u16..,
        length in 0usize..=262_144,
    ) -> (String, u16, u32, u16, usize) {
        (service, tag, within, since, length)
    }
}

/// Every proper prefix asks for more, the whole is read, and what follows is left alone.
fn check<T: PartialEq + std::fmt::Debug + Copy>(
    bytes: &[u8],
    value: T,
    read: impl for<'a> Fn(&'a [u8]) -> Parsed<T>,
) {
    for cut in 0..bytes.len() {
        assert_eq!(read(&bytes[..cut]), Ok(None), "cut at {cut}");
    }
    let mut longer = bytes.to_vec();
    longer.extend([0xff; 3]);
    assert_eq!(read(&longer), Ok(Some((value, bytes.len()))));
}

proptest! {
    #[test]
    fn a_call_round_trips_and_every_truncation_asks_for_more(
        (service, tag, within, since, length) in call(),
    ) {
        let call = Call {
            service: &service,
            tag,
            within: Millis(u64::from(within)),
            since: Version(since),
            length,
        };
        let mut bytes = Vec::new();
        call_onto(&call, &mut bytes).expect("valid");
        prop_assert!(bytes.len() <= MAX_CALL);
        for cut in 0..bytes.len() {
            prop_assert_eq!(read_call(&bytes[..cut]), Ok(None));
        }
        prop_assert_eq!(read_call(&bytes), Ok(Some((call, bytes.len()))));
    }

    #[test]
    fn openings_round_trip_and_every_truncation_asks_for_more(opening in one_way()) {
        let mut bytes = Vec::new();
        one_way_onto(opening, &mut bytes);
        prop_assert!(bytes.len() <= MAX_OPENING);
        check(&bytes, opening, read_one_way);
    }

    #[test]
    fn a_hello_is_announced_with_its_length(length in 0usize..=MAX_HELLO) {
        let mut bytes = Vec::new();
        hello_onto(length, &mut bytes).expect("short enough");
        check(&bytes, TwoWay::Hello { length }, read_two_way);
    }

    #[test]
    fn an_answer_is_accepted_up_to_its_limit(length in 0usize..=262_144, less in 1usize..100) {
        let bytes = answer_head(AnswerHead::Body { length }).expect("short enough");
        check(&bytes, AnswerHead::Body { length }, |bytes| read_answer(bytes, length));
        if let Some(limit) = length.checked_sub(less) {
            let oversized = FrameError::Oversized { got: length, limit };
            prop_assert_eq!(read_answer(&bytes, limit), Err(oversized));
        }
    }

    #[test]
    fn no_bytes_panic_and_what_is_read_is_written_back(
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut again = Vec::new();
        if let Ok(Some((call, used))) = read_call(&bytes) {
            call_onto(&call, &mut again).expect("what was read is valid");
            prop_assert_eq!(&again[..], &bytes[..used]);
        }
        again.clear();
        if let Ok(Some((opening, used))) = read_one_way(&bytes) {
            one_way_onto(opening, &mut again);
            prop_assert_eq!(&again[..], &bytes[..used]);
        }
        again.clear();
        if let Ok(Some((opening, used))) = read_two_way(&bytes) {
            match opening {
                TwoWay::Hello { length } => hello_onto(length, &mut again).expect("short enough"),
                TwoWay::Ask => ask_onto(&mut again),
            }
            prop_assert_eq!(&again[..], &bytes[..used]);
        }
        if let Ok(Some((head, used))) = read_answer(&bytes, 262_144) {
            prop_assert_eq!(&answer_head(head).expect("short enough")[..], &bytes[..used]);
        }
    }
}

#[test]
fn every_outcome_is_an_answer_of_one_byte() {
    for outcome in CallError::ALL {
        let bytes = answer_head(AnswerHead::Failed(outcome)).unwrap();
        check(&bytes, AnswerHead::Failed(outcome), |bytes| read_answer(bytes, 0));
    }
    assert!(matches!(read_answer(&[9], 0), Err(FrameError::Malformed(_))));
}

#[test]
fn a_body_over_the_largest_message_is_refused_where_it_is_announced() {
    let largest = Limit::MAX.bytes();
    let call = |length| Call { service: "x", tag: 1, within: Millis(1), since: Version(1), length };
    let mut bytes = Vec::new();
    assert_eq!(call_onto(&call(largest + 1), &mut bytes), None);
    assert!(bytes.is_empty());
    call_onto(&call(largest), &mut bytes).unwrap();
    let at = bytes.len() - 4;
    bytes[at..].copy_from_slice(&u32::MAX.to_le_bytes());
    let got = u32::MAX as usize;
    assert_eq!(read_call(&bytes), Err(FrameError::Oversized { got, limit: largest }));
    assert_eq!(answer_head(AnswerHead::Body { length: largest + 1 }), None);
}

#[test]
fn a_refusal_needs_no_more_bytes_than_show_it() {
    assert!(matches!(read_call(&[0]), Err(FrameError::Malformed(_))));
    assert!(matches!(read_call(&[33]), Err(FrameError::Malformed(_))));
    assert!(matches!(read_call(&[5, b'a', b' ']), Err(FrameError::Malformed(_))));
    assert!(matches!(read_call(&[5, 0xc3]), Err(FrameError::Malformed(_))));
    assert!(matches!(read_two_way(&[4]), Err(FrameError::Malformed(_))));
    assert!(matches!(read_two_way(b"\0GET /"), Err(FrameError::Malformed(_))));
    assert!(matches!(read_one_way(&[2, 3]), Err(FrameError::Malformed(_))));
    assert!(matches!(read_one_way(&[0]), Err(FrameError::Malformed(_))));
    let mut hello = b"\0troupe/1".to_vec();
    hello.extend(u16::MAX.to_le_bytes());
    let oversized = FrameError::Oversized { got: 65_535, limit: MAX_HELLO };
    assert_eq!(read_two_way(&hello), Err(oversized));
}

#[test]
fn a_call_without_time_or_version_is_refused_by_both_sides() {
    let mut bytes = Vec::new();
    let mut call = Call { service: "x", tag: 1, within: Millis(0), since: Version(1), length: 0 };
    assert_eq!(call_onto(&call, &mut bytes), None);
    call.within = Millis(u64::MAX);
    call_onto(&call, &mut bytes).unwrap();
    assert_eq!(read_call(&bytes).unwrap().unwrap().0.within, Millis(u64::from(u32::MAX)));
    let zero_within = [&bytes[..4], &[0; 4], &bytes[8..]].concat();
    assert!(matches!(read_call(&zero_within), Err(FrameError::Malformed(_))));
    let zero_since = [&bytes[..8], &[0; 2], &bytes[10..]].concat();
    assert!(matches!(read_call(&zero_since), Err(FrameError::Malformed(_))));
}

#[test]
fn the_bytes_are_the_published_ones() {
    let mut bytes = Vec::new();
    let call =
        Call { service: "ab", tag: 0x0102, within: Millis(0x0304), since: Version(5), length: 6 };
    ask_onto(&mut bytes);
    call_onto(&call, &mut bytes).unwrap();
    assert_eq!(bytes, [1, 2, b'a', b'b', 2, 1, 4, 3, 0, 0, 5, 0, 6, 0, 0, 0]);
    bytes.clear();
    one_way_onto(OneWay::Tells(Lane::Control), &mut bytes);
    one_way_onto(OneWay::Bulk(BulkHeader { session: SessionId([7; 16]), lane: 9 }), &mut bytes);
    let expected = [&[2, 2, 3][..], &[7; 16], &[9]].concat();
    assert_eq!(bytes, expected);
}
