//! A real enclave image, booted under QEMU's Nitro Enclave machine.
//!
//! [`Emulator::boot`] starts the other end of the guest's vsock and then QEMU, with their sockets
//! in a folder that outlives them. It also stands in for the part of `nitro-cli` that waits for the
//! heartbeat. Both programs end with the [`RunningEnclave`], and by themselves when this process
//! was killed first.
//!
//! The programs are those that `scripts/emulator.sh` makes. Nothing here needs KVM or root, and
//! nothing listens outside the folder. What the guest says is in [`RunningEnclave::console`].

mod command_line;
mod heartbeat;
mod hybrid;

use std::{
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::process::{Process, pause};
use heartbeat::Heartbeat;

/// Where an enclave serves.
pub const SERVER_PORT: u32 = 5005;
/// Where it looks for its parent.
pub const PARENT_PORT: u32 = 5006;

/// How long the device may take to make its sockets.
const DEVICE_PATIENCE: Duration = Duration::from_secs(20);

/// The folder that `scripts/emulator.sh` fills.
#[derive(Clone, Debug)]
pub struct Emulator {
    folder: PathBuf,
}

/// The machine that an image boots on.
#[derive(Clone, Debug)]
pub struct BootOptions {
    /// Memory of the enclave, in MiB.
    pub memory_mib: u32,
    /// Its processors.
    pub processors: u32,
    /// Its vsock address. Every enclave has a device of its own, so that two may have the same.
    pub cid: u32,
    /// The module id that its documents name.
    pub module_id: String,
    /// The role of the parent's instance, an ARN: PCR3 is made of it.
    pub parent_role: String,
    /// The parent's instance id: PCR4 is made of it.
    pub parent_id: String,
    /// More words for the kernel's command line, which no register measures.
    pub append: String,
    /// The machine and its device end after this time, whatever became of the test.
    pub lifetime: Duration,
}

impl Default for BootOptions {
    fn default() -> Self {
        Self {
            memory_mib: 256,
            processors: 1,
            cid: 4,
            module_id: "i-0123456789abcdef0-enc0123456789abcde".to_owned(),
            parent_role: "arn:aws:iam::111122223333:role/vouchsafe-parent".to_owned(),
            parent_id: "i-0123456789abcdef0".to_owned(),
            append: String::new(),
            lifetime: Duration::from_mins(5),
        }
    }
}

impl Emulator {
    /// The folder of `VOUCHSAFE_EMULATOR_DIR`, or `target/emulator`. `None`, with a message, when
    /// it is not complete.
    pub fn find() -> Option<Self> {
        let folder = std::env::var_os("VOUCHSAFE_EMULATOR_DIR").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/emulator"),
            PathBuf::from,
        );
        for program in ["qemu-system-x86_64", "vhost-device-vsock"] {
            if !folder.join(program).exists() {
                eprintln!(
                    "SKIPPED: no {program} in {}; run scripts/emulator.sh",
                    folder.display()
                );
                return None;
            }
        }
        Some(Self { folder })
    }

    /// A file of the folder.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Boots an image, its sockets and its console in a folder. Returns before the guest has done
    /// anything. What another machine left in the folder is replaced, its host's sockets excepted.
    pub fn boot(&self, image: &Path, folder: &Path, options: &BootOptions) -> RunningEnclave {
        let vsock = vsock_path(folder);
        let beats = port_path(&vsock, heartbeat::PORT);
        let device_socket = folder.join("vhost.socket");
        for left in [&vsock, &beats, &device_socket, &console_path(folder)] {
            let _ = std::fs::remove_file(left);
        }
        let heartbeat = Heartbeat::listen(&beats);
        // Above 32 KiB, a guest's write would wait for ever in the device's default of 64 KiB.
        let device_options = format!(
            "guest-cid={},socket={},uds-path={},tx-buffer-size=32768",
            options.cid,
            device_socket.display(),
            vsock.display()
        );
        let device = self.start(
            options,
            "vhost-device-vsock",
            &["--vm", &device_options],
            folder.join("device.log"),
        );
        wait_for(&device_socket, &device);

        let machine = self.start(
            options,
            "qemu-system-x86_64",
            &self.machine_arguments(image, options, folder, &device_socket),
            folder.join("qemu.log"),
        );
        RunningEnclave {
            machine,
            device,
            heartbeat,
            folder: folder.to_owned(),
        }
    }

    fn machine_arguments(
        &self,
        image: &Path,
        options: &BootOptions,
        folder: &Path,
        device_socket: &Path,
    ) -> Vec<String> {
        let machine = format!(
            "nitro-enclave,vsock=c,id={},parent-role={},parent-id={}",
            options.module_id, options.parent_role, options.parent_id
        );
        let firmware = self.folder.join("firmware").display().to_string();
        let device = format!("socket,id=c,path={}", device_socket.display());
        let console = format!("file:{}", console_path(folder).display());
        [
            ["-M", &machine],
            ["-L", &firmware],
            ["-chardev", &device],
            ["-kernel", &image.display().to_string()],
            ["-m", &format!("{}M", options.memory_mib)],
            ["-smp", &options.processors.to_string()],
            // Works on every host. With KVM, QEMU pauses for ever where the host's is too little.
            ["-accel", "tcg"],
            ["-cpu", "max"],
            [
                "-append",
                &format!("{} {}", command_line::unmeasured(), options.append),
            ],
            ["-action", "reboot=shutdown"],
            ["-display", "none"],
            ["-monitor", "none"],
            ["-serial", &console],
        ]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect()
    }

    fn start<S: AsRef<str>>(
        &self,
        options: &BootOptions,
        program: &str,
        arguments: &[S],
        log: PathBuf,
    ) -> Process {
        let seconds = options.lifetime.as_secs().max(1).to_string();
        let program = self.folder.join(program).display().to_string();
        let mut all = vec!["--signal=KILL", &seconds, &program];
        all.extend(arguments.iter().map(AsRef::as_ref));
        Process::start_program(&[], Path::new("timeout"), &all, log)
    }
}

/// A booted image. Ended when dropped.
#[derive(Debug)]
pub struct RunningEnclave {
    machine: Process,
    device: Process,
    heartbeat: Heartbeat,
    folder: PathBuf,
}

impl RunningEnclave {
    /// A connection to a port of the guest, tried until `patience` ends.
    ///
    /// # Errors
    ///
    /// When nothing accepted in that time.
    pub fn connect(&self, port: u32, patience: Duration) -> std::io::Result<UnixStream> {
        let until = Instant::now() + patience;
        loop {
            match hybrid::connect(&vsock_path(&self.folder), port, patience) {
                Err(_) if Instant::now() < until => pause(),
                outcome => return outcome,
            }
        }
    }

    /// A connection to where an enclave serves.
    ///
    /// # Errors
    ///
    /// As [`Self::connect`].
    pub fn connect_to_server(&self) -> std::io::Result<UnixStream> {
        self.connect(SERVER_PORT, DEVICE_PATIENCE)
    }

    /// Whether the enclave has sent its heartbeat and was given it back.
    pub fn has_booted(&self) -> bool {
        self.heartbeat.came()
    }

    /// Waits until the console has a line with this in it; that line.
    pub fn wait_for_line(&mut self, part: &str, patience: Duration) -> String {
        let until = Instant::now() + patience;
        loop {
            // Asked first, so that the last words of a machine are not missed.
            let ended = self.has_ended();
            let console = self.console();
            if let Some(line) = console.lines().find(|line| line.contains(part)) {
                return line.to_owned();
            }
            assert!(
                Instant::now() < until && !ended,
                "no {part:?} on the console:\n{console}\n{}\n{}",
                self.machine.log(),
                self.device.log()
            );
            pause();
        }
    }

    /// Waits for the machine's end; the exit code, 0 when the guest ended it.
    pub fn exit_code(&mut self, patience: Duration) -> Option<i32> {
        let until = Instant::now() + patience;
        while !self.has_ended() {
            assert!(
                Instant::now() < until,
                "the machine still runs; its console:\n{}",
                self.console()
            );
            pause();
        }
        self.machine.exit_code(Duration::ZERO)
    }

    /// The machine's process.
    pub fn id(&self) -> u32 {
        self.machine.id()
    }

    /// Whether the machine has ended.
    pub fn has_ended(&mut self) -> bool {
        self.machine.has_ended()
    }

    /// What the guest has written to its console so far.
    pub fn console(&self) -> String {
        let bytes = std::fs::read(console_path(&self.folder)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\r', "")
    }

    /// Ends the machine at once, as the loss of an instance would.
    pub fn kill(&mut self) {
        self.machine.kill_group();
        self.device.kill_group();
    }
}

impl Drop for RunningEnclave {
    fn drop(&mut self) {
        self.kill();
    }
}

fn wait_for(socket: &Path, device: &Process) {
    let until = Instant::now() + DEVICE_PATIENCE;
    while !socket.exists() {
        assert!(
            Instant::now() < until,
            "the vsock device made no socket:\n{}",
            device.log()
        );
        pause();
    }
}

/// A machine's socket of the hybrid protocol: `CONNECT <port>\n`, and `OK <port>\n` comes back.
pub fn vsock_path(folder: &Path) -> PathBuf {
    folder.join("vm.vsock")
}

/// Where a guest's connections to a port of its host arrive: a Unix socket beside that of the
/// hybrid protocol.
pub fn port_path(vsock: &Path, port: u32) -> PathBuf {
    PathBuf::from(format!("{}_{port}", vsock.display()))
}

fn console_path(folder: &Path) -> PathBuf {
    folder.join("console.log")
}
