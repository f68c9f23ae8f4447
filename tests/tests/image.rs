//! The images of the enclave as files: what is in them, and that they measure what they say.
//!
//! Needs `VOUCHSAFE_IMAGE_DIR`, the folder in which `scripts/build-enclave.sh` left `release`,
//! `mock` and `signed`; without it these tests are skipped.

#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use vouchsafe_common::attestation::Pcr;
use vouchsafe_tests::{
    eif::{Image, Kind, files, kernel_version},
    images::Images,
};

/// Both images, by their folders, or none.
fn images() -> Vec<(PathBuf, Image)> {
    let Some(images) = Images::find() else {
        return Vec::new();
    };
    ["release", "mock"]
        .map(|kind| (images.folder(kind), images.image(kind)))
        .into()
}

/// The registers that were published of an image.
fn published(folder: &Path) -> BTreeMap<u8, Pcr> {
    let text = std::fs::read_to_string(folder.join("measurements.json")).unwrap();
    let published: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(published["pcrs"].clone()).unwrap()
}

#[test]
fn an_image_measures_what_is_published_of_it() {
    for (folder, image) in images() {
        let published = published(&folder);
        for (index, measured) in image.registers() {
            assert_eq!(measured, published[&index], "PCR{index}");
        }
    }
}

#[test]
fn a_signed_image_runs_the_same_and_measures_its_certificate_besides() {
    let Some(images) = Images::find() else {
        return;
    };
    let [signed, released] = ["signed", "release"].map(|kind| images.image(kind));
    assert_eq!(signed.registers(), released.registers());
    assert_eq!(signed.sections(Kind::Signature).len(), 1);
    assert!(released.sections(Kind::Signature).is_empty());
    let published = published(&images.folder("signed"));
    assert_eq!(
        published[&8],
        Pcr::measure(&certificate(&images.folder("signer.pem")))
    );
    assert_eq!(published.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 8]);
}

/// The DER of a PEM file.
fn certificate(path: &Path) -> Vec<u8> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    BASE64_STANDARD.decode(lines.collect::<String>()).unwrap()
}

#[test]
fn what_an_image_says_of_itself_is_in_no_register_and_all_that_runs_is() {
    for (_, image) in images() {
        let registers = image.registers();
        let changed = |kind| {
            let other = image.with_a_change_in(kind).registers();
            let indices = registers
                .keys()
                .filter(|index| other[index] != registers[index]);
            indices.copied().collect::<Vec<u8>>()
        };
        assert!(changed(Kind::Metadata).is_empty());
        assert_eq!(changed(Kind::Kernel), [0, 1]);
        assert_eq!(changed(Kind::CommandLine), [0, 1]);
        assert_eq!(changed(Kind::Ramdisk), [0, 1]);
    }
}

#[test]
fn an_image_holds_one_program_and_nobody_may_write_any_of_it() {
    for (folder, image) in images() {
        let ramdisks = image.sections(Kind::Ramdisk);
        let [boot, app] = [0, 1].map(|index| files(ramdisks[index]));
        assert_eq!(ramdisks.len(), 2);
        let names = |files: &[(String, u32, Vec<u8>)]| {
            let names = files.iter().map(|(name, ..)| name.clone());
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(&boot), ["dev", "dev/console", "proc", "sys"]);
        let programs = app
            .iter()
            .filter(|(_, mode, _)| mode & 0o170_111 == 0o100_111);
        assert_eq!(
            programs.map(|(name, ..)| name).collect::<Vec<_>>(),
            ["init"]
        );
        for (name, mode, _) in boot.iter().chain(&app) {
            assert!(mode & 0o022 == 0 && mode & 0o7000 == 0, "{name} {mode:o}");
        }
        if folder.ends_with("release") {
            assert_eq!(names(&app), ["init"]);
        }
    }
}

#[test]
fn the_kernel_is_told_to_take_no_entropy_from_its_host() {
    for (_, image) in images() {
        let lines = image.sections(Kind::CommandLine);
        let line = String::from_utf8(lines.concat()).unwrap();
        let line = line.trim_end_matches('\0');
        assert_eq!(
            line,
            "reboot=k panic=30 pci=off nomodules console=ttyS0 i8042.noaux i8042.nomux \
             i8042.nopnp i8042.dumbkbd random.trust_cpu=off random.trust_bootloader=off"
        );
    }
}

/// The first of Debian's 6.12 kernels whose source was read for the corrections of CVE-2026-23069
/// (`virtio_transport_get_credit` takes what there is room for) and CVE-2026-46214 (a stream counts
/// as waiting once its transport is known).
const CORRECTED: [u32; 3] = [6, 12, 117];

#[test]
fn the_kernel_of_an_image_has_the_corrections_of_vsock() {
    for (_, image) in images() {
        let version = kernel_version(image.sections(Kind::Kernel)[0]);
        let numbers: Vec<u32> = version
            .split('.')
            .map(|number| number.parse().unwrap())
            .collect();
        assert!(numbers >= CORRECTED.to_vec(), "{version}");
    }
}

#[test]
fn the_images_of_release_and_mock_have_one_kernel_and_one_boot_part() {
    let images = images();
    let [(_, release), (_, mock)] = images.as_slice() else {
        return;
    };
    for kind in [Kind::Kernel, Kind::CommandLine] {
        assert!(release.sections(kind) == mock.sections(kind), "{kind:?}");
    }
    assert!(release.sections(Kind::Ramdisk)[0] == mock.sections(Kind::Ramdisk)[0]);
    assert_eq!(release.registers()[&1], mock.registers()[&1]);
    assert_ne!(release.registers()[&2], mock.registers()[&2]);
}
