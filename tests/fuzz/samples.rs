//! Good values for targets that change a few bytes of them.

use troupe_mpc::program::{Column, Draft, Form, Op, Rows, Size, Taken};
use troupe_mpc::{Fixed, Program};
use troupe_types::Hash;
use troupe_wire::Text;

fn column(owner: u8, name: &str) -> Column {
    let name = Text::new(name).expect("a short name");
    Column { owner, name, length: 3, fraction: 0, low: 0, high: 100, form: Form::Centred }
}

/// The covariance of two owners' columns `x` and `y` of three rows, times three quarters: inputs, a
/// product, a truncation, a result.
pub fn covariance() -> Program {
    let rows = Rows { count: 3, group: 0 };
    let mut draft = Draft::new(vec![rows, rows], vec![column(0, "x"), column(1, "y")]);
    let (a, b) = (draft.values(0), draft.values(1));
    let product = draft.push(Op::Dot { a, b, block: 3, shift: 0 });
    let quarter = draft.push(Op::Trunc { a: product, shift: 2 });
    draft.reveal(0, quarter, "together", 0, 1);
    draft.finish().expect("a program without defects")
}

/// The products of the same columns, which stay with the parties.
pub fn keeping() -> Program {
    let rows = Rows { count: 3, group: 0 };
    let mut draft = Draft::new(vec![rows, rows], vec![column(0, "x"), column(1, "y")]);
    let (a, b) = (draft.values(0), draft.values(1));
    let product = draft.push(Op::Mul { a, b, shift: 0 });
    draft.keep(product, "products", 0);
    draft.witnesses(1);
    draft.finish().expect("a program without defects")
}

/// Two vectors that parties kept, multiplied.
pub fn taking() -> Program {
    let taken = |id| Taken { id: Hash([id; 32]), length: 3, fraction: 4, low: -100, high: 100 };
    let mut draft = Draft::taking(Vec::new(), Vec::new(), vec![taken(1), taken(2)]);
    let (a, b) = (draft.taken(0), draft.taken(1));
    let product = draft.push(Op::Mul { a, b, shift: 4 });
    draft.reveal(0, product, "products", 4, 1);
    draft.finish().expect("a program without defects")
}

/// The same columns cut, joined, compared, looked at bit by bit, multiplied as matrices and made wide.
pub fn mixture() -> Program {
    let rows = Rows { count: 3, group: 0 };
    let mut draft = Draft::new(vec![rows, rows], vec![column(0, "x"), column(1, "y")]);
    let (a, b) = (draft.values(0), draft.values(1));
    let both = draft.concat(&[a, b]);
    let turned = draft.transpose(both, 3);
    let size = Size { rows: 2, inner: 3, columns: 2 };
    let product = draft.matmul(both, turned, size, 4);
    let running = draft.push(Op::Running { a: product, block: 3 });
    let sums = draft.push(Op::SumBlocks { a: running, block: 2 });
    let bits = draft.bits_of(sums, 5);
    let number = draft.number_of(bits, 5);
    let most = draft.max_of(product, 2);
    let near = draft.sigmoid(most, Fixed::default(), Fixed::default());
    let sorted = draft.sort(near);
    let is_less = draft.less(sorted, number);
    let chosen = draft.push(Op::Select { bits: is_less, a: sorted, b: number });
    draft.reveal(0, chosen, "chosen", 0, 1);
    draft.reveal(0, is_less, "less", 0, 1);
    let wide = draft.push(Op::Widen { a: chosen });
    let square = draft.push(Op::Mul { a: wide, b: wide, shift: 0 });
    let small = draft.floor(square, 40);
    draft.reveal(0, square, "square", 32, 1);
    draft.reveal(0, small, "small", 0, 1);
    let moved = draft.sort_by(number, &[chosen])[0];
    draft.reveal(0, moved, "moved", 0, 1);
    draft.finish().expect("a program without defects")
}

/// Overwrites bytes; positions wrap around.
pub fn overwrite(bytes: &mut [u8], changes: &[(u16, u8)]) {
    for (at, byte) in changes {
        let at = usize::from(*at) % bytes.len();
        bytes[at] = *byte;
    }
}
