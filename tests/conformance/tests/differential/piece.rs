//! Pieces of programs, and the code that they make.

use alloy_primitives::U256;

/// A piece of a program. Pieces can be left out one by one when a program is made smaller.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    /// Bytes as they are.
    Plain(Vec<u8>),
    /// Runs the pieces if a word of the call data, or of storage, is not zero.
    If(Vec<u8>, Vec<Piece>),
    /// Runs the pieces so many times.
    Loop(u8, Vec<Piece>),
}

/// Where loops count.
const COUNTER: u16 = 0x0400;

/// The shortest push of a word.
pub(crate) fn push(word: U256) -> Vec<u8> {
    let bytes = word.to_be_bytes_trimmed_vec();
    let mut code = vec![0x5f + bytes.len() as u8];
    code.extend(bytes);
    code
}

/// Puts code together; jumps are absolute.
pub(crate) fn assemble(pieces: &[Piece]) -> Vec<u8> {
    let mut code = Vec::new();
    append(&mut code, pieces);
    code
}

fn append(code: &mut Vec<u8>, pieces: &[Piece]) {
    for piece in pieces {
        match piece {
            Piece::Plain(bytes) => code.extend(bytes),
            Piece::If(condition, inner) => {
                // condition, ISZERO, PUSH2 end, JUMPI, inner, JUMPDEST
                code.extend(condition);
                code.extend([0x15, 0x61, 0, 0, 0x57]);
                let hole = code.len() - 3;
                append(code, inner);
                let end = u16::try_from(code.len()).unwrap_or(u16::MAX);
                code[hole..hole + 2].copy_from_slice(&end.to_be_bytes());
                code.push(0x5b);
            }
            Piece::Loop(rounds, inner) => {
                // PUSH1 rounds, PUSH2 counter, MSTORE, JUMPDEST, inner,
                let [high, low] = COUNTER.to_be_bytes();
                code.extend([0x60, *rounds, 0x61, high, low, 0x52]);
                let begin = u16::try_from(code.len()).unwrap_or(u16::MAX).to_be_bytes();
                code.push(0x5b);
                append(code, inner);
                // counter less one, kept and jumped on
                code.extend([0x60, 1, 0x61, high, low, 0x51, 0x03, 0x80, 0x61, high, low, 0x52]);
                code.extend([0x61, begin[0], begin[1], 0x57]);
            }
        }
    }
}
