//! The tests of true vsock, as the first process of a guest with the image's kernel.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use vouchsafe_tests::{
    emulator::{BootOptions, Emulator},
    images::Images,
};

/// A machine without KVM on a busy host.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a program said that had to succeed.
fn said(program: &str, arguments: &[&Path]) -> String {
    let ran = Command::new(program).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{program}: {ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}

/// Puts a program into a folder as `/init`, and its libraries where it looks for them.
fn root_of(program: &Path, folder: &Path) {
    let init = folder.join("init");
    fs::create_dir_all(folder).unwrap();
    fs::copy(program, &init).unwrap();
    said("strip", &[&init]);
    for line in said("ldd", &[program]).lines() {
        let Some(path) = line.split_whitespace().find(|word| word.starts_with('/')) else {
            continue;
        };
        let place = folder.join(&path[1..]);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(path, place).unwrap();
    }
}

/// The programs of `VOUCHSAFE_GUEST_TESTS`, separated by colons.
fn programs() -> Vec<PathBuf> {
    let all = std::env::var_os("VOUCHSAFE_GUEST_TESTS").unwrap_or_default();
    std::env::split_paths(&all)
        .filter(|path| path != Path::new(""))
        .collect()
}

#[test]
fn the_tests_of_true_vsock_pass_in_a_guest_whose_kernel_has_nothing_else() {
    let (Some(images), Some(emulator)) = (Images::find(), Emulator::find()) else {
        return;
    };
    let programs = programs();
    assert!(
        !programs.is_empty(),
        "VOUCHSAFE_GUEST_TESTS names no program"
    );
    for program in programs {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        root_of(&program, &path("root"));
        let image = images.around(&emulator, &path("root"), folder.path());
        let options = BootOptions {
            memory_mib: 512,
            // A word with = is a variable of the first process, and what follows -- its arguments.
            append: "VOUCHSAFE_VSOCK=must -- over_true_vsock".to_owned(),
            ..BootOptions::default()
        };
        let mut machine = emulator.boot(&image, folder.path(), &options);
        let result = machine.wait_for_line("filtered out", PATIENCE);
        let console = machine.console();
        // The kernel writes between the lines of single tests, and not within this one.
        let passed = result.split_once("test result: ok. ").unwrap().1;
        assert!(!passed.starts_with("0 "), "{console}");
        assert!(!console.contains("SKIPPED"), "{console}");
    }
}
