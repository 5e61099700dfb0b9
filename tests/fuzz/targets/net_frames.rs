//! What stands around messages on the network: openings, calls, answers, hellos.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_net::Hello;
use troupe_net::frame::{
    AnswerHead, Call, OneWay, Parsed, TwoWay, answer_head, ask_onto, call_onto, hello_onto,
    one_way_onto, read_answer, read_call, read_one_way, read_two_way,
};

/// What was read must write to the very bytes it was read from, and a shorter prefix must ask for more.
fn holds<'a, T>(
    bytes: &'a [u8],
    read: impl Fn(&'a [u8]) -> Parsed<T>,
    write: impl Fn(T) -> Option<Vec<u8>>,
) {
    let Ok(Some((value, used))) = read(bytes) else { return };
    assert_eq!(write(value).as_deref(), bytes.get(..used), "another form of the same frame");
    for cut in 0..used {
        assert!(matches!(read(&bytes[..cut]), Ok(None)), "a prefix of {cut} bytes of {used}");
    }
}

fn write_two_way(opening: TwoWay) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    match opening {
        TwoWay::Ask => ask_onto(&mut bytes),
        TwoWay::Hello { length } => hello_onto(length, &mut bytes)?,
    }
    Some(bytes)
}

fn write_one_way(opening: OneWay) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    one_way_onto(opening, &mut bytes);
    Some(bytes)
}

fn write_call(call: Call<'_>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    call_onto(&call, &mut bytes)?;
    Some(bytes)
}

fn write_answer(answer: AnswerHead) -> Option<Vec<u8>> {
    answer_head(answer)
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 5 {
        0 => holds(body, read_two_way, write_two_way),
        1 => holds(body, read_one_way, write_one_way),
        2 => holds(body, read_call, write_call),
        3 => holds(body, |bytes| read_answer(bytes, 1 << 18), write_answer),
        _ => {
            if let Ok(hello) = Hello::read(body) {
                let framed = hello.frame().expect("what was read fits a frame");
                assert!(framed.ends_with(body), "another form of the same hello");
            }
        }
    }
});
