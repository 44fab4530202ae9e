//! What the C library's allocator has to be told. Nothing here does anything but with glibc.

/// Makes all threads allocate in one place. glibc gives each an arena of its own, and what a start and a dump have freed in
/// one is of no use to the others: 183 MB at 100,000 servers instead of 143. Threads that have one already keep it, so it is
/// said before there are any.
#[cfg_attr(
    target_env = "gnu",
    expect(
        unsafe_code,
        reason = "the only other way is an environment variable, which is read before main"
    )
)]
pub fn allocate_in_one_arena() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes two numbers, points to nothing, and locks what it changes.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Gives whole pages back to the system that hold nothing any more. glibc does so by itself at the end of its heap only, and
/// what a start has read leaves holes below it. Every thread that allocates waits meanwhile: some milliseconds.
#[cfg_attr(
    target_env = "gnu",
    expect(unsafe_code, reason = "there is no safe function for it")
)]
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes a number, and touches nothing but what is free, under the allocator's own lock.
    unsafe {
        libc::malloc_trim(0);
    }
}
