//! Choices, quotients, roots and exponentials in whole sessions, next to those of `f64`.

mod common;

use common::{priced, table};
use troupe_mpc::program::{Column, Draft, Form, Op, Program, Register, Rows, Security};
use troupe_mpc::{Fixed, Peer};
use troupe_wire::{Seed, Stream, Text};

const F: u8 = 16;

const ENGINES: [Security; 2] = [Security::SemiHonest, Security::Malicious];

fn format(fraction: u8) -> Fixed {
    Fixed::new(fraction).expect("a format")
}

/// A program over columns of one owner, each between two ends; every result in one format.
fn program(
    security: Security,
    columns: &[(usize, f64, f64)],
    write: impl FnOnce(&mut Draft, &[Register]) -> Vec<(Register, u8)>,
) -> Program {
    let unit = f64::from(1u32 << F);
    let column = |at: usize| Column {
        owner: 0,
        name: Text::new(format!("{at}")).expect("short"),
        length: u32::try_from(columns[at].0).expect("few"),
        fraction: F,
        low: (columns[at].1 * unit).ceil() as i64,
        high: (columns[at].2 * unit).floor() as i64,
        form: Form::Plain,
    };
    let count = u32::try_from(columns[0].0).expect("few");
    let all = (0..columns.len()).map(column).collect();
    let mut draft = Draft::new(vec![Rows { count, group: 0 }], all);
    draft.secure(security);
    let registers: Vec<Register> = (0..columns.len()).map(|at| draft.values(at)).collect();
    for (name, (register, fraction)) in write(&mut draft, &registers).into_iter().enumerate() {
        draft.reveal(0, register, &format!("{name}"), fraction, 1);
    }
    draft.finish().expect("in range")
}

/// Runs it; columns are rounded to the format first, here as at the owner.
fn run(
    security: Security,
    columns: &[(&[f64], f64, f64)],
    write: impl FnOnce(&mut Draft, &[Register]) -> Vec<(Register, u8)>,
) -> Vec<Vec<f64>> {
    let shapes: Vec<_> =
        columns.iter().map(|(values, low, high)| (values.len(), *low, *high)).collect();
    let program = program(security, &shapes, write);
    let names: Vec<String> = (0..columns.len()).map(|at| at.to_string()).collect();
    let named = names.iter().zip(columns);
    let named: Vec<_> = named.map(|(name, column)| (name.as_str(), column.0.to_vec())).collect();
    priced(&program, vec![table(program.owners()[0].count, &named)], 11)
}

/// A value that the format has.
fn rounded(value: f64) -> f64 {
    let unit = f64::from(1u32 << F);
    (value * unit).round_ties_even() / unit
}

/// Ends, neighbours of powers of two, and luck on all scales.
fn values(luck: &mut Stream, low: f64, high: f64, count: usize) -> Vec<f64> {
    let unit = 1.0 / f64::from(1u32 << F);
    let mut all = vec![low, high, 0.0, unit, -unit, 1.0, -1.0, 1.0 - unit, 1.0 + unit];
    for power in -14..20 {
        let power = 2f64.powi(power);
        all.extend([power, power - unit, power + unit, -power]);
    }
    for _ in 0..count {
        let part = luck.below(1 << 40) as f64 / (1u64 << 40) as f64;
        let scale = 2f64.powi(-i32::try_from(luck.below(22)).expect("small"));
        all.push(low + part * (high - low));
        all.push(part * scale * high);
        all.push(part * scale * low);
    }
    all.retain(|value| (low..=high).contains(value));
    all.into_iter().map(rounded).collect()
}

fn check(
    name: &str,
    got: &[f64],
    want: impl Iterator<Item = (f64, f64)>,
    bound: impl Fn(f64) -> f64,
) {
    let mut worst = 0.0f64;
    let mut count = 0;
    for ((input, want), got) in want.zip(got) {
        let error = (got - want).abs();
        worst = worst.max(error / bound(want));
        assert!(error <= bound(want), "{name} of {input}: {got} instead of {want}");
        count += 1;
    }
    assert_eq!(count, got.len());
    assert!(worst > 0.0 || count < 9, "{name} has no error at all");
}

#[test]
fn signs_are_taken_off_and_read() {
    for security in ENGINES {
        let mut luck = Seed::from_number(1).stream("values");
        let x = values(&mut luck, -1000.0, 1000.0, 300);
        let got = run(security, &[(&x, -1000.0, 1000.0)], |draft, x| {
            let all = [draft.abs(x[0]), draft.relu(x[0])];
            assert_eq!(draft.range(all[0]), (0, 1000 << 16));
            assert_eq!(draft.range(all[1]), (0, 1000 << 16));
            vec![(all[0], F), (all[1], F), (draft.sign(x[0]), 0)]
        });
        for (at, x) in x.iter().enumerate() {
            let sign = if *x == 0.0 { 0.0 } else { x.signum() };
            assert_eq!([got[0][at], got[1][at], got[2][at]], [x.abs(), x.max(0.0), sign], "{x}");
        }
    }
}

#[test]
fn the_greatest_and_the_least_of_every_block_are_found_with_their_places() {
    for security in ENGINES {
        let mut luck = Seed::from_number(2).stream("values");
        for (block, blocks) in
            [(1usize, 3usize), (2, 5), (3, 70), (7, 9), (10, 1), (64, 2), (33, 4)]
        {
            // Few values, so that there are ties.
            let x: Vec<f64> = (0..block * blocks).map(|_| luck.below(12) as f64 - 6.0).collect();
            let got = run(security, &[(&x, -6.0, 6.0)], |draft, x| {
                let block = u32::try_from(block).expect("small");
                let (most_at, most) = draft.argmax(x[0], block);
                let (least_at, least) = draft.argmin(x[0], block);
                let (other_most, other_least) =
                    (draft.max_of(x[0], block), draft.min_of(x[0], block));
                let all = [most_at, least_at].map(|register| (register, 0));
                let values = [most, least, other_most, other_least].map(|register| (register, F));
                [&all[..], &values[..]].concat()
            });
            for (at, part) in x.chunks(block).enumerate() {
                let most = part.iter().copied().fold(f64::MIN, f64::max);
                let least = part.iter().copied().fold(f64::MAX, f64::min);
                let place = |wanted: f64| {
                    part.iter().position(|value| *value == wanted).expect("it is there") as f64
                };
                let got: Vec<f64> = got.iter().map(|column| column[at]).collect();
                assert_eq!(got, [place(most), place(least), most, least, most, least], "{part:?}");
            }
        }
    }
}

#[test]
fn floor_always_rounds_down() {
    for security in ENGINES {
        let mut luck = Seed::from_number(3).stream("values");
        let x = values(&mut luck, -30_000.0, 30_000.0, 400);
        for shift in [1u8, 5, 16, 31] {
            let got = run(security, &[(&x, -30_000.0, 30_000.0)], |draft, x| {
                vec![(draft.floor(x[0], shift), 0)]
            });
            for (x, got) in x.iter().zip(&got[0]) {
                let whole = (x * 65536.0) as i64;
                assert_eq!(*got, (whole >> shift) as f64, "{x} >> {shift}");
            }
        }
    }
}

#[test]
fn powers_and_polynomials_are_those_of_plain_numbers() {
    for security in ENGINES {
        let mut luck = Seed::from_number(4).stream("values");
        let x = values(&mut luck, -2.0, 2.0, 200);
        let got = run(security, &[(&x, -2.0, 2.0)], |draft, x| {
            let power = |draft: &mut Draft, exponent| (draft.pow(x[0], exponent, format(F)), F);
            let cubic = [0.5, -1.25, 0.75, 0.3];
            let mut all: Vec<_> = [2, 3, 5, 8].map(|exponent| power(draft, exponent)).to_vec();
            all.push((draft.polynomial(x[0], &cubic, format(F), format(20)), 20));
            all
        });
        for (exponent, got) in [2, 3, 5, 8].into_iter().zip(&got) {
            let want = x.iter().map(|x| (*x, x.powi(exponent)));
            check("a power", got, want, |want| 40.0 / 65536.0 * (1.0 + want.abs()));
        }
        let want = x.iter().map(|x| (*x, 0.5 - 1.25 * x + 0.75 * x * x + 0.3 * x * x * x));
        check("a cubic", &got[4], want, |_| 4.0 / 65536.0);
    }
}

#[test]
fn a_table_gives_the_entry_of_its_step() {
    for security in ENGINES {
        let x = [-3.0, -2.0, -1.5, 0.0, 0.99, 1.0, 7.0];
        let got = run(security, &[(&x, -8.0, 8.0)], |draft, x| {
            let thresholds = [-2 << F, 0, 1 << F];
            let tables = [vec![5, -7, 1 << 40, 3], vec![0, 1, 2, 3]];
            let found = draft.lookup(x[0], &thresholds, &tables);
            assert_eq!(draft.range(found[0]), (-7, 1 << 40));
            found.into_iter().map(|register| (register, 0)).collect()
        });
        let large = (1u64 << 40) as f64;
        assert_eq!(got[0], [5.0, -7.0, -7.0, large, large, 3.0, 3.0]);
        assert_eq!(got[1], [0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
    }
}

const UNIT: f64 = 1.0 / 65536.0;

#[test]
fn reciprocals_are_right_on_all_scales() {
    for security in ENGINES {
        let mut luck = Seed::from_number(5).stream("values");
        for (low, high) in [(UNIT, 16_000.0), (1.0, 1000.0), (0.5, 1.0), (200.0, 200.0)] {
            let x = values(&mut luck, low, high, 200);
            let got = run(security, &[(&x, low, high)], |draft, x| {
                vec![(draft.reciprocal(x[0], format(F), format(F)), F)]
            });
            let want = x.iter().map(|x| (*x, 1.0 / x));
            check("the reciprocal", &got[0], want, |want| 3.0 * UNIT + want * 2f64.powi(-26));
        }
    }
}

#[test]
fn quotients_are_right_for_every_pair_of_signs() {
    for security in ENGINES {
        let mut luck = Seed::from_number(6).stream("values");
        let a = values(&mut luck, -1000.0, 1000.0, 400);
        let mut b = values(&mut luck, -100.0, 100.0, 400);
        b.retain(|value| value.abs() > 0.01);
        let count = a.len().min(b.len());
        let (a, b) = (&a[..count], &b[..count]);
        let positive: Vec<f64> = b.iter().map(|value| value.abs()).collect();
        let columns = [(a, -1000.0, 1000.0), (b, -100.0, 100.0), (&positive[..], 0.009, 100.0)];
        let got = run(security, &columns, |draft, x| {
            let formats = (format(F), format(F));
            let signed = draft.divide(x[0], x[1], formats, format(F));
            vec![(signed, F), (draft.divide(x[0], x[2], formats, format(12)), 12)]
        });
        // Thirty bits of `a` and twenty-four of `b` leave five: half a unit of `a` is lost at most.
        let bound =
            |unit: f64| move |want: f64| 3.0 * unit + want.abs() * 2f64.powi(-25) + UNIT * 4.0;
        check("a/b", &got[0], a.iter().zip(b).map(|(a, b)| (*b, a / b)), bound(UNIT));
        let want = a.iter().zip(&positive).map(|(a, b)| (*b, a / b));
        check("a/|b|", &got[1], want, bound(1.0 / 4096.0));
    }
}

#[test]
fn roots_are_right_on_all_scales() {
    for security in ENGINES {
        let mut luck = Seed::from_number(7).stream("values");
        let x = values(&mut luck, 0.0, 30_000.0, 300);
        let above: Vec<f64> = x.iter().map(|value| value.max(UNIT)).collect();
        let got = run(security, &[(&x, 0.0, 30_000.0), (&above, UNIT, 30_000.0)], |draft, x| {
            let root = draft.sqrt(x[0], format(F), format(F));
            vec![(root, F), (draft.inverse_sqrt(x[1], format(F), format(F)), F)]
        });
        let bound = |want: f64| 2.0 * UNIT + want * 2f64.powi(-20);
        check("the root", &got[0], x.iter().map(|x| (*x, x.sqrt())), bound);
        check("the inverse root", &got[1], above.iter().map(|x| (*x, 1.0 / x.sqrt())), bound);
        let zero = x.iter().position(|x| *x == 0.0).expect("a boundary value");
        assert_eq!(got[0][zero], 0.0);
    }
}

#[test]
fn exponentials_and_logarithms_are_right_on_all_scales() {
    for security in ENGINES {
        let mut luck = Seed::from_number(8).stream("values");
        for (low, high) in [(-40.0, 8.0), (-1.0, 1.0), (0.0, 10.0), (-30.0, 0.0), (-90.0, -20.0)] {
            let x = values(&mut luck, low, high, 150);
            let got = run(security, &[(&x, low, high)], |draft, x| {
                vec![(draft.exp(x[0], format(F), format(F)), F)]
            });
            let bound = |want: f64| 3.0 * UNIT + want * 2f64.powi(-20);
            if low > -90.0 {
                check("the exponential", &got[0], x.iter().map(|x| (*x, x.exp())), bound);
            } else {
                assert_eq!(got[0], vec![0.0; x.len()]);
            }
        }
        for (low, high) in [(UNIT, 30_000.0), (0.25, 4.0), (1000.0, 1001.0)] {
            let x = values(&mut luck, low, high, 150);
            let got = run(security, &[(&x, low, high)], |draft, x| {
                vec![(draft.ln(x[0], format(F), format(20)), 20)]
            });
            let bound = |_| 2f64.powi(-21) + 3.0 * 2f64.powi(-20);
            check("the logarithm", &got[0], x.iter().map(|x| (*x, x.ln())), bound);
        }
    }
}

#[test]
fn the_logistic_function_is_near_or_exact() {
    for security in ENGINES {
        let mut luck = Seed::from_number(9).stream("values");
        for limit in [60.0, 5.0, 9000.0] {
            let mut x = values(&mut luck, -limit, limit, 200);
            x.extend(
                [-8.0, -8.0 - UNIT, 8.0, 8.0 - UNIT, 2.75, -2.75]
                    .map(|x: f64| x.clamp(-limit, limit)),
            );
            let got = run(security, &[(&x, -limit, limit)], |draft, x| {
                let near = draft.sigmoid(x[0], format(F), format(F));
                vec![(near, F), (draft.exact_sigmoid(x[0], format(F), format(F)), F)]
            });
            let want = || x.iter().map(|x| (*x, 1.0 / (1.0 + (-x).exp())));
            check("the spline", &got[0], want(), |_| 3.5e-4 + 4.0 * UNIT);
            check("the logistic function", &got[1], want(), |_| 2f64.powi(-20) + 3.0 * UNIT);
        }
    }
}

#[test]
fn bits_are_those_of_the_numbers_and_make_them_again() {
    for security in ENGINES {
        let mut luck = Seed::from_number(10).stream("values");
        for length in [1usize, 63, 64, 65, 200, 700] {
            let x: Vec<f64> =
                values(&mut luck, -30_000.0, 30_000.0, length).into_iter().take(length).collect();
            let counts = [1u8, 2, 3, 9, 17, 33, 63, 64];
            let got = run(security, &[(&x, -30_000.0, 30_000.0)], |draft, x| {
                let mut all: Vec<_> =
                    counts.iter().map(|count| (draft.bits_of(x[0], *count), 0)).collect();
                let bits = draft.bits_of(x[0], 20);
                all.push((draft.number_of(bits, 20), 0));
                all
            });
            let words: Vec<i64> = x.iter().map(|x| (x * 65536.0) as i64).collect();
            for (count, got) in counts.into_iter().zip(&got) {
                let bit = |at: u8| words.iter().map(move |word| (word >> at & 1) as f64);
                let want: Vec<f64> = (0..count).flat_map(bit).collect();
                assert_eq!(*got, want, "{count} bits of {length}");
            }
            let low: Vec<f64> = words.iter().map(|word| (word & 0xf_ffff) as f64).collect();
            assert_eq!(got[counts.len()], low);
        }
    }
}

#[test]
fn what_it_costs_is_what_is_said() {
    // Numbers of 32 bits; between 1 and 1000 there are 9 powers of two.
    let rounds = |low: f64, high: f64, write: fn(&mut Draft, Register) -> Register| {
        let program = program(Security::SemiHonest, &[(8, low, high)], |draft, x| {
            vec![(write(draft, x[0]), 0)]
        });
        program.cost().rounds
    };
    const LIMIT: f64 = 32_767.0;
    assert_eq!(Fixed::default().fraction(), F);
    let compare = rounds(-LIMIT, LIMIT, |draft, a| draft.push(Op::Negative { a }));
    assert_eq!(compare, 5);
    assert_eq!(rounds(-LIMIT, LIMIT, Draft::relu), compare + 2);
    assert_eq!(rounds(-LIMIT, LIMIT, Draft::abs), compare + 2);
    assert_eq!(rounds(-LIMIT, LIMIT, Draft::sign), compare + 2);
    assert_eq!(rounds(-LIMIT, LIMIT, |draft, a| draft.floor(a, 16)), 2 + 4 + 2);
    assert_eq!(rounds(-LIMIT, LIMIT, |draft, a| draft.max_of(a, 8)), 3 * (compare + 2));
    assert_eq!(rounds(-LIMIT, LIMIT, |draft, a| draft.argmax(a, 8).0), 3 * (compare + 2));
    let bits = |count: u8| {
        let program = program(Security::SemiHonest, &[(9600, -LIMIT, LIMIT)], |draft, x| {
            let bits = draft.bits_of(x[0], count);
            vec![(draft.slice(bits, 0, 1), 0)]
        });
        let cost = program.cost();
        let between = |from, to| cost.between(Peer::Party(from), Peer::Party(to)).0;
        (cost.rounds, (between(0, 1) + between(0, 2)) as f64 / 9600.0)
    };
    let (rounds_of_64, bytes) = bits(64);
    assert_eq!((rounds_of_64, bits(9).0), (8, 5));
    assert!((85.5..85.7).contains(&bytes), "{bytes}");
    // To a mantissa of 29 or 28 bits it is a step up from 26, in one round; to one of 24, two.
    assert_eq!(
        rounds(1.0, 1000.0, |draft, a| draft.reciprocal(a, Fixed::default(), Fixed::default())),
        5 + 3 + 1 + 8 + 2
    );
    assert_eq!(
        rounds(1.0, 1000.0, |draft, a| draft.sqrt(a, Fixed::default(), Fixed::default())),
        5 + 3 + 2 + 14 + 2
    );
    assert_eq!(
        rounds(-10.0, 5.0, |draft, a| draft.exp(a, Fixed::default(), Fixed::default())),
        2 + 5 + 3 + 8 + 2
    );
    assert_eq!(
        rounds(1.0, 1000.0, |draft, a| draft.ln(a, Fixed::default(), Fixed::default())),
        5 + 3 + 1 + 8
    );
    assert_eq!(
        rounds(-10.0, 10.0, |draft, a| draft.sigmoid(a, Fixed::default(), Fixed::default())),
        8
    );
    assert_eq!(
        rounds(-10.0, 10.0, |draft, a| draft.exact_sigmoid(a, Fixed::default(), Fixed::default())),
        39
    );
}
