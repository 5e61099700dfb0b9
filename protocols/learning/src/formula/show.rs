//! A part of a formula as text.

use super::tree::{Binary, Id, Tree, Unary, What};

impl Tree {
    /// The text of a part, columns by owner and place, cut after about `limit` bytes: parts that are
    /// used twice are written twice, so the whole text may be endless.
    pub(crate) fn show(&self, id: Id, limit: usize) -> String {
        let mut text = String::new();
        self.write(id, limit, &mut text);
        text
    }

    fn write(&self, id: Id, limit: usize, text: &mut String) {
        if text.len() > limit {
            return;
        }
        match self.what(id) {
            What::Constant(value) => text.push_str(&value.to_string()),
            What::Column(at) => text.push_str(&format!("{}.{}", at.owner, at.column)),
            What::Unary(unary, a) => self.call(unary.name(), &[a], limit, text),
            What::Binary(binary, a, b) => match binary.sign() {
                Ok(sign) => {
                    text.push('(');
                    self.write(a, limit, text);
                    text.push_str(sign);
                    self.write(b, limit, text);
                    text.push(')');
                }
                Err(name) => self.call(name, &[a, b], limit, text),
            },
            What::Quantile(a, part) => self.call(&format!("quantile {part}"), &[a], limit, text),
            What::If(condition, a, b) => self.call("if", &[condition, a, b], limit, text),
            What::Correlation(a, b, c) => self.call("correlation", &[a, b, c], limit, text),
        }
    }

    fn call(&self, name: &str, operands: &[Id], limit: usize, text: &mut String) {
        text.push_str(name);
        text.push('(');
        for (at, operand) in operands.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            self.write(*operand, limit, text);
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
