//! An enclave that refuses to start, and one that started: what each lets be seen of itself.
//!
//! The system below a mock enclave is the recorded tree of its installation, so a test alters a file
//! of it. What is wrong with the security module is a fault of the software one.

mod clock;
mod process;
mod system;

use vouchsafe_tests::{Deployment, Options};

/// A deployment whose enclave gets these arguments too, and perhaps does not start.
async fn with_arguments(arguments: &[&str]) -> Deployment {
    Deployment::unready(Options {
        enclave: arguments.iter().map(|&argument| argument.into()).collect(),
        ..Options::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_security_module_that_cannot_be_relied_on_an_enclave_does_not_start() {
    for (fault, why) in [
        (
            "debug",
            "register 0 is zero: the enclave was started in debug mode (debug_mode)",
        ),
        (
            "no-random",
            "entropy: the security module gave none: the security module refused: InternalError \
             (entropy_unavailable)",
        ),
        (
            "constant-random",
            "entropy: the security module gave one byte again and again (entropy_constant)",
        ),
        ("no-lock", "register 16 did not lock (register_open)"),
        (
            "no-attestation",
            "security module: the security module refused: InternalError (nsm_refused)",
        ),
        (
            "wrong-root",
            "a caller would refuse this enclave's evidence: root certificate is not the pinned one \
             (root_not_pinned)",
        ),
    ] {
        let mut deployment = with_arguments(&["--mock-fault", fault]).await;
        deployment.assert_refused_to_start(why);
        assert!(!deployment.is_ready().await, "{fault}");
    }
}
