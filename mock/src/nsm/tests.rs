#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use vouchsafe_common::attestation::{
    AttestationError as E, Challenge, Compare, Expectations, Expected, IssuerCache, MAX_PINNED,
    MockEnclave, Pinned, PinnedError, RootFingerprint, inspect, verify, verify_mock,
};
use vouchsafe_common::digest::sha384;
use vouchsafe_common::envelope::Evidence;
use vouchsafe_common::key_configuration::{
    KeyConfiguration, KeyConfigurationError, evidence_user_data, kms_user_data,
};

use super::*;
use crate::measure::Measurements;

const EXECUTABLE: &[u8] = b"the enclave's executable";
const ANCHOR: &[u8] = b"the trust anchor";
const BUNDLE: &[u8] = b"the policy bundle";
/// 2026-06-01T12:00:00Z.
const START: u64 = 1_780_315_200_000;

/// An enclave with its module, a clock that tests move, and what a client expects of it.
struct Scene {
    nsm: SoftwareNsm,
    clock: Arc<AtomicU64>,
    configuration: KeyConfiguration,
    expectations: Expectations,
}

impl Scene {
    /// An enclave that has measured anchor and bundle and locked its registers.
    fn ready() -> Self {
        let scene = Self::booted();
        scene.extend(16, &sha384(&[ANCHOR]));
        scene.extend(17, &sha384(&[BUNDLE]));
        assert!(matches!(
            scene.nsm.process(Request::LockPCRs { range: 32 }),
            Response::LockPCRs
        ));
        scene
    }

    /// An enclave that has measured nothing yet.
    fn booted() -> Self {
        let clock = Arc::new(AtomicU64::new(START));
        let time = Arc::clone(&clock);
        let pki = Pki::generate(UnixMillis(START));
        let nsm = SoftwareNsm::new(pki, &measure::at_boot(EXECUTABLE))
            .with_clock(Box::new(move || UnixMillis(time.load(Ordering::SeqCst))));
        let measured = Measurements::new(EXECUTABLE, ANCHOR, Some(BUNDLE));
        let bundle_digest = measured.bundle_digest.unwrap();
        let expectations = Expectations {
            pcr0: measured.pcrs[&0],
            pcr1: measured.pcrs[&1],
            pcr2: measured.pcrs[&2],
            pcr16: measured.pcrs[&16],
            pcr8: None,
            bundle_digest,
        };
        let configuration = KeyConfiguration {
            bundle_digest,
            ..KeyConfiguration::for_test()
        };
        Self {
            nsm,
            clock,
            configuration,
            expectations,
        }
    }

    fn extend(&self, index: u16, data: &[u8]) {
        let request = Request::ExtendPCR {
            index,
            data: data.to_vec(),
        };
        assert!(matches!(
            self.nsm.process(request),
            Response::ExtendPCR { .. }
        ));
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.load(Ordering::SeqCst))
    }

    fn wait(&self, millis: u64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    fn challenge(&self) -> Challenge {
        Challenge::draw(self.now())
    }

    fn document(
        &self,
        user_data: &[u8],
        nonce: Option<&[u8]>,
        public_key: Option<&[u8]>,
    ) -> Vec<u8> {
        let request = Request::Attestation {
            user_data: Some(ByteBuf::from(user_data)),
            nonce: nonce.map(ByteBuf::from),
            public_key: public_key.map(ByteBuf::from),
        };
        match self.nsm.process(request) {
            Response::Attestation { document } => document,
            other => panic!("{other:?}"),
        }
    }

    /// What `document` vouches for, if it vouches for this enclave's keys.
    fn evidence_in(&self, document: Vec<u8>) -> Evidence {
        Evidence {
            document: document.into(),
            key_configuration: self.configuration.encode().into(),
        }
    }

    /// Evidence as the enclave makes it for a caller's nonce.
    fn evidence(&self, nonce: &[u8]) -> Evidence {
        let user_data = evidence_user_data(&self.configuration.encode());
        self.evidence_in(self.document(&user_data, Some(nonce), None))
    }

    fn verify(&self) -> Result<MockEnclave, E> {
        let challenge = self.challenge();
        let evidence = self.evidence(challenge.nonce());
        self.verify_evidence(&evidence, challenge)
    }

    fn verify_evidence(&self, evidence: &Evidence, challenge: Challenge) -> Result<MockEnclave, E> {
        self.verify_as(evidence, &self.expectations.clone().into(), challenge)
    }

    fn verify_as(
        &self,
        evidence: &Evidence,
        pinned: &Pinned,
        challenge: Challenge,
    ) -> Result<MockEnclave, E> {
        verify_mock(
            evidence,
            pinned,
            challenge,
            self.now(),
            &mut IssuerCache::default(),
            &self.nsm.pki().root_fingerprint(),
        )
    }

    /// What a client says that accepts these releases.
    fn verify_pinned(&self, releases: Vec<Expectations>) -> Result<MockEnclave, E> {
        let challenge = self.challenge();
        let evidence = self.evidence(challenge.nonce());
        self.verify_as(&evidence, &releases.try_into().unwrap(), challenge)
    }

    fn refusal(&self) -> E {
        self.verify().expect_err("something was made wrong")
    }
}

fn error(response: &Response) -> String {
    match response {
        Response::Error(code) => format!("{code:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn evidence_of_a_mock_is_verified_under_its_root() {
    let scene = Scene::ready();
    let enclave = scene.verify().unwrap();
    assert_eq!(enclave.key_configuration(), &scene.configuration);
    assert_eq!(enclave.evidence_time(), UnixMillis(START));
    assert_eq!(enclave.module_id(), scene.nsm.module_id);
}

#[test]
fn evidence_of_a_mock_is_refused_under_the_root_of_aws() {
    let scene = Scene::ready();
    let challenge = scene.challenge();
    let evidence = scene.evidence(challenge.nonce());
    let (now, issuers) = (scene.now(), &mut IssuerCache::default());
    let pinned = scene.expectations.into();
    let result = verify(&evidence, &pinned, challenge, now, issuers);
    assert_eq!(result.unwrap_err(), E::RootNotPinned);
}

#[test]
fn evidence_of_one_installation_is_refused_by_another() {
    let (scene, other) = (Scene::ready(), Scene::ready());
    let challenge = other.challenge();
    let evidence = scene.evidence(challenge.nonce());
    let refused = other.verify_evidence(&evidence, challenge).unwrap_err();
    assert_eq!(refused, E::RootNotPinned);
}

#[test]
fn a_definite_payload_map_verifies_as_well() {
    let Scene {
        nsm,
        clock,
        configuration,
        expectations,
    } = Scene::ready();
    let scene = Scene {
        nsm: nsm.with_definite_payload_map(),
        clock,
        configuration,
        expectations,
    };
    let open = Scene::ready().evidence(&[]).document.len();
    assert!(scene.verify().is_ok());
    assert!(scene.evidence(&[]).document.len().abs_diff(open) < 20);
}

#[test]
fn every_measurement_is_compared() {
    let other = Pcr([9; 48]);
    let refused = |change: fn(&mut Expectations, Pcr)| {
        let mut scene = Scene::ready();
        change(&mut scene.expectations, other);
        scene.refusal()
    };
    assert_eq!(
        refused(|e, other| e.pcr0 = other),
        E::PcrMismatch { index: 0 }
    );
    assert_eq!(
        refused(|e, other| e.pcr1 = other),
        E::PcrMismatch { index: 1 }
    );
    assert_eq!(
        refused(|e, other| e.pcr2 = other),
        E::PcrMismatch { index: 2 }
    );
    assert_eq!(
        refused(|e, other| e.pcr16 = other),
        E::PcrMismatch { index: 16 }
    );
    assert_eq!(
        refused(|e, other| e.pcr8 = Some(other)),
        E::PcrMismatch { index: 8 }
    );
    assert_eq!(
        refused(|e, other| e.bundle_digest = other.0),
        E::PcrMismatch { index: 17 }
    );
}

/// Everything that a client compares, of another release.
fn another_release() -> Expectations {
    let other = Pcr([9; 48]);
    Expectations {
        pcr0: other,
        pcr1: other,
        pcr2: other,
        pcr16: other,
        pcr8: None,
        bundle_digest: other.0,
    }
}

#[test]
fn an_enclave_may_be_any_one_of_the_releases_that_are_pinned() {
    let scene = Scene::ready();
    let (own, other) = (scene.expectations.clone(), another_release());
    for releases in [
        vec![own.clone(), other.clone()],
        vec![other.clone(), own.clone()],
        [vec![other.clone(); MAX_PINNED - 1], vec![own]].concat(),
    ] {
        let enclave = scene.verify_pinned(releases).unwrap();
        assert_eq!(enclave.key_configuration(), &scene.configuration);
    }
    let neither = scene.verify_pinned(vec![other; 2]).unwrap_err();
    assert_eq!(neither, E::PcrMismatch { index: 0 });
}

#[test]
fn no_mixture_of_two_pinned_releases_is_accepted() {
    let scene = Scene::ready();
    let (own, other) = (&scene.expectations, another_release());
    // Each of the two has some of what this enclave measures, and both together have all of it.
    for mixture in 1..31_u8 {
        let mixed = |bit: u8, is_own: bool| (mixture & (1 << bit) != 0) == is_own;
        let half = |is_own| {
            let of = |bit| if mixed(bit, is_own) { own } else { &other };
            Expectations {
                pcr0: of(0).pcr0,
                pcr1: of(1).pcr1,
                pcr2: of(2).pcr2,
                pcr16: of(3).pcr16,
                pcr8: None,
                bundle_digest: of(4).bundle_digest,
            }
        };
        // The reason is of the half that is right for longer: of the one that has PCR0.
        let differing = [0, 1, 2, 16, 17].into_iter().zip(0..);
        let mut differing = differing.filter(|(_, bit)| !mixed(*bit, mixed(0, true)));
        let index = differing.next().unwrap().0;
        let refused = scene.verify_pinned(vec![half(true), half(false)]).err();
        assert_eq!(refused, Some(E::PcrMismatch { index }), "{mixture:05b}");
    }
}

#[test]
fn a_mismatch_is_that_of_the_pinned_release_that_fits_for_longest() {
    let scene = Scene::ready();
    let mut bundle = scene.expectations.clone();
    bundle.bundle_digest = [9; 48];
    for releases in [
        vec![another_release(), bundle.clone()],
        vec![bundle, another_release()],
    ] {
        let refused = scene.verify_pinned(releases).unwrap_err();
        assert_eq!(refused, E::PcrMismatch { index: 17 });
    }
}

#[test]
fn one_to_eight_releases_can_be_pinned() {
    let pinned = |count| Pinned::try_from(vec![another_release(); count]).err();
    assert_eq!(pinned(0), Some(PinnedError::Empty));
    assert_eq!([pinned(1), pinned(8)], [None, None]);
    assert_eq!(pinned(9), Some(PinnedError::TooMany));
}

#[test]
fn registers_that_were_not_measured_or_not_locked_are_refused() {
    let scene = Scene::booted();
    assert_eq!(scene.refusal(), E::PcrMissing { index: 16 });
    scene.extend(16, &sha384(&[ANCHOR]));
    scene.nsm.process(Request::LockPCR { index: 16 });
    assert_eq!(scene.refusal(), E::PcrMissing { index: 17 });
    scene.nsm.process(Request::LockPCR { index: 17 });
    assert_eq!(scene.refusal(), E::PcrMismatch { index: 17 });
}

#[test]
fn the_order_of_anchor_and_bundle_cannot_be_swapped() {
    let scene = Scene::booted();
    scene.extend(17, &sha384(&[ANCHOR]));
    scene.extend(16, &sha384(&[BUNDLE]));
    scene.nsm.process(Request::LockPCRs { range: 32 });
    assert_eq!(scene.refusal(), E::PcrMismatch { index: 16 });
}

#[test]
fn a_document_for_another_purpose_is_no_evidence_for_callers() {
    let scene = Scene::ready();
    let own = evidence_user_data(&scene.configuration.encode());
    let (kms, clock) = (kms_user_data(), sha384(&[b"vouchsafe/clock/v1"]));
    let key = Some(&b"a key"[..]);
    // Whether it repeats the nonce, what it binds, whether it names a key for KMS.
    for (answers, user_data, public_key, refused) in [
        (true, &own, None, None),
        (true, &own, key, Some(E::PublicKeyPresent)),
        (true, &kms, None, Some(E::UserData)),
        (true, &clock, None, Some(E::UserData)),
        // As the enclave makes them for KMS and for its clock.
        (false, &kms, key, Some(E::Nonce)),
        (false, &clock, None, Some(E::Nonce)),
        (false, &own, None, Some(E::Nonce)),
    ] {
        let challenge = scene.challenge();
        let nonce = answers.then_some(&challenge.nonce()[..]);
        let evidence = scene.evidence_in(scene.document(user_data, nonce, public_key));
        assert_eq!(scene.verify_evidence(&evidence, challenge).err(), refused);
    }
}

#[test]
fn a_nonce_must_be_repeated_whole_and_alone() {
    let scene = Scene::ready();
    let refused = |change: fn(&mut Vec<u8>)| {
        let challenge = scene.challenge();
        let mut nonce = challenge.nonce().to_vec();
        change(&mut nonce);
        let evidence = scene.evidence(&nonce);
        scene.verify_evidence(&evidence, challenge).err()
    };
    assert_eq!(refused(|_| ()), None);
    let changes: [fn(&mut Vec<u8>); 6] = [
        |nonce| nonce[31] ^= 1,
        |nonce| nonce.truncate(31),
        |nonce| nonce.truncate(16),
        |nonce| nonce.push(0),
        |nonce| nonce.extend_from_within(..),
        Vec::clear,
    ];
    for change in changes {
        assert_eq!(refused(change), Some(E::Nonce));
    }
}

#[test]
fn evidence_answers_one_challenge_and_no_later_one() {
    let scene = Scene::ready();
    let first = scene.challenge();
    let evidence = scene.evidence(first.nonce());
    assert!(scene.verify_evidence(&evidence, first).is_ok());
    let again = scene.verify_evidence(&evidence, scene.challenge());
    assert_eq!(again.unwrap_err(), E::Nonce);
}

#[test]
fn a_challenge_is_answered_within_a_minute_or_not_at_all() {
    let scene = Scene::ready();
    let (answered, late) = (scene.challenge(), scene.challenge());
    let evidence = [&answered, &late].map(|challenge| scene.evidence(challenge.nonce()));
    scene.wait(60_000);
    assert!(scene.verify_evidence(&evidence[0], answered).is_ok());
    scene.wait(1);
    let refused = scene.verify_evidence(&evidence[1], late).unwrap_err();
    assert_eq!(refused, E::ChallengeExpired);
}

#[test]
fn keys_that_the_document_does_not_vouch_for_are_refused() {
    let scene = Scene::ready();
    let other = KeyConfiguration {
        boot_id: [8; 16],
        ..scene.configuration.clone()
    };
    let challenge = scene.challenge();
    let swapped = Evidence {
        key_configuration: other.encode().into(),
        ..scene.evidence(challenge.nonce())
    };
    let refused = scene.verify_evidence(&swapped, challenge).unwrap_err();
    assert_eq!(refused, E::UserData);
}

#[test]
fn a_key_configuration_is_refused_for_what_it_says() {
    let refused = |change: fn(&mut KeyConfiguration)| {
        let mut scene = Scene::ready();
        change(&mut scene.configuration);
        scene.refusal()
    };
    let version = KeyConfigurationError::Version(2);
    assert_eq!(refused(|it| it.version = 2), E::KeyConfiguration(version));
    assert_eq!(refused(|it| it.bundle_digest = [1; 48]), E::BundleDigest);
    assert_eq!(
        refused(|it| it.not_after = UnixMillis(START - 1)),
        E::KeyConfigurationExpired
    );
    let mut scene = Scene::ready();
    scene.configuration.not_after = UnixMillis(START);
    assert!(scene.verify().is_ok());
}

#[test]
fn evidence_is_fresh_for_five_minutes_and_no_longer() {
    // A parent cannot know a nonce so early; whoever drew it would have to be at fault, too.
    for (age, refused) in [(300_000, None), (300_001, Some(E::TooOld))] {
        let scene = Scene::ready();
        let challenge = Challenge::draw(UnixMillis(START + age));
        let evidence = scene.evidence(challenge.nonce());
        scene.wait(age);
        assert_eq!(scene.verify_evidence(&evidence, challenge).err(), refused);
    }
}

#[test]
fn a_clock_that_is_off_is_refused_beyond_five_minutes() {
    let scene = Scene::ready();
    let skewed = |clock_skew_ms| {
        scene.nsm.set_faults(Faults {
            clock_skew_ms,
            ..Faults::default()
        });
        scene.verify().map(|_| ())
    };
    for allowed in [0, 300_000, -300_000] {
        assert_eq!(skewed(allowed), Ok(()), "{allowed}");
    }
    assert_eq!(skewed(300_001), Err(E::FromFuture));
    // The document is then older than its leaf, which is the stronger sign.
    assert_eq!(skewed(-300_001), Err(E::OutsideLeafWindow));
    assert_eq!(skewed(12_000_000), Err(E::OutsideLeafWindow));
}

#[test]
fn debug_mode_is_refused_and_inspected_only_when_allowed() {
    let scene = Scene::ready();
    scene.nsm.set_faults(Faults {
        debug_mode: true,
        ..Faults::default()
    });
    assert_eq!(scene.refusal(), E::DebugMode);
    let root = scene.nsm.pki().root_fingerprint();
    let document = scene.evidence(&[]).document;
    let look = |allow| inspect(&document, &root, scene.now(), &Expected::default(), allow);
    assert_eq!(look(false).unwrap_err(), E::DebugMode);
    let seen = look(true).unwrap();
    assert!(seen.debug && seen.document.pcrs[&0].is_zero() && !seen.document.pcrs[&4].is_zero());
    let Response::DescribePCR { data, .. } = scene.nsm.process(Request::DescribePCR { index: 0 })
    else {
        panic!()
    };
    assert_eq!(data, [0; 48]);
}

#[test]
fn locks_that_do_nothing_leave_registers_out_of_documents() {
    let scene = Scene::booted();
    scene.nsm.set_faults(Faults {
        locks_do_nothing: true,
        ..Faults::default()
    });
    scene.extend(16, &sha384(&[ANCHOR]));
    assert!(matches!(
        scene.nsm.process(Request::LockPCR { index: 16 }),
        Response::LockPCR
    ));
    assert!(matches!(
        scene.nsm.process(Request::LockPCRs { range: 32 }),
        Response::LockPCRs
    ));
    assert_eq!(scene.refusal(), E::PcrMissing { index: 16 });
}

#[test]
fn another_root_is_refused() {
    let scene = Scene::ready();
    scene.nsm.set_faults(Faults {
        wrong_root: true,
        ..Faults::default()
    });
    assert_eq!(scene.refusal(), E::RootNotPinned);
    scene.nsm.set_faults(Faults::default());
    assert!(scene.verify().is_ok());
}

#[test]
fn a_module_that_fails_says_so() {
    let scene = Scene::ready();
    let attest = || Request::Attestation {
        user_data: None,
        nonce: None,
        public_key: None,
    };
    scene.nsm.set_faults(Faults {
        attestation_fails: true,
        ..Faults::default()
    });
    assert_eq!(error(&scene.nsm.process(attest())), "InternalError");
    assert!(matches!(
        scene.nsm.process(Request::GetRandom),
        Response::GetRandom { .. }
    ));
    scene.nsm.set_faults(Faults {
        random_fails: true,
        ..Faults::default()
    });
    assert_eq!(
        error(&scene.nsm.process(Request::GetRandom)),
        "InternalError"
    );
    assert!(matches!(
        scene.nsm.process(attest()),
        Response::Attestation { .. }
    ));
    scene.nsm.set_faults(Faults {
        no_response: true,
        ..Faults::default()
    });
    assert_eq!(
        error(&scene.nsm.process(Request::DescribeNSM)),
        "InternalError"
    );
}

#[test]
fn a_slow_module_is_slow() {
    let scene = Scene::ready();
    let delay = Duration::from_millis(30);
    scene.nsm.set_faults(Faults {
        delay,
        ..Faults::default()
    });
    let start = Instant::now();
    scene.nsm.process(Request::DescribeNSM);
    assert!(start.elapsed() >= delay);
}

#[test]
fn registers_are_extended_locked_and_never_set_back() {
    let nsm = Scene::booted().nsm;
    let extend = |index, data: &[u8]| {
        nsm.process(Request::ExtendPCR {
            index,
            data: data.to_vec(),
        })
    };
    let describe = |index| match nsm.process(Request::DescribePCR { index }) {
        Response::DescribePCR { lock, data } => (lock, data),
        other => panic!("{other:?}"),
    };
    assert_eq!(describe(16), (false, vec![0; 48]));
    let Response::ExtendPCR { data } = extend(16, b"one") else {
        panic!()
    };
    assert_eq!(data, sha384(&[&[0; 48], b"one"]));
    let Response::ExtendPCR { data } = extend(16, b"two") else {
        panic!()
    };
    assert_eq!(describe(16), (false, data.clone()));
    nsm.process(Request::LockPCR { index: 16 });
    assert_eq!(describe(16), (true, data));
    assert_eq!(error(&extend(16, b"three")), "ReadOnlyIndex");
    assert_eq!(
        error(&nsm.process(Request::LockPCR { index: 16 })),
        "ReadOnlyIndex"
    );
    for index in [0, 4, 8, 15] {
        assert_eq!(error(&extend(index, b"x")), "ReadOnlyIndex");
    }
    assert!(!describe(31).0);
    assert!(matches!(
        nsm.process(Request::LockPCRs { range: 32 }),
        Response::LockPCRs
    ));
    assert!(describe(31).0);
    for index in [32, u16::MAX] {
        assert_eq!(error(&extend(index, b"x")), "InvalidIndex");
        assert_eq!(
            error(&nsm.process(Request::DescribePCR { index })),
            "InvalidIndex"
        );
        assert_eq!(
            error(&nsm.process(Request::LockPCR { index })),
            "InvalidIndex"
        );
    }
    assert_eq!(
        error(&nsm.process(Request::LockPCRs { range: 33 })),
        "InvalidIndex"
    );
}

#[test]
fn the_module_describes_itself() {
    let nsm = Scene::booted().nsm;
    let Response::DescribeNSM {
        module_id,
        max_pcrs,
        locked_pcrs,
        digest,
        ..
    } = nsm.process(Request::DescribeNSM)
    else {
        panic!()
    };
    assert_eq!(
        (module_id, max_pcrs, digest),
        (nsm.module_id.clone(), 32, Digest::SHA384)
    );
    assert_eq!(locked_pcrs, (0..16).collect());
}

#[test]
fn random_bytes_come_256_at_a_time_and_differ() {
    let nsm = Scene::booted().nsm;
    let draw = || match nsm.process(Request::GetRandom) {
        Response::GetRandom { random } => random,
        other => panic!("{other:?}"),
    };
    assert_eq!(draw().len(), 256);
    assert_ne!(draw(), draw());
}

#[test]
fn fields_of_a_document_hold_up_to_1024_bytes() {
    let scene = Scene::ready();
    let attest = |user_data: usize, nonce: usize, public_key: usize| {
        let field = |length| Some(ByteBuf::from(vec![1; length]));
        let [user_data, nonce, public_key] = [user_data, nonce, public_key].map(field);
        scene.nsm.process(Request::Attestation {
            user_data,
            nonce,
            public_key,
        })
    };
    let Response::Attestation { document } = attest(1024, 1024, 1024) else {
        panic!()
    };
    let root = scene.nsm.pki().root_fingerprint();
    let expected = Expected {
        nonce: Compare::Equal(vec![1; 1024]),
        ..Expected::default()
    };
    assert!(inspect(&document, &root, scene.now(), &expected, false).is_ok());
    for (user_data, nonce, public_key) in [(1025, 0, 1), (0, 1025, 1), (0, 0, 1025)] {
        assert_eq!(
            error(&attest(user_data, nonce, public_key)),
            "InputTooLarge"
        );
    }
    assert_eq!(error(&attest(0, 0, 0)), "InvalidArgument");
    let data = vec![0; 4097];
    assert_eq!(
        error(&scene.nsm.process(Request::ExtendPCR { index: 20, data })),
        "InputTooLarge"
    );
}

#[test]
fn a_leaf_is_used_again_until_it_is_renewed_and_authorities_are_too() {
    let scene = Scene::ready();
    let root = scene.nsm.pki().root_fingerprint();
    let window = || {
        let document = scene.evidence(&[]).document;
        let seen = inspect(&document, &root, scene.now(), &Expected::default(), false).unwrap();
        (seen.document.leaf_not_before, seen.document.leaf_not_after)
    };
    let first = window();
    assert_eq!(first.1.0 - first.0.0, 10_803_999);
    scene.wait(8_000_000);
    assert_eq!(window(), first);
    scene.wait(1_000_000);
    assert_ne!(window(), first);
    // A day ends the instance's certificate, a week the zone's, a month the region's.
    for days in [1, 7, 30, 365] {
        scene.wait(days * 86_400_000);
        assert!(scene.verify().is_ok(), "after {days} days");
    }
}

#[test]
fn a_module_of_an_installation_attests_under_its_root() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(
        SoftwareNsm::for_executable(directory.path(), EXECUTABLE),
        Err(PkiError::File(_))
    ));
    let pki = Pki::generate(system_clock());
    pki.save(directory.path()).unwrap();
    let nsm = SoftwareNsm::for_executable(directory.path(), EXECUTABLE).unwrap();
    let request = Request::Attestation {
        user_data: None,
        nonce: None,
        public_key: None,
    };
    let Response::Attestation { document } = nsm.process(request) else {
        panic!()
    };
    let der = std::fs::read(directory.path().join("nsm/root.der")).unwrap();
    let root = RootFingerprint::of_der(&der);
    let expected = Expected {
        pcrs: measure::at_boot(EXECUTABLE).into(),
        ..Expected::default()
    };
    assert!(inspect(&document, &root, system_clock(), &expected, false).is_ok());
}
