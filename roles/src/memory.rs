//! How this process gets its memory.

/// One heap for all threads: the C library would give each thread its own, and what one of them freed the others
/// could not have. Said before any thread begins.
pub(crate) fn share_one_heap() {
    #[cfg(target_env = "gnu")]
    {
        #[expect(unsafe_code, reason = "the C library is asked for it in no other way")]
        // SAFETY: it takes two numbers and changes nothing but where later allocations are made.
        let is_done = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) } == 1;
        debug_assert!(is_done, "the C library knows the setting");
    }
}
