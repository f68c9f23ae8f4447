//! Fuzz targets: one function for each parser that bytes from outside reach.
//!
//! A target parses and, where a value comes out, asserts what must hold of it. It trusts nothing
//! of its input and answers whether a value came out, so that the tests here can see that the seeds
//! get past the first check. Keys are drawn anew in each process and protect nothing.
//!
//! The programs in `src/bin` hand a target to libFuzzer, `scripts/fuzz.sh` runs them, and
//! `cargo test --lib` sends seeds, cuts and altered bytes through the same functions. To add a
//! target: a function, a line in [`TARGETS`], a program of its name.

pub mod attestation;
pub mod cms;
pub mod engine;
pub mod key_policy;
pub mod policy;
pub mod records;
pub mod sealed;
mod seeds;
pub mod texts;
pub mod wire;

/// A parser under test.
pub struct Target {
    /// Its program in `src/bin` and its folder in `corpus`.
    pub name: &'static str,
    /// Parses; true when a value came out.
    pub run: fn(&[u8]) -> bool,
    /// Inputs to start from; the parser accepts at least one of them.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

const fn target(name: &'static str, run: fn(&[u8]) -> bool, seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, run, seeds }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    target("bundle", policy::bundle, seeds::bundle),
    target("cbor", wire::cbor, seeds::cbor),
    target("certificate", attestation::certificate, seeds::certificate),
    target("cms", cms::cms, seeds::cms),
    target("csv", texts::csv, seeds::csv),
    target("detect", engine::detect, seeds::detect),
    target("document", attestation::document, seeds::document),
    target("egress", wire::egress, seeds::egress),
    target("envelope", wire::envelope, seeds::envelope),
    target("frame", wire::frame, seeds::frame),
    target(
        "identity_token",
        policy::identity_token,
        seeds::identity_token,
    ),
    target("jwks", policy::jwks, seeds::jwks),
    target("key_arn", policy::key_arn, seeds::key_arn),
    target(
        "key_configuration",
        wire::key_configuration,
        seeds::key_configuration,
    ),
    target("key_file", texts::key_file, seeds::key_file),
    target("key_policy", key_policy::key_policy, seeds::key_policy),
    target("measurements", texts::measurements, seeds::measurements),
    target("ndjson", texts::ndjson, seeds::ndjson),
    target("payload", attestation::payload, seeds::payload),
    target("pii_token", texts::pii_token, seeds::pii_token),
    target("policy", policy::policy, seeds::policy),
    target("problem", texts::problem, seeds::problem),
    target("proof", wire::proof, seeds::proof),
    target("proxy_body", texts::proxy_body, seeds::proxy_body),
    target("recipe", records::recipe, seeds::recipe),
    target("recipe_csv", records::recipe_csv, seeds::recipe_csv),
    target("recipe_json", records::recipe_json, seeds::recipe_json),
    target("recognisers", engine::recognisers, seeds::recognisers),
    target("record", sealed::record, seeds::record),
    target("release", texts::release, seeds::release),
    target("reply", sealed::reply, seeds::reply),
    target("request", wire::request, seeds::request),
    target("sealed_reply", sealed::sealed_reply, seeds::sealed_reply),
    target(
        "sealed_request",
        sealed::sealed_request,
        seeds::sealed_request,
    ),
    target("trace_context", wire::trace_context, seeds::trace_context),
    target("trust_anchor", policy::trust_anchor, seeds::trust_anchor),
    target("validate", engine::validate, seeds::validate),
];

#[cfg(test)]
mod tests;
