//! Nodes of one kind, whose places are used again.

/// Nodes a piece holds. Memory grows by pieces, so that growing never copies what is there.
const PIECE: usize = 1 << 12;

/// Places for nodes of one kind; each with the number of the edit that made it.
#[derive(Debug)]
pub(super) struct Arena<T> {
    pieces: Vec<Vec<Slot<T>>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot<T> {
    node: T,
    maker: u32,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), free: Vec::new() }
    }
}

impl<T> Arena<T> {
    /// Takes a node in that an edit made.
    pub(super) fn add(&mut self, node: T, maker: u32) -> u32 {
        let slot = Slot { node, maker };
        if let Some(at) = self.free.pop() {
            *self.slot_mut(at) = slot;
            return at;
        }
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let whole = (self.pieces.len() - 1) * PIECE;
        let piece = self.pieces.last_mut().expect("pushed above if there was none");
        piece.push(slot);
        let at = whole + piece.len() - 1;
        u32::try_from(at).expect("memory ends long before 2^32 nodes")
    }

    fn slot(&self, at: u32) -> &Slot<T> {
        let at = at as usize;
        &self.pieces[at / PIECE][at % PIECE]
    }

    fn slot_mut(&mut self, at: u32) -> &mut Slot<T> {
        let at = at as usize;
        &mut self.pieces[at / PIECE][at % PIECE]
    }

    pub(super) fn get(&self, at: u32) -> &T {
        &self.slot(at).node
    }

    /// For the edit that made it, before it is given to anybody.
    pub(super) fn get_mut(&mut self, at: u32) -> &mut T {
        &mut self.slot_mut(at).node
    }

    pub(super) fn maker(&self, at: u32) -> u32 {
        self.slot(at).maker
    }

    /// The place is free from now on.
    pub(super) fn free(&mut self, at: u32) {
        self.free.push(at);
    }

    /// Nodes in use.
    pub(super) fn len(&self) -> usize {
        let last = self.pieces.last().map_or(0, Vec::len);
        self.pieces.len().saturating_sub(1) * PIECE + last - self.free.len()
    }

    /// Bytes taken, what nodes point to aside.
    pub(super) fn bytes(&self) -> usize {
        self.pieces.len() * PIECE * size_of::<Slot<T>>() + self.free.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_used_again_after_it_was_freed() {
        let mut arena = Arena::default();
        let (a, b) = (arena.add('a', 1), arena.add('b', 1));
        arena.free(a);
        assert_eq!(arena.len(), 1);
        assert_eq!(arena.add('c', 2), a);
        assert_eq!((*arena.get(a), *arena.get(b)), ('c', 'b'));
        assert_eq!((arena.maker(a), arena.maker(b)), (2, 1));
    }

    #[test]
    fn pieces_follow_each_other() {
        let mut arena = Arena::default();
        let places: Vec<u32> = (0..2 * PIECE + 1).map(|n| arena.add(n, 1)).collect();
        assert!(places.iter().enumerate().all(|(n, at)| *arena.get(*at) == n));
        assert_eq!(arena.len(), 2 * PIECE + 1);
    }
}
