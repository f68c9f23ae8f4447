//! The stack of a thread overwritten before it rests.
//!
//! Ciphers copy keys and blocks of plaintext to the stack and most libraries leave them there. The
//! allocator of `main.rs` wipes what is freed from the heap and cannot see the stack, so each thread
//! of the runtime overwrites its own when it has nothing to do, far below where anything is in use.
//! What a busy thread leaves is overwritten by its next request or at its next rest. Why so:
//! docs/decisions/0008-memory.md; that it works: `tests/tests/whole_path/memory.rs`.

use std::hint::black_box;

/// How deep: more than any request has been seen to reach.
const DEPTH_BYTES: usize = 128 * 1024;

/// Overwrites the unused stack below the caller.
#[inline(never)]
#[expect(clippy::large_stack_arrays, reason = "the stack is what is written")]
pub fn wipe() {
    let mut below = [0_u8; DEPTH_BYTES];
    // The compiler cannot tell that nobody reads it, so it is written.
    black_box(&mut below);
}
