//! The kernel below the enclave: what it must say of itself before a key is made.
//!
//! Four files of the kernel are read once and compared. They are the image's own, so this catches an
//! image that was built wrong or runs where it should not; it proves nothing to anyone else. In a
//! released build the root is `/`, and nothing from outside changes that; a mock build reads a
//! recorded tree with the same checks. Next: [`super::entropy`], which adds to what is found here.

use std::{
    fmt,
    io::{ErrorKind, Read},
    path::Path,
};

/// Where the kernel names what feeds its random generator.
const ENTROPY_SOURCE: &str = "sys/devices/virtual/misc/hw_random/rng_current";
/// Where it names what drives its clocks.
const CLOCK_SOURCE: &str = "sys/devices/system/clocksource/clocksource0/current_clocksource";
/// Where it names its version.
const KERNEL_RELEASE: &str = "proc/sys/kernel/osrelease";
/// Where it repeats its command line.
const COMMAND_LINE: &str = "proc/cmdline";

/// The hypervisor's own generator. Any other is the parent's to influence.
const NSM_GENERATOR: &str = "nsm-hwrng";

/// The hypervisor's clock. Others drift unseen, or are counted by the guest alone.
#[cfg(not(feature = "mock"))]
const CLOCKS: &[&str] = &["kvm-clock"];
/// As in a released build, and what a kernel under the emulator has, which lacks that clock: the
/// processor's, before and after it was compared, or the timer's where a busy host lets it compare
/// nothing.
#[cfg(feature = "mock")]
const CLOCKS: &[&str] = &["kvm-clock", "tsc", "tsc-early", "refined-jiffies"];

/// The first kernel whose random generator was rewritten to hash all its input, so that one source
/// that is bad cannot undo one that is good (Linux 5.18, carried back to 5.17.12).
const OLDEST_KERNEL: KernelVersion = KernelVersion(5, 17, 12);

/// Seeds that come from the processor or the boot loader must not count as entropy: with both off,
/// the generator gives nothing before the NSM has fed it.
const SEEDS_OFF: [&str; 2] = ["random.trust_cpu", "random.trust_bootloader"];

/// Longest file that is read, bytes: a page, which no file of sysfs exceeds, and twice the longest
/// command line of x86.
const MAX_FILE_BYTES: usize = 4096;

/// Why the system is not one to serve on. The files are named as below `/`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SystemError {
    /// A file is missing or cannot be read as text.
    #[error("cannot read /{file}: {kind}")]
    Unreadable {
        /// Which.
        file: &'static str,
        /// How it failed.
        kind: ErrorKind,
    },
    /// A file is longer than the kernel would make it.
    #[error("/{file} is over {MAX_FILE_BYTES} bytes")]
    TooLong {
        /// Which.
        file: &'static str,
    },
    /// The random generator is fed by something else than the NSM.
    #[error("/{ENTROPY_SOURCE} says {found:?}, expected {NSM_GENERATOR:?}")]
    EntropySource {
        /// What feeds it.
        found: String,
    },
    /// The clocks are driven by something else than the hypervisor.
    #[error("/{CLOCK_SOURCE} says {found:?}, expected {}", CLOCKS.join(" or "))]
    ClockSource {
        /// What drives them.
        found: String,
    },
    /// The kernel's version is not three numbers and a suffix.
    #[error("/{KERNEL_RELEASE} says {found:?}, which is no version of a kernel")]
    KernelVersion {
        /// What it says.
        found: String,
    },
    /// The kernel is older than its random generator may be.
    #[error("kernel {found} is older than {OLDEST_KERNEL}")]
    KernelTooOld {
        /// Its version.
        found: KernelVersion,
    },
    /// The command line does not say, or does not always say, that a seed counts for nothing.
    #[error("/{COMMAND_LINE} does not say {parameter}=off, or says otherwise too")]
    SeedTrusted {
        /// The parameter of the kernel.
        parameter: &'static str,
    },
}

impl SystemError {
    /// The stable name of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "system_file_unreadable",
            Self::TooLong { .. } => "system_file_too_long",
            Self::EntropySource { .. } => "entropy_source",
            Self::ClockSource { .. } => "clock_source",
            Self::KernelVersion { .. } => "kernel_version",
            Self::KernelTooOld { .. } => "kernel_too_old",
            Self::SeedTrusted { .. } => "seed_trusted",
        }
    }
}

/// A version of Linux: three numbers. What follows them is the builder's and counts for nothing.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct KernelVersion(u16, u16, u16);

impl KernelVersion {
    /// Reads `MAJOR.MINOR.PATCH`, and perhaps `-…` or `+…` behind it.
    fn parse(release: &str) -> Option<Self> {
        let end = release.find(['-', '+']).unwrap_or(release.len());
        let mut numbers = release[..end].split('.').map(number);
        let version = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(version)
    }
}

impl fmt::Display for KernelVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A decimal number as a kernel writes it: digits only, none before it that says nothing.
fn number(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = text == "0" || !text.starts_with('0');
    (digits && shortest).then(|| text.parse().ok()).flatten()
}

/// Checks the system whose files are under `root`.
///
/// # Errors
///
/// [`SystemError`], by the first check that fails.
pub(super) fn check(root: &Path) -> Result<(), SystemError> {
    let found = read(root, ENTROPY_SOURCE)?;
    if found != NSM_GENERATOR {
        return Err(SystemError::EntropySource { found });
    }
    let found = read(root, CLOCK_SOURCE)?;
    if !CLOCKS.contains(&found.as_str()) {
        return Err(SystemError::ClockSource { found });
    }
    let found = read(root, KERNEL_RELEASE)?;
    match KernelVersion::parse(&found) {
        None => return Err(SystemError::KernelVersion { found }),
        Some(found) if found < OLDEST_KERNEL => return Err(SystemError::KernelTooOld { found }),
        Some(_) => {}
    }
    let line = read(root, COMMAND_LINE)?;
    for parameter in SEEDS_OFF {
        if !is_off(&line, parameter) {
            return Err(SystemError::SeedTrusted { parameter });
        }
    }
    Ok(())
}

/// Whether the command line sets `parameter` to off, and never to anything else: the last one counts.
///
/// Words are those that the kernel reads (`parse_args`): what follows `--` is for init, and a dash in
/// a name is an underscore. Quotation marks and spaces of other kinds, which make other words of the
/// same line, are in no line of ours: one that has them says nothing.
fn is_off(line: &str, parameter: &str) -> bool {
    let plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic() && byte != b'"';
    let mut values = line
        .split(' ')
        .take_while(|word| *word != "--")
        .map(|word| word.split_once('=').unwrap_or((word, "")))
        .filter(|(name, _)| name.replace('-', "_") == parameter)
        .map(|(_, value)| value)
        .peekable();
    line.bytes().all(plain) && values.peek().is_some() && values.all(|value| value == "off")
}

/// The text of a file without the newline at its end.
fn read(root: &Path, file: &'static str) -> Result<String, SystemError> {
    let mut text = String::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    std::fs::File::open(root.join(file))
        .and_then(|opened| opened.take(limit).read_to_string(&mut text))
        .map_err(|error| SystemError::Unreadable {
            file,
            kind: error.kind(),
        })?;
    if text.len() > MAX_FILE_BYTES {
        return Err(SystemError::TooLong { file });
    }
    text.truncate(text.strip_suffix('\n').unwrap_or(&text).len());
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

    use super::*;

    /// As a Nitro enclave with our kernel shows them.
    const RECORDED: [(&str, &str); 4] = [
        (ENTROPY_SOURCE, "nsm-hwrng\n"),
        (CLOCK_SOURCE, "kvm-clock\n"),
        (KERNEL_RELEASE, "6.12.48\n"),
        (
            COMMAND_LINE,
            "reboot=k panic=30 pci=off nomodules console=ttyS0 random.trust_cpu=off \
             random.trust_bootloader=off\n",
        ),
    ];

    fn recorded() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in RECORDED {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    /// The outcome with one file that says something else.
    fn with(file: &str, text: impl AsRef<[u8]>) -> Result<(), SystemError> {
        let root = recorded();
        std::fs::write(root.path().join(file), text).unwrap();
        check(root.path())
    }

    #[test]
    fn a_system_as_recorded_passes() {
        assert_eq!(check(recorded().path()), Ok(()));
    }

    #[test]
    fn each_file_that_is_missing_is_named() {
        for (file, _) in RECORDED {
            let root = recorded();
            std::fs::remove_file(root.path().join(file)).unwrap();
            let kind = ErrorKind::NotFound;
            let error = check(root.path()).unwrap_err();
            assert_eq!(error, SystemError::Unreadable { file, kind });
            assert_eq!(error.code(), "system_file_unreadable");
            assert_eq!(
                error.to_string(),
                format!("cannot read /{file}: entity not found")
            );
        }
    }

    #[test]
    fn each_file_is_bounded_and_text() {
        for (file, _) in RECORDED {
            let error = with(file, vec![b'x'; MAX_FILE_BYTES + 1]).unwrap_err();
            assert_eq!(error, SystemError::TooLong { file });
            assert_eq!(error.code(), "system_file_too_long");
            let kind = ErrorKind::InvalidData;
            let unreadable = Err(SystemError::Unreadable { file, kind });
            assert_eq!(with(file, b"nsm-hwrng\xff"), unreadable);
        }
        let words = " x=y".repeat(MAX_FILE_BYTES);
        let line = format!("random.trust_cpu=off random.trust_bootloader=off{words}");
        assert_eq!(with(COMMAND_LINE, &line[..MAX_FILE_BYTES]), Ok(()));
    }

    #[test]
    fn another_source_of_entropy_is_refused() {
        for found in [
            "",
            "none",
            "virtio_rng.0",
            "nsm-hwrng2",
            "nsm-hwrng\n",
            " nsm-hwrng",
        ] {
            let error = with(ENTROPY_SOURCE, format!("{found}\n")).unwrap_err();
            let expected = SystemError::EntropySource {
                found: found.into(),
            };
            assert_eq!(error, expected);
            assert_eq!(error.code(), "entropy_source");
        }
        let error = with(ENTROPY_SOURCE, "virtio_rng.0\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "/sys/devices/virtual/misc/hw_random/rng_current says \"virtio_rng.0\", \
             expected \"nsm-hwrng\""
        );
    }

    #[test]
    fn another_clock_is_refused() {
        for found in ["", "hpet", "acpi_pm", "jiffies", "kvm-clock tsc"] {
            let error = with(CLOCK_SOURCE, format!("{found}\n")).unwrap_err();
            let found = found.into();
            assert_eq!(error, SystemError::ClockSource { found });
            assert_eq!(error.code(), "clock_source");
        }
    }

    #[test]
    fn a_clock_of_the_guests_own_is_enough_for_the_emulator_only() {
        for clock in ["tsc", "tsc-early", "refined-jiffies"] {
            let outcome = with(CLOCK_SOURCE, format!("{clock}\n"));
            let found = clock.into();
            let refused = Err(SystemError::ClockSource { found });
            let expected = if cfg!(feature = "mock") {
                Ok(())
            } else {
                refused
            };
            assert_eq!(outcome, expected);
        }
    }

    #[test]
    fn a_kernel_counts_from_its_floor_on() {
        for good in [
            "5.17.12",
            "5.17.12-200.fc36.x86_64",
            "5.18.0",
            "6.0.0+",
            "6.1.112-122.189.amzn2023.x86_64",
            "10.0.0",
        ] {
            assert_eq!(with(KERNEL_RELEASE, format!("{good}\n")), Ok(()), "{good}");
        }
        for (old, found) in [
            ("5.17.11", KernelVersion(5, 17, 11)),
            ("5.16.99-200.fc36", KernelVersion(5, 16, 99)),
            ("5.10.225-213.878.amzn2.x86_64", KernelVersion(5, 10, 225)),
            ("4.14.256", KernelVersion(4, 14, 256)),
            ("0.0.0", KernelVersion(0, 0, 0)),
        ] {
            let error = with(KERNEL_RELEASE, format!("{old}\n")).unwrap_err();
            assert_eq!(error, SystemError::KernelTooOld { found });
            assert_eq!(error.code(), "kernel_too_old");
        }
        let error = with(KERNEL_RELEASE, "5.17.11-1\n").unwrap_err();
        assert_eq!(error.to_string(), "kernel 5.17.11 is older than 5.17.12");
    }

    #[test]
    fn a_release_that_is_no_version_is_refused() {
        for found in [
            "",
            "6",
            "6.12",
            "6.12.",
            "6.12.48.1",
            ".6.12.48",
            "6.012.48",
            "6.12.48 ",
            "6.12.x",
            "6.12.48_x",
            "+6.12.48",
            "-6.12.48",
            "6.+12.48",
            "v6.12.48",
            "6.12.65536",
            "\u{666}.12.48",
        ] {
            let error = with(KERNEL_RELEASE, format!("{found}\n")).unwrap_err();
            let found = found.into();
            assert_eq!(error, SystemError::KernelVersion { found });
            assert_eq!(error.code(), "kernel_version");
        }
    }

    #[test]
    fn a_seed_that_might_count_is_refused_by_its_parameter() {
        let both = "random.trust_cpu=off random.trust_bootloader=off";
        assert_eq!(with(COMMAND_LINE, both), Ok(()));
        assert_eq!(with(COMMAND_LINE, format!("a=b {both} {both}\n")), Ok(()));
        let dashed = both.replace("_cpu", "-cpu");
        assert_eq!(with(COMMAND_LINE, format!("{dashed}  -- init\n")), Ok(()));
        let [cpu, bootloader] = SEEDS_OFF;
        for (line, parameter) in [
            (String::new(), cpu),
            ("random.trust_bootloader=off".into(), cpu),
            ("random.trust_cpu=off".into(), bootloader),
            (both.replace("cpu=off", "cpu=on"), cpu),
            (both.replace("cpu=off", "cpu"), cpu),
            (both.replace("loader=off", "loader=offf"), bootloader),
            (both.replace("random.trust_cpu", "xrandom.trust_cpu"), cpu),
            (format!("{both} random.trust_cpu=on"), cpu),
            (format!("random.trust_bootloader=1 {both}"), bootloader),
            (both.replace(' ', ","), cpu),
            // Other spellings of the same parameter, and words that are none of the kernel's.
            (format!("{both} random.trust-cpu=on"), cpu),
            (format!("{both} \"random.trust_cpu=on\""), cpu),
            (format!("{both} x\u{b}random.trust_cpu=on"), cpu),
            (format!("x=\"a {both} b\""), cpu),
            (format!("-- {both}"), cpu),
            (both.replace(" random", " -- random"), bootloader),
        ] {
            let error = with(COMMAND_LINE, format!("{line}\n")).unwrap_err();
            assert_eq!(error, SystemError::SeedTrusted { parameter }, "{line}");
            assert_eq!(error.code(), "seed_trusted");
        }
    }

    #[cfg(feature = "mock")]
    #[test]
    fn the_tree_of_a_mock_installation_passes() {
        let state = tempfile::tempdir().unwrap();
        vouchsafe_mock::system::record(state.path()).unwrap();
        assert_eq!(check(&state.path().join("system")), Ok(()));
    }
}
