//! A part of a formula as text.

use super::tree::{At, Binary, Id, Tree, Unary, What};

/// What a column is called.
pub(crate) type Name<'a> = &'a dyn Fn(At) -> String;

impl Tree {
    /// The text of a part, columns by owner and place, cut after about `limit` bytes: parts that are
    /// used twice are written twice, so the whole text may be endless.
    pub(crate) fn show(&self, id: Id, limit: usize) -> String {
        self.show_as(id, limit, &|at| format!("{}.{}", at.owner, at.column))
    }

    /// The same with names for columns.
    pub(crate) fn show_as(&self, id: Id, limit: usize, name: Name<'_>) -> String {
        let mut text = String::new();
        self.write(id, (limit, name), &mut text);
        text
    }

    fn write(&self, id: Id, (limit, name): (usize, Name<'_>), text: &mut String) {
        if text.len() > limit {
            return;
        }
        let with = (limit, name);
        match self.what(id) {
            What::Constant(value) => text.push_str(&value.to_string()),
            What::Column(at) => text.push_str(&name(at)),
            What::Unary(unary, a) => self.call(unary.name(), &[a], with, text),
            What::Binary(binary, a, b) => match binary.sign() {
                Ok(sign) => {
                    text.push('(');
                    self.write(a, with, text);
                    text.push_str(sign);
                    self.write(b, with, text);
                    text.push(')');
                }
                Err(called) => self.call(called, &[a, b], with, text),
            },
            What::Quantile(a, part) => self.call(&format!("quantile {part}"), &[a], with, text),
            What::If(condition, a, b) => self.call("if", &[condition, a, b], with, text),
            What::Correlation(a, b, c) => self.call("correlation", &[a, b, c], with, text),
        }
    }

    fn call(&self, name: &str, operands: &[Id], with: (usize, Name<'_>), text: &mut String) {
        text.push_str(name);
        text.push('(');
        for (at, operand) in operands.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            self.write(*operand, with, text);
        }
        text.push(')');
    }
}

impl Unary {
    const fn name(self) -> &'static str {
        match self {
            Self::Negate => "-",
            Self::Not => "not",
            Self::Abs => "abs",
            Self::Sqrt => "sqrt",
            Self::Exp => "exp",
            Self::Log => "log",
            Self::Sum => "sum",
            Self::Centre => "centre",
            Self::Score => "zscore",
            Self::Shared => "shared",
        }
    }
}

impl Binary {
    /// A sign between both operands, or a name before them.
    const fn sign(self) -> Result<&'static str, &'static str> {
        match self {
            Self::Add => Ok("+"),
            Self::Sub => Ok("-"),
            Self::Mul => Ok("*"),
            Self::Div => Ok("/"),
            Self::Less => Ok("<"),
            Self::Equal => Ok("=="),
            Self::And => Ok(" and "),
            Self::Or => Ok(" or "),
            Self::Min => Err("min"),
            Self::Max => Err("max"),
            Self::Comoment => Err("comoment"),
        }
    }
}
