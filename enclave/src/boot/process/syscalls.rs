//! The calls to the kernel that an enclave makes once it is closed off, each with its reason.
//!
//! Whatever is not here ends the process ([`super::filter`]): no program is started, no process is
//! made, no file is created, no memory becomes code, and no socket leads anywhere but to the parent.
//! The list was taken from whole runs under `strace`; the tests of the whole path run under it too.
//! For musl, which a container build may use, it has calls that glibc has not. Only numbers and bits
//! are compared: the kernel's own checks stay as they are.

use libc::{
    AF_UNIX, AF_VSOCK, CLONE_THREAD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_SETFD, F_SETFL, O_APPEND,
    O_CREAT, O_RDWR, O_TMPFILE, O_TRUNC, PR_SET_NAME, PROT_EXEC, SIGABRT, c_int, c_long,
};

/// A call that may be made, and with which arguments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// Its number on this architecture.
    pub(super) number: c_long,
    /// What its arguments must be.
    pub(super) only: Only,
}

/// What one argument must be: its place from 0, and 32 bits to compare.
#[derive(Clone, Copy, Debug)]
pub(super) enum Only {
    /// Anything.
    Any,
    /// One of these values.
    OneOf(u8, &'static [c_int]),
    /// A value with all of these bits.
    With(u8, c_int),
    /// A value with none of these bits.
    Without(u8, c_int),
}

const fn any(number: c_long) -> Call {
    let only = Only::Any;
    Call { number, only }
}

const fn only(number: c_long, only: Only) -> Call {
    Call { number, only }
}

/// Not one of the flags with which a file comes into being or is cut, and not reading and writing at
/// once: what is opened here is files of the kernel, to read them or to write entropy.
const CREATES: c_int = O_CREAT | O_TMPFILE | O_TRUNC | O_APPEND | O_RDWR;

/// `_IOWR(0x0A, 0, struct nsm_raw)`, a request to the security module (linux/nsm.h).
const NSM_REQUEST: c_int = 0xc020_0a00_u32.cast_signed();

/// `FIONBIO`, for vsock (asm-generic/ioctls.h). The C libraries give it types of different length.
const NON_BLOCKING: c_int = 0x5421;

/// The call that makes threads in a form that a filter cannot look into. The C library goes back to
/// `clone` when the kernel seems not to have it.
pub(super) const UNSEEN_CLONE: c_long = libc::SYS_clone3;

/// What every build makes.
pub(super) const ALLOWED: &[Call] = &[
    // Streams to and from the parent. `recvfrom` and `sendto` are what `recv` and `send` become.
    only(
        libc::SYS_socket,
        Only::OneOf(
            0,
            if cfg!(feature = "mock") {
                &[AF_VSOCK, AF_UNIX]
            } else {
                &[AF_VSOCK]
            },
        ),
    ),
    any(libc::SYS_bind),       // where the parent finds the enclave
    any(libc::SYS_listen),     // the same
    any(libc::SYS_accept4),    // a stream of the parent's
    any(libc::SYS_connect),    // a stream to the parent
    any(libc::SYS_getsockopt), // whether `connect` succeeded
    any(libc::SYS_recvfrom),
    any(libc::SYS_sendto),
    any(libc::SYS_shutdown), // the end of a stream
    // What tokio waits with.
    any(libc::SYS_epoll_create1),
    any(libc::SYS_epoll_ctl),
    any(libc::SYS_epoll_pwait),
    any(libc::SYS_eventfd2), // wakes a waiting thread
    // tokio's signal driver has a pair of its own, though no signal is waited for.
    only(libc::SYS_socketpair, Only::OneOf(0, &[AF_UNIX])),
    // Files: those of the kernel at boot, the console, and what is open already.
    only(libc::SYS_openat, Only::Without(2, CREATES)),
    any(libc::SYS_read),
    any(libc::SYS_write),
    any(libc::SYS_lseek),      // how much of a file is left to read
    any(libc::SYS_statx),      // how long a file is
    any(libc::SYS_fstat),      // the same, in musl
    any(libc::SYS_newfstatat), // the same, in older glibc
    any(libc::SYS_close),
    only(
        libc::SYS_fcntl,
        Only::OneOf(
            1,
            &[
                F_DUPFD_CLOEXEC, // tokio keeps copies of its own descriptors
                F_GETFD,
                F_SETFD, // close-on-exec, for vsock
                F_GETFL,
                F_SETFL, // non-blocking, for vsock
            ],
        ),
    ),
    only(
        libc::SYS_ioctl,
        Only::OneOf(1, &[NSM_REQUEST, NON_BLOCKING]),
    ),
    // Memory, of which none ever becomes code.
    only(libc::SYS_mmap, Only::Without(2, PROT_EXEC)),
    only(libc::SYS_mprotect, Only::Without(2, PROT_EXEC)), // heaps and guard pages
    any(libc::SYS_munmap),
    any(libc::SYS_mremap), // a large block that grows
    any(libc::SYS_madvise),
    any(libc::SYS_brk),
    // Threads of this process, and never another process.
    only(libc::SYS_clone, Only::With(0, CLONE_THREAD)),
    any(UNSEEN_CLONE), // answered before this list is asked: `filter.rs`
    any(libc::SYS_set_robust_list),
    any(libc::SYS_rseq),
    any(libc::SYS_set_tid_address),
    any(libc::SYS_gettid),
    any(libc::SYS_getpid),
    only(libc::SYS_prctl, Only::OneOf(0, &[PR_SET_NAME])),
    any(libc::SYS_sched_getaffinity), // how many processors there are
    any(libc::SYS_sched_yield),
    any(libc::SYS_futex),
    any(libc::SYS_exit),
    any(libc::SYS_exit_group),
    // Signals: stacks for their handlers, and the end by a fault of its own.
    any(libc::SYS_sigaltstack),
    any(libc::SYS_rt_sigaction),
    any(libc::SYS_rt_sigprocmask),
    any(libc::SYS_rt_sigreturn),
    any(libc::SYS_restart_syscall),
    only(libc::SYS_tgkill, Only::OneOf(2, &[SIGABRT])),
    only(libc::SYS_tkill, Only::OneOf(1, &[SIGABRT])), // the same, in musl
    // Time where the kernel has no page for it, and pauses.
    any(libc::SYS_clock_gettime),
    any(libc::SYS_clock_nanosleep),
    any(libc::SYS_nanosleep),
    // Randomness of ring and aws-lc.
    any(libc::SYS_getrandom),
    #[cfg(target_arch = "x86_64")]
    any(libc::SYS_epoll_wait), // other architectures have `epoll_pwait` alone
    #[cfg(target_arch = "x86_64")]
    only(libc::SYS_open, Only::Without(1, CREATES)), // `openat`, in musl
    #[cfg(all(target_arch = "x86_64", feature = "mock"))]
    any(libc::SYS_unlink), // the Unix socket of a run before
    #[cfg(feature = "mock")]
    any(libc::SYS_unlinkat),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_call_stands_once() {
        let numbers: BTreeSet<_> = ALLOWED.iter().map(|call| call.number).collect();
        assert_eq!(numbers.len(), ALLOWED.len());
    }

    #[test]
    fn the_request_to_the_security_module_is_as_the_kernel_computes_it() {
        // Two vectors, read and written: linux/ioctl.h, linux/nsm.h.
        let size = u32::try_from(2 * size_of::<libc::iovec>()).expect("32 bytes");
        let computed = 3 << 30 | size << 16 | 0x0a << 8;
        assert_eq!(NSM_REQUEST.cast_unsigned(), computed);
    }
}
