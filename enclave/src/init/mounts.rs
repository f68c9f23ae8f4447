//! The file systems of the kernel, and the image's own made read-only.
//!
//! Three are mounted, where the checks at boot and the C library look: no `/tmp`, no `/run`. None
//! runs programs; nothing can be written where files are. The directories are in the image.

use rustix::{
    io::Errno,
    mount::{MountFlags, mount, mount_remount},
};

use super::{InitError, kind};

/// A file system by its type, where it goes, and what is forbidden there beside set-user-id.
struct Mount {
    name: &'static str,
    at: &'static str,
    flags: MountFlags,
}

const MOUNTS: [Mount; 3] = [
    Mount {
        name: "proc",
        at: "/proc",
        flags: MountFlags::NODEV.union(MountFlags::NOEXEC),
    },
    Mount {
        name: "sysfs",
        at: "/sys",
        flags: MountFlags::NODEV
            .union(MountFlags::NOEXEC)
            .union(MountFlags::RDONLY),
    },
    Mount {
        name: "devtmpfs",
        at: "/dev",
        flags: MountFlags::NOEXEC,
    },
];

pub(super) fn mount_all() -> Result<(), InitError> {
    for Mount { name, at, flags } in MOUNTS {
        mount(name, at, name, flags | MountFlags::NOSUID, None).map_err(failed(at))?;
    }
    // Of this mount alone, whatever else shows the same files: only tests have such a thing.
    let sealed = MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
    mount_remount("/", sealed, "").map_err(failed("/"))
}

fn failed(at: &'static str) -> impl Fn(Errno) -> InitError {
    move |error| InitError::Mount {
        at,
        kind: kind(error),
    }
}
