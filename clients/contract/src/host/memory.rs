//! Memory and panics within a module.
//!
//! A call is short: what is allocated stays until its end. The module's memory has a maximum, which
//! the linker writes into it; beyond it an allocation fails.
#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use crate::panic::{Answer, Said};
use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;

/// Bytes of a page of WebAssembly's memory.
const PAGE: usize = 65_536;

unsafe extern "C" {
    /// Its address is where the linker's own data ends.
    static __heap_base: u8;
}

struct Bump {
    /// The first free byte; 0 before the first allocation.
    next: Cell<usize>,
}

// SAFETY: a module has one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static MEMORY: Bump = Bump { next: Cell::new(0) };

impl Bump {
    /// Makes sure that memory reaches to `end`.
    fn reach(&self, end: usize) -> bool {
        let missing = end.div_ceil(PAGE).saturating_sub(core::arch::wasm32::memory_size::<0>());
        missing == 0 || core::arch::wasm32::memory_grow::<0>(missing) != usize::MAX
    }
}

// SAFETY: what is handed out begins at or behind `next`, which only grows beyond it, and lies in
// memory that exists.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let next = match self.next.get() {
            0 => &raw const __heap_base as usize,
            next => next,
        };
        let Some(start) = next.checked_next_multiple_of(layout.align()) else {
            return core::ptr::null_mut();
        };
        match start.checked_add(layout.size()) {
            Some(end) if self.reach(end) => {
                self.next.set(end);
                start as *mut u8
            }
            _ => core::ptr::null_mut(),
        }
    }

    /// Memory is new, so it is zero.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the same promise.
        unsafe { self.alloc(layout) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, from: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The last allocation grows where it is.
        let start = from as usize;
        if start + layout.size() == self.next.get() {
            return match start.checked_add(size) {
                Some(end) if end >= self.next.get() && self.reach(end) => {
                    self.next.set(end);
                    from
                }
                // Smaller: it stays as it is.
                Some(end) if end < self.next.get() => from,
                _ => core::ptr::null_mut(),
            };
        }
        // SAFETY: the caller's promise about `layout`; alignments are powers of two.
        unsafe {
            let to = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !to.is_null() {
                core::ptr::copy_nonoverlapping(from, to, layout.size().min(size));
            }
            to
        }
    }
}

/// The call is undone, and the caller gets what Solidity would say.
#[panic_handler]
fn panicked(info: &core::panic::PanicInfo<'_>) -> ! {
    let said = Said::new(info.message());
    super::wasm::revert(Answer::to(&said).as_bytes())
}
