//! What is known about a part from what is known about its operands.
//!
//! Bounds are computed with the four basic operations and square roots only, which every machine
//! rounds alike; exponentials and logarithms are bounded by powers of two. Everybody derives the same
//! program from them.

use super::Reason;
use super::tree::{Binary, Facts, Id, Place, Totals, Tree, Unary, What};

/// Magnitudes above this have no useful encoding.
const LARGEST: f64 = (1u64 << 60) as f64;

/// The same of what is made by adding and multiplying, for which there are long numbers: 2^100.
const LONGEST: f64 = LARGEST * (1u64 << 40) as f64;

pub(super) fn facts(tree: &Tree, what: What) -> Result<Facts, Reason> {
    let facts = match what {
        What::Constant(value) => Facts {
            is_truth: false,
            is_rows: false,
            place: Place::Nowhere,
            low: value.get(),
            high: value.get(),
        },
        // Known from its field.
        What::Column(_) => return Err(Reason::Rows),
        What::Unary(unary, a) => of_unary(tree, unary, a)?,
        What::Quantile(a, _) => {
            let x = number(tree, a)?;
            total(tree, x, x.low, x.high)?
        }
        What::Binary(binary, a, b) => of_binary(tree, binary, (a, b))?,
        What::Correlation(a, b, c) => {
            let (x, y, z) = (number(tree, a)?, number(tree, b)?, number(tree, c)?);
            let facts = join(join(x, y, -1.0, 1.0)?, z, -1.0, 1.0)?;
            if facts.is_rows {
                return Err(Reason::Rows);
            }
            facts
        }
        What::If(condition, a, b) => {
            let bits = truth(tree, condition)?;
            let (x, y) = (number(tree, a)?, number(tree, b)?);
            let (low, high) = (x.low.min(y.low), x.high.max(y.high));
            let facts = join(x, y, low, high)?;
            join(facts, bits, low, high)?
        }
    };
    let is_made = match what {
        What::Unary(Unary::Negate | Unary::Sum | Unary::Centre, _) => true,
        What::Binary(binary, ..) => match binary {
            Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Comoment => true,
            Binary::Less | Binary::Equal | Binary::And | Binary::Or | Binary::Min | Binary::Max => {
                false
            }
        },
        What::Constant(_)
        | What::Column(_)
        | What::Unary(..)
        | What::Quantile(..)
        | What::If(..)
        | What::Correlation(..) => false,
    };
    let most = if is_made && facts.place != Place::Nowhere { LONGEST } else { LARGEST };
    let fits = facts.low.abs() <= most && facts.high.abs() <= most;
    if fits { Ok(facts) } else { Err(domain(facts)) }
}

fn of_unary(tree: &Tree, unary: Unary, a: Id) -> Result<Facts, Reason> {
    if unary == Unary::Not {
        return Ok(Facts { is_truth: true, ..truth(tree, a)? });
    }
    let x = number(tree, a)?;
    let (low, high) = (x.low, x.high);
    let spread = |low, high| Facts { low, high, is_truth: false, ..x };
    let rows = tree.rows() as f64;
    // Machines differ in the last bits of these.
    let of_data = || if x.place == Place::Nowhere { Err(Reason::Constant) } else { Ok(()) };
    match unary {
        Unary::Negate => Ok(spread(-high, -low)),
        Unary::Not => Err(Reason::Kind { want: "a condition" }),
        Unary::Abs => {
            let least = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
            Ok(spread(least, low.abs().max(high.abs())))
        }
        Unary::Sqrt => {
            if low < 0.0 {
                return Err(domain(x));
            }
            Ok(spread(low.sqrt(), high.sqrt()))
        }
        Unary::Exp => {
            of_data()?;
            // 2^(1.442 x) < e^x < 2^(1.443 x) above zero, the other way round below.
            let power = |x: f64, up: bool| {
                let factor = if (x > 0.0) == up { 1.443 } else { 1.442 };
                let exponent = x * factor;
                two_to(if up { exponent.ceil() } else { exponent.floor() })
            };
            if high > 41.0 {
                return Err(domain(x));
            }
            Ok(spread(power(low, false), power(high, true)))
        }
        Unary::Log => {
            of_data()?;
            if low <= 0.0 {
                return Err(domain(x));
            }
            // With 2^k <= x < 2^(k + 1); ln 2 lies between 0.693 and 0.694.
            let (below, above) = (exponent(low), exponent(high) + 1.0);
            let scaled = |k: f64, factors: [f64; 2]| k * factors[usize::from(k < 0.0)];
            Ok(spread(scaled(below, [0.693, 0.694]), scaled(above, [0.694, 0.693])))
        }
        Unary::Sum => total(tree, x, low * rows, high * rows),
        Unary::Shared => {
            let place = if let Place::One(_) = x.place { Place::Shared } else { x.place };
            Ok(Facts { place, ..spread(low, high) })
        }
        Unary::Centre => {
            rows_of(x)?;
            if x.place == Place::Everywhere {
                return Err(Reason::Nested);
            }
            Ok(Facts { place: over_all(tree, x.place), ..spread(low - high, high - low) })
        }
        Unary::Score => {
            rows_of(x)?;
            if !matches!(x.place, Place::One(_)) {
                return Err(Reason::Apart { what: "zscore" });
            }
            if tree.totals() == Totals::None {
                return Err(Reason::Hidden { what: "zscore" });
            }
            // Samuelson 1968: nothing is further from the mean.
            Ok(spread(-rows.sqrt(), rows.sqrt()))
        }
    }
}

fn of_binary(tree: &Tree, binary: Binary, (a, b): (Id, Id)) -> Result<Facts, Reason> {
    if matches!(binary, Binary::And | Binary::Or) {
        let (x, y) = (truth(tree, a)?, truth(tree, b)?);
        return Ok(Facts { is_truth: true, ..join(x, y, 0.0, 1.0)? });
    }
    let (x, y) = (number(tree, a)?, number(tree, b)?);
    let products = [x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high];
    let least = products.into_iter().fold(f64::INFINITY, f64::min);
    let most = products.into_iter().fold(f64::NEG_INFINITY, f64::max);
    match binary {
        Binary::Add => join(x, y, x.low + y.low, x.high + y.high),
        Binary::Sub => join(x, y, x.low - y.high, x.high - y.low),
        Binary::Mul => join(x, y, if a == b { least.max(0.0) } else { least }, most),
        Binary::Div => {
            if y.low <= 0.0 && y.high >= 0.0 {
                return Err(domain(y));
            }
            let facts = join(x, y, 0.0, 0.0)?;
            let ends = [x.low / y.low, x.low / y.high, x.high / y.low, x.high / y.high];
            let low = ends.into_iter().fold(f64::INFINITY, f64::min);
            let high = ends.into_iter().fold(f64::NEG_INFINITY, f64::max);
            Ok(Facts { low, high, ..facts })
        }
        Binary::Less | Binary::Equal => {
            let facts = join(x, y, 0.0, 1.0)?;
            if facts.place == Place::Nowhere {
                return Err(Reason::Constant);
            }
            Ok(Facts { is_truth: true, ..facts })
        }
        Binary::And | Binary::Or => Err(Reason::Kind { want: "a condition" }),
        Binary::Min => join(x, y, x.low.min(y.low), x.high.min(y.high)),
        Binary::Max => join(x, y, x.low.max(y.low), x.high.max(y.high)),
        Binary::Comoment => {
            rows_of(x)?;
            rows_of(y)?;
            let rows = tree.rows();
            if rows < 2 {
                return Err(Reason::FewRows { got: rows, least: 2 });
            }
            // Popoviciu 1935: a variance is at most a quarter of the squared range.
            let most = rows as f64 * (x.high - x.low) * (y.high - y.low) / 4.0;
            let least = if a == b { 0.0 } else { -most };
            total(tree, join(x, y, 0.0, 0.0)?, least, most)
        }
    }
}

/// Facts as a number: a condition counts as 0 or 1.
fn number(tree: &Tree, id: Id) -> Result<Facts, Reason> {
    let facts = tree.facts(id);
    if facts.is_truth {
        Ok(Facts { low: 0.0, high: 1.0, is_truth: false, ..facts })
    } else {
        Ok(facts)
    }
}

fn truth(tree: &Tree, id: Id) -> Result<Facts, Reason> {
    let facts = tree.facts(id);
    if facts.is_truth { Ok(facts) } else { Err(Reason::Kind { want: "a condition" }) }
}

fn rows_of(x: Facts) -> Result<(), Reason> {
    if x.is_rows { Ok(()) } else { Err(Reason::NotRows) }
}

/// One number over all rows.
fn total(tree: &Tree, x: Facts, low: f64, high: f64) -> Result<Facts, Reason> {
    rows_of(x)?;
    if tree.rows() == 0 {
        return Err(Reason::FewRows { got: 0, least: 1 });
    }
    let place = over_all(tree, x.place);
    Ok(Facts { is_truth: false, is_rows: false, place, low, high })
}

/// Where there is what all rows come to.
fn over_all(tree: &Tree, place: Place) -> Place {
    match (place, tree.totals()) {
        (Place::Everywhere, _) | (Place::One(_), Totals::None) => Place::Shared,
        (place, _) => place,
    }
}

fn join(x: Facts, y: Facts, low: f64, high: f64) -> Result<Facts, Reason> {
    let place = match (x.place, y.place) {
        (Place::Nowhere, other) | (other, Place::Nowhere) => other,
        (Place::One(a), Place::One(b)) if a == b => Place::One(a),
        (Place::Everywhere, Place::Everywhere) => Place::Everywhere,
        (Place::Everywhere, _) | (_, Place::Everywhere) => return Err(Reason::Nested),
        (Place::One(_) | Place::Shared, Place::One(_) | Place::Shared) => Place::Shared,
    };
    Ok(Facts { is_truth: false, is_rows: x.is_rows || y.is_rows, place, low, high })
}

fn domain(x: Facts) -> Reason {
    let shown = |value: f64| {
        if value.abs() < 1e15 { value.to_string() } else { format!("{value:e}") }
    };
    Reason::Domain { low: shown(x.low), high: shown(x.high) }
}

/// `2^k` for a whole number.
fn two_to(k: f64) -> f64 {
    let mut power = 1.0;
    let base = if k < 0.0 { 0.5 } else { 2.0 };
    let mut left = k.abs().min(1100.0);
    while left >= 1.0 {
        power *= base;
        left -= 1.0;
    }
    power
}

/// The whole number `k` with `2^k <= x < 2^(k + 1)`, of an `x` above zero; -1023 below all normal ones.
fn exponent(x: f64) -> f64 {
    f64::from(u16::try_from(x.to_bits() >> 52 & 0x7ff).unwrap_or_default()) - 1023.0
}
