//! Good values for targets that change a few bytes of them.

use troupe_mpc::Program;
use troupe_mpc::program::{Column, Draft, Form, Op, Rows};
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

/// Overwrites bytes; positions wrap around.
pub fn overwrite(bytes: &mut [u8], changes: &[(u16, u8)]) {
    for (at, byte) in changes {
        let at = usize::from(*at) % bytes.len();
        bytes[at] = *byte;
    }
}
