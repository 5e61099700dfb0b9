//! Random programs: pieces that mostly leave the stack in order.

use crate::piece::{Piece, assemble, push};
use crate::random::Random;
use crate::world::{CONTRACTS, PEOPLE, contract, person};
use alloy_primitives::U256;
use troupe_types::Address;

/// Instructions that do nothing but compute or look, by how many words they take.
const SIMPLE: [&[u8]; 4] = [
    &[
        0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
        0x48, 0x4a, 0x58, 0x59, 0x5a,
    ],
    &[0x15, 0x19, 0x35, 0x40, 0x49],
    &[
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16,
        0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d,
    ],
    &[0x08, 0x09],
];

fn push_address(address: &Address) -> Vec<u8> {
    [&[0x73], &address.0[..]].concat()
}

/// Random programs from one stream.
pub(crate) struct Author<'a>(pub(crate) &'a mut Random);

impl Author<'_> {
    pub(crate) fn program(&mut self, length: usize) -> Vec<Piece> {
        // Something lies on the stack from the beginning.
        let begin = Piece::Plain(vec![0x36, 0x34, 0x5f, 0x33, 0x60, 0x20]);
        std::iter::once(begin).chain((0..length).map(|_| self.piece(0))).collect()
    }

    fn piece(&mut self, depth: usize) -> Piece {
        match self.0.below(40) {
            0 if depth < 2 => {
                let word = [push(U256::from(self.0.below(64))), vec![0x35]].concat();
                let stored = [push(U256::from(self.0.below(4))), vec![0x54]].concat();
                let condition = if self.0.once_in(2) { word } else { stored };
                Piece::If(condition, self.pieces(depth + 1))
            }
            1 if depth < 2 => Piece::Loop(1 + self.0.below(6) as u8, self.pieces(depth + 1)),
            _ => Piece::Plain(self.plain(depth)),
        }
    }

    fn pieces(&mut self, depth: usize) -> Vec<Piece> {
        (0..1 + self.0.below(5)).map(|_| self.piece(depth)).collect()
    }

    fn plain(&mut self, depth: usize) -> Vec<u8> {
        let mut code = match self.0.below(60) {
            0..=13 => self.simple(),
            14..=19 => self.memory(),
            20..=27 => self.storage(),
            28..=29 => self.log(),
            30..=39 => self.call(),
            40..=42 => self.creation(depth),
            43..=46 => self.account(),
            47..=48 => return self.shuffle(),
            49 => return self.end(),
            50 if self.0.once_in(4) => return self.0.bytes(3),
            _ => self.returned(),
        };
        // Results stay, are kept in storage, or are thrown away.
        match self.0.below(5) {
            0 => code.extend([push(U256::from(self.0.below(4))), vec![0x55]].concat()),
            1 => code.extend([push(self.offset()), vec![0x52]].concat()),
            2 => code.push(0x50),
            _ => {}
        }
        code
    }

    /// A word, or what lies on the stack.
    fn operand(&mut self) -> Vec<u8> {
        match self.0.below(8) {
            0 => vec![0x80 + self.0.below(3) as u8],
            1 => vec![0x5a],
            _ => push(self.0.word()),
        }
    }

    fn simple(&mut self) -> Vec<u8> {
        let operands = self.0.pick(&[0, 0, 0, 1, 2, 2, 2, 2, 3]);
        let instruction = self.0.pick(SIMPLE[operands]);
        let mut code: Vec<u8> = (0..operands).flat_map(|_| self.operand()).collect();
        code.push(instruction);
        code
    }

    /// An offset or a length in memory: small, and now and then beyond all gas.
    fn offset(&mut self) -> U256 {
        match self.0.below(150) {
            0 => self.0.word(),
            1..=9 => U256::from(self.0.below(5_000)),
            10..=70 => U256::from(32 * self.0.below(6)),
            _ => U256::from(self.0.below(140)),
        }
    }

    fn range(&mut self) -> Vec<u8> {
        // Length first: the offset is taken from the top.
        [push(self.offset()), push(self.offset())].concat()
    }

    fn memory(&mut self) -> Vec<u8> {
        let offset = push(self.offset());
        match self.0.below(8) {
            0 | 1 => [self.operand(), offset, vec![0x52], vec![0x58]].concat(),
            2 => [self.operand(), offset, vec![0x53], vec![0x58]].concat(),
            3 => [offset, vec![0x51]].concat(),
            4 => [self.range(), vec![0x20]].concat(),
            5 => [self.range(), offset, vec![0x5e], vec![0x59]].concat(),
            6 => [self.range(), offset, vec![0x37], vec![0x59]].concat(),
            _ => [self.range(), offset, vec![0x39], vec![0x59]].concat(),
        }
    }

    fn storage(&mut self) -> Vec<u8> {
        let slot = push(U256::from(self.0.below(4)));
        let value = match self.0.below(4) {
            0 => self.operand(),
            _ => push(U256::from(self.0.below(3))),
        };
        match self.0.below(6) {
            0 | 1 => [slot, vec![0x54]].concat(),
            2 => [slot, vec![0x5c]].concat(),
            3 => [value, slot, vec![0x5d], vec![0x58]].concat(),
            _ => [value, slot, vec![0x55], vec![0x58]].concat(),
        }
    }

    fn log(&mut self) -> Vec<u8> {
        let topics = self.0.below(5);
        let mut code: Vec<u8> = (0..topics).flat_map(|_| self.operand()).collect();
        code.extend(self.range());
        code.extend([0xa0 + topics as u8, 0x58]);
        code
    }

    /// Somebody: contracts, people, precompiled contracts, nobody, whoever calls, the producer.
    fn somebody(&mut self) -> Vec<u8> {
        match self.0.below(20) {
            0..=9 => push_address(&contract(self.0.below(CONTRACTS))),
            10 | 11 => push_address(&person(self.0.below(PEOPLE))),
            12..=14 => push(U256::from(1 + self.0.below(0x12))),
            15 => vec![0x30],
            16 => vec![0x33],
            17 => vec![0x41],
            18 => push(self.0.word()),
            _ => push_address(&Address([0xdd + self.0.below(2) as u8; 20])),
        }
    }

    fn gas(&mut self) -> Vec<u8> {
        match self.0.below(6) {
            0 => push(U256::from(self.0.below(100))),
            1 => push(U256::from(self.0.below(40_000))),
            2 => push(self.0.word()),
            _ => vec![0x5a],
        }
    }

    fn value(&mut self) -> Vec<u8> {
        match self.0.below(20) {
            0 => push(self.0.word()),
            1..=4 => push(U256::from(1 + self.0.below(20))),
            5 => vec![0x47],
            _ => vec![0x5f],
        }
    }

    fn call(&mut self) -> Vec<u8> {
        let (output, input) = (self.range(), self.range());
        let (to, gas) = (self.somebody(), self.gas());
        let kind = self.0.pick(&[0xf1, 0xf1, 0xf1, 0xf2, 0xf4, 0xf4, 0xfa]);
        let value = if kind < 0xf4 { self.value() } else { Vec::new() };
        [output, input, value, to, gas, vec![kind]].concat()
    }

    fn account(&mut self) -> Vec<u8> {
        let somebody = self.somebody();
        match self.0.below(5) {
            0 => [somebody, vec![0x31]].concat(),
            1 => [somebody, vec![0x3b]].concat(),
            2 => [somebody, vec![0x3f]].concat(),
            3 => vec![0x47],
            _ => [self.range(), push(self.offset()), somebody, vec![0x3c], vec![0x59]].concat(),
        }
    }

    /// What the last call returned.
    fn returned(&mut self) -> Vec<u8> {
        match self.0.below(4) {
            0 => [self.range(), push(self.offset()), vec![0x3e], vec![0x3d]].concat(),
            1 => vec![0x3d],
            // All of it: RETURNDATASIZE, PUSH0, offset, RETURNDATACOPY.
            _ => [vec![0x3d, 0x5f], push(U256::from(32 * self.0.below(4))), vec![0x3e, 0x3d]]
                .concat(),
        }
    }

    fn shuffle(&mut self) -> Vec<u8> {
        match self.0.below(3) {
            0 => vec![0x80 + self.0.below(6) as u8],
            1 => vec![0x90 + self.0.below(5) as u8],
            _ => vec![0x50],
        }
    }

    /// Makes a contract of code that it writes to memory first.
    fn creation(&mut self, depth: usize) -> Vec<u8> {
        let init = if depth < 3 { self.init_code(depth + 1) } else { self.0.bytes(2) };
        let mut code = Vec::new();
        for (at, chunk) in init.chunks(32).enumerate() {
            let mut word = [0; 32];
            word[..chunk.len()].copy_from_slice(chunk);
            code.extend([0x7f]);
            code.extend(word);
            code.extend(push(U256::from(32 * at)));
            code.push(0x52);
        }
        let is_salted = self.0.once_in(2);
        if is_salted {
            code.extend(push(U256::from(self.0.below(2))));
        }
        let length = match self.0.below(20) {
            0 => push(self.offset()),
            _ => push(U256::from(init.len())),
        };
        code.extend([length, vec![0x5f], self.value()].concat());
        code.push(if is_salted { 0xf5 } else { 0xf0 });
        code
    }

    /// A few pieces, then a contract of a few pieces, or an end of another kind.
    pub(crate) fn init_code(&mut self, depth: usize) -> Vec<u8> {
        let count = self.0.below(3);
        let mut code: Vec<Piece> = (0..count).map(|_| Piece::Plain(self.plain(depth))).collect();
        if self.0.once_in(6) {
            code.push(Piece::Plain(self.end()));
            return assemble(&code);
        }
        let count = self.0.below(4);
        let run: Vec<Piece> = (0..count).map(|_| Piece::Plain(self.plain(depth))).collect();
        let mut run = assemble(&run);
        if self.0.once_in(20) {
            // EIP-3541
            run.insert(0, 0xef);
        }
        let begin = assemble(&code);
        // What is kept follows: PUSH2 length, DUP1, PUSH2 from, PUSH0, CODECOPY, PUSH0, RETURN.
        let from = u16::try_from(begin.len() + 11).unwrap_or(u16::MAX).to_be_bytes();
        let length = u16::try_from(run.len()).unwrap_or(u16::MAX).to_be_bytes();
        let copy =
            [0x61, length[0], length[1], 0x80, 0x61, from[0], from[1], 0x5f, 0x39, 0x5f, 0xf3];
        [begin, copy.to_vec(), run].concat()
    }

    /// An end: none of what follows runs.
    fn end(&mut self) -> Vec<u8> {
        match self.0.below(9) {
            0 => vec![0x00],
            1 => vec![0xfe],
            2..=4 => [self.range(), vec![0xf3]].concat(),
            5 | 6 => [self.range(), vec![0xfd]].concat(),
            _ => [self.somebody(), vec![0xff]].concat(),
        }
    }
}
