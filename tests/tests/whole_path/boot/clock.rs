//! The time of an enclave is its security module's, however far that is from the machine's.

use serde_json::json;
use vouchsafe_tests::{
    Deployment, Options,
    deployment::{call, now, shown, text},
};

use crate::identity::Fixture;

const SKEW: &str = "--mock-clock-skew-ms";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_judged_by_the_modules_time_and_not_by_the_machines() {
    // Within the five minutes that a caller permits its evidence, so requests go on.
    for (skew, from, until, outcome) in [
        ("240000", -10, 120, Err("token_expired")),
        ("240000", -10, 360, Ok("078-05-1120")),
        ("-240000", -10, 120, Err("token_expired")),
        ("-240000", -360, 120, Ok("078-05-1120")),
        // Long expired on this machine; the enclave has no way to know.
        ("-240000", -600, -120, Ok("078-05-1120")),
    ] {
        let fixture = Fixture::with_enclave(&[SKEW, skew]).await;
        let seconds = now().0 / 1_000;
        let (header, mut claims) = fixture.parts();
        claims["nbf"] = seconds.saturating_add_signed(from).into();
        claims["exp"] = seconds.saturating_add_signed(until).into();
        let revealed = fixture.reveal_by(fixture.sign(&header, &claims)).await;
        let revealed = revealed.as_deref().map_err(String::as_str);
        assert_eq!(revealed, outcome, "{skew} {from} {until}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enclave_is_believed_within_five_minutes_of_its_callers_clock() {
    for (skew, outcome) in [
        ("290000", Ok("078-05-1120")),
        ("-290000", Ok("078-05-1120")),
        // The certificate that comes with it is not valid yet.
        ("310000", Err("certificate_expired")),
        ("-310000", Err("too_old")),
    ] {
        let deployment = Deployment::with(Options {
            policy: json!({"not_before": now().0 - 600_000}),
            enclave: vec![SKEW.into(), skew.into()],
            ..Options::default()
        })
        .await;
        let reveal = call("reveal", &json!({}), vec![text("t", "078-05-1120")]);
        let revealed = deployment.client().call(reveal).await;
        let revealed = revealed
            .map(|results| shown(&results[0]))
            .map_err(|error| error.code().to_owned());
        let revealed = revealed.as_deref().map_err(String::as_str);
        assert_eq!(revealed, outcome, "{skew}");
    }
}
